"""Every C sample prints what stands beside it: on every engine, at every level, in QEMU, and built for this computer.

`NAME.c` or the folder `NAME` is the source, `NAME.elf` what the compiler made of it, and the other files are as for
samples in assembly.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from emu.isa.elf.loader import load_elf
from tests.cli.command import SAMPLES, emu

FOLDER = SAMPLES / "c"
NAMES = sorted(
    [path.stem for path in FOLDER.glob("*.c")] + [path.parent.name for path in FOLDER.glob("*/main.c")],
)
LARGE = "script"
COMPILER, QEMU, NATIVE = "arm-none-eabi-gcc", "qemu-arm", "gcc"
NOT_PORTABLE = ("hello", "lisp")
"""One says what it was compiled for, the other uses functions of a library that differ in the last digit."""
BEGINNINGS = {"script": b"# -- errors", "lisp": b"(define (map"}
"""What the large samples do up to here is enough to compare levels."""

each = pytest.mark.parametrize("name", NAMES)
needs_compiler = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not installed")


def beside(name: str, ending: str) -> bytes:
    path = FOLDER / f"{name}{ending}"
    return path.read_bytes() if path.exists() else b""


def words_of(name: str) -> list[str]:
    return shlex.split(beside(name, ".args").decode())


def status_of(name: str) -> int:
    return int(beside(name, ".status") or b"0")


def check(program: Path, name: str, folder: Path, engine: str) -> None:
    """Runs `program` as the sample `name`, and compares all that can be seen of it."""
    given = beside(name, ".in")
    result = emu("run", "--engine", engine, "--fsroot", folder, program, *words_of(name), stdin=given)
    assert result.out == beside(name, ".out")
    assert (result.status, result.err) == (status_of(name), "")


def check_beginning(program: Path, name: str, folder: Path) -> None:
    """As `check`, of a large sample for the first part of its input."""
    if name not in BEGINNINGS:
        check(program, name, folder, "python")
        return
    given = beside(name, ".in").partition(BEGINNINGS[name])[0]
    result = emu("run", "--engine", "python", "--fsroot", folder, program, stdin=given)
    lines = result.out.splitlines(keepends=True)[:-1]  # the last one may count what was done
    assert len(lines) > 3
    assert beside(name, ".out").startswith(b"".join(lines))
    assert (result.status, result.err) == (0, "")


def built(level: str, folder: Path) -> None:
    """Builds all programs into `folder` as samples/c/Makefile does."""
    command = ["make", "-C", str(FOLDER), "-s", "-j2", f"OUT={folder}", f"LEVEL={level}"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def test_there_is_something_to_choose_from() -> None:
    assert len(NAMES) >= 8
    lines = sum(len(path.read_text().splitlines()) for path in FOLDER.glob(f"{LARGE}/*.[ch]"))
    assert lines > 2500


@each
@pytest.mark.parametrize("engine", ["auto", "python"])
def test_a_sample_prints_what_stands_beside_it(name: str, engine: str, tmp_path: Path) -> None:
    if name == LARGE and engine == "python":
        check_beginning(FOLDER / f"{name}.elf", name, tmp_path)
    else:
        check(FOLDER / f"{name}.elf", name, tmp_path, engine)


@pytest.mark.parametrize("name", ["arguments", "files", "wordfreq"])
def test_the_interpreter_comes_to_the_same_end(name: str, tmp_path: Path) -> None:
    check(FOLDER / f"{name}.elf", name, tmp_path, "interpreter")


@needs_compiler
@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-Os", "-O3"])
def test_the_samples_are_what_their_sources_say_at_every_level(level: str, tmp_path: Path) -> None:
    built(level, tmp_path)
    for name in NAMES:
        program = tmp_path / f"{name}.elf"
        check_beginning(program, name, tmp_path)
        if level == "-O2":
            same_code(program.read_bytes(), beside(name, ".elf"))


def same_code(fresh: bytes, committed: bytes) -> None:
    """The code is the same to the byte if the compiler is the same one."""
    if compiler_of(fresh) == compiler_of(committed):
        assert load_elf(fresh, "x").segments == load_elf(committed, "x").segments


def compiler_of(program: bytes) -> bytes:
    start = program.index(b"GCC: (")
    return program[start : program.index(b"\0", start)]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "arguments"])  # QEMU does not quote blanks
@pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not installed")
def test_qemu_prints_the_same(name: str, tmp_path: Path) -> None:
    program = shutil.copy(FOLDER / f"{name}.elf", tmp_path)
    command = [QEMU, os.path.basename(program), *words_of(name)]
    result = subprocess.run(
        command, cwd=tmp_path, input=beside(name, ".in"), capture_output=True, timeout=60, check=False
    )
    # Its error number is that of whatever it did last on the host, here isatty().
    said = result.stdout.replace(b"Not a character device", b"No such file or directory")
    assert said == beside(name, ".out")
    assert result.returncode == status_of(name)


@pytest.mark.skipif(shutil.which(NATIVE) is None, reason=f"{NATIVE} is not installed")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_PORTABLE])
def test_what_is_portable_prints_the_same_on_this_computer(name: str, tmp_path: Path) -> None:
    sources = [FOLDER / f"{name}.c"] if (FOLDER / f"{name}.c").exists() else sorted(FOLDER.glob(f"{name}/*.c"))
    program = tmp_path / name
    command = [NATIVE, "-std=gnu11", "-O1", "-ffp-contract=off", *map(str, sources), "-o", str(program), "-lm"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    command, given = [str(program), *words_of(name)], beside(name, ".in")
    result = subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, timeout=60, check=False)
    assert result.stdout == beside(name, ".out")
    assert result.returncode == status_of(name)


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
