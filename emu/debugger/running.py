"""Running a program at a terminal, from one stop to the next.

Theory of operation. Everything here is a generator of requests to the front end: the effects of system calls, and a
`Turn` now and then. Running ends with a line that tells why; what ends it, `Control` decides. A thrown `Interrupted`
stops the program where it is: the machine is between two instructions or in front of a SWI that waits for input, and
can go on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from emu.debugger.control import Why
from emu.debugger.interface import DebuggerError, Interrupted, Turn
from emu.debugger.stepping import Over, StepOut, Steps, is_in_function
from emu.isa.stops import LimitReached, ServiceCall
from emu.services.driver import settle

if TYPE_CHECKING:
    from collections.abc import Generator

    from emu.debugger.breakpoints import Breakpoints
    from emu.debugger.control import Control, Ending
    from emu.debugger.expressions import MachineContext, ValueHistory
    from emu.debugger.interface import Reply, Request
    from emu.debugger.stepping import Plan
    from emu.debugger.watchpoints import Watchpoints
    from emu.isa.machine import Machine
    from emu.services.driver import DriveStop
    from emu.services.guest import Outcome
    from emu.services.services import Services

_PIECE = 1 << 22
"""Instructions between two turns; `Machine.pause` makes a piece shorter."""

_STEPS_PER_TURN = 1000
_PC = 15


@define
class Runner:
    """One machine under a debugger at a terminal."""

    machine: Machine
    services: Services
    control: Control
    is_active: bool = field(init=False, default=False)
    """Whether the program has begun and not ended."""
    ending: Ending | None = field(init=False, default=None)
    """How the last run ended; None if it was interrupted."""

    @property
    def breakpoints(self) -> Breakpoints:
        """All breakpoints."""
        return self.control.breakpoints

    @property
    def watchpoints(self) -> Watchpoints:
        """All watchpoints."""
        return self.control.watchpoints

    @property
    def history(self) -> ValueHistory:
        """The values that `$N` gives."""
        return self.control.history

    @property
    def context(self) -> MachineContext:
        """What expressions see."""
        return self.control.context

    # -- what the commands call

    def steps(self, count: int) -> Generator[Request, Reply, str]:
        """Executes `count` instructions, whatever breakpoints say."""
        return self.go(Steps(count))

    def over(self, count: int = 1) -> Generator[Request, Reply, str]:
        """As `steps`, but a call runs until it has returned."""
        return self.go(Over(count))

    def out(self) -> Generator[Request, Reply, str]:
        """Runs until the current function has returned."""
        program = self.machine.program
        if program is None or not is_in_function(self.machine, program):
            raise DebuggerError("not in a function")
        return self.go(StepOut(self.machine, program))

    def go(self, plan: Plan | None = None) -> Generator[Request, Reply, str]:
        """Runs until something stops the program, or the plan is done."""
        if self.machine.program is None or self.machine.outcome is not None:
            raise DebuggerError("program is not running")
        self.is_active = True
        self.ending = None
        self.control.begin(plan)
        try:
            self.ending = ending = yield from self._go()
        except Interrupted:
            return self._stopped("interrupted")
        finally:
            self.control.end()
        if ending.why is Why.FAULTED:
            self.is_active = False
            return f"Runtime error: {ending.reason}"
        if ending.why is Why.HALTED:
            self.is_active = False
            return f"Program {ending.reason}"
        return self._stopped(ending.reason)

    # -- how it goes

    def _go(self) -> Generator[Request, Reply, Ending]:
        orders = 0
        while True:
            if orders % _STEPS_PER_TURN == 0 or not self.control.steps_singly:
                yield Turn()
            orders += 1
            ending = self.control.came((yield from self._advance(*self.control.order(_PIECE))))
            if ending is not None:
                return ending

    def _advance(self, limit: int, leaving: bool) -> Generator[Request, Reply, DriveStop]:
        """Executes up to `limit` instructions, or up to the end of the next system call."""
        machine = self.machine
        stop = self.control.run(limit, leaving)
        if not isinstance(stop, ServiceCall):
            return stop
        over = settle(machine, stop, (yield from self._serve(stop)))
        return over if over is not None else LimitReached()

    def _serve(self, stop: ServiceCall) -> Generator[Request, Reply, Outcome]:
        return (yield from self.services.call(stop.number, self.machine))

    def _stopped(self, why: str) -> str:
        return f"Stopped: {why} at PC=0x{self.machine.registers[_PC]:08X}"
