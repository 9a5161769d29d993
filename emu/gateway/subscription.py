"""Following a session: a position in its log, and a task that moves it.

Theory of operation. A subscription is opened by the socket's reader without a checkpoint: it captures the picture, the
console and the newest number, and attaches its cursor there. Its task, in the hub's nursery, first sends what opens the
stream and then whatever lies beyond its position, as many frames in one write as there are. The position moves when a
write has returned, with no checkpoint between, so that it is exact whenever the task is cancelled: what was written
counts as sent, and nothing else.

Version 1 (`LegacySubscription`) knows neither numbers nor acknowledgements. When it is replaced, it still delivers what
had happened by then, and its successor begins there. Version 2 (`NumberedSubscription`) carries its own proof of
completeness; it stops where it is, and may be bound to a window of events that the client has not acknowledged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from math import inf
from typing import TYPE_CHECKING

import trio

from emu.actors.events import CHANGES, Closed, Notice, StateChanged, Status
from emu.actors.log import OnDisk
from emu.gateway.channel import ChannelClosed, text_frame
from emu.wire.stream import KINDS, ByeData, HeartbeatData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emu.actors.events import Event
    from emu.actors.log import Cursor
    from emu.actors.session import Session
    from emu.gateway.channel import Channel
    from emu.gateway.feed import Feed
    from emu.gateway.hub import Hub

BATCH = 64
"""Events that go into one write at most: a quarter of a mebibyte of output."""

SLOW = 1013
"""The close code for a reader that was let go: try again later."""


class Pump(ABC):
    """Moves one position through one log."""

    def __init__(self, hub: Hub, channel: Channel, feed: Feed, position: int) -> None:
        self.hub = hub
        self.channel = channel
        self.feed = feed
        self.log = feed.session.log
        self.position = position
        self.cursor: Cursor = self.log.attach("socket", position)
        self.until: int | None = None
        """Where the stream ends; None for the end of the session."""
        self.is_over = False
        self._waiting: trio.CancelScope | None = None
        self._last_traffic = trio.current_time()

    @abstractmethod
    def wants(self, event: Event) -> bool:
        """Whether the subscriber gets the event."""

    @abstractmethod
    def frame(self, event: Event) -> bytes:
        """The frame of an event that is sent now."""

    async def silence(self) -> None:
        """Nothing was sent for the time of a heartbeat."""
        return

    async def room(self) -> None:
        """Returns when one more event may be sent."""
        return

    def has_room(self) -> bool:
        """Whether one more event may be sent now."""
        return True

    def end_at(self, seq: int) -> None:
        """The stream shall end after `seq`."""
        self.until = seq
        if self._waiting is not None:
            self._waiting.cancel()

    async def run(self) -> None:
        """Delivers until the end. Raises ChannelClosed. The cursor is let go in any case."""
        try:
            while self.until is None or self.position < self.until:
                limit = BATCH if self.until is None else min(BATCH, self.until - self.position)
                try:
                    events = self.log.read(self.position, limit)
                except OnDisk:
                    events = await self.log.fetch(self.position, limit)
                if events:
                    await self._deliver(events)
                elif self.log.is_closed:
                    return
                else:
                    await self._wait()
        finally:
            self.cursor.detach()
            self.is_over = True

    async def _deliver(self, events: list[Event]) -> None:
        frames: list[bytes] = []
        for event in events:
            if self.wants(event):
                if not self.has_room():
                    await self._flush(frames, event.seq - 1)
                    frames = []
                    await self.room()
                frames.append(self.frame(event))
        await self._flush(frames, events[-1].seq)

    async def _flush(self, frames: list[bytes], seq: int) -> None:
        if frames:
            await self.channel.send_frames(b"".join(frames))
            self._last_traffic = trio.current_time()
            self.hub.deliveries += len(frames)
        self.position = seq
        self.cursor.advance(seq)
        if not frames:
            await trio.lowlevel.checkpoint()

    async def _wait(self) -> None:
        deadline = self._last_traffic + self.hub.config.heartbeat
        with trio.CancelScope(deadline=deadline) as self._waiting:
            await self.log.wait_beyond(self.position)
        self._waiting = None
        if self.log.high == self.position and trio.current_time() >= deadline:
            self._last_traffic = trio.current_time()
            await self.silence()


class Subscription(ABC):
    """What the socket's reader holds of a subscription."""

    def __init__(self, hub: Hub, channel: Channel) -> None:
        self.hub = hub
        self.channel = channel
        self.done = trio.Event()
        self._scope = trio.CancelScope()

    async def run(self) -> None:
        """The subscription's task. Raises nothing: an error of ours ends the connection and is logged."""
        try:
            with self._scope:
                await self.follow()
        except ChannelClosed:
            pass
        except Exception as error:  # noqa: BLE001 (one subscription's trouble is nobody else's)
            if not _is_channel_closed(error):
                self.hub.config.log.failure("subscription failed", error)
                await self.channel.close(1011, "the server failed")
        finally:
            self.release()
            self.done.set()

    @abstractmethod
    async def follow(self) -> None:
        """Sends the stream."""

    @abstractmethod
    def release(self) -> None:
        """Lets go of cursors that no pump has taken over."""

    def cancel(self) -> None:
        """Ends the stream where it is."""
        self._scope.cancel()


class _LegacyPump(Pump):
    """One session of a legacy subscription."""

    def __init__(self, hub: Hub, channel: Channel, feed: Feed, position: int, wishes: LegacyWishes) -> None:
        super().__init__(hub, channel, feed, position)
        self.wishes = wishes
        self.last_state: StateChanged | None = None
        """What the client was last told."""

    def wants(self, event: Event) -> bool:
        return self.wishes.include(event)

    def frame(self, event: Event) -> bytes:
        if isinstance(event.payload, StateChanged):
            self.last_state = event.payload
        return self.feed.encoded(event).legacy


class LegacyWishes:
    """What a legacy subscriber wants: the kinds it names, or all. Names nobody knows match nothing."""

    def __init__(self, session_id: str, kinds: Iterable[str]) -> None:
        self.session_id = session_id
        named = frozenset(kinds)
        self.kinds = named or frozenset(KINDS)
        self._names_events = "event" in named

    def include(self, event: Event) -> bool:
        """Whether an event is sent. A client that names no kinds takes every notice it does not know for an error."""
        payload = event.payload
        if isinstance(payload, Closed):
            return False
        if isinstance(payload, Notice) and payload.name not in ("halted", "error"):
            return self._names_events and payload.name not in CHANGES
        return event.kind in self.kinds


class LegacySubscription(Subscription):
    """Version 1: one session, which may not exist yet, or all sessions. One per connection."""

    def __init__(
        self, hub: Hub, channel: Channel, wishes: LegacyWishes, predecessor: LegacySubscription | None
    ) -> None:
        super().__init__(hub, channel)
        self.wishes = wishes
        self._predecessor = predecessor
        self._retired = False
        self._pumps: dict[str, _LegacyPump] = {}
        self._snapshot: StateChanged | None = None
        self._waiting_scope: trio.CancelScope | None = None
        if predecessor is not None:
            predecessor.retire()
        for session in self._present():
            self._add(session, session.log.high)
            if wishes.session_id and "state" in wishes.kinds:
                self._snapshot = session.picture()

    @property
    def depth(self) -> int:
        """How many subscriptions of the connection are not done yet, this one included."""
        count, one = 0, self
        while True:
            count += 1
            before = one._predecessor
            if before is None or before.done.is_set():
                return count
            one = before

    async def drained(self) -> None:
        """Returns when the subscription before this one is done."""
        if self._predecessor is not None:
            await self._predecessor.done.wait()

    def retire(self) -> None:
        """Delivers what has happened by now, and ends."""
        if not self._retired:
            self._add_the_new()
        self._retired = True
        for pump in self._pumps.values():
            pump.end_at(pump.log.high)
        if self._waiting_scope is not None:
            self._waiting_scope.cancel()

    async def follow(self) -> None:
        told: StateChanged | None = None
        if self._predecessor is not None:
            await self._predecessor.done.wait()
            before = self._predecessor._pumps.get(self.wishes.session_id)
            told = before.last_state if before is not None else None
            self._predecessor = None
        for pump in self._pumps.values():
            await self._open(pump, told)
        running: set[str] = set()
        async with trio.open_nursery() as nursery:
            while True:
                for name in self._pumps.keys() - running:
                    nursery.start_soon(self._pumps[name].run)
                    running.add(name)
                if self._retired or (self.wishes.session_id and self._pumps):
                    return
                with trio.CancelScope() as self._waiting_scope:
                    await self.hub.wait_for_sessions()
                running &= self._forget_the_dead()
                if not self._retired:
                    self._add_the_new()

    def _add_the_new(self) -> None:
        for session in self._present():
            if session.id not in self._pumps:
                self._add(session, 0)

    def _forget_the_dead(self) -> set[str]:
        alive = {session.id for session in self._present()}
        for name in self._pumps.keys() - alive:
            if self._pumps[name].is_over:
                del self._pumps[name]
        return set(self._pumps)

    def release(self) -> None:
        for pump in self._pumps.values():
            pump.cursor.detach()

    async def _open(self, pump: _LegacyPump, told: StateChanged | None) -> None:
        state = self._snapshot
        if state is None:
            return
        pump.last_state = state
        if state.status is Status.WAITING and state == told:
            # The client has answered, or will answer, this wait once.
            return
        await self.channel.send_frames(pump.feed.legacy_snapshot(state, pump.position))

    def _present(self) -> Iterable[Session]:
        if not self.wishes.session_id:
            return self.hub.supervisor.list()
        session = self.hub.supervisor.find(self.wishes.session_id)
        return [] if session is None else [session]

    def _add(self, session: Session, position: int) -> _LegacyPump:
        first = max(position, session.log.low - 1)
        pump = _LegacyPump(self.hub, self.channel, self.hub.feed(session), first, self.wishes)
        self._pumps[session.id] = pump
        return pump


class NumberedSubscription(Subscription, Pump):
    """Version 2: one session, numbered, with an opening that is captured when it is made."""

    def __init__(
        self,
        hub: Hub,
        channel: Channel,
        feed: Feed,
        position: int,
        kinds: frozenset[str],
        window: int | None,
        opening: Callable[[], bytes],
    ) -> None:
        Pump.__init__(self, hub, channel, feed, position)
        Subscription.__init__(self, hub, channel)
        self._kinds = kinds
        self._window = window
        self._opening = opening
        self._previous = position
        self._in_flight: deque[int] = deque()
        self._freed = trio.Event()
        self._acknowledged_at = inf

    async def run(self) -> None:
        await Subscription.run(self)

    async def follow(self) -> None:
        await self.channel.send_frames(self._opening())
        self._opening = bytes
        self._last_traffic = trio.current_time()
        await Pump.run(self)

    def release(self) -> None:
        self.cursor.detach()

    def wants(self, event: Event) -> bool:
        return event.kind in self._kinds or isinstance(event.payload, Closed)

    def frame(self, event: Event) -> bytes:
        encoded = self.feed.encoded(event)
        previous, self._previous = self._previous, event.seq
        if self._window is not None:
            self._in_flight.append(event.seq)
        if previous == event.seq - 1:
            return encoded.numbered
        return text_frame(encoded.envelope(previous))

    async def silence(self) -> None:
        await self.channel.send_frames(self.feed.control("heartbeat", HeartbeatData(self.log.high)))

    # -- the window

    def acknowledge(self, seq: int) -> bool:
        """Everything up to `seq` is processed. False if that was never sent."""
        if seq > max(self._previous, self.position):
            return False
        moved = False
        while self._in_flight and self._in_flight[0] <= seq:
            self._in_flight.popleft()
            moved = True
        if moved:
            self._acknowledged_at = trio.current_time()
            self._freed.set()
            self._freed = trio.Event()
        return True

    def has_room(self) -> bool:
        return self._window is None or len(self._in_flight) < self._window

    async def room(self) -> None:
        self._acknowledged_at = trio.current_time()
        while not self.has_room():
            given_up = self._acknowledged_at + self.hub.config.slow_after
            heartbeat = self._last_traffic + self.hub.config.heartbeat
            with trio.CancelScope(deadline=min(given_up, heartbeat)):
                await self._freed.wait()
            if self.has_room():
                return
            now = trio.current_time()
            if now >= self._acknowledged_at + self.hub.config.slow_after:
                await self._let_go()
            if now >= heartbeat:
                self._last_traffic = now
                await self.silence()

    async def _let_go(self) -> None:
        self.hub.config.log.warning("reader let go", session=self.feed.session.id, reason="acknowledges nothing")
        bye = ByeData("slow", self.feed.cursor(self.position))
        await self.channel.send_frames(self.feed.control("bye", bye, epoch=False))
        await self.channel.close(SLOW, "no acknowledgement")
        raise ChannelClosed


def _is_channel_closed(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_channel_closed(one) for one in error.exceptions)
    return isinstance(error, ChannelClosed)
