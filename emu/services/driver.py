"""Runs a machine together with its services until something stops it. Still without any I/O of its own.

Theory of operation. The machine stops in front of every SWI. The driver makes the call, hands each effect to the
performer it was given and the answer back to the call, tells the machine how the call ended, and goes on. It executes
in slices, so that the caller gets a turn now and then even while the program computes for hours.
"""

from __future__ import annotations

from emu.isa.stops import BreakpointHit, Faulted, Halted, LimitReached, ServiceCall, WatchpointHit
from emu.isa.values import Record
from emu.services.guest import RESUMED, BreakpointCall, Exited, Failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeAlias

    from emu.isa.faults import Fault
    from emu.isa.stops import Stop
    from emu.services.effects import Answer, Effect
    from emu.services.guest import Guest, Outcome
    from emu.services.services import Services

    class RunnableGuest(Guest, Protocol):
        """A machine, as far as running it is concerned. Implemented by emu.isa.machine.Machine."""

        @property
        def instructions(self) -> int:
            """Instructions executed since the program was loaded."""

        def run(self, limit: int, *, leaving_breakpoint: bool = False) -> Stop:
            """Executes at most `limit` instructions. In front of a SWI it stops with ServiceCall."""

        def finish_service_call(self) -> WatchpointHit | None:
            """Steps over the SWI: one instruction, one cycle. Gives back the watched accesses that the call made."""

        def halt(self, exit_code: int) -> object:
            """Ends the program at the SWI: one instruction, no cycle."""

        def fail(self, fault: Fault) -> object:
            """Enters the error state at the SWI."""

    Performer: TypeAlias = Callable[[Effect], Answer]

SLICE = 1 << 24
"""Instructions between two turns of the caller."""


class GuestBreakpoint(Record):
    """The program called BREAKPOINT at `address`. The PC is still there and nothing of the call was counted.

    To go on, step over it: `machine.finish_service_call(counted=False)`.
    """

    address: int


DriveStop: TypeAlias = LimitReached | BreakpointHit | WatchpointHit | Faulted | Halted | GuestBreakpoint


def drive(
    machine: RunnableGuest,
    services: Services,
    perform: Performer,
    limit: int | None = None,
    *,
    after_slice: Callable[[], None] | None = None,
    leaving_breakpoint: bool = False,
) -> DriveStop:
    """Runs until the program ends, faults, is stopped, or has executed `limit` instructions more.

    `after_slice` is called between slices; `leaving_breakpoint` ignores a breakpoint on the very first instruction.
    What the performer raises passes through; the machine then stands in front of the SWI that needed the effect.
    """
    end = None if limit is None else machine.instructions + limit
    while True:
        budget = SLICE if end is None else min(SLICE, end - machine.instructions)
        stop = machine.run(budget, leaving_breakpoint=leaving_breakpoint)
        leaving_breakpoint = False
        if isinstance(stop, ServiceCall):
            if end is not None and machine.instructions >= end:
                return LimitReached()
            over = settle(machine, stop, serve(machine, services, stop, perform))
            if over is not None:
                return over
        elif isinstance(stop, LimitReached):
            if end is not None and machine.instructions >= end:
                return stop
            if after_slice is not None:
                after_slice()
        else:
            return stop


def serve(machine: Guest, services: Services, stop: ServiceCall, perform: Performer) -> Outcome:
    """Makes one service call from beginning to end."""
    call = services.call(stop.number, machine)
    try:
        effect = next(call)
        while True:
            effect = call.send(perform(effect))
    except StopIteration as finished:
        outcome: Outcome = finished.value
        return outcome


def settle(machine: RunnableGuest, stop: ServiceCall, outcome: Outcome) -> DriveStop | None:
    """Tells the machine how its service call ended. The answer is None if the program goes on."""
    if outcome is RESUMED:
        return machine.finish_service_call()
    if isinstance(outcome, Exited):
        machine.halt(outcome.code)
        return Halted(outcome.code)
    if isinstance(outcome, Failed):
        machine.fail(outcome.fault)
        return Faulted(outcome.fault)
    if isinstance(outcome, BreakpointCall):
        return GuestBreakpoint(stop.address)
    return machine.finish_service_call()
