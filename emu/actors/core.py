"""The session without its task: one machine, its states, its console, its breakpoints, and every rule about them.

Theory of operation. A core is driven from outside by a handful of synchronous calls: `apply` carries out a command,
`execute` runs a piece of the program and `conclude` publishes what came of it, `report`, `hold`, `release`, `close`
and `crash` do what they say. Only `execute` may run in a worker thread; while it does, nothing else may be called.
Each call publishes its events before it returns, so a change and its events are one. The same calls with the same
arguments give the same events: all of them are written into the journal (`emu.actors.journal`).

States (spec http-api.md section 4):

    IDLE --run--> RUNNING --exit, stop--> HALTED
    IDLE, BREAKPOINT, HALTED --step--> BREAKPOINT
    RUNNING --no input--> WAITING --input--> RUNNING
    RUNNING --breakpoint--> BREAKPOINT --run--> RUNNING
    RUNNING --fault--> ERROR

RUNNING and WAITING are active: there is a *goal*, which is the way in which the program was started (run, step, step
over, step out) and decides what ends it and who is answered. A run from HALTED or ERROR restarts first and says so:
IDLE.

Output is flushed before every state event. Steps answer when they are done, which may be much later; `take_finished`
has the answer then.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from emu.actors import journal as entries
from emu.actors.commands import CommandFailed, Refusal
from emu.actors.events import Closed, CloseReason, Notice, Output, StateChanged, Status
from emu.actors.guest import Guest, NeedsInput
from emu.actors.text import Console, Decoders, cut
from emu.actors.world import Recording
from emu.debugger.breakpoints import Breakpoints
from emu.debugger.expressions import MachineContext, ValueHistory
from emu.debugger.stepping import Arrival, StepOut, StepOver, is_in_function
from emu.debugger.watchpoints import Watchpoints
from emu.isa.analysis.profile import is_call
from emu.isa.faults import Fault, FaultKind, MemoryFault
from emu.isa.places import nearest_label
from emu.isa.stops import BreakpointHit, Faulted, Halted, LimitReached, WatchpointHit
from emu.services.console import ConsoleSnapshot
from emu.services.driver import GuestBreakpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emu.actors.events import Payload
    from emu.actors.guest import GuestStop
    from emu.actors.journal import Journal
    from emu.actors.options import SessionOptions
    from emu.actors.world import World
    from emu.isa.analysis.statistics import Statistics
    from emu.isa.program import Program
    from emu.services.effects import Answer

INPUT_LIMIT: Final = 4 << 20
"""Bytes of input that a program may leave unread."""

NO_PROGRAM: Final = "no program loaded"


class Goal(Enum):
    """How the program was started."""

    RUN = "run"
    STEP = "step"
    OVER = "over"
    OUT = "out"


@frozen
class Piece:
    """What `execute` came to: for `conclude`."""

    at: int
    count: int
    stop: GuestStop


class SessionCore:
    """See the module's docstring. Commands are carried out by `emu.actors.handlers`, which is a part of this class."""

    def __init__(
        self, options: SessionOptions, *, world: World, journal: Journal, publish: Callable[[Payload], int]
    ) -> None:
        """`publish` appends an event to the session's log and gives its seq."""
        self.options = options
        self.layout = options.layout()
        self.journal = journal
        self.guest = Guest(self.layout, Recording(world, self._answered))
        self.machine = self.guest.machine
        self.machine.cycle_limit = options.max_cycles or 0
        self.breakpoints = Breakpoints(self.machine)
        self.watchpoints = Watchpoints(self.machine)
        self.values = ValueHistory()
        self.console = Console()
        self.status = Status.IDLE
        self.error: str | None = None
        self.is_held = False
        self.execution_seconds = 0.0
        self.statistics: tuple[Statistics, float] | None = None
        """The figures as they were when counting was turned off, and the milliseconds they cover."""
        self._publish = publish
        self._published = 0
        self._was_silent = False
        self._decoders = Decoders()
        self._goal: Goal | None = None
        self._plan: StepOver | StepOut | None = None
        self._planned_stops: frozenset[int] = frozenset()
        self._leaving = False
        self._finished: StateChanged | CommandFailed | None = None
        self.picture = self.state_now()

    # -- what it looks like ---------------------------------------------------------------------------------------

    @property
    def can_execute(self) -> bool:
        """Whether `execute` has something to do."""
        return self.status is Status.RUNNING and not self.is_held

    @property
    def context(self) -> MachineContext:
        """What expressions see."""
        return MachineContext(self.machine, self.values.values)

    def state_now(self) -> StateChanged:
        """The machine at this moment."""
        machine = self.machine
        outcome = machine.outcome
        n, z, c, v = machine.flags
        halted = self.status is Status.HALTED and isinstance(outcome, Halted)
        return StateChanged(
            status=self.status,
            registers=tuple(machine.registers),
            flags=(bool(n), bool(z), bool(c), bool(v)),
            cycles=machine.cycles,
            instructions=machine.instructions,
            error=self.error if self.status is Status.ERROR else None,
            exit_code=outcome.exit_code if halted and isinstance(outcome, Halted) else None,
            last_store=machine.memory.last_store,
        )

    def take_finished(self) -> StateChanged | CommandFailed | None:
        """The answer to the step that ended since the last call."""
        finished, self._finished = self._finished, None
        return finished

    @property
    def step_is_pending(self) -> bool:
        """Whether a step has begun and not ended."""
        return self._goal not in (None, Goal.RUN)

    # -- publishing -----------------------------------------------------------------------------------------------

    def publish(self, payload: Payload) -> None:
        """One event."""
        self._published += 1
        self._publish(payload)

    def publish_output(self, outputs: Iterable[Output]) -> None:
        """Output events, and the same text on the console."""
        for output in outputs:
            self.console.add(output.content)
            self.publish(output)

    def flush(self) -> None:
        """Publishes what the program has written so far."""
        written = self.guest.take_output()
        if written:
            self.publish_output(self._decoders.decode(written))

    def echo(self, text: str) -> None:
        """Publishes text that is not the program's own."""
        self.flush()
        self.publish_output(cut("stdout", text))

    def enter(self, status: Status, *, error: str | None = None) -> None:
        """Changes the state and publishes it after all output, and the notice that belongs to it."""
        self.flush()
        if status in (Status.IDLE, Status.HALTED, Status.ERROR):
            self.publish_output(self._decoders.finish())
        self.status = status
        self.error = error
        self.picture = self.state_now()
        self.publish(self.picture)
        if status is Status.HALTED:
            self._notice("halted")
        elif status is Status.ERROR:
            self._notice("error", error or "")

    def _notice(self, name: str, message: str = "", address: int | None = None) -> None:
        if address is None:
            address = self.machine.registers[15]
        program = self.machine.program
        label = nearest_label(program, address) if program is not None else None
        self.publish(Notice(name, message, address, label.name if label is not None else None))

    # -- starting and ending a run --------------------------------------------------------------------------------

    def begin(self, goal: Goal, plan: StepOver | StepOut | None = None) -> None:
        """The program is to be executed; the first instruction ignores a breakpoint on itself."""
        self._goal = goal
        self._leaving = True
        self._follow(plan)

    def keep_plan(self) -> None:
        """A breakpoint was removed: a plan that waits at its address still does."""
        for address in self._planned_stops:
            self.machine.set_breakpoint(address)

    def _follow(self, plan: StepOver | StepOut | None) -> None:
        """Makes the machine stop where the plan wants it to, beside the breakpoints."""
        self._plan = plan
        wanted = plan.stops if plan is not None else frozenset()
        machine = self.machine
        for address in self._planned_stops - wanted:
            breakpoint_ = self.breakpoints.at(address)
            if (breakpoint_ is None or not breakpoint_.enabled) and address in machine.breakpoints:
                machine.clear_breakpoint(address)
        for address in wanted - self._planned_stops:
            machine.set_breakpoint(address)
        self._planned_stops = wanted

    def _end(self, status: Status, *, error: str | None = None) -> None:
        """The run is over."""
        goal, self._goal = self._goal, None
        self._follow(None)
        self.guest.abandon()
        if self.is_held:
            self.is_held = False
            self.publish(Notice("released"))
        self.enter(status, error=error)
        if goal is not None and goal is not Goal.RUN:
            if status is Status.ERROR:
                self._finished = CommandFailed(Refusal.STEP_FAILED, error or "")
            else:
                self._finished = self.picture

    def interrupt(self, why: str | None = None) -> None:
        """Ends an active run: state HALTED. A step that was under way fails if there is a `why`."""
        if self.status.is_active:
            self._end(Status.HALTED)
            if why is not None and self._finished is not None:
                self._finished = CommandFailed(Refusal.STEP_FAILED, why)

    def start_over(self) -> None:
        """Closes the program's files, and puts registers and counters to their start values."""
        self.guest.start_over()
        self.machine.restart()
        self.execution_seconds = 0.0

    def reopen_input(self) -> None:
        """New programs can read again, even if the input was closed for the old one."""
        console = self.guest.services.console
        if console.closed:
            console.restore(ConsoleSnapshot(console.snapshot().buffered, False))

    def load(self, program: Program) -> None:
        """Replaces the program. Raises MemoryFault before anything changed."""
        self._require_room(program)
        self.interrupt("the program was replaced")
        self.guest.start_over()
        self.machine.load(program)
        self.execution_seconds = 0.0
        self.breakpoints.keep_instructions_of(program)
        self.reopen_input()
        self.enter(Status.IDLE)

    def _require_room(self, program: Program) -> None:
        regions = self.layout.regions(with_low=True)
        for segment in program.segments:
            position, end = segment.address, segment.address + len(segment.data)
            while position < end:
                region = next((region for region in regions if region.start <= position < region.end), None)
                if region is None:
                    raise MemoryFault(Fault(FaultKind.NOT_MAPPED, f"address 0x{position:08X} is not mapped"))
                position = region.end

    # -- executing ------------------------------------------------------------------------------------------------

    def execute(self, limit: int, hurry: Callable[[], bool]) -> Piece:
        """Runs at most `limit` instructions. May be called in a worker thread; publishes nothing."""
        at = self.machine.instructions
        leaving, self._leaving = self._leaving, False
        stop = self.guest.run(limit, hurry, leaving_breakpoint=leaving)
        return Piece(at, self.machine.instructions - at, stop)

    def conclude(self, piece: Piece) -> None:
        """Publishes what came of a piece."""
        before = self._published
        ended = not isinstance(piece.stop, LimitReached)
        self.journal.add_executed(piece.at, piece.count, ended=ended, joins=self._was_silent)
        self.flush()
        self._stopped(piece.stop)
        self._was_silent = self._published == before

    def _stopped(self, stop: GuestStop | None) -> None:
        """The guest has come back: go on, wait, or end the run."""
        match stop:
            case None:
                return
            case LimitReached():
                if self._goal is Goal.STEP:
                    self._end(Status.BREAKPOINT)
            case NeedsInput():
                self.enter(Status.WAITING)
            case Faulted():
                self._end(Status.ERROR, error=stop.fault.message)
            case Halted():
                self._end(Status.HALTED)
            case GuestBreakpoint():
                self.machine.finish_service_call(counted=False)
                self._end_at_breakpoint("breakpoint call", stop.address)
            case WatchpointHit():
                self._watched(stop)
            case BreakpointHit():
                self._reached(stop.address)

    def _end_at_breakpoint(self, message: str, address: int) -> None:
        was_step = self._goal is Goal.STEP
        self._end(Status.BREAKPOINT)
        if not was_step:
            self._notice("breakpoint_hit", message, address)

    def _watched(self, stop: WatchpointHit) -> None:
        if self._goal is Goal.STEP:
            self._end(Status.BREAKPOINT)
            return
        touched = self.watchpoints.touched(stop.hits)
        names = ", ".join(f"watchpoint {watchpoint.number}" for watchpoint in touched)
        self._end_at_breakpoint(names, stop.hits[0].pc if stop.hits else self.machine.registers[15])

    def _reached(self, address: int) -> None:
        """In front of a breakpoint, of an address that a plan waits for, or of both."""
        if self._plan is not None and address in self._planned_stops:
            arrival = self._plan.arrived(self.machine)
            if arrival is Arrival.DONE:
                self._end(Status.BREAKPOINT)
                return
            if not self._ended_by_breakpoint(address):
                self._go_on_with_plan(arrival)
            return
        if not self._ended_by_breakpoint(address):
            self._leaving = True

    def _ended_by_breakpoint(self, address: int) -> bool:
        hit = self.breakpoints.reached(self.context)
        if hit is None:
            return False
        message = f"breakpoint {hit.breakpoint.number}"
        if hit.problem is not None:
            message += f" (condition failed: {hit.problem})"
        self._end_at_breakpoint(message, address)
        return True

    def _go_on_with_plan(self, arrival: Arrival) -> None:
        plan = self._plan
        assert plan is not None
        if arrival is Arrival.EXECUTE_ONE:
            stop = self.guest.run(1, _never, leaving_breakpoint=True)
            if not isinstance(stop, LimitReached):
                self._stopped(stop)
                return
            arrival = plan.executed(self.machine)
            if arrival is Arrival.DONE:
                self._end(Status.BREAKPOINT)
                return
            # The machine is past the instruction: what is at the new place counts.
            self._follow(plan)
            return
        self._follow(plan)
        self._leaving = True

    def retry(self) -> None:
        """There is more input: makes the call again that waits for it."""
        stop = self.guest.retry()
        if isinstance(stop, NeedsInput):
            return
        if self._goal is not Goal.STEP:
            self.enter(Status.RUNNING)
        self._stopped(stop if stop is not None else LimitReached())

    # -- steps ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One instruction, whatever breakpoints say."""
        self._prepare_step()
        self.begin(Goal.STEP)
        self._leaving = False
        self._stopped(self.guest.run(1, _never, leaving_breakpoint=True))

    def step_over(self) -> None:
        """As `step`, but a call runs until it has returned."""
        machine = self.machine
        pc, stack_pointer = machine.registers[15], machine.registers[13]
        if not is_call(int.from_bytes(machine.memory.peek(pc, 4), "little")):
            self.step()
            return
        self._prepare_step()
        self.begin(Goal.OVER)
        self._leaving = False
        stop = self.guest.run(1, _never, leaving_breakpoint=True)
        behind = (pc + 4) & 0xFFFFFFFF
        if not isinstance(stop, LimitReached) or machine.registers[15] == behind:
            self._goal = Goal.STEP
            self._stopped(stop)
            return
        self._follow(StepOver(behind, stack_pointer))
        self.enter(Status.RUNNING)

    def step_out(self) -> None:
        """Runs until the current function has returned. Raises CommandFailed if nobody called it."""
        program = self._require_stopped()
        if not is_in_function(self.machine, program):
            raise CommandFailed(Refusal.NOT_IN_FUNCTION, "not in a function")
        self._prepare_step()
        self.begin(Goal.OUT, StepOut(self.machine, program))
        # The first instruction may itself be one that the plan waits for.
        self._leaving = self.breakpoints.at(self.machine.registers[15]) is not None
        self.enter(Status.RUNNING)
        if self._leaving and self.machine.registers[15] in self._planned_stops:
            self._leaving = False
            assert self._plan is not None
            self._go_on_with_plan(self._plan.arrived(self.machine))

    def _prepare_step(self) -> None:
        self._require_stopped()
        self.machine.memory.last_store = None

    def _require_stopped(self) -> Program:
        program = self.machine.program
        if program is None:
            raise CommandFailed(Refusal.NO_PROGRAM, NO_PROGRAM)
        if self.status.is_active:
            raise CommandFailed(Refusal.IS_RUNNING, "Program is running")
        if self.status is Status.ERROR:
            raise CommandFailed(Refusal.IN_ERROR_STATE, f"VM is in error state: {self.error}")
        return program

    # -- what the actor says --------------------------------------------------------------------------------------

    def report(self) -> None:
        """The periodic state of a running program."""
        self.journal.add(entries.Reported(self.machine.instructions))
        self.enter(Status.RUNNING)

    def hold(self) -> None:
        """A subscriber lags: execute nothing until `release`."""
        self.journal.add(entries.Held(self.machine.instructions))
        self.is_held = True
        self.publish(Notice("held"))

    def release(self) -> None:
        """Execution goes on."""
        self.journal.add(entries.Released(self.machine.instructions))
        self.is_held = False
        self.publish(Notice("released"))

    def close(self, reason: CloseReason) -> None:
        """The end: final state if something runs, then Closed."""
        self.journal.add(entries.Ended(self.machine.instructions, reason))
        self.interrupt("the session was closed")
        self.flush()
        self.publish_output(self._decoders.finish())
        self.publish(Closed(reason))

    def crash(self, message: str) -> None:
        """Something in the session failed that must not: state ERROR, then Closed. Trusts nothing it need not."""
        self.journal.add(entries.Crashed(self.machine.instructions, message))
        self._goal = None
        self.status = Status.ERROR
        self.error = message
        try:
            self.picture = self.state_now()
        except Exception:  # noqa: BLE001 - the machine itself may be what is broken
            self.picture = evolve(self.picture, status=Status.ERROR, error=message)
        self.publish(self.picture)
        self.publish(Notice("error", message, self.picture.pc))
        self.publish(Closed(CloseReason.FAILED))

    def _answered(self, answer: Answer) -> None:
        self.journal.add_answer(self.machine.instructions, answer)


def _never() -> bool:
    return False
