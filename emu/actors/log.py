"""The event log of one session: append-only, numbered, read by many cursors (design.md section 3).

Theory of operation. `append` gives an event the next seq and wakes whoever waits; it is synchronous, so a change and
its event happen with no checkpoint between. Readers own no queues: each has a position and reads what lies beyond it,
in batches, when it gets round to it. One trio.Event wakes them all, and it is replaced only when somebody waits again,
so a burst of appends costs one wake-up per reader.

The newest events are in memory, up to a number and an amount of bytes. What no longer fits goes to the spill, if there
is one, and stays readable through `fetch`; without a spill, or when that is full too, it is forgotten. Three rules
bound everything without losing anything:

* An event that an attached cursor has not passed is never forgotten. When the backlog of the slowest cursor fills what
  may be retained, `must_hold` turns true, and the session stops executing until it is false again. It turns false when
  the backlog has shrunk to half of that, so that a session is not held and released for every single event.
* An event that the spill has not confirmed stays in memory. When too many are waiting for the disk, `must_hold` is
  true too.
* A held session appends nothing by itself. Only commands can then still append; `is_full` tells their owner when the
  backlog has reached twice the limit.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING

import trio
from attrs import frozen

from emu.actors.events import Closed, Event, Notice, Output, StateChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emu.actors.events import Payload
    from emu.actors.spill import Spill

_EVENT_BYTES = 160
"""What an event costs in memory beside its text; an estimate, on the high side."""
_STATE_BYTES = 800

_COMPACT = 1024

SPILL_BATCH = 512
"""Events that one trip to the disk takes along at most."""


class LogError(Exception):
    """The log cannot give what was asked for. `low` and `high` are what it has."""

    def __init__(self, message: str, low: int, high: int) -> None:
        super().__init__(message)
        self.low = low
        self.high = high


class Trimmed(LogError):
    """The events asked for are no longer retained."""


class Ahead(LogError):
    """The position lies beyond the newest event."""


class OnDisk(LogError):
    """The events asked for are retained, but not in memory: use `fetch`."""


@frozen
class Retention:
    """How much a log keeps. The limits in memory are also the backlog at which a session without disk is held."""

    events: int = 20_000
    bytes: int = 8 << 20
    disk_bytes: int = 64 << 20
    """Counted in the same estimated bytes as memory. Without a spill it has no meaning."""

    def __attrs_post_init__(self) -> None:
        if self.events < 1 or self.bytes < 1 or self.disk_bytes < 0:
            raise ValueError("a log must be able to keep at least one event")


@frozen
class CursorStatistics:
    """One subscriber's position."""

    name: str
    position: int
    lag: int


@frozen
class LogStatistics:
    """A log at one moment. Sizes are estimates in bytes; the limits are the configured ones."""

    epoch: str
    low: int
    high: int
    memory_low: int
    memory_bytes: int
    disk_bytes: int
    retention: Retention
    holds: bool
    is_closed: bool
    waiting: int
    cursors: tuple[CursorStatistics, ...]

    @property
    def lag(self) -> int:
        """How many events the slowest cursor is behind."""
        return max((cursor.lag for cursor in self.cursors), default=0)


class Cursor:
    """A subscriber's position: the seq of the last event it has dealt with. See `EventLog.attach`."""

    __slots__ = ("_log", "name", "position")

    def __init__(self, log: EventLog, name: str, position: int) -> None:
        self._log: EventLog | None = log
        self.name = name
        self.position = position

    @property
    def is_attached(self) -> bool:
        """Whether the log still keeps everything beyond this position."""
        return self._log is not None

    def advance(self, seq: int) -> None:
        """Everything up to `seq` is dealt with. Going back does nothing. Raises Ahead beyond the newest event."""
        log = self._log
        if seq <= self.position or log is None:
            return
        if seq > log.high:
            raise Ahead(f"cursor {seq} is beyond the newest event {log.high}", log.low, log.high)
        before, self.position = self.position, seq
        log._moved(before)

    def detach(self) -> None:
        """The subscriber has gone. Detaching twice is fine."""
        log, self._log = self._log, None
        if log is not None:
            log._detached(self)


class EventLog:
    """See the module's docstring. Everything but `fetch` and `wait_beyond` is synchronous; one Trio thread owns it."""

    def __init__(
        self,
        retention: Retention | None = None,
        *,
        spill: Spill | None = None,
        epoch: str | None = None,
        on_change: Callable[[], None] | None = None,
    ) -> None:
        """`on_change` is called, synchronously, when `must_hold` turns false, and when there is something to spill."""
        self.retention = retention or Retention()
        self.epoch = epoch or secrets.token_hex(8)
        self.low = 1
        self.high = 0
        self.is_closed = False
        self.must_hold = False
        self.on_change: Callable[[], None] = on_change or _nothing
        self.on_overflow: Callable[[], None] = _nothing
        self._spill = spill
        self._events: list[Event] = []
        self._totals: list[int] = []
        self._start = 0
        self._total = 0
        self._forgotten_total = 0
        self._spilled: deque[tuple[int, int]] = deque()
        self._disk_bytes = 0
        self._cursors: set[Cursor] = set()
        self._slowest: int | None = None
        self._news: trio.Event | None = None

    # -- writing --------------------------------------------------------------------------------------------------

    def append(self, payload: Payload) -> Event:
        """Numbers and stores an event and wakes the readers. Raises RuntimeError after `Closed`."""
        if self.is_closed:
            raise RuntimeError("nothing follows the closed event")
        self.high += 1
        event = Event(self.high, payload)
        self._total += weight(payload)
        self._events.append(event)
        self._totals.append(self._total)
        if type(payload) is Closed:
            self.is_closed = True
        if self._news is not None:
            self._news.set()
            self._news = None
        if self._memory_over(1):
            self._shrink()
        return event

    @property
    def memory_events(self) -> int:
        """How many events are in memory."""
        return len(self._events) - self._start

    @property
    def memory_bytes(self) -> int:
        """What they weigh."""
        return self._total - self._forgotten_total

    def _memory_over(self, factor: float) -> bool:
        retention = self.retention
        return self.memory_events > retention.events * factor or self.memory_bytes > retention.bytes * factor

    def _shrink(self) -> None:
        """Memory holds more than it should: hand the oldest events to the spill, or forget them, or ask to hold."""
        if self._spill is None:
            self._trim_memory()
            self._set_hold(self._memory_over(1) and self._is_needed(self.low))
        else:
            self.on_overflow()
            self._set_hold(self.must_hold or self._memory_over(2) or self._disk_needed)

    def _trim_memory(self) -> None:
        while self._memory_over(1) and self.memory_events > 1 and not self._is_needed(self.low):
            self._drop_oldest()
            self.low += 1

    def _drop_oldest(self) -> int:
        """Lets memory go of its oldest event. The answer is its weight."""
        start = self._start
        before, self._forgotten_total = self._forgotten_total, self._totals[start]
        self._start = start = start + 1
        if start >= _COMPACT and start * 2 >= len(self._events):
            del self._events[:start], self._totals[:start]
            self._start = 0
        return self._forgotten_total - before

    @property
    def _disk_needed(self) -> bool:
        return self._disk_bytes > self.retention.disk_bytes and self._is_needed(self.low)

    def _is_needed(self, seq: int) -> bool:
        """Whether an attached cursor has not passed `seq` yet."""
        slowest = self.slowest
        return slowest is not None and slowest < seq

    @property
    def slowest(self) -> int | None:
        """The lowest position of an attached cursor."""
        if self._slowest is None and self._cursors:
            self._slowest = min(cursor.position for cursor in self._cursors)
        return self._slowest

    @property
    def is_full(self) -> bool:
        """The backlog is at twice what may be retained: not even commands may add to it."""
        return self.must_hold and self._memory_over(2 if self._spill is None else 4)

    def _set_hold(self, hold: bool) -> None:
        was, self.must_hold = self.must_hold, hold
        if was and not hold:
            self.on_change()

    # -- spilling -------------------------------------------------------------------------------------------------

    @property
    def overflow(self) -> Sequence[Event]:
        """The oldest events in memory that should go to the spill, at most SPILL_BATCH. Empty if memory is in
        bounds.
        """
        if self._spill is None or not self._memory_over(1):
            return ()
        start, totals = self._start, self._totals
        events = self.memory_events - self.retention.events // 2
        excess = self._forgotten_total + self.memory_bytes - self.retention.bytes // 2
        end = start
        last = min(start + SPILL_BATCH, len(totals) - 1)
        while end < last and (end - start < events or (totals[end - 1] if end > start else 0) < excess):
            end += 1
        return self._events[start:end]

    def spilled(self, last: int) -> int:
        """The spill has stored everything up to `last`: memory lets go of it. The answer is the new `low`.

        Beyond the configured size the oldest events are given up, as far as no cursor needs them; the owner of the
        spill deletes what lies below the answer.
        """
        while (seq := self.memory_low) <= last:
            size = self._drop_oldest()
            self._spilled.append((seq, size))
            self._disk_bytes += size
        self._trim_disk()
        self._reconsider()
        return self.low

    def _trim_disk(self) -> None:
        while self._spilled and self._disk_bytes > self.retention.disk_bytes and not self._is_needed(self.low):
            seq, size = self._spilled.popleft()
            self._disk_bytes -= size
            self.low = seq + 1

    def _reconsider(self) -> None:
        """Something moved: is the reason to hold gone?"""
        if not self.must_hold:
            return
        if self._spill is not None:
            self._trim_disk()
            self._set_hold(self._memory_over(1) or self._disk_needed)
            return
        self._trim_memory()
        self._set_hold(self._backlog_over_half())

    def _backlog_over_half(self) -> bool:
        slowest = self.slowest
        if slowest is None:
            return False
        if self.high - slowest > self.retention.events // 2:
            return True
        index = self._start + slowest - self.memory_low
        passed = self._totals[index] if index >= self._start else self._forgotten_total
        return self._total - passed > self.retention.bytes // 2

    # -- reading --------------------------------------------------------------------------------------------------

    @property
    def memory_low(self) -> int:
        """The oldest seq that `read` can give; `high` + 1 if memory is empty."""
        return self.high + 1 - self.memory_events

    def check(self, after: int) -> None:
        """Raises Trimmed or Ahead if a reader cannot go on after `after`."""
        if after > self.high:
            raise Ahead(f"position {after} is beyond the newest event {self.high}", self.low, self.high)
        if after + 1 < self.low:
            raise Trimmed(f"event {after + 1} is gone; the oldest is {self.low}", self.low, self.high)

    def read(self, after: int, limit: int) -> list[Event]:
        """At most `limit` events from `after` + 1 on, from memory. Empty if there are none yet.

        Raises Trimmed, Ahead, or OnDisk.
        """
        self.check(after)
        first = self.memory_low
        if after + 1 < first:
            raise OnDisk(f"event {after + 1} is on disk", self.low, self.high)
        start = self._start + after + 1 - first
        return self._events[start : start + limit]

    async def fetch(self, after: int, limit: int) -> list[Event]:
        """As `read`, from memory or from the spill. Always a checkpoint. Raises Trimmed or Ahead."""
        try:
            events = self.read(after, limit)
        except OnDisk:
            pass
        else:
            await trio.lowlevel.checkpoint()
            return events
        assert self._spill is not None
        events = await self._spill.read(self.epoch, after, min(limit, self.memory_low - 1 - after))
        if not events or events[0].seq != after + 1:
            # Trimmed while the disk was busy.
            self.check(after)
            raise Trimmed(f"event {after + 1} is gone", self.low, self.high)
        return events

    async def wait_beyond(self, seq: int) -> None:
        """Returns when there is an event beyond `seq`, or the log is closed. Always a checkpoint."""
        if self.high > seq or self.is_closed:
            await trio.lowlevel.checkpoint()
            return
        while self.high <= seq and not self.is_closed:
            if self._news is None:
                self._news = trio.Event()
            await self._news.wait()

    def attach(self, name: str, position: int) -> Cursor:
        """A cursor at `position`; from now on the log keeps what lies beyond it. Raises Trimmed or Ahead."""
        self.check(position)
        cursor = Cursor(self, name, position)
        self._cursors.add(cursor)
        if self._slowest is None or position < self._slowest:
            self._slowest = position if len(self._cursors) == 1 or self._slowest is not None else None
        return cursor

    @property
    def cursors(self) -> int:
        """How many cursors are attached."""
        return len(self._cursors)

    def _moved(self, before: int) -> None:
        if before == self._slowest:
            self._slowest = None
            self._reconsider()

    def _detached(self, cursor: Cursor) -> None:
        self._cursors.discard(cursor)
        if cursor.position == self._slowest:
            self._slowest = None
        self._reconsider()

    def statistics(self) -> LogStatistics:
        """The figures now."""
        return LogStatistics(
            epoch=self.epoch,
            low=self.low,
            high=self.high,
            memory_low=self.memory_low,
            memory_bytes=self.memory_bytes,
            disk_bytes=self._disk_bytes,
            retention=self.retention,
            holds=self.must_hold,
            is_closed=self.is_closed,
            waiting=self._news.statistics().tasks_waiting if self._news is not None else 0,
            cursors=tuple(
                CursorStatistics(cursor.name, cursor.position, self.high - cursor.position)
                for cursor in sorted(self._cursors, key=lambda cursor: cursor.position)
            ),
        )


def weight(payload: Payload) -> int:
    """What an event weighs against the limits, in bytes: an estimate on the high side."""
    if isinstance(payload, Output):
        return _EVENT_BYTES + len(payload.content)
    if isinstance(payload, StateChanged):
        return _STATE_BYTES + len(payload.error or "")
    if isinstance(payload, Notice):
        return _EVENT_BYTES + len(payload.message)
    return _EVENT_BYTES


def _nothing() -> None:
    """What happens on a change nobody asked about."""
