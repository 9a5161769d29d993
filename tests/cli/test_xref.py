"""`emu xref` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command import SAMPLES, WORKED_EXAMPLE, emu

EXAMPLE = WORKED_EXAMPLE.encode()


def test_a_table_of_all_names() -> None:
    result = emu("xref", "-", stdin=EXAMPLE)
    assert (result.status, result.err) == (0, "")
    assert (
        b"add                  function at 0x00008030, defined in line 15, 1 reference\n    call    7\n" in result.out
    )


def test_queries_and_json() -> None:
    functions = json.loads(emu("xref", "--functions", "--json", "-", stdin=EXAMPLE).out)
    assert [symbol["name"] for symbol in functions["symbols"]] == ["add"]
    assert functions["summary"]["total"] == 6
    assert emu("xref", "--unused", "--undefined", "-", stdin=EXAMPLE).out == b""
    assert emu("xref", "--data", "-", stdin=EXAMPLE).out.startswith(b"total ")


def test_one_name() -> None:
    result = emu("xref", "-", "add", "LIMIT", stdin=EXAMPLE)
    assert result.out.decode().split("\n")[:3] == [
        "add: function at 0x00008030",
        "  defined  <stdin>:15  add:    PUSH  {R4, LR}",
        "  call     <stdin>:7           BL    add",
    ]


def test_what_is_not_there() -> None:
    result = emu("xref", SAMPLES / "sieve.s", "crosed")
    assert result.status == 1
    assert "did you mean crossed?" in result.err
    assert emu("xref", "--data", SAMPLES / "sieve.s", "crossed").status == 2


def test_names_that_are_missing_are_the_report_and_other_errors_are_told(tmp_path: Path) -> None:
    path = tmp_path / "prog.s"
    path.write_text("_start: BL missing\n")
    result = emu("xref", path)
    assert (result.status, result.err) == (0, "")
    assert b"missing              undefined, 1 reference" in result.out
    path.write_text("_start: BL missing\n MOVE R0, #1\n")
    result = emu("xref", path)
    assert result.status == 1
    assert "unknown instruction" in result.err
    assert b"missing              undefined, 1 reference" in result.out
