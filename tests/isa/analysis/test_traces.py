"""Traces tell what happened: compared with a recount from single steps, on random programs."""

from __future__ import annotations

import re
from random import Random

import pytest

from emu.isa.analysis.coverage import Coverage, Moments, as_dict, as_lcov, as_source, as_text, measure
from emu.isa.analysis.execution_trace import BadFilter, ExecutionTrace, MemoryTrace, parse_filter
from emu.isa.analysis.flag_trace import FlagTrace
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.register_trace import RegisterTrace
from emu.isa.analysis.stack_trace import StackTrace
from emu.isa.analysis.witness import Moment, Observed
from emu.isa.conditions import flags_text
from emu.isa.instructions.disassembler import disassemble
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.stops import Faulted, ServiceCall
from tests.isa.analysis.recount import Recounted, recount
from tests.isa.assembly import machine as assembled
from tests.isa.programs import ProgramWriter, data_image, program_of

LIMIT = 20_000
SEEDS = range(6)


class Everything:
    """All reports of one run."""

    def __init__(self, machine: Machine, entries: int = LIMIT) -> None:
        self.machine = machine
        machine.profile = Profile()
        self.lines: list[str] = []
        self.accesses: list[str] = []
        self.moments = Moments()
        self.flags = FlagTrace(machine, entries)
        self.stack = StackTrace(machine, entries)
        self.registers = RegisterTrace(machine)
        self.seen: list[tuple[int, frozenset[int]]] = []
        program = machine.program
        trace, memory = ExecutionTrace(program, self.lines.append), MemoryTrace(program, self.accesses.append)
        observers = (trace, memory, self.moments, self.flags, self.stack, self.registers, self)
        self.stop = Observed(machine, observers).run(LIMIT)

    def executed(self, moment: Moment) -> None:
        self.seen.append((moment.address, frozenset(moment.reads) - {15}))


def random_program(seed: int) -> Program:
    random = Random(seed)
    writer = ProgramWriter(random)
    words = writer.write(loops=1, units=40, rounds=3)
    return program_of(words, data_image(random))


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed {seed}")
def both(request: pytest.FixtureRequest) -> tuple[Everything, list[Recounted]]:
    """The reports of a random program, and the same run recounted."""
    program = random_program(request.param)
    machine = Machine(engine="interpreter")
    machine.load(program)
    return Everything(machine), recount(program, LIMIT)


def changes_of(step: Recounted) -> str:
    sequential = (step.address + 4) & 0xFFFFFFFF
    changes = []
    for number, (old, new) in enumerate(zip(step.old, step.new, strict=True)):
        if new != (sequential if number == 15 else old):
            changes.append(f"{'PC' if number == 15 else f'R{number}'}=0x{new:08X}")
    return " ".join(changes) or "(no changes)"


def test_the_execution_trace_has_every_instruction(both: tuple[Everything, list[Recounted]]) -> None:
    reports, story = both
    assert len(story) > 100
    assert len(reports.lines) == len(story)
    for number, (line, step) in enumerate(zip(reports.lines, story, strict=True), 1):
        place, _, rest = line.rstrip("\n").partition(": ")
        text, changes, flags, opcode, cycle = rest.split(" | ")
        assert place.split() == [f"[{number:06d}]", f"0x{step.address:08X}"]
        assert text.rstrip() == disassemble(step.word, step.address).text
        assert changes == changes_of(step)
        assert flags == flags_text(step.new_flags)
        assert (opcode, cycle) == (f"opcode 0x{step.word:08X}", f"cycle {step.cycles}")


def test_the_memory_trace_has_every_access(both: tuple[Everything, list[Recounted]]) -> None:
    reports, story = both
    sizes = {1: "BYTE", 2: "HALF", 4: "WORD"}
    expected = []
    for number, step in enumerate(story, 1):
        for is_write, address, size, value in step.accesses:
            kind, arrow = ("[WRITE]", "->") if is_write else ("[READ ]", "<-")
            expected.append(
                f"[{number:06d}] {kind} 0x{step.address:08X}           {arrow} [0x{address:08X}          ] = "
                f"0x{value:0{2 * size}X} ({sizes[size]})\n"
            )
    assert len(expected) > 50
    assert reports.accesses == expected


def test_the_flag_trace_has_every_change(both: tuple[Everything, list[Recounted]]) -> None:
    reports, story = both
    expected = [
        (number, step.address, step.old_flags, step.new_flags)
        for number, step in enumerate(story, 1)
        if step.old_flags != step.new_flags
    ]
    assert [(e.sequence, e.address, e.old, e.new) for e in reports.flags.entries] == expected
    assert reports.flags.total == len(expected) > 10
    for flag in range(4):
        assert reports.flags.counts[flag] == sum(1 for _, _, old, new in expected if old[flag] != new[flag])


def test_the_register_trace_counts_every_operand(both: tuple[Everything, list[Recounted]]) -> None:
    reports, story = both
    assert reports.seen == [(step.address, step.reads) for step in story]
    for number in range(15):
        use = reports.registers.uses[number]
        written = [(step.cycles, value) for step in story for register, value in step.writes if register == number]
        read = [step.cycles for step in story if number in step.reads]
        assert use.writes == len(written)
        assert use.reads >= len(read)
        assert (use.first_read, use.last_read) == ((read[0], read[-1]) if read else (0, 0))
        assert (use.first_write, use.last_write) == ((written[0][0], written[-1][0]) if written else (0, 0))
        assert use.values == {value for _, value in written}
        assert use.last_value == (written[-1][1] if written else 0 if number != 13 else use.last_value)


def test_the_stack_trace_has_every_movement(both: tuple[Everything, list[Recounted]]) -> None:
    reports, story = both
    assert reports.stack.lowest == min(step.new[13] for step in story)
    assert [(e.sequence, e.operation, e.value, e.place) for e in reports.stack.entries] == movements(story)


def movements(story: list[Recounted]) -> list[tuple[int, str, int, int]]:
    """Classified by what the instruction looks like in assembly."""
    moved = []
    for number, step in enumerate(story, 1):
        change = step.new[13] - step.old[13]
        if not change:
            continue
        text = disassemble(step.word, step.address).text
        writes_back = re.search(r"^(PUSH|POP)|^(LDM|STM)\w+ SP!|\[SP\S*( .*)?\]!|\[SP\],", text)
        stores = text.startswith(("PUSH", "ST"))
        if writes_back and stores == (change < 0):
            kind = "PUSH" if stores else "POP"
            moved += [(number, kind, value, address) for _, address, _, value in step.accesses]
        else:
            moved.append((number, "MOVE", 0, 0))
    return moved


MOVING = """
_start: PUSH {R0, R4, LR}
        STR R1, [SP, #-4]!
        STRB R1, [SP, #-1]!
        LDRB R2, [SP], #1
        LDR R2, [SP], #4
        LDR R2, [SP, #-8]!
        ADD SP, SP, #8
        STMFD SP!, {R1-R3}
        LDMFD SP, {R1-R3}
        LDMFD SP!, {R1-R3}
        STMEA SP!, {R1, R2}
        SUB SP, SP, #8
        STR R0, [SP, #-4]
        PUSHNE {R5}
        POP {R0, R4, LR}
        MOV R0, SP
        LDMDB R0, {SP}
        LDR SP, =0x50010
        LDR SP, =0x3FF00
        LDR SP, =0x50000
        SWI #0
"""


def test_what_moves_the_stack_pointer_and_how() -> None:
    machine = assembled(MOVING, engine="interpreter")
    assert machine.program is not None
    stack = Everything(machine).stack
    story = recount(machine.program, LIMIT)
    assert [(e.sequence, e.operation, e.value, e.place) for e in stack.entries] == movements(story)
    assert (stack.pushes, stack.pops) == (3 + 1 + 1 + 3 + 1, 1 + 1 + 3 + 3)
    assert (stack.overflows, stack.underflows) == (2, 1)
    report = stack.as_dict()
    assert report["max_usage"] == 0x50000
    assert report["dropped_entries"] == 0
    assert "WARNING: stack overflow" in stack.as_text()
    assert "WARNING: stack underflow" in stack.as_text()


def test_coverage_counts_and_times(both: tuple[Everything, list[Recounted]]) -> None:
    reports, story = both
    program = reports.machine.program
    assert program is not None
    coverage = measure(reports.machine, reports.moments)
    for point in coverage.points:
        there = [step for step in story if step.address == point.address]
        cycles = [step.cycles for step in there if step.executed]
        assert (point.executed, point.skipped) == (len(cycles), len(there) - len(cycles))
        assert (point.first, point.last) == ((cycles[0], cycles[-1]) if cycles else (0, 0))


@pytest.mark.parametrize("seed", SEEDS)
def test_coverage_at_full_speed_counts_the_same(seed: int) -> None:
    program = random_program(seed)
    counts = []
    for engine in ("interpreter", "python"):
        machine = Machine(engine=engine)
        machine.load(program)
        machine.profile = Profile()
        machine.run(LIMIT)
        counts.append([(point.executed, point.skipped) for point in measure(machine).points])
    assert counts[0] == counts[1]


def test_counters_go_on_when_entries_are_dropped() -> None:
    machine = assembled(
        "_start: MOV R0, #5\nloop: SUBS R0, R0, #1\n PUSH {R0}\n BNE loop\n SWI #0\n", engine="interpreter"
    )
    reports = Everything(machine, entries=1)
    assert (len(reports.flags.entries), reports.flags.total) == (1, 2)
    assert (len(reports.stack.entries), reports.stack.pushes) == (1, 5)
    assert reports.flags.as_dict()["dropped_entries"] == 1
    assert "Entries dropped: 4" in reports.stack.as_text()


def test_a_fault_marks_every_report_and_the_instruction_counts_as_reached() -> None:
    machine = assembled("_start: MOV R0, #1\n MOVS R1, #0\nbad: LDR R2, [R0]\n SWI #0\n", engine="interpreter")
    reports = Everything(machine)
    assert isinstance(reports.stop, Faulted)
    assert len(reports.lines) == 2
    assert reports.accesses == []
    coverage = measure(machine, reports.moments)
    assert [point.executed for point in coverage.points] == [1, 1, 1, 0]
    mark = "FAULT at bad (0x00008008): unaligned word access at 0x00000001\n"
    texts = (reports.flags.as_text(), reports.stack.as_text(), reports.registers.as_text(), as_text(coverage, machine))
    for text in texts:
        assert text.endswith(mark)
    dicts = (reports.flags.as_dict(), reports.stack.as_dict(), reports.registers.as_dict(), as_dict(coverage, machine))
    for report in dicts:
        assert report["fault"] == {
            "PC": 0x8008, "Kind": "unaligned_access", "Message": "unaligned word access at 0x00000001",
        }  # fmt: skip


SKIPPING = "_start: MOVS R0, #1\n MOVEQ R1, #2\n BEQ out\n MOV R2, #3\nout: SWI #0\n MOV R3, #4\n"


def skipping() -> tuple[Machine, Coverage]:
    machine = assembled(SKIPPING, engine="interpreter")
    reports = Everything(machine)
    assert isinstance(reports.stop, ServiceCall)
    machine.halt(0)
    return machine, measure(machine, reports.moments)


def test_reached_is_not_executed() -> None:
    machine, coverage = skipping()
    report = as_dict(coverage, machine)
    assert (report["executed_count"], report["unexecuted_count"], report["skipped_count"]) == (3, 3, 2)
    assert report["coverage_percent"] == 50.0
    assert report["skipped_addresses"] == {str(0x8004): 1, str(0x8008): 1}
    assert report["unexecuted_addresses"] == [0x8004, 0x8008, 0x8014]
    assert (report["code_start"], report["code_end"]) == (0x8000, 0x8018)
    text = as_text(coverage, machine)
    assert "Coverage: 50.00%" in text
    assert "0x00008004: reached 1 times, condition never held" in text
    assert "0x00008014: not reached" in text


def test_lcov_has_lines_and_branches() -> None:
    machine, coverage = skipping()
    assert as_lcov(coverage, machine).splitlines() == [
        "TN:", "SF:<source>", "BRDA:4,0,0,0", "BRDA:4,0,1,1", "BRF:2", "BRH:1",
        "DA:2,1", "DA:3,0", "DA:4,0", "DA:5,1", "DA:6,1", "DA:7,0", "LF:6", "LH:3", "end_of_record",
    ]  # fmt: skip


def test_the_source_is_annotated() -> None:
    machine, coverage = skipping()
    sources = {"<source>": [".org 0x8000", *SKIPPING.splitlines()]}
    marks = [line.split(":")[0].strip() for line in as_source(coverage, machine, sources).splitlines()]
    assert marks == ["-", "-", "1", "=====", "=====", "1", "1", "#####"]
    assert as_source(coverage, machine, {}).count("\n") == 7


def test_a_filter_names_registers() -> None:
    assert parse_filter(" r1,SP, pc,r0") == ((0, "R0"), (1, "R1"), (13, "SP"), (15, "PC"))
    for text in ("", "R16", "R0,,R1", "R15", "cpsr"):
        with pytest.raises(BadFilter):
            parse_filter(text)


def test_a_filter_limits_what_is_told_and_not_which_instructions() -> None:
    machine = assembled("_start: MOV R1, #7\n MOV R0, #9\n SUB SP, SP, #4\n SWI #0\n", engine="interpreter")
    lines: list[str] = []
    times = iter(range(10, 90, 10))
    trace = ExecutionTrace(machine.program, lines.append, parse_filter("R0,SP"), lambda: next(times))
    Observed(machine, [trace]).run(10)
    assert [line.split(" | ")[1] for line in lines] == ["(no changes)", "R0=0x00000009", "SP=0x0004FFFC"]
    assert [line.split(" | ")[-1] for line in lines] == ["10 ns\n", "20 ns\n", "30 ns\n"]
