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

RUNNING and WAITING are active: a run is under way. When it is over is decided by `emu.debugger.control`, which the
terminal's debugger shares; the core decides what is told of it. A run from HALTED or ERROR restarts first and says so:
IDLE.

Output is flushed before every state event. Steps answer when they are done, which may be much later; `take_finished`
has the answer then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from emu.actors import journal as entries
from emu.actors.commands import CommandFailed, Refusal
from emu.actors.events import Closed, CloseReason, Notice, Output, StateChanged, Status
from emu.actors.guest import CHUNK_EFFORT, Guest, NeedsInput
from emu.actors.language import SessionLanguage
from emu.actors.locations import Locations
from emu.actors.reports import Reports
from emu.actors.text import Console, Decoders, cut
from emu.actors.world import Recording
from emu.debugger.control import Control, Why
from emu.debugger.stepping import Over, StepOut, Steps, is_in_function
from emu.isa.faults import Fault, FaultKind, MemoryFault
from emu.isa.places import nearest_label
from emu.isa.stops import BreakpointHit, Halted, LimitReached
from emu.services.console import ConsoleSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emu.actors.debug_commands import ProgramSource
    from emu.actors.events import Payload
    from emu.actors.journal import Journal
    from emu.actors.options import SessionOptions
    from emu.actors.world import World
    from emu.debugger.breakpoints import Breakpoints
    from emu.debugger.control import Ending
    from emu.debugger.stepping import Plan
    from emu.debugger.watchpoints import Watchpoints
    from emu.isa.program import Program
    from emu.services.effects import Answer

INPUT_LIMIT: Final = 4 << 20
"""Bytes of input that a program may leave unread."""

NO_PROGRAM: Final = "no program loaded"


@frozen
class Piece:
    """What `execute` came to, for `conclude`: neither an ending nor waiting for input means that it was cut."""

    at: int
    count: int
    ending: Ending | None = None
    waits: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the program goes on."""
        return self.ending is None and not self.waits


class SessionCore:
    """See the module's docstring. Commands are carried out by `emu.actors.handlers`, which is a part of this class."""

    def __init__(
        self, options: SessionOptions, *, world: World, journal: Journal, publish: Callable[[Payload], int]
    ) -> None:
        """`publish` appends an event to the session's log and gives its seq."""
        self.options = options
        self.layout = options.layout()
        self.journal = journal
        self.guest: Guest = Guest(self.layout, Recording(world, self._answered))
        self.machine = self.guest.machine
        self.machine.cycle_limit = options.max_cycles or 0
        self.control = Control(self.machine)
        self.control.memory_written = self._memory_written
        self.control.effort = CHUNK_EFFORT
        self.guest.execute = self.control.run
        self.locations = Locations(None)
        self.source: ProgramSource | None = None
        self.revision = 0
        """Grows whenever a program is loaded or removed."""
        self.language = SessionLanguage(self)
        self.reports = Reports(self)
        self._told_marks = (0, 0)
        self.console = Console()
        self.status = Status.IDLE
        self.error: str | None = None
        self.is_held = False
        self.execution_seconds = 0.0
        self._publish = publish
        self._published = 0
        self._was_silent = False
        self._decoders = Decoders()
        self._is_asked = False
        """Whether somebody waits for the end of the run."""
        self._finished: StateChanged | CommandFailed | None = None
        self.picture = self.state_now()

    # -- what it looks like ---------------------------------------------------------------------------------------

    @property
    def can_execute(self) -> bool:
        """Whether `execute` has something to do."""
        return self.status is Status.RUNNING and not self.is_held

    @property
    def breakpoints(self) -> Breakpoints:
        """All breakpoints."""
        return self.control.breakpoints

    @property
    def watchpoints(self) -> Watchpoints:
        """All watchpoints."""
        return self.control.watchpoints

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

    def show(self) -> None:
        """Publishes the machine as it is now, in the state that it is in."""
        self.flush()
        self.picture = self.state_now()
        self.publish(self.picture)

    def tell_marks(self) -> None:
        """Publishes that the list of breakpoints or of watchpoints is another one, if it is."""
        marks = (self.breakpoints.revision, self.watchpoints.revision)
        told, self._told_marks = self._told_marks, marks
        if marks[0] != told[0]:
            self.publish(Notice("breakpoints"))
        if marks[1] != told[1]:
            self.publish(Notice("watchpoints"))

    def program_changed(self) -> None:
        """A program was loaded, or is gone: all that was known of its source is out of date."""
        self.revision += 1
        self.locations = Locations(self.machine.program)
        self.publish(Notice("loaded"))

    def _memory_written(self, address: int, size: int) -> None:
        self.flush()
        self._notice("memory", f"{size} bytes", address)

    def _notice(self, name: str, message: str = "", address: int | None = None) -> None:
        if address is None:
            address = self.machine.registers[15]
        program = self.machine.program
        label = nearest_label(program, address) if program is not None else None
        self.publish(Notice(name, message, address, label.name if label is not None else None))

    # -- starting and ending a run --------------------------------------------------------------------------------

    def begin(self, plan: Plan | None = None) -> None:
        """The program runs, up to the next stop or as the plan says. Nobody waits for the end."""
        self.control.begin(plan)
        self.enter(Status.RUNNING)

    def _over(self, ending: Ending) -> None:
        """The run is over by itself: the state, and what else is to be told."""
        match ending.why:
            case Why.FAULTED:
                self._end(Status.ERROR, error=ending.reason)
            case Why.HALTED:
                self._end(Status.HALTED)
            case _:
                was_asked = self._is_asked
                self._end(Status.BREAKPOINT)
                if not ending.was_single and not (was_asked and ending.why is Why.DONE):
                    self._notice("breakpoint_hit", ending.reason, ending.address)

    def _end(self, status: Status, *, error: str | None = None) -> None:
        self.control.end()
        self.guest.abandon()
        if self.is_held:
            self.is_held = False
            self.publish(Notice("released"))
        self.enter(status, error=error)
        if self._is_asked:
            self._is_asked = False
            failed = status is Status.ERROR
            self._finished = CommandFailed(Refusal.STEP_FAILED, error or "") if failed else self.picture

    def interrupt(self, why: str | None = None) -> None:
        """Ends an active run: state HALTED. A step that was under way fails if there is a `why`."""
        if self.status.is_active:
            self._end(Status.HALTED)
            if why is not None and self._finished is not None:
                self._finished = CommandFailed(Refusal.STEP_FAILED, why)

    def start_over(self) -> None:
        """Closes the program's files, and puts registers and counters to their start values.

        A compiled program also gets its image anew: it relies on the values its variables begin with.
        """
        self.guest.start_over()
        self.machine.start_over()
        self.guest.begin()
        self.reopen_input()
        self.watchpoints.refresh()
        self.execution_seconds = 0.0
        self.reports.begin()

    def reopen_input(self) -> None:
        """Whatever starts from its beginning can read again, even if the input was closed before."""
        console = self.guest.services.console
        if console.closed:
            console.restore(ConsoleSnapshot(console.snapshot().buffered, False))

    def load(self, program: Program, arguments: tuple[bytes, ...] = ()) -> None:
        """Replaces the program; `arguments` are its own, and fit. Raises MemoryFault before anything changed."""
        self._require_room(program)
        self.interrupt("the program was replaced")
        self.guest.start_over()
        self.machine.load(program)
        self.guest.equip(program.name, arguments)
        self.execution_seconds = 0.0
        self.reports.begin(is_other=True)
        self.breakpoints.keep_instructions_of(program)
        self.watchpoints.refresh()
        self.reopen_input()
        self.enter(Status.IDLE)
        self.program_changed()

    def reload(self) -> None:
        """The program that is loaded, as it was after loading, memory included."""
        self.interrupt("the program was reset")
        self.guest.start_over()
        self.machine.reload()
        self.guest.begin()
        self.reports.begin()
        self.watchpoints.refresh()
        self.reopen_input()
        self.enter(Status.IDLE)

    def _require_room(self, program: Program) -> None:
        regions = program.memory_map.regions if program.memory_map else self.layout.regions(with_low=True)
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
        machine, guest, control = self.machine, self.guest, self.control
        at = machine.instructions
        is_late = False
        while True:
            count = machine.instructions - at
            order, leaving = control.order(1 if is_late else limit - count)
            if control.watches_registers and guest.observed is not None:
                order = 1
            stop = guest.run(order, leaving, hurry, ends_at_calls=control.watches_registers)
            if isinstance(stop, NeedsInput):
                return Piece(at, machine.instructions - at, waits=True)
            ending = control.came(stop)
            count = machine.instructions - at
            if ending is not None:
                return Piece(at, count, ending)
            is_late = is_late or count >= limit or guest.is_full or hurry()
            # What was decided at a breakpoint belongs to the instruction there: that one is still executed.
            if is_late and not isinstance(stop, BreakpointHit):
                return Piece(at, count)

    def conclude(self, piece: Piece) -> None:
        """Publishes what came of a piece."""
        before = self._published
        self.journal.add_executed(piece.at, piece.count, ended=not piece.is_cut, joins=self._was_silent)
        self.flush()
        self._came(piece)
        self.tell_marks()
        self._was_silent = self._published == before

    def _came(self, piece: Piece) -> None:
        if piece.ending is not None:
            self._over(piece.ending)
        elif piece.waits:
            self.enter(Status.WAITING)

    def retry(self) -> None:
        """There is more input: makes the call again that waits for it."""
        self.control.order(1)
        stop = self.guest.retry()
        if isinstance(stop, NeedsInput):
            return
        ending = self.control.came(stop if stop is not None else LimitReached())
        if ending is None or not ending.was_single:
            self.enter(Status.RUNNING)
        if ending is not None:
            self._over(ending)

    # -- steps ----------------------------------------------------------------------------------------------------

    def step(self, plan: Steps | Over, *, asked: bool = True) -> Ending | None:
        """Carries out a plan that begins with a single instruction; that one at once, and the answer is how it ended.

        `asked` if somebody waits for the end.
        """
        self.require_stopped()
        self._is_asked = asked
        self.control.begin(plan)
        piece = self.execute(1, _never)
        if piece.is_cut:
            self.enter(Status.RUNNING)
        else:
            self._came(piece)
        return piece.ending

    def step_out(self, *, asked: bool = True) -> None:
        """Runs until the current function has returned. Raises CommandFailed if nobody called it."""
        program = self.require_stopped()
        if not is_in_function(self.machine, program):
            raise CommandFailed(Refusal.NOT_IN_FUNCTION, "not in a function")
        self._is_asked = asked
        self.begin(StepOut(self.machine, program))

    def require_stopped(self) -> Program:
        """The program, which can go on and does not run. Raises CommandFailed."""
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
        self._is_asked = False
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
