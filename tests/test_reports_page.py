"""Every block of docs/reports.md is what `emu` prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emu.isa.analysis.lint import CODES
from tests.cli.command import ROOT, emu

PAGE = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(SOURCE,) = [text for text in re.findall(r"^```asm\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "_start:" in text]


def shows(shown: list[str], printed: list[str]) -> bool:
    """Whether `shown` is `printed` with some lines left out where it says `...`."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0][2:].replace(" ", "_"))
def test_a_block_is_what_is_printed(block: str, tmp_path: Path) -> None:
    (tmp_path / "squares.s").write_text(SOURCE, encoding="utf-8")
    for text, name in re.findall(r"^```text\n(; (\w+\.s)\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
        program, *words = command.split()
        if program == "cat":
            printed = (tmp_path / words[0]).read_text(encoding="utf-8")
        else:
            result = emu(*words, cwd=tmp_path)
            assert (result.status, result.err) == (0, "")
            printed = result.out.decode()
        assert shows(shown.splitlines(), printed.splitlines()), printed


def test_the_linter_has_nothing_to_say_about_the_example() -> None:
    assert emu("lint", "-", stdin=SOURCE.encode()).out == b""


def test_the_table_has_every_code() -> None:
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGE)) == CODES


def test_there_is_a_block_for_every_report() -> None:
    options = " ".join(re.findall(r"^\$ emu run (.*) squares.s$", PAGE, re.MULTILINE))
    for name in ("stats", "trace", "mem", "call", "coverage", "stack", "flag", "register"):
        assert f"--{name}" in options
