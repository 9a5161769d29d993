"""`emu run`: the program's own streams and status, and one line about what stopped it otherwise."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from tests.cli.command import SAMPLES, WORKED_EXAMPLE, emu

START = "        .org    0x8000\n_start:\n"
EXIT = "        MOV     R0, #0\n        SWI     #0\n"

FOREVER = START + "loop:   B       loop\n"
PRINT_RANDOM = START + "        SWI     #0x31\n        MOV     R1, #16\n        SWI     #3\n" + EXIT


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Where a test puts its program."""
    return tmp_path / "program.s"


# -- streams and status -----------------------------------------------------------------------------------------------


def test_hello() -> None:
    result = emu("run", SAMPLES / "hello.s")
    assert (result.status, result.out, result.err) == (0, b"Hello, world!\n", "")


@pytest.mark.parametrize(("code", "status"), [("#0", 0), ("#7", 7), ("#255", 255), ("#300", 44), ("#-1", 255)])
def test_the_exit_code_is_the_exit_status(program: Path, code: str, status: int) -> None:
    program.write_text(START + f"        LDR     R0, ={code[1:]}\n        SWI     #0\n")
    assert emu("run", program).status == status


def test_the_source_may_come_from_standard_input() -> None:
    assert emu("run", "-", stdin=(SAMPLES / "hello.s").read_bytes()).out == b"Hello, world!\n"


def test_the_program_reads_standard_input(program: Path) -> None:
    program.write_text(START + "        SWI     #6\n        ADD     R0, R0, R0\n        SWI     #3\n" + EXIT)
    assert emu("run", program, stdin=b"\n 21\n").out == b"42"


def test_standard_error_is_the_programs_too(program: Path) -> None:
    program.write_text(START + "        LDR     R0, =t\n        SWI     #0xF0\n" + EXIT + 't:      .asciz "here"\n')
    result = emu("run", program)
    assert (result.status, result.out, result.err) == (0, b"", "[DEBUG] here\n")


def test_words_after_the_file_are_the_programs_even_if_they_look_like_options(program: Path) -> None:
    program.write_text(
        START
        + "        SWI     #0x32\n        MOV     R4, R0\n        LDR     R0, [R1, #4]\n        SWI     #2\n"
        + "        MOV     R0, R4\n        SWI     #0\n"
    )
    result = emu("run", program, "one", "--stats", "-v")
    assert (result.status, result.out, result.err) == (3, b"--stats", "")


def test_the_program_sees_files_below_its_root_only(program: Path, tmp_path: Path) -> None:
    program.write_text(
        START
        + "        LDR     R0, =name\n        MOV     R1, #0\n        SWI     #0x10\n        SWI     #0x16\n"
        + "        MOV     R1, #10\n        SWI     #3\n"
        + EXIT
        + 'name:   .asciz  "data.txt"\n'
    )
    root = tmp_path / "root"
    root.mkdir()
    (root / "data.txt").write_bytes(b"12345")
    assert emu("run", program, cwd=tmp_path).out == b"-1"
    assert emu("run", "--fsroot", root, program, cwd=tmp_path).out == b"5"


# -- options ----------------------------------------------------------------------------------------------------------


def test_a_seed_repeats_random_numbers(program: Path) -> None:
    program.write_text(PRINT_RANDOM)
    seeded = {emu("run", "--seed", "7", program).out for _ in range(2)}
    assert len(seeded) == 1
    assert emu("run", "--seed", "8", program).out not in seeded
    assert len({emu("run", program).out for _ in range(4)}) > 1


def test_a_constant_defined_outside(program: Path) -> None:
    program.write_text(
        START + "        LDR     R0, =ANSWER\n.ifdef LOUD\n        ADD     R0, R0, #1\n.endif\n        SWI     #0\n"
    )
    assert emu("run", "-D", "ANSWER=41", program).status == 41
    assert emu("run", "-D", "ANSWER=0x29", "-DLOUD", program).status == 42


def test_another_entry(program: Path) -> None:
    program.write_text(
        START + "        MOV     R0, #1\n        SWI     #0\n        MOV     R0, #2\n        SWI     #0\n"
    )
    assert emu("run", program).status == 1
    assert emu("run", "--entry", "0x8008", program).status == 2


def test_a_larger_stack(program: Path) -> None:
    program.write_text(
        START
        + "        SUB     R1, SP, #0x40000\n        PUSH    {R1}\n        MOV     R0, R1, LSR #20\n"
        + "        SWI     #0\n"
    )
    assert emu("run", "--stack-size", "0x200000", program).status == 2
    program.write_text(program.read_text() + "        .org    0x100000\n        .word   1\n")
    assert "the image leaves the mapped memory" in emu("run", program).err
    assert emu("run", "--stack-size", "0x200000", program).status == 2


@pytest.mark.parametrize("engine", ["auto", "python", "interpreter"])
def test_every_engine_computes_the_same(program: Path, engine: str) -> None:
    program.write_text(
        START
        + "        LDR     R1, =10000\n        MOV     R0, #0\nloop:   ADD     R0, R0, R1\n        SUBS    R1, R1, #1\n"
        + "        BNE     loop\n        MOV     R1, #10\n        SWI     #3\n"
        + EXIT
    )
    result = emu("run", "--engine", engine, "-v", program)
    assert result.out == b"50005000"
    assert "30,006 instructions, 30,005 cycles" in result.err


def test_verbose_tells_what_runs_and_where_it_ended() -> None:
    result = emu("run", "-v", SAMPLES / "hello.s")
    assert result.out == b"Hello, world!\n"
    for said in ("hello.s", "0x00008000", "_start", "0x00050000", "exit code 0", "4 instructions", "SP  00050000"):
        assert said in result.err


# -- figures ----------------------------------------------------------------------------------------------------------


def test_the_figures_are_shown_on_standard_error() -> None:
    result = emu("run", "--stats", SAMPLES / "hello.s")
    assert result.out == b"Hello, world!\n"
    assert "4 in" in result.err
    assert "SWI 2" in result.err


def test_figures_as_json(program: Path, tmp_path: Path) -> None:
    program.write_text(WORKED_EXAMPLE)
    figures = tmp_path / "figures"
    assert emu("run", "--stats-file", figures, program).out == b"3"
    found = json.loads(figures.read_text())
    expected = {
        "total_instructions": 44, "total_cycles": 43, "branch_count": 10, "branch_taken": 7, "branch_missed": 3,
        "memory_reads": 14, "bytes_read": 56, "memory_writes": 9, "bytes_written": 36,
    }  # fmt: skip
    assert {key: found[key] for key in expected} == expected
    assert [(row["Mnemonic"], row["Count"]) for row in found["top_instructions"]][:5] == [
        ("LDR", 8), ("B", 7), ("ADD", 6), ("MOV", 5), ("CMP", 4)
    ]  # fmt: skip
    assert [(row["Name"], row["CallCount"]) for row in found["top_functions"]] == [("add", 3)]


def test_figures_as_csv(program: Path, tmp_path: Path) -> None:
    program.write_text(WORKED_EXAMPLE)
    assert emu("run", "--stats-format=csv", program, cwd=tmp_path).status == 0
    rows = list(csv.reader((tmp_path / "stats.csv").read_text().splitlines()))
    assert rows[0] == ["Metric", "Value"]
    assert ["total_instructions", "44"] in rows
    assert rows[12:15] == [[], ["Instruction", "Count"], ["LDR", "8"]]


def test_figures_as_html(program: Path, tmp_path: Path) -> None:
    program.write_text(WORKED_EXAMPLE)
    figures = tmp_path / "a.html"
    assert emu("run", "--stats-file", figures, "--stats-format", "html", program).status == 0
    page = figures.read_text()
    assert page.startswith("<!doctype html>")
    for title in ("Summary", "Branches", "Memory", "Top instructions", "Hot addresses", "Functions"):
        assert f"<h2>{title}</h2>" in page
    assert "<td>70.0 %</td>" in page
    assert "http" not in page


def test_figures_are_written_after_a_fault_too(program: Path, tmp_path: Path) -> None:
    program.write_text(START + "        LDR     R0, [R0, #1]\n")
    figures = tmp_path / "figures"
    assert emu("run", "--stats-file", figures, program).status == 3
    assert json.loads(figures.read_text())["total_instructions"] == 0


def test_a_place_that_cannot_take_the_figures_is_refused_before_anything_runs(program: Path, tmp_path: Path) -> None:
    program.write_text(FOREVER)
    result = emu("run", "--stats-file", tmp_path / "none" / "figures", program)
    assert (result.status, result.out) == (1, b"")
    assert "cannot write" in result.err
    assert "no such file or directory" in result.err
    assert emu("run", "--stats-file", "-", program).status == 2


# -- what stops a program ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "where", "what"),
    [
        ("        LDR     R0, [R0, #1]\n", "_start+4", "unaligned word access at 0x00000042 [unaligned_access]"),
        ("        SWI     #0x99\n", "_start+4", "unimplemented SWI 0x000099 [unknown_service]"),
        ("        .word   0xE7F000F0\n", "_start+4", "[undefined_instruction]"),
        ("        SWI     #0xF1\n", "_start+4", "breakpoint call (SWI #0xF1) outside a debugger [breakpoint]"),
        ("        MOV     R0, #0\n        SWI     #0xF4\n", "_start+8", "ASSERTION FAILED"),
        ("        MOV     PC, R0\n", "0x00000041", "[unaligned_access]"),
    ],
)
def test_a_fault_is_one_line_after_everything_the_program_printed(
    program: Path, code: str, where: str, what: str
) -> None:
    program.write_text(START + "        MOV     R0, #0x41\n" + code)
    result = emu("run", program)
    assert result.status == 3
    empty, line, end = result.err.split("\n")
    assert empty == end == ""
    assert where in line
    assert what in line
    assert "runtime error at PC=0x0000" in line


def test_a_fault_names_the_source_line(program: Path) -> None:
    program.write_text(START + "        MOV     R0, #'!'\n        SWI     #1\n        LDR     R0, [R0]\n")
    result = emu("run", program, cwd=program.parent)
    assert result.out == b"!"
    assert f"{program}:5: runtime error at PC=0x00008008 (_start+8): unaligned word access" in result.err


def test_the_cycle_limit(program: Path) -> None:
    program.write_text(FOREVER)
    result = emu("run", "--max-cycles", "100000", program)
    assert result.status == 3
    assert f"{program}:3: " in result.err
    assert "(_start): cycle limit exceeded" in result.err
    assert "[cycle_limit]" in result.err


def test_the_stack_guard(program: Path) -> None:
    program.write_text(START + "        LDR     SP, =0x40000\n        PUSH    {R0}\n" + EXIT)
    assert emu("run", program).status == 0
    result = emu("run", "--stack-guard", program)
    assert result.status == 3
    assert "[stack_guard]" in result.err


# -- what does not even start -----------------------------------------------------------------------------------------


def test_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "hello.s").touch()
    result = emu("run", "helo.s", cwd=tmp_path)
    assert (result.status, result.out) == (1, b"")
    assert result.err == "emu: error: file not found: helo.s\n  hint: did you mean hello.s?\n"
    assert "did you mean hello.s?" in emu("run", "hello", cwd=tmp_path).err
    assert "there is no directory none" in emu("run", "none/x.s", cwd=tmp_path).err


def test_a_directory(tmp_path: Path) -> None:
    result = emu("run", ".", cwd=tmp_path)
    assert result.status == 1
    assert result.err == "emu: error: . is a directory\n  hint: name one source file in it\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x7fELF\x01\x01", "the file is damaged: the file header reaches beyond its end"),
        (b"MOV R0, #1\n\0\1\2", "is not assembly source: there is a zero byte at offset 11"),
        (bytes(range(1, 256)), "error: "),
    ],
)
def test_binary_garbage(program: Path, data: bytes, said: str) -> None:
    program.write_bytes(data)
    result = emu("run", program)
    assert (result.status, result.out) == (1, b"")
    assert said in result.err
    assert "Traceback" not in result.err


def test_a_file_that_may_not_be_read(program: Path) -> None:
    program.touch()
    program.chmod(0)
    if os.access(program, os.R_OK):  # the superuser may read everything; a name that is too long fails for all
        program = program.with_name("x" * 5000)
    result = emu("run", program)
    assert result.status == 1
    assert "emu: error: cannot read" in result.err


def test_an_endless_file() -> None:
    result = emu("run", "/dev/zero")
    assert result.status == 1
    assert result.err == "emu: error: /dev/zero is too large: more than 16 MiB\n"


def test_errors_in_the_source_are_all_shown_and_nothing_runs(program: Path) -> None:
    program.write_text(START + "        SWI     #7\n        LDX     R0, [R1]\n        B       nowhere\n" + EXIT)
    result = emu("run", program)
    assert (result.status, result.out) == (1, b"")
    assert f"{program}:4:9: error: " in result.err
    assert f"{program}:5:17: error: " in result.err
    assert "LDX     R0, [R1]\n        ^" in result.err


def test_warnings_do_not_keep_a_program_from_running(program: Path) -> None:
    program.write_text(START + EXIT + "        .byte   300\n")
    result = emu("run", program)
    assert result.status == 0
    assert "warning: " in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--max-cycles", "many"], "--max-cycles needs a number"),
        (["--max-cycles", "-1"], "--max-cycles goes from 0"),
        (["--stack-size", "0x10000001"], "--stack-size goes from 0 to 0x10000000"),
        (["--entry", "0x100000000"], "--entry goes from 0 to 0xffffffff"),
        (["--engine", "steam"], "--engine is one of auto, native, python, interpreter, not 'steam'"),
        (["--stats-format", "xml"], "--stats-format is one of json, csv, html, not 'xml'"),
        (["-D", "1X=2"], "-D needs a name, not '1X=2'"),
        (["-D", "X=two"], "-D X needs a number"),
        (["-D", "="], "-D needs a name"),
        (["-D", "X=0x100000000"], "-D X goes from -2147483648 to 0xffffffff, not 0x100000000"),
        (["-D", "r7=2"], "-D cannot define r7, which has its own meaning"),
        (["-D", "."], "-D cannot define ., which has its own meaning"),
    ],
)
def test_wrong_usage(words: list[str], said: str) -> None:
    result = emu("run", *words, SAMPLES / "hello.s")
    assert (result.status, result.out) == (2, b"")
    assert result.err.startswith("emu: error: ")
    assert said in result.err


def test_a_root_that_is_none(tmp_path: Path, program: Path) -> None:
    program.touch()
    assert "--fsroot none does not exist" in emu("run", "--fsroot", "none", program, cwd=tmp_path).err
    assert "is not a directory" in emu("run", "--fsroot", program, program).err


def test_arguments_that_do_not_fit_the_stack() -> None:
    result = emu("run", "--stack-size", "16", SAMPLES / "hello.s", "a" * 100)
    assert (result.status, result.out) == (1, b"")
    assert "--stack-size gives the program a larger stack" in result.err


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        (
            "        MOV     R0, #1\n",
            "; the program ran on past its last instruction, in line 3: a program ends with SWI",
        ),
        ("        MOV     PC, LR\n", "; a program ends with SWI #0, there is nobody it could return to ["),
        ("        PUSH    {R0}\n        B       _start\n", "; the stack is full: it begins at 0x00040000 and SP is 0x"),
        ("        LDR     R0, [R0]\n", "address 0x00000000 is not mapped ["),
    ],
)
def test_a_fault_says_what_probably_led_to_it(program: Path, source: str, cause: str) -> None:
    program.write_text(START + source)
    result = emu("run", program)
    assert result.status == 3
    assert cause in result.err
    assert result.err.count("\n") == 2


@pytest.mark.parametrize("source", ["", "; nothing yet\n", ".equ N, 3\n", "_start:\n"])
def test_a_source_that_makes_no_bytes_is_not_run(program: Path, source: str) -> None:
    program.write_text(source)
    result = emu("run", program)
    assert (result.status, result.out) == (1, b"")
    assert "there is nothing to run in" in result.err
