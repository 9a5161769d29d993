"""The supervisor: creates, finds and ends sessions, and holds their limits.

Theory of operation. Every session is a task in the supervisor's nursery. Sessions contain their own failures, so none
of them ever cancels another; a failed, expired or deleted session leaves the list when its task has ended, and at once
when it is deleted. `open_supervisor` is the only way to have a supervisor; leaving its block shuts all sessions down
in an orderly way, within a bounded time.
"""

from __future__ import annotations

import math
import secrets
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import trio
from attrs import evolve, field, frozen

from emu.actors.assembling import assemble_source
from emu.actors.events import CloseReason
from emu.actors.execution import suited
from emu.actors.journal import LIMIT as JOURNAL_LIMIT
from emu.actors.journal import Journal
from emu.actors.log import EventLog, Retention
from emu.actors.mailbox import CAPACITY
from emu.actors.session import Session
from emu.actors.spill import Spooler, SqliteSpill
from emu.actors.world import FileLimits, LiveWorld
from emu.host.clock import system_clock
from emu.host.randomness import SeededRandom, system_random
from emu.isa.layout import MAX_STACK_SIZE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from emu.actors.assembling import Assembler
    from emu.actors.execution import ExecutionPolicy
    from emu.actors.options import SessionOptions
    from emu.actors.session import SessionStatistics
    from emu.actors.spill import Spill, SpoolerStatistics


@frozen
class SupervisorConfig:
    """The limits of a server. Sizes in bytes, times in seconds."""

    max_sessions: int = 1000
    max_memory: int = 256 << 20
    """What the memory of one session's program may come to."""
    idle_seconds: float | None = None
    """How long a session is kept that nobody commands or follows. None for ever."""
    fs_root: str | None = None
    """The folder below which sessions may choose one for their programs' files. None: they may not."""
    max_cycles: int = 0
    """The cycle limit of sessions that do not choose one; 0 for none."""
    retention: Retention = field(factory=Retention)
    data_dir: str | None = None
    """Where events go that no longer fit into memory. None: they are forgotten."""
    file_limits: FileLimits = field(factory=FileLimits)
    journal_bytes: int = JOURNAL_LIMIT
    inbox_capacity: int = CAPACITY
    shutdown_seconds: float = 1.5
    """How long sessions may take to end before they are cancelled."""


def _now() -> datetime:
    return datetime.now(UTC)


def _token() -> str:
    return secrets.token_hex(16)


@frozen
class Ports:
    """The outside world of a supervisor: exchange it, and everything is repeatable."""

    now: Callable[[], datetime] = _now
    """The time of day, for the creation of sessions."""
    clock: Callable[[], int] = system_clock
    """The time of day for programs, in milliseconds."""
    random: Callable[[], int] = system_random
    """Random numbers of 32 bits for programs."""
    token: Callable[[], str] = _token
    """Session ids and epochs: 32 hexadecimal digits that nobody guesses."""


def repeatable_ports(seed: int = 0) -> Ports:
    """Ports that depend on nothing but the seed and Trio's clock."""
    numbers = SeededRandom(seed)
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()

    def seconds() -> float:
        return start + trio.current_time() % 1_000_000_000

    return Ports(
        now=lambda: datetime.fromtimestamp(seconds(), UTC),
        clock=lambda: int(seconds() * 1000),
        random=SeededRandom(seed ^ 0x5EED),
        token=lambda: f"{numbers.next64():016x}{numbers.next64():016x}",
    )


class RefusalKind(Enum):
    """Why a session was not created."""

    TOO_MANY_SESSIONS = "too_many_sessions"
    TOO_MUCH_MEMORY = "too_much_memory"
    BAD_FOLDER = "bad_folder"
    BAD_VALUE = "bad_value"
    SHUTTING_DOWN = "shutting_down"


class SupervisorRefusal(Exception):
    """A session was not created. `message` is for people and names the limit."""

    def __init__(self, kind: RefusalKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@frozen
class SupervisorStatistics:
    """All sessions at one moment. Totals are since the supervisor was opened, ended sessions included."""

    sessions: tuple[SessionStatistics, ...]
    created: int
    failed: int
    instructions: int
    events: int
    lag: int
    spooler: SpoolerStatistics | None


class Supervisor:
    """See the module's docstring."""

    def __init__(
        self,
        config: SupervisorConfig,
        execution: ExecutionPolicy,
        ports: Ports,
        assembler: Assembler,
        nursery: trio.Nursery,
        spooler: Spooler | None,
        on_failure: Callable[[Session, Exception], None] | None,
    ) -> None:
        self.config = config
        self.execution = execution
        self._ports = ports
        self._assembler = assembler
        self._nursery = nursery
        self._spooler = spooler
        self._on_failure = on_failure
        self._sessions: dict[str, Session] = {}
        self._ending: set[Session] = set()
        self._created = self._failed = 0
        self._ended_instructions = self._ended_events = 0
        self._is_shutting_down = False

    async def create(self, options: SessionOptions) -> Session:
        """Starts a session. Raises SupervisorRefusal. Always a checkpoint, before anything happens."""
        await trio.lowlevel.checkpoint()
        options = self._checked(options)
        session_id, epoch = self._ports.token(), self._ports.token()[:16]
        config, ports = self.config, self._ports
        spooler = self._spooler
        log = EventLog(config.retention, spill=spooler.spill if spooler is not None else None, epoch=epoch)
        if spooler is not None:
            log.on_overflow = partial(spooler.overflowed, log)
        session = Session(
            session_id,
            ports.now(),
            options,
            log=log,
            world=LiveWorld(options.fs_root, clock=ports.clock, random=ports.random, limits=config.file_limits),
            journal=Journal(options, config.journal_bytes),
            execution=self.execution,
            assembler=self._assembler,
            idle_seconds=math.inf if config.idle_seconds is None else config.idle_seconds,
            inbox_capacity=config.inbox_capacity,
            on_failure=self._failed_session,
        )
        self._sessions[session_id] = session
        self._created += 1
        self._nursery.start_soon(self._keep, session)
        return session

    def _checked(self, options: SessionOptions) -> SessionOptions:
        config = self.config
        if self._is_shutting_down:
            raise SupervisorRefusal(RefusalKind.SHUTTING_DOWN, "the server is shutting down")
        if len(self._sessions) >= config.max_sessions:
            message = f"too many sessions (max {config.max_sessions})"
            raise SupervisorRefusal(RefusalKind.TOO_MANY_SESSIONS, message)
        sizes = (options.memory_size, options.stack_size, options.heap_size, options.max_cycles or 0)
        if min(sizes) < 0:
            raise SupervisorRefusal(RefusalKind.BAD_VALUE, "sizes and limits cannot be negative")
        if options.stack_size > MAX_STACK_SIZE or options.bytes() > config.max_memory:
            message = f"too much memory (max {config.max_memory} bytes for a session)"
            raise SupervisorRefusal(RefusalKind.TOO_MUCH_MEMORY, message)
        if max(sizes[:3]) > MAX_STACK_SIZE:
            raise SupervisorRefusal(RefusalKind.TOO_MUCH_MEMORY, f"too much memory (max {MAX_STACK_SIZE} bytes)")
        max_cycles = config.max_cycles if options.max_cycles is None else options.max_cycles
        folder = self._folder(options.fs_root)
        return evolve(options, max_cycles=max_cycles, fs_root=folder, max_memory=config.max_memory)

    def _folder(self, wanted: str | None) -> str | None:
        """The folder for a session's files, resolved. Raises SupervisorRefusal if it is not below the root."""
        if not wanted:
            return None
        root = self.config.fs_root
        if root is None:
            raise SupervisorRefusal(RefusalKind.BAD_FOLDER, "fsRoot is not allowed: the server has no --fsroot")
        try:
            base = Path(root).resolve()
            folder = (base / wanted).resolve()
        except (OSError, ValueError, RuntimeError):
            raise SupervisorRefusal(RefusalKind.BAD_FOLDER, "fsRoot is not a usable path") from None
        if folder != base and base not in folder.parents:
            raise SupervisorRefusal(RefusalKind.BAD_FOLDER, "fsRoot must lie below the server's root")
        return str(folder)

    async def _keep(self, session: Session) -> None:
        """The task of a session."""
        try:
            await session.run()
        except Exception as error:  # noqa: BLE001 - not even what goes wrong at a session's end ends the others
            session.failure = error
            self._failed += 1
        finally:
            statistics = session.statistics()
            self._ended_instructions += statistics.total_instructions
            self._ended_events += session.log.high
            if self._sessions.get(session.id) is session:
                del self._sessions[session.id]
            self._ending.discard(session)
            if self._spooler is not None:
                self._spooler.forget(session.log)

    def _failed_session(self, session: Session, error: Exception) -> None:
        self._failed += 1
        if self._on_failure is not None:
            self._on_failure(session, error)

    def find(self, session_id: str) -> Session | None:
        """The living session with that id."""
        session = self._sessions.get(session_id)
        return None if session is None or session.is_closing else session

    def list(self) -> list[Session]:
        """All living sessions in the order of their creation."""
        return [session for session in self._sessions.values() if not session.is_closing]

    async def delete(self, session_id: str) -> bool:
        """Ends a session; False if there is none. When it returns, Closed is in the log and the task has ended.

        Cancellation: the session ends all the same.
        """
        session = self._sessions.pop(session_id, None)
        if session is None:
            await trio.lowlevel.checkpoint()
            return False
        self._ending.add(session)
        was_closing = session.is_closing
        session.request_close(CloseReason.DELETED)
        await session.ended.wait()
        return not was_closing

    async def shutdown(self) -> None:
        """Ends all sessions, final states first. No session can be created any more. Calling it twice is fine."""
        self._is_shutting_down = True
        await trio.lowlevel.checkpoint()
        while sessions := [*self._sessions.values(), *self._ending]:
            for session in sessions:
                session.request_close(CloseReason.SHUTDOWN)
            for session in sessions:
                await session.ended.wait()
            await trio.lowlevel.checkpoint()

    def statistics(self) -> SupervisorStatistics:
        """The figures now."""
        sessions = tuple(session.statistics() for session in (*self._sessions.values(), *self._ending))
        return SupervisorStatistics(
            sessions=sessions,
            created=self._created,
            failed=self._failed,
            instructions=self._ended_instructions + sum(session.total_instructions for session in sessions),
            events=self._ended_events + sum(session.log.high for session in sessions),
            lag=max((session.log.lag for session in sessions), default=0),
            spooler=self._spooler.statistics() if self._spooler is not None else None,
        )


@asynccontextmanager
async def open_supervisor(
    config: SupervisorConfig | None = None,
    execution: ExecutionPolicy | None = None,
    *,
    ports: Ports | None = None,
    spill: Spill | None = None,
    assembler: Assembler = assemble_source,
    on_failure: Callable[[Session, Exception], None] | None = None,
) -> AsyncIterator[Supervisor]:
    """A supervisor for the time of the block. At its end all sessions are shut down.

    `spill` overrides what `config.data_dir` asks for; `on_failure` is told when a session fails (for a log file).
    """
    config = config or SupervisorConfig()
    if spill is None and config.data_dir is not None:
        spill = SqliteSpill(Path(config.data_dir) / "events.sqlite")
    spooler = Spooler(spill) if spill is not None else None
    try:
        async with trio.open_nursery() as nursery:
            if spooler is not None:
                nursery.start_soon(spooler.run)
            supervisor = Supervisor(
                config, execution or suited(), ports or Ports(), assembler, nursery, spooler, on_failure
            )
            try:
                yield supervisor
            finally:
                with trio.move_on_after(config.shutdown_seconds, shield=True):
                    await supervisor.shutdown()
                nursery.cancel_scope.cancel()
    finally:
        if spill is not None:
            with trio.move_on_after(1, shield=True):
                await spill.close()
