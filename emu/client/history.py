"""What a client has received of a session: the latest picture, the console text, and a shelf of recent updates.

Theory of operation. One writer (`apply`) and any number of readers. An `Updates` iterator is a position on the shelf,
as a subscriber is a position in the server's log: nothing is copied into queues. The shelf keeps what the slowest
live iterator has not yet taken, and at least the last `RECENT` updates, so that an iterator may also begin a little
in the past. When an iterator is `MOST_BEHIND` updates behind, the writer waits for it, unless somebody waits for a
state: a task that waits in the body of its own loop over updates must not wait for itself. Iterators that nobody
holds any more do not count.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakSet

import trio

from emu.client.errors import EpochChanged, SessionClosed
from emu.client.updates import Closed, Cursor, Output, Reset, Snapshot, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.client.updates import Picture, Update

RECENT = 1024
MOST_BEHIND = 4096
RECENT_STATES = 1024
LOOK_AGAIN_SECONDS = 0.5
"""An iterator that is given up says nothing; so the waiting writer counts them anew after this time."""


class Updates:
    """An endless iterator over the updates of a session; it ends after `Closed` and raises what ended the stream."""

    def __init__(self, history: History, position: int) -> None:
        self._history = history
        self._position = position
        history.readers.add(self)

    def __aiter__(self) -> Updates:
        return self

    async def __anext__(self) -> Update:
        await trio.lowlevel.checkpoint()
        update = await self._history.at(self._position)
        if update is None:
            raise StopAsyncIteration
        self._position += 1
        self._history.taken()
        return update

    @property
    def position(self) -> int:
        """How many updates of the history came before the next one."""
        return self._position


class History:
    """The received part of a session. `console_limit` is in characters; beyond it the oldest text is dropped."""

    def __init__(self, console_limit: int) -> None:
        self.readers: WeakSet[Updates] = WeakSet()
        self.picture: Picture | None = None
        self.cursor = Cursor("", 0)
        self.closed: Closed | None = None
        self.console_dropped = 0
        self.is_console_complete = True
        self._console_limit = console_limit
        self._console: list[str] = []
        self._console_size = 0
        self._shelf: deque[Update] = deque()
        self._first = 0
        self._states: deque[State | Snapshot] = deque(maxlen=RECENT_STATES)
        self._failure: Exception | None = None
        self._changed = trio.Event()
        self._room = trio.Event()
        self._waiting = 0

    # -- writing

    async def apply(self, updates: list[Update]) -> None:
        """Takes updates in; waits while an iterator is too far behind."""
        for update in updates:
            self._apply(update)
        self.announce()
        while self._is_full():
            with trio.move_on_after(LOOK_AGAIN_SECONDS):
                await self._room.wait()
        self._trim()

    def fail(self, failure: Exception) -> None:
        """The stream has ended before `Closed`; everybody who waits gets to know why."""
        self._failure = failure
        self.announce()

    def _apply(self, update: Update) -> None:
        self._shelf.append(update)
        if not isinstance(update, Reset):
            self.cursor = update.cursor
        match update:
            case State():
                self.picture = update.picture
                self._states.append(update)
            case Snapshot():
                self.picture = update.picture
                self._states.append(update)
                self._console = [update.console]
                self._console_size = len(update.console)
                self.console_dropped = 0
                self.is_console_complete = not update.is_truncated
            case Output():
                self._console.append(update.content)
                self._console_size += len(update.content)
                if self._console_size > 2 * self._console_limit:
                    self._shorten_console()
            case Reset():
                self._states.clear()
            case Closed():
                self.closed = update
            case _:
                pass

    def _shorten_console(self) -> None:
        whole = "".join(self._console)
        kept = whole[-self._console_limit :]
        self.console_dropped += len(whole) - len(kept)
        self._console, self._console_size = [kept], len(kept)

    def _is_full(self) -> bool:
        slowest = min((reader.position for reader in self.readers), default=self.end)
        full = self.end - slowest >= MOST_BEHIND and not self._waiting
        if full:
            self._room = trio.Event()
        return full

    def _trim(self) -> None:
        keep = min((reader.position for reader in self.readers), default=self.end)
        while self._first < min(keep, self.end - RECENT):
            self._shelf.popleft()
            self._first += 1

    # -- reading

    @property
    def end(self) -> int:
        """How many updates were received so far."""
        return self._first + len(self._shelf)

    @property
    def console(self) -> str:
        """The text written so far."""
        if len(self._console) > 1:
            self._console = ["".join(self._console)]
        return self._console[0] if self._console else ""

    def updates(self, after: Cursor | None) -> Updates:
        """An iterator from the next update on, or from the first one behind `after`.

        Raises LookupError if updates behind `after` are no longer on the shelf.
        """
        if after is None:
            return Updates(self, self.end)
        position = self.end
        while position > self._first:
            update = self._shelf[position - 1 - self._first]
            if update.cursor.epoch == after.epoch and update.seq <= after.seq:
                break
            position -= 1
        if position == self._first > 0 and self._shelf[0].seq != after.seq + 1:
            raise LookupError(f"the updates directly after {after.seq} are no longer kept")
        return Updates(self, position)

    def taken(self) -> None:
        """An iterator moved on."""
        self._room.set()

    async def begun(self, is_established: Callable[[], bool]) -> None:
        """Waits until the stream stands. Raises what kept it from standing."""
        while not is_established():
            self._check()
            await self._changed.wait()

    def announce(self) -> None:
        """Wakes everybody who waits."""
        changed, self._changed = self._changed, trio.Event()
        changed.set()

    async def at(self, position: int) -> Update | None:
        """The update at a position, waiting for it; None if the session ended before it."""
        while position >= self.end:
            if self.closed is not None:
                return None
            self._check()
            await self._changed.wait()
        return self._shelf[position - self._first]

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def wait_for(self, statuses: tuple[str, ...], after: Cursor | None) -> State | Snapshot:
        """The first state behind `after` with one of the statuses; without `after` the current one counts, too.

        Raises SessionClosed, EpochChanged, or what ended the stream.
        """
        await trio.lowlevel.checkpoint()
        self._waiting += 1
        self._room.set()
        try:
            while True:
                found = self._find(statuses, after)
                if found is not None:
                    return found
                if self.closed is not None:
                    raise SessionClosed(self.closed)
                self._check()
                await self._changed.wait()
        finally:
            self._waiting -= 1

    def _find(self, statuses: tuple[str, ...], after: Cursor | None) -> State | Snapshot | None:
        if after is None:
            last = self._states[-1] if self._states else None
            return last if last is not None and last.picture.status in statuses else None
        if self.cursor.epoch and self.cursor.epoch != after.epoch:
            raise EpochChanged(f"the numbering is now {self.cursor.epoch!r}, number {after.seq} is of {after.epoch!r}")
        for state in self._states:
            if state.seq > after.seq and state.picture.status in statuses:
                return state
        return None

    async def ended(self) -> Closed:
        """Waits for the last update. Raises what ended the stream before it."""
        await trio.lowlevel.checkpoint()
        self._waiting += 1
        self._room.set()
        try:
            while self.closed is None:
                self._check()
                await self._changed.wait()
            return self.closed
        finally:
            self._waiting -= 1

    async def reach(self, seq: int) -> None:
        """Waits until everything up to `seq` has been received. Raises as `wait_for`."""
        await trio.lowlevel.checkpoint()
        self._waiting += 1
        self._room.set()
        try:
            while self.cursor.seq < seq:
                if self.closed is not None:
                    raise SessionClosed(self.closed)
                self._check()
                await self._changed.wait()
        finally:
            self._waiting -= 1
