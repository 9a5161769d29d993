"""Where events go that no longer fit into memory.

Theory of operation. A `Spill` stores events of any number of logs, each under the log's epoch. `Spooler` is the one
task that writes to it: logs with too much in memory queue up once each, and it takes a batch of one after the other,
so a log that floods delays no other for longer than one batch. Memory lets go of events only after the spill has
confirmed them.

The real spill is an SQLite file, used in a worker thread, one call at a time. It is a cache of a living server, not an
archive: it is emptied at the start, and a crash of the computer may lose it, so nothing waits for the disk to be
certain.
"""

from __future__ import annotations

import math
import pickle
import sqlite3
from collections import deque
from typing import TYPE_CHECKING, Protocol

import trio
from attrs import frozen

from emu.actors.events import Closed, CloseReason, Event, Notice, Output, StateChanged, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emu.actors.events import Payload
    from emu.actors.log import EventLog


class Spill(Protocol):
    """Storage for events. Every method is a checkpoint. What the storage cannot do is raised as SpillFailed."""

    async def write(self, epoch: str, events: Sequence[Event]) -> None:
        """Stores consecutive events of a log. Storing one again is fine."""

    async def read(self, epoch: str, after: int, limit: int) -> list[Event]:
        """At most `limit` stored events of a log from `after` + 1 on, in order."""

    async def trim(self, epoch: str, low: int) -> None:
        """Forgets the events of a log below `low`."""

    async def forget(self, epoch: str) -> None:
        """Forgets a log."""

    async def close(self) -> None:
        """Gives up the storage."""


class SpillFailed(Exception):
    """The storage did not do what it was asked; the text says why."""


class MemorySpill:
    """A spill that keeps events in a dict: for tests, which can make it slow (`delay`, in seconds) or make it fail."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.failing = False
        self.logs: dict[str, dict[int, Event]] = {}

    async def write(self, epoch: str, events: Sequence[Event]) -> None:
        """See Spill."""
        await self._pretend()
        self.logs.setdefault(epoch, {}).update((event.seq, event) for event in events)

    async def read(self, epoch: str, after: int, limit: int) -> list[Event]:
        """See Spill."""
        await self._pretend()
        stored = self.logs.get(epoch, {})
        return [stored[seq] for seq in range(after + 1, after + 1 + limit) if seq in stored]

    async def trim(self, epoch: str, low: int) -> None:
        """See Spill."""
        await self._pretend()
        stored = self.logs.get(epoch, {})
        for seq in [seq for seq in stored if seq < low]:
            del stored[seq]

    async def forget(self, epoch: str) -> None:
        """See Spill."""
        await self._pretend()
        self.logs.pop(epoch, None)

    async def close(self) -> None:
        """See Spill."""
        await trio.lowlevel.checkpoint()

    async def _pretend(self) -> None:
        await trio.sleep(self.delay)
        if self.failing:
            raise SpillFailed("the disk does not answer")


_SCHEMA = "CREATE TABLE events (epoch TEXT, seq INTEGER, payload BLOB, PRIMARY KEY (epoch, seq)) WITHOUT ROWID"


class SqliteSpill:
    """A spill in an SQLite file, which is created anew."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._connection: sqlite3.Connection | None = None
        self._limiter = trio.CapacityLimiter(1)

    async def write(self, epoch: str, events: Sequence[Event]) -> None:
        """See Spill."""
        rows = [(epoch, event.seq, pack(event.payload)) for event in events]

        def work(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO events VALUES (?, ?, ?)", rows)

        await self._in_thread(work)

    async def read(self, epoch: str, after: int, limit: int) -> list[Event]:
        """See Spill."""
        found: list[Event] = []

        def work(connection: sqlite3.Connection) -> None:
            query = "SELECT seq, payload FROM events WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?"
            found.extend(Event(seq, unpack(blob)) for seq, blob in connection.execute(query, (epoch, after, limit)))

        await self._in_thread(work)
        return found

    async def trim(self, epoch: str, low: int) -> None:
        """See Spill."""

        def work(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute("DELETE FROM events WHERE epoch = ? AND seq < ?", (epoch, low))

        await self._in_thread(work)

    async def forget(self, epoch: str) -> None:
        """See Spill."""

        def work(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute("DELETE FROM events WHERE epoch = ?", (epoch,))

        await self._in_thread(work)

    async def close(self) -> None:
        """See Spill."""
        connection, self._connection = self._connection, None
        if connection is None:
            await trio.lowlevel.checkpoint()
        else:
            await trio.to_thread.run_sync(connection.close, limiter=self._limiter)

    async def _in_thread(self, work: _Work) -> None:
        def run() -> None:
            try:
                if self._connection is None:
                    self._connection = self._create()
                work(self._connection)
            except sqlite3.Error as error:
                raise SpillFailed(str(error)) from error

        await trio.to_thread.run_sync(run, limiter=self._limiter)

    def _create(self) -> sqlite3.Connection:
        # The limiter lets one call in at a time, but not always in the same thread.
        connection = sqlite3.connect(self._path, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("DROP TABLE IF EXISTS events")
        connection.execute(_SCHEMA)
        connection.execute("VACUUM")
        return connection


class _Work(Protocol):
    def __call__(self, connection: sqlite3.Connection) -> None: ...


def pack(payload: Payload) -> bytes:
    """The stored form of an event's payload: plain tuples, no classes."""
    plain: tuple[object, ...]
    match payload:
        case Output():
            plain = ("output", payload.stream, payload.content)
        case Notice():
            plain = ("notice", payload.name, payload.message, payload.address, payload.symbol)
        case Closed():
            plain = ("closed", payload.reason.value)
        case _:
            plain = (
                "state",
                payload.status.value,
                payload.registers,
                payload.flags,
                payload.cycles,
                payload.instructions,
                payload.error,
                payload.exit_code,
                payload.last_store,
            )
    return pickle.dumps(plain)


def unpack(blob: bytes) -> Payload:
    """What `pack` was given. The file is written and emptied by this process alone, so unpickling it is safe."""
    kind, *values = pickle.loads(blob)
    match kind:
        case "output":
            return Output(*values)
        case "notice":
            return Notice(*values)
        case "closed":
            return Closed(CloseReason(values[0]))
    return StateChanged(Status(values[0]), *values[1:])


@frozen
class SpoolerStatistics:
    """What the spooler has done."""

    batches: int
    events: int
    failures: int
    waiting: int


class Spooler:
    """The task that empties the memory of full logs into a spill. See the module's docstring."""

    RETRY = 1.0
    """Seconds to wait after a failure of the storage, and before looking again whether an ended log is still read."""

    def __init__(self, spill: Spill) -> None:
        self.spill = spill
        self._waiting: deque[EventLog] = deque()
        self._queued: set[str] = set()
        self._ended: list[EventLog] = []
        self._trimmed: dict[str, int] = {}
        self._work = trio.Event()
        self._batches = self._events = self._failures = 0

    def overflowed(self, log: EventLog) -> None:
        """Queues a log whose memory is full. Synchronous; queueing twice is fine."""
        if log.epoch not in self._queued:
            self._queued.add(log.epoch)
            self._waiting.append(log)
            self._work.set()

    def forget(self, log: EventLog) -> None:
        """The log is complete: frees its storage once the last cursor was detached."""
        self._ended.append(log)
        self._work.set()

    async def run(self) -> None:
        """Works until cancelled. A failing storage is tried again; meanwhile events stay in memory."""
        while True:
            while not self._waiting and self._unread() is None:
                self._work = trio.Event()
                with trio.move_on_after(self.RETRY if self._ended else math.inf):
                    await self._work.wait()
            try:
                await self._next()
            except SpillFailed:
                self._failures += 1
                await trio.sleep(self.RETRY)

    def _unread(self) -> EventLog | None:
        """A log that has ended and that nobody reads any more."""
        return next((log for log in self._ended if not log.cursors), None)

    async def _next(self) -> None:
        gone = self._unread()
        if gone is not None:
            await self.spill.forget(gone.epoch)
            self._ended.remove(gone)
            self._trimmed.pop(gone.epoch, None)
            return
        log = self._waiting.popleft()
        self._queued.discard(log.epoch)
        batch = log.overflow
        if not batch:
            return
        try:
            await self.spill.write(log.epoch, batch)
        except SpillFailed:
            self.overflowed(log)
            raise
        self._batches += 1
        self._events += len(batch)
        low = log.spilled(batch[-1].seq)
        if low > self._trimmed.get(log.epoch, 1):
            self._trimmed[log.epoch] = low
            await self.spill.trim(log.epoch, low)
        if log.overflow:
            self.overflowed(log)

    def statistics(self) -> SpoolerStatistics:
        """The figures now."""
        return SpoolerStatistics(self._batches, self._events, self._failures, len(self._waiting))
