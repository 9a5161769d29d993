"""Every report in every format says what a recount from single steps says, on random programs with system calls and
faults in them.
"""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import Any

import pytest

from emu.isa.analysis import coverage, witness
from emu.isa.analysis.execution_trace import TRACE_NAMES
from emu.isa.conditions import flags_text
from emu.isa.program import Program
from emu.services.services import Services
from tests.isa.analysis.figures import check_coverage, check_statistics, reaches
from tests.isa.analysis.recount import Recounted, Story, retell
from tests.isa.analysis.reported import LIMIT, Run, driven, reports_of
from tests.isa.analysis.talking import ENDINGS, SWI, talking_program

NUMBERS = range(6)
NAMES = [*(f"R{number}" for number in range(13)), "SP", "LR", "PC"]


@pytest.fixture(scope="module")
def told(pytestconfig: pytest.Config) -> dict[int, tuple[Program, Story]]:
    """Programs and their stories, told once for all reports."""
    from tests.isa.conftest import chosen_seed

    seed = chosen_seed(pytestconfig)
    stories = {}
    for number in NUMBERS:
        random = Random(f"reports {seed} {number}")
        program = talking_program(random, random.choice(ENDINGS) if number % 2 else SWI)
        stories[number] = program, retell(program, LIMIT, Services())
    return stories


@pytest.fixture(params=[(number, often) for number in NUMBERS for often in (1, 3, 1 << 30)], ids=str)
def run(request: pytest.FixtureRequest, told: dict[int, tuple[Program, Story]], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Reports of instructions that have functions of their own at once, after a while, and never."""
    number, often = request.param
    monkeypatch.setattr(witness, "OFTEN", often)
    return reports_of(*told[number])


def test_the_programs_are_worth_it(told: dict[int, tuple[Program, Story]]) -> None:
    stories = [story for _, story in told.values()]
    assert sum(len(story.steps) for story in stories) > 1_000
    assert any(step.is_service for story in stories for step in story.steps)
    assert any(step.transferred for story in stories for step in story.steps)
    assert any(story.machine.outcome is not None for story in stories)


def test_all_reports(run: Run) -> None:
    """One test for all: what costs time is the run."""
    assert run.machine.registers == run.story.machine.registers
    assert run.machine.outcome == run.story.machine.outcome
    assert run.machine.memory.peek(0x20000, 0x30000) == run.story.machine.memory.peek(0x20000, 0x30000)
    assert run.lines == [execution_line(run, number, step) for number, step in enumerate(run.steps, 1)]
    assert run.accesses == [line for n, step in enumerate(run.steps, 1) for line in memory_lines(run, n, step)]
    check_flags(run)
    check_registers(run)
    check_stack(run)
    check_coverage(run)
    check_statistics(run.machine, run)


# -- the traces -------------------------------------------------------------------------------------------------------


def execution_line(run: Run, number: int, step: Recounted) -> str:
    following = (step.address + 4) & 0xFFFFFFFF
    changes = " ".join(
        f"{name}=0x{new:08X}"
        for name, old, new in zip(TRACE_NAMES, (*step.old[:15], following), step.new, strict=True)
        if old != new
    )
    return (
        f"[{number:06d}] {run.place(step.address):<20}: {run.text(step):<30} | {changes or '(no changes)'} | "
        f"{flags_text(step.new_flags)} | opcode 0x{step.word:08X} | cycle {step.cycles}\n"
    )


def memory_lines(run: Run, number: int, step: Recounted) -> list[str]:
    sizes = {1: "BYTE", 2: "HALF", 4: "WORD"}
    found = []
    for is_write, address, size, value in step.accesses:
        found.append((is_write, address, f"0x{value:0{2 * size}X} ({sizes[size]})"))
    for is_write, address, data in step.transferred:
        text = f"{data[:16].hex(' ').upper()}{'...' if len(data) > 16 else ''} ({len(data)} BYTES) SWI"
        if len(data) in sizes:
            text = f"0x{int.from_bytes(data, 'little'):0{2 * len(data)}X} ({sizes[len(data)]}) SWI"
        found.append((is_write, address, text))
    return [
        f"[{number:06d}] {'[WRITE]' if is_write else '[READ ]'} {run.place(step.address):<20} "
        f"{'->' if is_write else '<-'} [{run.place(address):<20}] = {text}\n"
        for is_write, address, text in found
    ]


def check_flags(run: Run) -> None:
    expected: list[dict[str, Any]] = []
    for number, step in enumerate(run.steps, 1):
        changed = "".join(
            letter for letter, old, new in zip("NZCV", step.old_flags, step.new_flags, strict=True) if old != new
        )
        if changed:
            expected.append(
                {
                    "Sequence": number,
                    "Cycle": step.cycles,
                    "PC": step.address,
                    "Instruction": run.text(step),
                    "OldFlags": dict(zip("NZCV", step.old_flags, strict=True)),
                    "NewFlags": dict(zip("NZCV", step.new_flags, strict=True)),
                    "Changed": changed,
                }
            )
    counts = Counter(letter for entry in expected for letter in str(entry["Changed"]))
    assert run.flags.as_dict() == {
        "total_changes": len(expected),
        **{f"{letter.lower()}_changes": counts[letter] for letter in "NZCV"},
        "dropped_entries": 0,
        "fault": run.fault,
        "entries": expected,
    }
    text = run.flags.as_text()
    assert (
        f"Total changes: {len(expected)} (N {counts['N']}, Z {counts['Z']}, C {counts['C']}, V {counts['V']})" in text
    )
    rows = re.findall(r"^\[(\d+)\] (\S+) +: (.+?) +([NZCV-]{4}) -> (\S+) +\(changed: (\w+)\)$", text, re.MULTILINE)
    assert [(int(n), place, words, old, new) for n, place, words, old, new, _ in rows] == [
        (entry["Sequence"], run.place(entry["PC"]), entry["Instruction"], letters(entry["OldFlags"]), starred(entry))
        for entry in expected
    ]
    assert text.endswith(run.fault_line or "\n")


def letters(flags: Any) -> str:
    return "".join(letter if flag else "-" for letter, flag in flags.items())


def starred(entry: dict[str, Any]) -> str:
    shown = letters(entry["NewFlags"])
    return "".join(
        text + ("*" if letter in entry["Changed"] else "") for letter, text in zip("NZCV", shown, strict=True)
    )


def check_registers(run: Run) -> None:
    report: Any = run.registers.as_dict()
    # How often one instruction reads a register twice is for the declarations to say; here it counts once.
    stats = report["register_stats"]
    written_yet, early = {13, 15}, set()
    for step in run.steps:
        early |= {number for number in step.reads if number not in written_yet}
        written_yet |= {number for number, _ in step.writes}
    unused = []
    for number in range(15):
        reads = [step.cycles for step in run.steps if number in step.reads]
        writes = [(step.cycles, value) for step in run.steps for register, value in step.writes if register == number]
        if not reads and not writes:
            assert NAMES[number] not in stats
            if number != 13:
                unused.append(NAMES[number])
            continue
        row = stats[NAMES[number]]
        assert row["read_count"] >= len(reads)
        assert row["write_count"] == len(writes)
        assert (row["first_read"], row["last_read"]) == ((reads[0], reads[-1]) if reads else (0, 0))
        assert (row["first_write"], row["last_write"]) == ((writes[0][0], writes[-1][0]) if writes else (0, 0))
        assert row["unique_values"] == len({value for _, value in writes})
        if writes:
            assert row["last_value"] == writes[-1][1]
    assert report["unused_registers"] == unused
    assert report["read_before_write"] == [NAMES[number] for number in sorted(early)]
    assert report["total_reads"] == sum(row["read_count"] for row in stats.values())
    assert report["total_writes"] == sum(row["write_count"] for row in stats.values())
    assert report["total_entries"] == report["total_reads"] + report["total_writes"]
    assert report["registers_tracked"] == len(stats)
    accesses = {name: row["read_count"] + row["write_count"] for name, row in stats.items()}
    assert report["hot_registers"] == sorted(accesses, key=lambda name: (-accesses[name], NAMES.index(name)))[:10]
    assert report["fault"] == run.fault
    text = run.registers.as_text()
    for name, row in stats.items():
        reads_text = f"(first: cycle {row['first_read']}, last: cycle {row['last_read']})"
        assert (
            f"  {name:<4} reads {row['read_count']} {reads_text}, "
            f"writes {row['write_count']} (first: cycle {row['first_write']}, last: cycle {row['last_write']}), "
            f"last value 0x{row['last_value']:08X}, unique values {row['unique_values']}\n"
        ) in text
    assert f"Unused registers: {', '.join(unused) or 'none'}\n" in text
    assert text.endswith(run.fault_line or "\n")


def writes_sp_back(word: int) -> bool:
    """Whether a word is a transfer that writes its base, SP, back: by the bits of the manual."""
    kind, before, wanted = word >> 25 & 7, word >> 24 & 1, word >> 21 & 1
    if word >> 16 & 15 != 13:
        return False
    if kind == 4:
        return bool(wanted)
    is_single = kind in (2, 3) or (kind == 0 and word & 0x90 == 0x90 and word & 0x60 != 0)
    return is_single and (not before or bool(wanted))


def check_stack(run: Run) -> None:
    entries: list[dict[str, Any]] = []
    sps = [0x50000]
    for number, step in enumerate(run.steps, 1):
        old, new = step.old[13], step.new[13]
        if old == new:
            continue
        sps.append(new)
        common: dict[str, Any] = {
            "Sequence": number,
            "Cycle": step.cycles,
            "PC": step.address,
            "OldSP": old,
            "NewSP": new,
        }
        if writes_sp_back(step.word) and (step.word >> 20 & 1 == 0) == (new < old):
            kind = "PUSH" if new < old else "POP"
            mask = step.word & 0xFFFF if step.word >> 25 & 7 == 4 else 1 << (step.word >> 12 & 15)
            registers = [NAMES[bit] for bit in range(16) if mask >> bit & 1]
            for register, (_, address, size, value) in zip(registers, step.accesses, strict=True):
                moved = {"Value": value, "Address": address, "Size": size, "Register": register}
                entries.append(common | {"Operation": kind} | moved)
        else:
            entries.append(common | {"Operation": "MOVE", "Value": 0, "Address": 0, "Size": 0, "Register": ""})
    kinds = Counter(entry["Operation"] for entry in entries)
    assert run.stack.as_dict() == {
        "stack_base": 0x50000,
        "stack_top": 0x40000,
        "stack_size": 0x10000,
        "max_usage": 0x50000 - min(sps),
        "current_depth": max(0, 0x50000 - run.story.machine.registers[13]),
        "min_sp": min(sps),
        "max_sp": max(sps),
        "total_pushes": kinds["PUSH"],
        "total_pops": kinds["POP"],
        "total_bytes": sum(entry["Size"] for entry in entries),
        "overflow_count": sum(sp < 0x40000 for sp in sps),
        "underflow_count": sum(sp > 0x50000 for sp in sps),
        "dropped_entries": 0,
        "fault": run.fault,
        "entries": entries,
    }
    text = run.stack.as_text()
    rows = re.findall(r"^\[(\d+)\] (\S+) +: (\w+) +SP 0x(\w+) -> 0x(\w+) \((\w+) by (\d+) bytes\)", text, re.MULTILINE)
    assert [(int(row[0]), row[1], row[2], int(row[3], 16), int(row[4], 16), row[5], int(row[6])) for row in rows] == [
        (
            e["Sequence"], run.place(e["PC"]), e["Operation"], e["OldSP"], e["NewSP"],
            "grows" if e["NewSP"] < e["OldSP"] else "shrinks", abs(e["NewSP"] - e["OldSP"]),
        )
        for e in entries
    ]  # fmt: skip
    assert f"Pushes: {kinds['PUSH']}, pops: {kinds['POP']}, moves: {kinds['MOVE']}," in text
    assert text.endswith(run.fault_line or "\n")


@pytest.mark.parametrize("engine", ["interpreter", "python", "native", "auto"])
def test_engines_count_the_same(engine: str, told: dict[int, tuple[Program, Story]]) -> None:
    for program, story in told.values():
        machine = driven(program, engine)
        run = reports_of(program, story)
        check_statistics(machine, run)
        expected = reaches(run)
        points = coverage.measure(machine).points
        assert {p.address: (p.executed, p.skipped) for p in points} == {
            address: (reach.executed, reach.skipped) for address, reach in expected.items()
        }
