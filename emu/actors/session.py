"""A session: an actor that owns one machine and everything around it.

Theory of operation. The actor is one task. It alternates between its inbox and its program: open what is in the inbox,
take a turn of execution if the program runs, and so on; when there is neither mail nor anything to execute, it sleeps.
A turn is short, so a command waits no longer than one. What a command does, and what execution publishes, happens in
`SessionCore`, synchronously: between a change and its event there is no checkpoint, and whoever looks from outside
(`picture`, `console`, `log`) sees one moment.

The session ends when it is told to (`request_close`), when nobody has used it for long enough, or when something in it
fails. In each case `Closed` is the last event, everybody who still waits for an answer gets one, and the program's
files are closed. A failure stays inside: it becomes an error state, an event, and the end of this session alone.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

import trio
from attrs import frozen

from emu.actors import commands as c
from emu.actors import debug_commands as d
from emu.actors.assembling import is_long, prepare
from emu.actors.commands import CommandFailed, Refusal, Reply
from emu.actors.core import SessionCore
from emu.actors.events import CloseReason, StateChanged, Status
from emu.actors.handlers import PENDING, READING, apply
from emu.actors.mailbox import CAPACITY, Envelope, Mailbox, MailboxClosed
from emu.actors.requests import Request, Requests, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from emu.actors.assembling import Assembler, Prepared
    from emu.actors.commands import AnyCommand, Command, ConsoleText
    from emu.actors.execution import ExecutionPolicy
    from emu.actors.journal import Journal
    from emu.actors.log import EventLog, LogStatistics
    from emu.actors.mailbox import MailboxStatistics
    from emu.actors.options import SessionOptions
    from emu.actors.world import World

T = TypeVar("T")

REPORT_SECONDS = 0.1
"""Time between two periodic states of a running program, at least."""

_COMMANDS_IN_A_ROW = 16


@frozen
class _Order:
    """A command on its way, with what was worked out for it beforehand."""

    command: AnyCommand
    prepared: Prepared


_Outcome: TypeAlias = Reply[object] | CommandFailed


@frozen
class SessionStatistics:
    """A session at one moment. `execution_seconds` is since the program was loaded or restarted."""

    id: str
    status: Status
    instructions: int
    total_instructions: int
    execution_seconds: float
    is_held: bool
    journal_bytes: int
    journal_is_complete: bool
    requests: int
    mailbox: MailboxStatistics
    log: LogStatistics


class Session:
    """What others hold of a session. Made by the supervisor; its task is `run`."""

    def __init__(
        self,
        session_id: str,
        created_at: datetime,
        options: SessionOptions,
        *,
        log: EventLog,
        world: World,
        journal: Journal,
        execution: ExecutionPolicy,
        assembler: Assembler,
        idle_seconds: float = math.inf,
        inbox_capacity: int = CAPACITY,
        on_failure: Callable[[Session, Exception], None] | None = None,
    ) -> None:
        self.id = session_id
        self.created_at = created_at
        self.options = options
        self.log = log
        self.journal = journal
        self.ended = trio.Event()
        """Set when Closed is in the log and nothing of the session is left."""
        self.failure: Exception | None = None
        """What made the session fail."""
        self._world = world
        self._execution = execution
        self._assembler = assembler
        self._idle_seconds = idle_seconds
        self._on_failure = on_failure
        self._mailbox: Mailbox[_Order, Reply[object]] = Mailbox(inbox_capacity)
        self._worker = execution.worker(self._mailbox)
        self._requests: Requests[_Outcome] = Requests()
        self._closing: CloseReason | None = None
        self._stepping: tuple[Envelope[_Order, Reply[object]], Request[_Outcome] | None] | None = None
        self._last_use = trio.current_time()
        self._last_state = -math.inf
        self._reported: StateChanged | None = None
        self._earlier_instructions = 0
        self._core = SessionCore(options, world=world, journal=journal, publish=lambda payload: log.append(payload).seq)
        log.on_change = self._mailbox.poke

    # -- for everybody --------------------------------------------------------------------------------------------

    async def ask(self, command: Command[T], *, request_id: str | None = None) -> Reply[T]:
        """Has a command carried out and gives its answer. Raises CommandFailed.

        With a `request_id` the command is carried out once, however often it is asked: later ones get the same answer.
        Cancellation: if the command is still in the inbox it is not carried out, otherwise it is.
        """
        prepared: Prepared = None
        if isinstance(command, c.Load | c.LoadElf):
            work = partial(prepare, command, self.options, self._assembler)
            prepared = await self._execution.compute(work, is_short=not is_long(command))
        try:
            reply = await self._mailbox.ask(_Order(command, prepared), request_id)
        except MailboxClosed:
            raise self._gone() from None
        return cast("Reply[T]", reply)

    def picture(self) -> StateChanged:
        """The last published state: all its effects are in the log, up to `log.high`."""
        return self._core.picture

    def console(self) -> ConsoleText:
        """The console: the contents of all output events up to `log.high`."""
        return self._core.console.text()

    @property
    def is_closing(self) -> bool:
        """Whether the session has ended or is about to."""
        return self._closing is not None or self.log.is_closed

    def request_close(self, reason: CloseReason) -> None:
        """Tells the session to end. Synchronous; `ended` says when it has. The first reason given counts."""
        if self._closing is None:
            self._closing = reason
            self._mailbox.poke()

    def statistics(self) -> SessionStatistics:
        """The figures now."""
        core = self._core
        return SessionStatistics(
            id=self.id,
            status=core.status,
            instructions=core.machine.instructions,
            total_instructions=core.guest.finished_instructions + core.machine.instructions,
            execution_seconds=core.execution_seconds,
            is_held=core.is_held,
            journal_bytes=self.journal.size,
            journal_is_complete=self.journal.is_complete,
            requests=len(self._requests),
            mailbox=self._mailbox.statistics(),
            log=self.log.statistics(),
        )

    # -- the task -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Lives until the session ends. Raises nothing but Cancelled, which ends the session, too."""
        try:
            await self._live()
            assert self._closing is not None
            self._core.close(self._closing)
        except Exception as error:  # noqa: BLE001 - a session that fails takes nothing else with it
            self._fail(error)
        except BaseException:
            if not self.log.is_closed:
                self._core.close(CloseReason.SHUTDOWN)
            raise
        finally:
            self._shut()
            try:
                await self._clean_up()
            finally:
                self.ended.set()

    async def _live(self) -> None:
        core, mailbox = self._core, self._mailbox
        while self._open_mail():
            self._look_after()
            if core.can_execute:
                await self._worker.turn(core)
                self._answer_step()
                self._look_after()
                continue
            self._worker.rest()
            if mailbox.has_mail:
                await trio.lowlevel.checkpoint()
                continue
            await mailbox.wait(self._last_use + self._idle_seconds)
            self._expire()

    def _open_mail(self) -> bool:
        """Carries out commands from the inbox, so many that nothing else starves. False if the session shall end."""
        for _ in range(_COMMANDS_IN_A_ROW):
            envelope = self._mailbox.take() if self._closing is None else None
            if envelope is None:
                break
            self._last_use = trio.current_time()
            self._opened(envelope)
        return self._closing is None

    def _look_after(self) -> None:
        """What is due beside commands and execution: hold, release, the periodic state."""
        core = self._core
        if core.is_held:
            if not self.log.must_hold:
                core.release()
        elif core.status is Status.RUNNING and self.log.must_hold:
            core.hold()
        now = trio.current_time()
        if core.picture is not self._reported:
            self._last_state = now
        elif core.can_execute and now - self._last_state >= REPORT_SECONDS:
            core.report()
            self._last_state = now
        self._reported = core.picture

    def _expire(self) -> None:
        now = trio.current_time()
        if now < self._last_use + self._idle_seconds or self._closing is not None:
            return
        if self.log.cursors or self._core.status is Status.RUNNING or self._mailbox.has_mail:
            self._last_use = now
        else:
            self._closing = CloseReason.EXPIRED

    # -- commands -------------------------------------------------------------------------------------------------

    def _opened(self, envelope: Envelope[_Order, Reply[object]]) -> None:
        command = envelope.question.command
        request: Request[_Outcome] | None = None
        if envelope.request_id is not None:
            request = self._requests.find(envelope.request_id)
            if request is not None:
                self._asked_again(envelope, request)
                return
            request = self._requests.add(envelope.request_id, command, trio.current_time())
        try:
            outcome = self._carry_out(envelope.question)
        except Exception as error:
            # The session ends with this; whoever asked must hear of it.
            self.failure = error
            _settle(envelope, request, self._gone())
            raise
        if outcome is None:
            self._stepping = (envelope, request)
        else:
            _settle(envelope, request, outcome)
        self._answer_step()

    def _asked_again(self, envelope: Envelope[_Order, Reply[object]], request: Request[_Outcome]) -> None:
        if request.fingerprint != fingerprint(envelope.question.command):
            message = "this request id belongs to another command"
            envelope.fail(CommandFailed(Refusal.KEY_REUSED, message, self.log.high))
        elif request.outcome is not None:
            _tell(envelope, request.outcome)
        else:
            request.waiting.append(partial(_tell, envelope))

    def _carry_out(self, order: _Order) -> _Outcome | None:
        """The outcome of a command; None for a step that is still under way."""
        command = order.command
        log = self.log
        if log.is_full and type(command) not in _ALWAYS:
            return CommandFailed(Refusal.HELD, "a subscriber is too far behind; try again later", log.high)
        try:
            answer = apply(self._core, command, order.prepared)
        except CommandFailed as error:
            return CommandFailed(error.refusal, error.message, log.high)
        return None if answer is PENDING else Reply(answer, log.high)

    def _answer_step(self) -> None:
        finished = self._core.take_finished()
        if finished is None or self._stepping is None:
            return
        (envelope, request), self._stepping = self._stepping, None
        if isinstance(finished, CommandFailed):
            _settle(envelope, request, CommandFailed(finished.refusal, finished.message, self.log.high))
        else:
            _settle(envelope, request, Reply(finished, self.log.high))

    # -- the end --------------------------------------------------------------------------------------------------

    def _fail(self, error: Exception) -> None:
        self.failure = error
        if not self.log.is_closed:
            self._core.crash(f"internal error: {type(error).__name__}: {error}")
        if self._on_failure is not None:
            self._on_failure(self, error)

    def _shut(self) -> None:
        """Nobody waits for an answer that never comes, and nothing is compiled that nobody runs."""
        self._worker.end()
        self._mailbox.close()
        self._core.take_finished()
        if self._stepping is not None:
            (envelope, request), self._stepping = self._stepping, None
            _settle(envelope, request, self._gone())
        for envelope in self._mailbox.drain():
            envelope.fail(self._gone())

    def _gone(self) -> CommandFailed:
        if self.failure is not None:
            return CommandFailed(Refusal.CRASHED, "the session has failed", self.log.high)
        return CommandFailed(Refusal.CLOSED, "the session has ended", self.log.high)

    async def _clean_up(self) -> None:
        """Closes files and removes the private folder, in bounded time even if the task is cancelled."""
        with trio.move_on_after(CLEAN_UP_SECONDS, shield=True):
            await self._execution.compute(self._world.close, is_short=not self._world.has_private_folder)


CLEAN_UP_SECONDS = 1.0

_ALWAYS = READING | {c.Stop, c.CloseInput, c.RemoveBreakpoint, c.RemoveWatchpoint, d.DeleteBreakpoint}
"""Commands that are carried out even if the log can take no more: they add little or nothing."""


def _settle(envelope: Envelope[_Order, Reply[object]], request: Request[_Outcome] | None, outcome: _Outcome) -> None:
    _tell(envelope, outcome)
    if request is not None:
        request.settle(outcome)


def _tell(envelope: Envelope[_Order, Reply[object]], outcome: _Outcome) -> None:
    if isinstance(outcome, CommandFailed):
        envelope.fail(outcome)
    else:
        envelope.answer(outcome)
