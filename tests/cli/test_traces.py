"""The reports of `emu run`: the worked example of the specification, files, formats, refusals."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import SAMPLES, WORKED_EXAMPLE, command_line, emu, environment

ALL = ("--trace", "--mem-trace", "--coverage", "--stack-trace", "--flag-trace", "--register-trace")
IN_JSON = tuple(
    f"--{name}-format=json" for name in ("coverage", "stack-trace", "flag-trace", "register-trace", "stats")
)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "worked.s"
    path.write_text(WORKED_EXAMPLE)
    return path


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_worked_example(program: Path, tmp_path: Path) -> None:
    result = emu("run", *ALL, *IN_JSON, program.name, cwd=tmp_path)
    assert (result.status, result.out, result.err) == (0, b"3", "")
    figures = loaded(tmp_path / "stats.json")
    assert (figures["total_instructions"], figures["total_cycles"]) == (44, 43)
    assert (figures["memory_reads"], figures["bytes_read"]) == (14, 56)
    assert (figures["memory_writes"], figures["bytes_written"]) == (9, 36)
    assert (figures["branch_count"], figures["branch_taken"], figures["branch_missed"]) == (10, 7, 3)
    assert [(row["Mnemonic"], row["Count"]) for row in figures["top_instructions"]] == [
        ("LDR", 8), ("B", 7), ("ADD", 6), ("MOV", 5), ("CMP", 4), ("BL", 3), ("POP", 3), ("PUSH", 3), ("STR", 3),
        ("SWI", 2),
    ]  # fmt: skip
    assert [(row["Name"], row["CallCount"]) for row in figures["top_functions"]] == [("add", 3)]

    trace = lines(tmp_path / "trace.log")
    assert len(trace) == 44
    assert trace[1] == (
        "[000002] loop                : CMP R4, #3                     | (no changes) | N--- | opcode 0xE3540003 "
        "| cycle 2"
    )
    assert "| R14=0x00008014 PC=0x00008030 |" in trace[4]

    accesses = lines(tmp_path / "memtrace.log")
    assert sum("[READ ]" in line for line in accesses) == 14
    writes = [line for line in accesses if "[WRITE]" in line]
    assert len(writes) == 9
    assert writes[0] == "[000006] [WRITE] add                  -> [0x0004FFF8          ] = 0x00000000 (WORD)"

    coverage = loaded(tmp_path / "coverage.json")
    assert (coverage["executed_count"], coverage["unexecuted_count"], coverage["skipped_count"]) == (18, 1, 0)
    assert coverage["unexecuted_addresses"] == [0x8048]
    assert coverage["executed_addresses"][str(0x8004)] == {
        "Address": 0x8004, "ExecutionCount": 4, "FirstExecution": 2, "LastExecution": 38,
    }  # fmt: skip
    assert {row["Line"]: row["Status"] for row in coverage["lines"]}[21] == "not"

    stack = loaded(tmp_path / "stack_trace.json")
    assert (stack["total_pushes"], stack["total_pops"], stack["max_usage"], stack["current_depth"]) == (6, 6, 8, 0)
    assert (stack["overflow_count"], stack["underflow_count"]) == (0, 0)
    assert stack["entries"][1] == {
        "Sequence": 6, "Cycle": 6, "PC": 0x8030, "Operation": "PUSH", "OldSP": 0x50000, "NewSP": 0x4FFF8,
        "Value": 0x8014, "Address": 0x4FFFC, "Size": 4, "Register": "LR",
    }  # fmt: skip

    flags = loaded(tmp_path / "flag_trace.json")
    first = flags["entries"][0]
    assert (first["PC"], first["Instruction"], first["Changed"]) == (0x8004, "CMP R4, #3", "N")
    assert first["OldFlags"] == {"N": False, "Z": False, "C": False, "V": False}
    assert first["NewFlags"] == {"N": True, "Z": False, "C": False, "V": False}

    registers = loaded(tmp_path / "register_trace.json")
    assert registers["unused_registers"] == ["R3", *(f"R{number}" for number in range(5, 13))]
    assert registers["read_before_write"] == []
    assert registers["hot_registers"][0] == "R4"

    symbols = emu("symbols", program.name, cwd=tmp_path).out.decode().splitlines()
    assert symbols[5].split() == ["LIMIT", "Constant", "0x00000003", "Defined"]
    assert (sum("Constant" in row for row in symbols), sum("Label" in row for row in symbols)) == (1, 5)
    assert symbols[-1] == "Total symbols: 6"


def test_the_same_as_text(program: Path, tmp_path: Path) -> None:
    assert emu("run", *ALL, program.name, cwd=tmp_path).out == b"3"
    texts = {name: (tmp_path / f"{name}.txt").read_text() for name in (
        "coverage", "stack_trace", "flag_trace", "register_trace",
    )}  # fmt: skip
    assert "0x00008004: executed      4 times (first: cycle      2, last: cycle     38) [loop]" in texts["coverage"]
    assert "Coverage: 94.74%" in texts["coverage"]
    assert "Pushes: 6, pops: 6" in texts["stack_trace"]
    assert "CMP R4, #3                     ---- -> N*---     (changed: N)" in texts["flag_trace"]
    assert "Unused registers: R3, R5, R6, R7, R8, R9, R10, R11, R12\n" in texts["register_trace"]


@pytest.mark.parametrize(
    ("form", "name", "line"),
    [("source", "coverage.s.cov", "    #####:   21:        MOV   R0, R0"), ("lcov", "coverage.info", "DA:21,0")],
)
def test_coverage_for_people_and_for_viewers(program: Path, tmp_path: Path, form: str, name: str, line: str) -> None:
    assert emu("run", "--coverage-format", form, program.name, cwd=tmp_path).out == b"3"
    assert line in lines(tmp_path / name)


def test_system_calls_are_in_the_memory_trace(tmp_path: Path) -> None:
    emu("run", "--mem-trace-file", "m", SAMPLES / "hello.s", cwd=tmp_path)
    (by_call,) = [line for line in lines(tmp_path / "m") if line.endswith("SWI")]
    assert by_call == (
        "[000002] [READ ] _start+4             <- [greeting            ] = "
        "48 65 6C 6C 6F 2C 20 77 6F 72 6C 64 21 0A 00 (15 BYTES) SWI"
    )


def test_after_a_fault_every_report_is_there(tmp_path: Path) -> None:
    (tmp_path / "bad.s").write_text(".org 0x8000\n_start: MOV R0, #1\n LDR R1, [R0]\n")
    result = emu("run", *ALL, "bad.s", cwd=tmp_path)
    assert result.status == 3
    for name in (
        "trace.log",
        "memtrace.log",
        "coverage.txt",
        "stack_trace.txt",
        "flag_trace.txt",
        "register_trace.txt",
    ):
        assert lines(tmp_path / name)[-1] == "FAULT at _start+4 (0x00008004): unaligned word access at 0x00000001"


def test_the_filter_and_the_file(program: Path, tmp_path: Path) -> None:
    emu("run", "--trace-filter", "SP", "--trace-file", "t", program.name, cwd=tmp_path)
    told = [line.split(" | ")[1] for line in lines(tmp_path / "t")]
    assert set(told) == {"(no changes)", "SP=0x0004FFF8", "SP=0x00050000"}


def test_verbose_says_where_reports_go(program: Path, tmp_path: Path) -> None:
    result = emu("run", "-v", "--trace", "--coverage-file", "c", program.name, cwd=tmp_path)
    assert "trace     trace.log\ncoverage  c\n" in result.err


def test_verbose_sums_up_every_report(program: Path, tmp_path: Path) -> None:
    result = emu("run", "-v", *ALL, "--call-trace", "--stats-format=csv", program.name, cwd=tmp_path)
    assert "\nstats  stats.csv\n" in result.err
    assert result.err.endswith(
        "\n"
        "trace           44 instructions\n"
        "mem-trace       14 reads, 9 writes\n"
        "coverage        18 of 19 instructions, 94.74 %\n"
        "stack-trace     6 pushes, 6 pops, 0 moves, at most 8 bytes in use\n"
        "flag-trace      7 changes (N 6, Z 3, C 1, V 0)\n"
        "register-trace  45 reads, 34 writes; unused: R3, R5, R6, R7, R8, R9, R10, R11, R12\n"
        "call-trace      3 calls\n"
    )


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("--trace-filter", "R0,R99"), 2, "--trace-filter is a list of registers; 'R99' is none"),
        (("--trace-file", "-"), 2, "reports never go to standard output"),
        (("--trace-file", "x", "--mem-trace-file", "x"), 2, "two reports cannot go to the same file: x"),
        (("--coverage-file", "no/where"), 1, "cannot write no/where: no such file or directory"),
        (("--stack-trace-format", "html"), 2, "--stack-trace-format is one of text, json, not 'html'"),
    ],
)
def test_what_cannot_be_is_refused_before_the_program_starts(
    program: Path, tmp_path: Path, words: tuple[str, ...], status: int, text: str
) -> None:
    result = emu("run", *words, program.name, cwd=tmp_path)
    assert (result.status, result.out) == (status, b"")
    assert text in result.err


LOOP = """
        .org 0x8000
_start: LDR R4, =COUNT
loop:   BL f
        SUBS R4, R4, #1
        BNE loop
        SWI #0
f:      PUSH {R4, LR}
        POP {R4, PC}
"""


def most_memory(folder: Path, count: int) -> int:
    """The most KiB that a run with all streaming traces has in use."""
    names = [f"--{name}-file={name}" for name in ("trace", "mem-trace", "call-trace")]
    words = command_line("run", "-D", f"COUNT={count}", *names, "loop.s")
    process = subprocess.Popen(words, cwd=folder, env=environment(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss


def test_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "loop.s").write_text("_start: B _start\n")
    result = emu("run", "--trace-file", "/dev/full", "loop.s", cwd=tmp_path)
    assert result.status == 1
    assert "cannot write /dev/full: no space left on device" in result.err


def test_calls_for_viewers_and_flame_graphs(program: Path, tmp_path: Path) -> None:
    assert emu("run", "--call-trace", program.name, cwd=tmp_path).out == b"3"
    events = [event for event in loaded(tmp_path / "calls.json")["traceEvents"] if event["ph"] != "M"]
    assert [(event.get("name"), event["ts"]) for event in events if event["ph"] == "B"] == [
        ("_start", 0), ("add", 5), ("add", 17), ("add", 29),
    ]  # fmt: skip
    emu("run", "--call-trace-format", "folded", "--call-trace-clock", "cycles", program.name, cwd=tmp_path)
    assert lines(tmp_path / "calls.folded") == ["_start 25", "_start;add 18"]


def test_a_long_trace_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    (tmp_path / "loop.s").write_text(LOOP)
    short = most_memory(tmp_path, 4_000)
    long = most_memory(tmp_path, 24_000)
    written = sum((tmp_path / name).stat().st_size for name in ("trace", "mem-trace", "call-trace"))
    assert written > 20 << 20
    assert long - short < 2 << 10
