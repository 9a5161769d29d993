"""Breakpoints and watchpoints: numbers, conditions, counts (spec debugger.md sections 3 and 4)."""

from __future__ import annotations

import pytest

from emu.debugger.breakpoints import BadPlace, Breakpoints, require_instruction
from emu.debugger.expressions import ExpressionError, MachineContext
from emu.debugger.watchpoints import Access, Watchpoints
from emu.isa.assembler import assemble
from emu.isa.machine import Machine
from emu.isa.stops import BreakpointHit, WatchpointHit

SOURCE = b"""
        .org 0x8000
_start: ADD R0, R0, #1
        STR R0, [R1]
        LDR R2, [R1]
        B _start
text:   .asciz "data"
"""


def loaded() -> Machine:
    """The program, with R1 at the data region."""
    program = assemble(SOURCE).program
    assert program is not None
    machine = Machine()
    machine.load(program)
    machine.registers[1] = 0x20000
    return machine


def test_numbers_are_never_used_again_and_a_place_has_one_breakpoint() -> None:
    breakpoints = Breakpoints(loaded())
    first = breakpoints.set(0x8000, condition="r0 == 2")
    assert breakpoints.set(0x8004).number == 2
    breakpoints.remove(0x8004)
    assert breakpoints.set(0x8008).number == 3
    again = breakpoints.set(0x8000)
    assert (again.number, again.condition, first.condition) == (1, None, "r0 == 2")
    assert [b.number for b in breakpoints] == [1, 3]
    assert breakpoints.numbered(3) == breakpoints.at(0x8008)
    with pytest.raises(KeyError):
        breakpoints.remove(0x8004)
    with pytest.raises(ExpressionError):
        breakpoints.set(0x8004, condition="r0 = 5")
    breakpoints.clear()
    assert len(breakpoints) == 0


def test_a_condition_decides_and_only_stops_are_counted() -> None:
    machine = loaded()
    breakpoints = Breakpoints(machine)
    breakpoints.set(0x8004, condition="r0 == 3")
    context = MachineContext(machine)
    passed, hit = -1, None
    while hit is None:
        passed += 1
        assert isinstance(machine.run(100, leaving_breakpoint=True), BreakpointHit)
        hit = breakpoints.reached(context)
    assert (passed, machine.registers[0]) == (2, 3)
    assert (hit.breakpoint.hits, hit.problem) == (1, None)


def test_a_condition_without_a_value_stops_and_says_why() -> None:
    machine = loaded()
    breakpoints = Breakpoints(machine)
    breakpoints.set(0x8000, condition="[0] == 1")
    hit = breakpoints.reached(MachineContext(machine))
    assert hit is not None
    assert hit.problem is not None
    assert "0x00000000" in hit.problem


def test_temporary_and_disabled_ones() -> None:
    machine = loaded()
    breakpoints = Breakpoints(machine)
    breakpoints.set(0x8000, temporary=True)
    assert breakpoints.reached(MachineContext(machine)) is not None
    assert machine.breakpoints == set()
    breakpoints.set(0x8000)
    breakpoints.enable(0x8000, False)
    assert machine.breakpoints == set()
    assert breakpoints.reached(MachineContext(machine)) is None
    breakpoints.enable(0x8000, True)
    assert machine.breakpoints == {0x8000}


@pytest.mark.parametrize(
    ("address", "reason"),
    [(0x8010, "a data location"), (0x8012, "a data location"), (0x8001, "does not correspond"), (0, "does not")],
)
def test_only_instructions_are_places(address: int, reason: str) -> None:
    machine = loaded()
    require_instruction(machine.program, 0x8004)
    with pytest.raises(BadPlace, match=reason):
        require_instruction(machine.program, address)
    with pytest.raises(BadPlace, match="does not correspond"):
        require_instruction(None, 0x8000)


@pytest.mark.parametrize(
    ("access", "stops"),
    [(Access.READ, [0x800C]), (Access.WRITE, [0x8008]), (Access.READ_WRITE, [0x8008, 0x800C])],
)
def test_watchpoints_stop_at_their_kind_of_access(access: Access, stops: list[int]) -> None:
    machine = loaded()
    watchpoints = Watchpoints(machine)
    number = watchpoints.set(0x20000, access).number
    for count, pc in enumerate(stops * 2, 1):
        stop = machine.run(100)
        assert isinstance(stop, WatchpointHit)
        assert machine.registers[15] == pc
        assert [(w.number, w.hits) for w in watchpoints.touched(stop.hits)] == [(number, count)]


def test_watchpoints_can_be_turned_off_and_removed() -> None:
    machine = loaded()
    watchpoints = Watchpoints(machine)
    watchpoints.set(0x20000, Access.READ_WRITE)
    watchpoints.enable(1, False)
    assert not isinstance(machine.run(100), WatchpointHit)
    watchpoints.enable(1, True)
    assert isinstance(machine.run(100), WatchpointHit)
    watchpoints.remove(1)
    assert (len(watchpoints), watchpoints.get(1), machine.memory.watchpoints) == (0, None, ())
    assert watchpoints.set(0x20000, Access.READ).number == 2
    with pytest.raises(KeyError):
        watchpoints.remove(1)
