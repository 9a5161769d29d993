"""Machine and services together, driven to the end of a program."""

from __future__ import annotations

import pytest

from emu.isa.faults import FaultKind
from emu.isa.machine import Machine
from emu.isa.memory import Watchpoint
from emu.isa.program import Program, Segment
from emu.isa.stops import BreakpointHit, Faulted, Halted, LimitReached, ServiceCall, WatchHit, WatchpointHit
from emu.services.driver import SLICE, DriveStop, GuestBreakpoint, drive
from emu.services.effects import Answer, AwaitInput, Effect, Stream
from emu.services.services import Services
from tests.services.bench import DATA, World

START = 0x8000
MOV_R0_0 = 0xE3A00000
MOV_R1_10 = 0xE3A0100A
ADD_R0_R0_1 = 0xE2800001
BACK_TWO = 0xEAFFFFFC
BRANCH_TO_SELF = 0xEAFFFFFE
MOV_R0_DATA = 0xE3A00802
NOP = 0xE1A00000


def swi(number: int) -> int:
    return 0xEF000000 | number


class Running:
    """A machine with a program of the given words at 0x8000, its services and its world."""

    def __init__(self, *words: int, input: tuple[bytes, ...] = ()) -> None:  # noqa: A002
        image = b"".join(word.to_bytes(4, "little") for word in words)
        addresses = frozenset(range(START, START + len(image), 4))
        self.machine = Machine()
        self.machine.load(Program("test.s", (Segment(START, image),), START, "first word", {}, (), addresses))
        self.services = Services()
        self.world = World(self.services, input)

    def drive(self, limit: int | None = None, *, leaving_breakpoint: bool = False) -> DriveStop:
        return drive(self.machine, self.services, self.world.perform, limit, leaving_breakpoint=leaving_breakpoint)

    @property
    def counts(self) -> tuple[int, int]:
        return self.machine.instructions, self.machine.cycles

    @property
    def pc(self) -> int:
        return self.machine.registers[15]


def test_a_program_runs_to_its_exit() -> None:
    run = Running(MOV_R1_10, swi(6), swi(3), MOV_R0_0, swi(0), input=(b"-17\n",))
    assert run.drive() == Halted(0)
    assert run.world.output[Stream.STDOUT] == b"-17"
    assert run.pc == START + 16


def test_a_call_is_one_instruction_and_one_cycle_and_the_exit_no_cycle() -> None:
    run = Running(swi(7), swi(7), swi(0))
    run.drive()
    assert run.counts == (3, 2)


def test_the_exit_code_is_r0() -> None:
    run = Running(0xE3E00000, swi(0))  # MVN R0, #0
    assert run.drive() == Halted(-1)
    assert run.drive() == Halted(-1)


def test_a_skipped_call_is_not_made() -> None:
    run = Running(0x0F000007, swi(0))  # SWIEQ #7 with Z clear
    assert run.drive() == Halted(0)
    assert run.world.effects == []


def test_a_failed_call_stops_the_program_where_it_was_made() -> None:
    run = Running(NOP, swi(0x99), swi(0))
    stop = run.drive()
    assert isinstance(stop, Faulted)
    assert (stop.fault.kind, stop.fault.pc) == (FaultKind.UNKNOWN_SERVICE, START + 4)
    assert stop.fault.message == "unimplemented SWI 0x000099"
    assert run.counts == (1, 1)
    assert run.drive() == stop


@pytest.mark.parametrize("limit", range(12))
def test_a_limit_counts_calls_like_other_instructions(limit: int) -> None:
    run = Running(ADD_R0_R0_1, swi(7), BACK_TWO)
    assert run.drive(limit) == LimitReached()
    assert run.machine.instructions == limit
    assert run.world.output[Stream.STDOUT] == b"\n" * ((limit + 1) // 3)


def test_a_call_met_exactly_at_the_limit_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Running(swi(7), swi(0))
    monkeypatch.setattr(run.machine, "run", lambda limit, leaving_breakpoint: ServiceCall(7, START))
    assert run.drive(0) == LimitReached()
    assert run.world.effects == []


@pytest.mark.parametrize("slices", [1, 2, 5])
def test_driving_in_pieces_gives_what_driving_at_once_gives(slices: int) -> None:
    whole = Running(ADD_R0_R0_1, swi(7), BACK_TWO)
    whole.drive(30)
    pieces = Running(ADD_R0_R0_1, swi(7), BACK_TWO)
    for _ in range(30 // slices):
        pieces.drive(slices)
    assert pieces.machine.snapshot() == whole.machine.snapshot()
    assert pieces.world.effects == whole.world.effects


def test_the_caller_gets_a_turn_between_slices() -> None:
    run = Running(BRANCH_TO_SELF)
    turns: list[int] = []
    limit = 2 * SLICE + 10
    stop = drive(
        run.machine, run.services, run.world.perform, limit, after_slice=lambda: turns.append(run.machine.instructions)
    )
    assert stop == LimitReached()
    assert turns == [SLICE, 2 * SLICE]
    assert run.machine.instructions == limit


def test_the_breakpoint_call_stops_in_front_of_itself_and_can_be_stepped_over() -> None:
    run = Running(MOV_R0_0, swi(0xF1), swi(0))
    assert run.drive() == GuestBreakpoint(START + 4)
    assert (run.pc, run.counts) == (START + 4, (1, 1))
    assert run.drive() == GuestBreakpoint(START + 4)
    run.machine.finish_service_call(counted=False)
    assert run.drive() == Halted(0)
    assert run.counts == (3, 1)


def test_a_breakpoint_on_a_call_stops_before_it_and_can_be_left() -> None:
    run = Running(swi(7), swi(7), swi(0))
    run.machine.set_breakpoint(START + 4)
    assert run.drive() == BreakpointHit(START + 4)
    assert run.world.output[Stream.STDOUT] == b"\n"
    assert run.drive() == BreakpointHit(START + 4)
    assert run.drive(leaving_breakpoint=True) == Halted(0)
    assert run.world.output[Stream.STDOUT] == b"\n\n"


def test_a_watchpoint_sees_what_a_call_stores_and_knows_who_did_it() -> None:
    run = Running(MOV_R0_DATA, MOV_R1_10, swi(5), swi(0), input=(b"text\n",))
    run.machine.memory.watch(Watchpoint(1, DATA + 2, DATA + 3, on_read=True, on_write=True))
    assert run.drive() == WatchpointHit((WatchHit(1, START + 8, DATA, 5, is_write=True),))
    assert run.pc == START + 12
    assert run.drive() == Halted(4)


def test_an_interrupted_wait_leaves_the_machine_in_front_of_the_call() -> None:
    run = Running(swi(4), swi(0), input=(b"x",))

    def interrupted(effect: Effect) -> Answer:
        assert effect == AwaitInput()
        raise KeyboardInterrupt

    before = run.machine.snapshot()
    with pytest.raises(KeyboardInterrupt):
        drive(run.machine, run.services, interrupted)
    assert run.machine.snapshot() == before
    assert run.drive() == Halted(ord("x"))
