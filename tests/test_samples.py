"""Every sample says what it shows, runs, and prints what stands beside it.

`NAME.s` is the program, `NAME.out` its expected output, `NAME.in` its input if it reads any, `NAME.args` its arguments.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import SAMPLES, emu

PROGRAMS = sorted(SAMPLES.glob("*.s"))


def beside(program: Path, ending: str) -> bytes:
    """The contents of a file that belongs to a sample, empty if there is none."""
    path = program.with_suffix(ending)
    return path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_sample_prints_what_stands_beside_it(program: Path, tmp_path: Path) -> None:
    words = beside(program, ".args").decode().split()
    result = emu("run", "--fsroot", tmp_path, "--seed", "1", program, *words, stdin=beside(program, ".in"))
    assert (result.status, result.err) == (0, "")
    assert result.out == program.with_suffix(".out").read_bytes()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_sample_introduces_itself(program: Path) -> None:
    lines = program.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"; {program.name} - ")
    assert any(line.startswith("; Shows: ") for line in lines)
    assert any(f"emu run samples/{program.name}" in line for line in lines)
