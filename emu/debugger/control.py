"""What a debugger decides while a program runs: what a stop means, and whether the run is over.

Theory of operation. The core that every front end shares, without I/O and without a loop of its own. A run begins with
`begin`. Then, as long as it goes on, whoever drives the machine asks for the next `order` (how many instructions at
most, and whether a breakpoint on the first one is to be ignored), executes it together with the system calls in it,
and tells with `came` how that ended; the answer is the `Ending` of the run, or None. The terminal drives with a
generator that passes the effects of system calls on, a session in pieces between which it opens its inbox; what ends a
run, which breakpoints and watchpoints are counted, and what a plan does, cannot differ between them.

`run` executes an order up to the next system call. Where a plan wants an instruction to be executed alone, an order is
for one instruction. While a register is watched, each instruction is looked at (`emu.debugger.slow_motion`); otherwise
the program runs at full speed to its next stop.

A driver that may be interrupted between two orders does so only behind an order that has executed something: what was
decided in front of an instruction (its breakpoint's condition did not hold) and the instruction belong together.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from attrs import frozen

from emu.debugger.breakpoints import Breakpoints
from emu.debugger.expressions import MachineContext, ValueHistory
from emu.debugger.slow_motion import SlowMotion
from emu.debugger.stepping import Arrival
from emu.debugger.watchpoints import Watchpoints
from emu.isa.stops import BreakpointHit, Faulted, Halted, WatchpointHit
from emu.services.driver import GuestBreakpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.debugger.breakpoints import Breakpoint
    from emu.debugger.stepping import Plan
    from emu.debugger.watchpoints import Watchpoint
    from emu.isa.machine import Machine
    from emu.isa.stops import Stop, WatchHit
    from emu.services.driver import DriveStop

_PC = 15


class Why(Enum):
    """What ended a run."""

    DONE = "done"
    """The plan is done."""
    BREAKPOINT = "breakpoint"
    WATCHPOINT = "watchpoint"
    BREAKPOINT_CALL = "breakpoint call"
    HALTED = "halted"
    FAULTED = "faulted"


@frozen
class Ending:
    """The end of a run. `reason` is for people; `address` is the instruction that it is about."""

    why: Why
    reason: str
    address: int
    breakpoint: Breakpoint | None = None
    """As it was hit."""
    watchpoints: tuple[Watchpoint, ...] = ()
    """All that the instruction touched, by number."""
    exit_code: int | None = None
    was_single: bool = False
    """Whether a plan for a single instruction was carried out, and had come no further."""


class Control:
    """One machine under a debugger: its breakpoints, watchpoints and values, and the run that is under way."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.breakpoints = Breakpoints(machine)
        self.watchpoints = Watchpoints(machine)
        self.history = ValueHistory()
        self.context = MachineContext(machine, self.history.values)
        self.memory_written: Callable[[int, int], None] = _ignore
        """Called with address and size after `set_memory`."""
        self._plan: Plan | None = None
        self._alone = False
        self._leaving = False
        self._was_leaving = False
        self._count = 0
        self.effort: int | None = None
        """What `run` may spend; see `Machine.run`."""
        self._slow = SlowMotion(machine)

    @property
    def steps_singly(self) -> bool:
        """Whether the next order is for one instruction."""
        return self._alone

    @property
    def watches_registers(self) -> bool:
        """Whether each instruction has to be looked at: an order then ends behind a system call."""
        return bool(self.watchpoints.on_registers)

    # -- what the user changes

    def set_register(self, number: int, value: int) -> None:
        """Sets R0 to R15 to a 32-bit unsigned value."""
        self.machine.registers[number] = value
        self.watchpoints.refresh()

    def set_flag(self, index: int, is_set: bool) -> None:
        """Sets N, Z, C or V: 0 to 3."""
        self.machine.flags[index] = is_set

    def set_memory(self, address: int, data: bytes) -> None:
        """Stores bytes, whatever the program may do there. Raises MemoryFault; then nothing is stored."""
        self.machine.memory.poke(address, data)
        self.watchpoints.refresh()
        self.memory_written(address, len(data))

    # -- a run

    def begin(self, plan: Plan | None = None) -> None:
        """A run begins: up to the next stop, or as the plan says. The first instruction ignores its breakpoint."""
        self.machine.memory.last_store = None
        self._plan = plan
        self._alone = plan is not None and plan.begin(self.machine) is Arrival.EXECUTE_ONE
        self._leaving = True
        self._follow()

    def end(self) -> None:
        """The run is over, or given up."""
        self._plan = None
        self._alone = self._leaving = False
        self._slow.before = None
        self._follow()

    def order(self, limit: int) -> tuple[int, bool]:
        """How many instructions to execute next, at most `limit`, and whether to ignore a breakpoint on the first."""
        machine = self.machine
        self._count = machine.instructions
        leaving = self._was_leaving = self._leaving or self._alone
        self._leaving = False
        if self.watchpoints.on_registers:
            pc = machine.registers[_PC]
            memory = machine.memory
            word = memory.words[pc >> 2] if pc < memory.size and not pc & 3 else 0
            self._slow.before = (machine.registers[:], machine.flags[:], word)
        else:
            self._slow.before = None
        return (1 if self._alone else limit), leaving

    def run(self, limit: int, leaving: bool) -> Stop:
        """Executes an order, or a part of it. As `Machine.run`; while a register is watched it may end earlier with a
        WatchpointHit that says nothing.
        """
        if not self.watchpoints.on_registers:
            return self.machine.run(limit, leaving_breakpoint=leaving, effort=self.effort)
        return self._slow.run(limit, leaving, self.watchpoints.written, self.watchpoints.read)

    def came(self, stop: DriveStop) -> Ending | None:
        """What the end of an order means. None if the run goes on."""
        match stop:
            case BreakpointHit():
                return self._reached(stop.address)
            case Faulted():
                return self._ending(Why.FAULTED, stop.fault.message, self.machine.registers[_PC])
            case Halted():
                reason = f"exited with code {stop.exit_code}"
                return self._ending(Why.HALTED, reason, self.machine.registers[_PC], exit_code=stop.exit_code)
            case GuestBreakpoint():
                self.machine.finish_service_call(counted=False)
                return self._ending(Why.BREAKPOINT_CALL, "breakpoint call", stop.address)
        return self._executed(stop.hits if isinstance(stop, WatchpointHit) else ())

    def _executed(self, hits: tuple[WatchHit, ...]) -> Ending | None:
        machine = self.machine
        touched = self.watchpoints.touched(hits) if hits else ()
        address = hits[0].pc if hits else 0
        progressed = machine.instructions != self._count
        if not progressed and not self._alone:
            # A pause came first: the instruction here still ignores its breakpoint, if it did.
            self._leaving = self._was_leaving
        if self._slow.before is not None and progressed:
            registers, flags, word = self._slow.before
            on_registers = self.watchpoints.stepped(registers, flags, word)
            if on_registers:
                touched = tuple(sorted((*touched, *on_registers), key=lambda watchpoint: watchpoint.number))
                address = registers[_PC]
        if touched:
            reason = ", ".join(f"watchpoint {watchpoint.number}: {watchpoint.text}" for watchpoint in touched)
            return self._ending(Why.WATCHPOINT, reason, address, watchpoints=touched)
        if self._alone and progressed:
            assert self._plan is not None
            arrival = self._plan.executed(machine)
            if arrival is Arrival.DONE:
                return self._ending(Why.DONE, self._plan.done, machine.registers[_PC])
            # The machine is past the instruction: a breakpoint at the new place counts.
            self._alone = arrival is Arrival.EXECUTE_ONE
            self._follow()
        return None

    def _reached(self, address: int) -> Ending | None:
        """In front of a breakpoint, of an address that the plan waits for, or of both."""
        plan, arrival = self._plan, Arrival.GO_ON
        if plan is not None and address in plan.stops:
            arrival = plan.arrived(self.machine)
            if arrival is Arrival.DONE:
                return self._ending(Why.DONE, plan.done, address)
        hit = self.breakpoints.reached(self.context) if arrival is not Arrival.STEP_ON else None
        if hit is not None:
            reason = f"breakpoint {hit.breakpoint.number}"
            if hit.problem is not None:
                reason += f" (condition error: {hit.problem})"
            return self._ending(Why.BREAKPOINT, reason, address, breakpoint_=hit.breakpoint)
        self._alone = arrival in (Arrival.EXECUTE_ONE, Arrival.STEP_ON)
        self._leaving = True
        self._follow()
        return None

    def _follow(self) -> None:
        """Makes the machine stop where the plan wants it to, beside the breakpoints."""
        self.breakpoints.plan(self._plan.stops if self._plan is not None else frozenset())

    def _ending(
        self,
        why: Why,
        reason: str,
        address: int,
        *,
        breakpoint_: Breakpoint | None = None,
        watchpoints: tuple[Watchpoint, ...] = (),
        exit_code: int | None = None,
    ) -> Ending:
        single = self._plan is not None and self._plan.is_single
        self.end()
        return Ending(why, reason, address, breakpoint_, watchpoints, exit_code, single)


def _ignore(_address: int, _size: int) -> None:
    """Nobody wants to know."""
