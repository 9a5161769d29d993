"""Running a program under a debugger, from one stop to the next.

Theory of operation. Everything here is a generator of requests to the front end: the effects of system calls, and a
`Turn` now and then. Running ends with a line that tells why. A thrown `Interrupted` stops the program where it is: the
machine is between two instructions or in front of a SWI that waits for input, and can go on from there.

Watched registers are looked at after each instruction, so that while there are any, the program runs one instruction
at a time; without them it runs at full speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from emu.debugger.breakpoints import Breakpoints
from emu.debugger.expressions import MachineContext, ValueHistory
from emu.debugger.interface import DebuggerError, Interrupted, Turn
from emu.debugger.stepping import Arrival, StepOut, StepOver, is_in_function
from emu.debugger.watchpoints import Access, Watchpoints
from emu.isa.analysis.profile import is_call
from emu.isa.conditions import CONDITION_TESTS
from emu.isa.engines.lifting import lift
from emu.isa.instructions.decoder import decode
from emu.isa.stops import BreakpointHit, Faulted, Halted, LimitReached, ServiceCall, WatchpointHit
from emu.services.driver import GuestBreakpoint, settle

if TYPE_CHECKING:
    from collections.abc import Generator

    from emu.debugger.interface import Reply, Request
    from emu.isa.machine import Machine
    from emu.services.driver import DriveStop
    from emu.services.guest import Outcome
    from emu.services.services import Services

_PIECE = 1 << 22
"""Instructions between two turns; `Machine.pause` makes a piece shorter."""

_STEPS_PER_TURN = 1000
_SP, _PC = 13, 15


@define
class Watch:
    """A watchpoint as its user sees it: on memory, or on a register, whose value it remembers."""

    number: int
    text: str
    access: Access
    register: int | None
    last: int
    address: int = 0
    enabled: bool = True
    hits: int = 0


class RunTo:
    """A plan that ends at one address."""

    def __init__(self, address: int) -> None:
        self.stops = frozenset((address,))

    def arrived(self, _machine: Machine) -> Arrival:
        """See `StepOver`."""
        return Arrival.DONE

    def executed(self, _machine: Machine) -> Arrival:
        """See `StepOver`."""
        return Arrival.GO_ON


@define
class Runner:
    """One machine under a debugger."""

    machine: Machine
    services: Services
    breakpoints: Breakpoints = field(init=False)
    memory_watches: Watchpoints = field(init=False)
    watches: dict[int, Watch] = field(init=False, factory=dict)
    history: ValueHistory = field(init=False, factory=ValueHistory)
    context: MachineContext = field(init=False)
    is_active: bool = field(init=False, default=False)
    _planned: frozenset[int] = field(init=False, default=frozenset())
    _touched: list[Watch] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self.breakpoints = Breakpoints(self.machine)
        self.memory_watches = Watchpoints(self.machine)
        self.context = MachineContext(self.machine, self.history.values)

    # -- what the commands call

    def steps(self, count: int) -> Generator[Request, Reply, str]:
        """Executes `count` instructions, whatever breakpoints say."""
        self._start()
        try:
            for number in range(count):
                if number % _STEPS_PER_TURN == 0:
                    yield Turn()
                told = self._tell((yield from self._one()))
                if told is not None:
                    return told
        except Interrupted:
            return self._interrupted()
        return self._stopped("single step")

    def over(self) -> Generator[Request, Reply, str]:
        """As one step, but a call runs until it has returned."""
        pc, stack_pointer = self.machine.registers[_PC], self.machine.registers[_SP]
        told = yield from self.steps(1)
        behind = (pc + 4) & 0xFFFFFFFF
        word = int.from_bytes(self.machine.memory.peek(pc, 4), "little")
        if not is_call(word) or told != self._stopped("single step") or self.machine.registers[_PC] == behind:
            return told
        return (yield from self.go(StepOver(behind, stack_pointer), "step over complete", leaving=False))

    def out(self) -> Generator[Request, Reply, str]:
        """Runs until the current function has returned."""
        program = self.machine.program
        if program is None or not is_in_function(self.machine, program):
            raise DebuggerError("not in a function")
        return (yield from self.go(StepOut(self.machine, program), "function returned", leaving=False))

    def go(
        self, plan: StepOver | StepOut | RunTo | None = None, done: str = "", *, leaving: bool = True
    ) -> Generator[Request, Reply, str]:
        """Runs until something stops the program, or the plan says that it is done."""
        self._start()
        try:
            return (yield from self._go(plan, done, leaving))
        except Interrupted:
            return self._interrupted()
        finally:
            self._follow(None)

    # -- how it goes

    def _start(self) -> None:
        if self.machine.program is None or self.machine.outcome is not None:
            raise DebuggerError("program is not running")
        self.is_active = True
        self.machine.memory.last_store = None

    def _go(self, plan: StepOver | StepOut | RunTo | None, done: str, leaving: bool) -> Generator[Request, Reply, str]:
        machine = self.machine
        began = machine.instructions
        pieces = 0
        while True:
            self._follow(plan)
            watching = any(watch.register is not None and watch.enabled for watch in self.watches.values())
            if not watching or pieces % _STEPS_PER_TURN == 0:
                yield Turn()
            pieces += 1
            if watching:
                stop = yield from self._one(leaving=leaving)
            else:
                stop = yield from self._advance(_PIECE, leaving)
            leaving = False
            if not isinstance(stop, BreakpointHit):
                told = self._tell(stop)
                if told is not None:
                    return told
                continue
            arrival = None
            if plan is not None and stop.address in self._planned:
                arrival = plan.arrived(machine)
                if arrival is Arrival.DONE:
                    return self._stopped(done)
            if machine.instructions != began and (told := self._at_breakpoint()) is not None:
                return told
            if plan is not None and arrival is Arrival.EXECUTE_ONE:
                told = self._tell((yield from self._one()))
                if told is not None:
                    return told
                if plan.executed(machine) is Arrival.DONE:
                    return self._stopped(done)
            else:
                leaving = True

    def _follow(self, plan: StepOver | StepOut | RunTo | None) -> None:
        """Makes the machine stop where the plan wants it to, beside the breakpoints."""
        wanted = plan.stops if plan is not None else frozenset()
        machine = self.machine
        for address in self._planned - wanted:
            breakpoint_ = self.breakpoints.at(address)
            if (breakpoint_ is None or not breakpoint_.enabled) and address in machine.breakpoints:
                machine.clear_breakpoint(address)
        for address in wanted:
            machine.set_breakpoint(address)
        self._planned = wanted

    def _one(self, *, leaving: bool = True) -> Generator[Request, Reply, DriveStop | None]:
        """One instruction, and what the watched registers say to it."""
        machine = self.machine
        before = list(machine.registers)
        flags = tuple(machine.flags)
        word = int.from_bytes(machine.memory.peek(before[_PC], 4), "little")
        count = machine.instructions
        stop = yield from self._advance(1, leaving)
        if machine.instructions == count or isinstance(stop, (Faulted, Halted)):
            return stop
        reads: frozenset[int] = frozenset()
        if CONDITION_TESTS[word >> 28](flags):
            reads = lift(decode(word), before[_PC]).reads
        touched = [watch for watch in self.watches.values() if watch.enabled and self._touches(watch, before, reads)]
        if not touched:
            return stop
        for watch in touched:
            watch.hits += 1
        self._touched = touched
        return stop if isinstance(stop, WatchpointHit) else WatchpointHit(())

    def _touches(self, watch: Watch, before: list[int], reads: frozenset[int]) -> bool:
        number = watch.register
        if number is None:
            return False
        value = self.machine.registers[number]
        expected = (before[_PC] + 4) & 0xFFFFFFFF if number == _PC else before[number]
        changed = value != expected
        watch.last = value
        if watch.access is Access.READ:
            return number in reads
        return changed or (watch.access is Access.READ_WRITE and number in reads)

    def _advance(self, limit: int, leaving: bool) -> Generator[Request, Reply, DriveStop | None]:
        """Executes up to `limit` instructions; None if nothing has stopped the program."""
        machine = self.machine
        stop = machine.run(limit, leaving_breakpoint=leaving)
        if isinstance(stop, LimitReached):
            return None
        if not isinstance(stop, ServiceCall):
            return stop
        return settle(machine, stop, (yield from self._serve(stop)))

    def _serve(self, stop: ServiceCall) -> Generator[Request, Reply, Outcome]:
        return (yield from self.services.call(stop.number, self.machine))

    # -- how it ended

    def _tell(self, stop: DriveStop | None) -> str | None:
        """The line for a stop; None if the program goes on."""
        match stop:
            case Faulted():
                self.is_active = False
                return f"Runtime error: {stop.fault.message}"
            case Halted():
                self.is_active = False
                return f"Program exited with code {stop.exit_code}"
            case GuestBreakpoint():
                self.machine.finish_service_call(counted=False)
                return self._stopped("breakpoint call")
            case WatchpointHit():
                return self._watched(stop)
        return None

    def _watched(self, stop: WatchpointHit) -> str:
        touched, self._touched = self._touched, []
        for watchpoint in self.memory_watches.touched(stop.hits):
            watch = self.watches[watchpoint.number]
            watch.hits = watchpoint.hits
            watch.last = self.context.load(watch.address, 4)
            touched.append(watch)
        touched.sort(key=lambda watch: watch.number)
        return self._stopped(", ".join(f"watchpoint {watch.number}: {watch.text}" for watch in touched))

    def _at_breakpoint(self) -> str | None:
        hit = self.breakpoints.reached(self.context)
        if hit is None:
            return None
        problem = f" (condition error: {hit.problem})" if hit.problem is not None else ""
        return self._stopped(f"breakpoint {hit.breakpoint.number}{problem}")

    def _interrupted(self) -> str:
        self._touched = []
        return self._stopped("interrupted")

    def _stopped(self, why: str) -> str:
        return f"Stopped: {why} at PC=0x{self.machine.registers[_PC]:08X}"
