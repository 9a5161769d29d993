"""Every C sample prints what stands beside it, on every engine; where there is a compiler, at every level, too.

`NAME.c` is the source, `NAME.elf` what the compiler made of it, and the other files are as for samples in assembly.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from emu.isa.elf.loader import load_elf
from tests.cli.command import SAMPLES, emu

FOLDER = SAMPLES / "c"
PROGRAMS = sorted(FOLDER.glob("*.c"))
COMPILER = "arm-none-eabi-gcc"

each = pytest.mark.parametrize("source", PROGRAMS, ids=lambda path: path.stem)
needs_compiler = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not installed")


def beside(source: Path, ending: str) -> bytes:
    path = source.with_suffix(ending)
    return path.read_bytes() if path.exists() else b""


def check(program: Path, source: Path, folder: Path, engine: str) -> None:
    """Runs `program` as `source` says, and compares all that can be seen of it."""
    words = shlex.split(beside(source, ".args").decode())
    result = emu("run", "--engine", engine, "--fsroot", folder, program, *words, stdin=beside(source, ".in"))
    assert result.out == source.with_suffix(".out").read_bytes()
    assert (result.status, result.err) == (int(beside(source, ".status") or b"0"), "")


def built(level: str, folder: Path, *programs: str) -> None:
    """Builds programs into `folder` as samples/c/Makefile does."""
    targets = [f"{folder}/{name}.elf" for name in programs]
    command = ["make", "-C", str(FOLDER), "-s", f"OUT={folder}", f"LEVEL={level}", *targets]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def test_there_is_something_to_choose_from() -> None:
    assert len(PROGRAMS) >= 8


@each
@pytest.mark.parametrize("engine", ["auto", "python"])
def test_a_sample_prints_what_stands_beside_it(source: Path, engine: str, tmp_path: Path) -> None:
    check(source.with_suffix(".elf"), source, tmp_path, engine)


@pytest.mark.parametrize("name", ["arguments", "files", "wordfreq"])
def test_the_interpreter_comes_to_the_same_end(name: str, tmp_path: Path) -> None:
    check(FOLDER / f"{name}.elf", FOLDER / f"{name}.c", tmp_path, "interpreter")


@needs_compiler
@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-Os", "-O3"])
def test_the_samples_are_what_their_sources_say_at_every_level(level: str, tmp_path: Path) -> None:
    built(level, tmp_path, *(source.stem for source in PROGRAMS))
    for source in PROGRAMS:
        program = tmp_path / f"{source.stem}.elf"
        check(program, source, tmp_path, "python")
        if level == "-O2":
            same_code(program.read_bytes(), source.with_suffix(".elf").read_bytes())


def same_code(fresh: bytes, committed: bytes) -> None:
    """The code is the same to the byte if the compiler is the same one."""
    if compiler_of(fresh) == compiler_of(committed):
        assert load_elf(fresh, "x").segments == load_elf(committed, "x").segments


def compiler_of(program: bytes) -> bytes:
    start = program.index(b"GCC: (")
    return program[start : program.index(b"\0", start)]


@needs_compiler
@pytest.mark.parametrize(
    ("flags", "said", "hint"),
    [
        (["-mcpu=cortex-m3", "-mthumb"], "Tag_CPU_arch", "-march=armv4t"),
        (["-march=armv5te", "-marm"], "built for ARMv5TE (Tag_CPU_arch)", "-march=armv4t"),
        (["-march=armv4t", "-mthumb"], "is Thumb code", "-marm"),
        (["-march=armv7-a+fp", "-marm", "-mfloat-abi=hard"], "VFP registers", "-mfloat-abi=soft"),
    ],
)
def test_what_cannot_run_here_is_refused_with_the_flag_that_helps(
    flags: list[str], said: str, hint: str, tmp_path: Path
) -> None:
    program = tmp_path / "other.elf"
    subprocess.run(
        [COMPILER, *flags, "--specs=rdimon.specs", str(FOLDER / "hello.c"), "-o", str(program)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    result = emu("run", program)
    assert (result.status, result.out) == (1, b"")
    assert said in result.err
    assert hint in result.err


def test_a_fault_names_the_line_of_c(tmp_path: Path) -> None:
    result = emu("run", "--max-cycles", "20000", "--fsroot", tmp_path, FOLDER / "queens.elf")
    assert result.status == 3
    assert "queens.c:" in result.err


def test_the_disassembly_shows_lines_of_c_between_instructions() -> None:
    shown = emu("disasm", FOLDER / "queens.elf").out.decode()
    assert "; queens.c:38  " in shown
    assert "main:" in shown
    assert "for (int size = 1; size <= 8; size++)" in shown


def test_the_symbols_of_a_compiled_program() -> None:
    assert "column_of " in emu("symbols", FOLDER / "queens.elf").out.decode()
