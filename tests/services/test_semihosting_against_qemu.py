"""One program that calls every operation of semihosting by itself, here and in QEMU: the answers are the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import emu

COMPILER, QEMU = "arm-none-eabi-gcc", "qemu-arm"
PROBE = Path(__file__).with_name("semihosting_probe.c")

DIFFERENT = {
    "errno": "QEMU tells the number of its own last call, not that of the operation that failed",
    "flen appended": "QEMU does not append in mode 9",
    "a+ read": "as above: it has only what was written last",
    "abcdef": "as above",
    "def": "as above",
    "tt istty": "QEMU tells where the output goes, here it always counts as a terminal",
    "write0": "QEMU writes it to standard error",
    "c": "as above",
    "tmpnam number": "QEMU takes numbers that the specification does not allow",
}
"""Lines that may differ, and why."""


@pytest.mark.skipif(
    shutil.which(COMPILER) is None or shutil.which(QEMU) is None, reason=f"{COMPILER} or {QEMU} is not installed"
)
def test_every_operation_answers_as_in_qemu(tmp_path: Path) -> None:
    program = tmp_path / "probe.elf"
    command = [COMPILER, "-marm", "-march=armv4t", "--specs=rdimon.specs", "-O1", str(PROBE), "-o", str(program)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    ours = emu("run", "--fsroot", here, program, stdin=b"ab")
    theirs = subprocess.run(
        [QEMU, "../probe.elf"], cwd=there, input=b"ab", capture_output=True, timeout=60, check=False
    )
    assert ours.status == theirs.returncode == 7
    assert list(here.iterdir()) == []
    found, expected = ours.out.decode().splitlines(), theirs.stdout.decode().splitlines()
    assert len(found) > 65
    same = [line for line in found if _what(line) not in DIFFERENT]
    assert same == [line for line in expected if _what(line) not in DIFFERENT]


def _what(line: str) -> str:
    return line[:34].strip()
