"""Functions that execute and note one instruction do both exactly as the interpreter with notes does."""

from __future__ import annotations

from typing import Any

import pytest

from emu.isa.analysis import witness
from emu.isa.analysis.execution_trace import ExecutionTrace
from emu.isa.analysis.noted_steps import noted_step
from emu.isa.analysis.witness import Access, Moment, Observed
from emu.isa.machine import Machine
from emu.isa.stops import Faulted, LimitReached, ServiceCall
from tests.isa.assembly import machine as assembled


class Everything:
    """Keeps all that a moment says."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def executed(self, moment: Moment) -> None:
        m = moment
        accesses = [(a.is_write, a.address, a.size, a.value, a.data) for a in m.accesses]
        self.seen.append(
            (
                m.sequence, m.cycles, m.address, m.word, bool(m.executed), m.is_service, list(m.old_registers),
                list(m.registers), tuple(m.old_flags), tuple(m.flags), list(m.reads), list(m.writes), accesses,
            )
        )  # fmt: skip


def watched(source: str, often: int, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[Machine, Any, Any]:
    monkeypatch.setattr(witness, "OFTEN", often)
    machine = assembled(source, engine="interpreter", stack_guard=options.get("stack_guard", False))
    machine.cycle_limit = options.get("cycle_limit", 0)
    everything = Everything()
    stop = Observed(machine, [everything]).run(5_000)
    return machine, stop, everything.seen


def both(source: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[Machine, Any, Any]:
    """A run with functions for everything, after it was compared with one without any."""
    quick, stop, seen = watched(source, 1, monkeypatch, **options)
    slow, other_stop, other_seen = watched(source, 1 << 30, monkeypatch, **options)
    assert stop == other_stop
    assert seen == other_seen
    assert quick.snapshot() == slow.snapshot()
    assert quick.memory.last_store == slow.memory.last_store
    return quick, stop, seen


def test_code_that_rewrites_itself_is_seen_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
_start: MOV R4, #20
        LDR R1, =patch
loop:   LDR R2, [R1]
patch:  ADD R0, R0, #1
        ADD R2, R2, #1      @ the immediate of the instruction above
        STR R2, [R1]
        SUBS R4, R4, #1
        BNE loop
        SWI #0
"""
    machine, stop, seen = both(source, monkeypatch)
    assert isinstance(stop, ServiceCall)
    assert machine.registers[0] == sum(range(1, 21))
    assert len({moment[3] for moment in seen if moment[2] == 0x800C}) == 20
    lines: list[str] = []
    machine = assembled(source, engine="interpreter")
    Observed(machine, [ExecutionTrace(machine.program, lines.append)]).run(5_000)
    patched = [line for line in lines if " patch " in line]
    assert [line.split(": ")[1].split(" |")[0].rstrip() for line in patched] == [
        f"ADD R0, R0, #{number}" for number in range(1, 21)
    ]


_LATER = " ADD R2, R2, #1\n CMP R2, #9\n {}\n B loop"
FAULTS = {
    "an address beyond the last": "LDR R5, =0x41000\nloop: LDR R0, [R5, R1]\n" + _LATER.format("MVNEQ R1, #7"),
    "an address before the first": "LDR R5, =0x41000\nloop: LDR R0, [R5, -R1]\n" + _LATER.format("MVNEQ R1, #7"),
    "no memory": "MOV R1, #0x4F000\nloop: STR R0, [R1], #64\n B loop",
    "an unaligned word": "MOV R1, #0x20000\nloop: LDR R0, [R1]\n" + _LATER.format("ADDEQ R1, R1, #1"),
    "half of a block": "LDR R1, =0x4F008\nloop: STMIA R1!, {R0-R3}\n ADD R0, R0, #1\n B loop",
    "half of a block on the way down": "LDR R1, =0x20F08\nloop: STMDB R1!, {R0-R3}\n ADD R0, R0, #1\n B loop",
    "half of a load": "LDR R1, =0x4F008\nloop: LDMIA R1!, {R4-R7}\n ADD R0, R0, #1\n B loop",
    "nowhere to go on": "MOV R1, #0\nloop: ADD R1, R1, #1\n CMP R1, #50\n MOVEQ PC, #0x50000\n B loop",
    "an odd place to go on": "MOV R1, #0\nloop: ADD R1, R1, #1\n CMP R1, #50\n ADDEQ PC, PC, #1\n B loop",
    "a multiplication that must not be": "loop: ADDS R1, R1, #0x8000000\n BCC loop\n .word 0xE0000090",
}


@pytest.mark.parametrize("source", FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_the_same_faults(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, stop, seen = both(f"_start: {source}\n", monkeypatch)
    assert isinstance(stop, Faulted)
    assert len(seen) > 8


def test_limits_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "_start: MVN R1, #0\nloop: MUL R0, R2, R1\n ADD R2, R2, #1\n B loop\n"
    _, stop, _ = both(source, monkeypatch)
    assert stop == LimitReached()
    machine, stop, _ = both(source, monkeypatch, cycle_limit=1_234)
    assert isinstance(stop, Faulted)
    assert 1_234 <= machine.cycles < 1_234 + 16


def test_the_stack_guard_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    _, stop, _ = both("_start: LDR SP, =0x40400\nloop: PUSH {R0-R3}\n B loop\n", monkeypatch, stack_guard=True)
    assert isinstance(stop, Faulted)
    assert "stack guard" in stop.fault.message


def test_a_pause_is_a_pause() -> None:
    machine = assembled("_start: B _start\n", engine="interpreter")

    class Pausing:
        def executed(self, moment: Moment) -> None:
            if moment.sequence == 1_000:
                machine.pause()

    observed = Observed(machine, [Pausing()])
    assert observed.run(1 << 30) == LimitReached()
    assert 1_000 <= machine.instructions <= 1_001
    assert observed.run(500) == LimitReached()
    assert machine.instructions >= 1_500


def test_breakpoints_stop() -> None:
    machine = assembled("_start: ADD R0, R0, #1\n B _start\n", engine="interpreter")
    observed = Observed(machine, [])
    observed.run(100)
    machine.set_breakpoint(0x8004)
    observed.run(100)
    assert machine.registers[15] == 0x8004
    assert machine.instructions == 101


@pytest.mark.parametrize("word", [0xEF000000, 0xE7FFFFFF, 0xE0000090, 0xE14F0000, 0xE8900000])
def test_what_is_not_plain_is_left_to_the_interpreter(word: int) -> None:
    assert noted_step(word, 0x8000, False, Access) is None


def test_registers_read_before_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    from emu.isa.analysis.register_trace import RegisterTrace

    for often in (1, 1 << 30):
        monkeypatch.setattr(witness, "OFTEN", often)
        machine = assembled("_start: ADD R0, R1, R1\n MOVNE R2, R3\n MOVEQ R4, R5\n PUSH {R0, R6}\n SWI #0\n")
        machine.engine_name = "interpreter"
        trace = RegisterTrace(machine)
        Observed(machine, [trace]).run(100)
        assert trace.as_dict()["read_before_write"] == ["R1", "R3", "R6"]
        assert (trace.uses[1].reads, trace.uses[5].reads) == (2, 0)
