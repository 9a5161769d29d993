"""`emu lint` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command import SAMPLES, emu

FAULTY = "        .org 0x8000\n_start: B strat\n"
DOUBTFUL = "        .org 0x8000\n_start: SWI #0\n        NOP\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_source_has_nothing_to_say() -> None:
    result = emu("lint", SAMPLES / "sieve.s", SAMPLES / "hello.s")
    assert (result.status, result.out, result.err) == (0, b"", "")


def test_findings_of_several_files_are_shown_together(tmp_path: Path) -> None:
    written(tmp_path, "faulty.s", FAULTY)
    written(tmp_path, "doubtful.s", DOUBTFUL)
    result = emu("lint", "faulty.s", "doubtful.s", cwd=tmp_path)
    assert result.status == 1
    lines = result.out.decode().splitlines()
    assert lines[0] == "faulty.s:2:11: error: undefined symbol strat [UNDEF_LABEL]"
    assert lines[3] == "hint: did you mean _start?"
    assert lines[4].startswith("doubtful.s:3:9: warning: ")
    assert lines[-1] == "1 error, 1 warning"


def test_warnings_are_no_failure_unless_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "doubtful.s", DOUBTFUL)
    assert emu("lint", path).status == 0
    assert emu("lint", "-W", path).status == 1
    assert emu("lint", "-W", "--no-reachability", path).status == 0


def test_standard_input_and_every_format() -> None:
    for format_name in ("json", "sarif"):
        result = emu("lint", "--format", format_name, "-", stdin=FAULTY.encode())
        assert result.status == 1
        assert "UNDEF_LABEL" in json.dumps(json.loads(result.out))
    result = emu("lint", "--format", "github", "-", stdin=FAULTY.encode())
    assert result.out.startswith(b"::error file=<stdin>,line=2,col=11,title=UNDEF_LABEL::")


def test_defines_and_included_files_count(tmp_path: Path) -> None:
    written(tmp_path, "lib.s", "helper: BX LR\nspare: BX LR\n")
    source = '        .org 0x8000\n_start: BL helper\n        MOV R0, #SIZE\n        SWI #0\n        .include "lib.s"\n'
    path = written(tmp_path, "main.s", source)
    assert emu("lint", "-D", "SIZE=4", path).out == b""
    assert emu("lint", path).status == 1


def test_what_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    assert "file not found" in emu("lint", tmp_path / "none.s").err
    result = emu("lint", "--format", "xml", SAMPLES / "hello.s")
    assert result.status == 2
    assert "--format is one of text, json, github, sarif" in result.err
