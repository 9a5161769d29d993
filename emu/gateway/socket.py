"""One WebSocket: what the client says becomes subscriptions (spec websocket-api.md section 2, delivery.md section 2).

Theory of operation. The reader handles one message after the other. A subscription is opened without a checkpoint, so
that its snapshot and its position are of the same moment, and then lives in the hub. A session is followed once per
connection: a second subscription replaces the first. Version 1 has one subscription per connection, version 2 one per
session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import trio

from emu.actors.log import Ahead, Trimmed
from emu.gateway.channel import ChannelClosed, text_frame
from emu.gateway.subscription import LegacySubscription, LegacyWishes, NumberedSubscription
from emu.wire import stream
from emu.wire.text import Malformed, encode, fit, read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emu.actors.session import Session
    from emu.gateway.channel import Channel
    from emu.gateway.hub import Hub

Model = TypeVar("Model")

GOING_AWAY = 1001
ENDED_KEPT = 64
"""Ended subscriptions of a connection that are remembered."""
MOST_PREDECESSORS = 16
"""Replaced subscriptions that still have something to deliver, before the reader waits for them."""


class _Problem(Exception):
    """What the client asks for cannot be done."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Socket:
    """The subscriptions of one connection."""

    def __init__(self, hub: Hub, channel: Channel) -> None:
        self._hub = hub
        self._channel = channel
        self._legacy: LegacySubscription | None = None
        self._numbered: dict[str, NumberedSubscription] = {}

    async def run(self, receive: Callable[[], Awaitable[str | bytes]]) -> None:
        """Serves the client until it leaves, or the server stops. Ends all subscriptions."""
        self._hub.sockets += 1
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._say_goodbye, nursery.cancel_scope)
                while True:
                    await self._handle(await receive())
        except* ChannelClosed:
            pass
        finally:
            self._hub.sockets -= 1
            if self._legacy is not None:
                self._legacy.cancel()
            for subscription in self._numbered.values():
                subscription.cancel()

    async def _say_goodbye(self, scope: trio.CancelScope) -> None:
        """When the server stops: delivers the last events, then a close frame."""
        await self._hub.is_stopping.wait()
        with trio.move_on_after(self._hub.config.stop_within / 2):
            if self._legacy is not None:
                self._legacy.retire()
                await self._legacy.done.wait()
            for subscription in tuple(self._numbered.values()):
                await subscription.done.wait()
        await self._channel.close(GOING_AWAY, "the server stops")
        scope.cancel()

    async def _handle(self, message: str | bytes) -> None:
        session_id = ""
        try:
            value = self._object(message)
            if value is None:
                return
            head = self._lenient(value)
            session_id = head.session_id
            await self._dispatch(head, value)
        except _Problem as problem:
            data = stream.ProblemData(problem.code, problem.message)
            await self._channel.send_frames(text_frame(encode(stream.ProblemMessage(session_id=session_id, data=data))))

    def _object(self, message: str | bytes) -> dict[str, object] | None:
        """The JSON object of a message; None if it is none and the client is too old to be told."""
        try:
            value = read(message)
        except Malformed as malformed:
            value = malformed
        if isinstance(value, dict):
            return value
        if not self._numbered:
            return None
        raise _Problem("bad_request", "a message is a JSON object")

    def _lenient(self, value: dict[str, object]) -> stream.ClientMessage:
        """Type and session of a message, as far as they can be read."""
        try:
            return fit(value, stream.ClientMessage)
        except Malformed:
            for wrong in ("sessionId", "type"):
                value = {name: item for name, item in value.items() if name.casefold() != wrong.casefold()}
                try:
                    return fit(value, stream.ClientMessage)
                except Malformed:
                    continue
            return stream.ClientMessage()

    async def _dispatch(self, head: stream.ClientMessage, value: dict[str, object]) -> None:
        if head.type == "subscribe":
            version = next((item for name, item in value.items() if name.casefold() == "version"), None)
            if version is None or version == 1:
                await self._subscribe_legacy(value)
            else:
                self._subscribe(_model(value, stream.Subscribe))
        elif head.type == "ack":
            if not self._numbered:
                return
            self._acknowledge(_model(value, stream.Ack))
        elif head.type == "unsubscribe":
            await self._unsubscribe(head.session_id)
        elif self._numbered:
            raise _Problem("bad_request", f"unknown type {head.type[:80]!r}")

    # -- version 1

    async def _subscribe_legacy(self, value: dict[str, object]) -> None:
        try:
            wanted = fit(value, stream.LegacySubscribe)
        except Malformed as malformed:
            if self._numbered:
                raise _Problem("bad_request", str(malformed)) from malformed
            return
        predecessor = self._legacy
        if predecessor is not None and predecessor.depth > MOST_PREDECESSORS:
            await predecessor.drained()
        replaced = self._numbered.pop(wanted.session_id, None)
        if replaced is not None:
            replaced.cancel()
        wishes = LegacyWishes(wanted.session_id, wanted.events)
        self._legacy = LegacySubscription(self._hub, self._channel, wishes, predecessor)
        self._hub.start(self._legacy)

    # -- version 2

    def _subscribe(self, wanted: stream.Subscribe) -> None:
        """Opens a subscription. Not a coroutine: everything in here is of one moment."""
        unknown = [kind for kind in wanted.events if kind not in stream.KINDS]
        if unknown:
            raise _Problem("bad_request", f"unknown kind of event {unknown[0][:80]!r}")
        if not wanted.session_id:
            raise _Problem("bad_request", "sessionId is missing")
        session = self._hub.supervisor.find(wanted.session_id)
        if session is None:
            raise _Problem("unknown_session", "no such session")
        others = sum(not one.done.is_set() for name, one in self._numbered.items() if name != session.id)
        if others >= self._hub.config.max_subscriptions:
            raise _Problem("bad_request", f"too many subscriptions on this connection (max {others})")
        self._let_go(session.id)
        position, opening = _opening(self._hub, session, wanted)
        subscription = NumberedSubscription(
            self._hub,
            self._channel,
            self._hub.feed(session),
            position,
            frozenset(wanted.events or stream.KINDS),
            wanted.window,
            opening,
        )
        self._numbered[session.id] = subscription
        self._hub.start(subscription)

    def _let_go(self, session_id: str) -> None:
        replaced = self._numbered.pop(session_id, None)
        if replaced is not None:
            replaced.cancel()
        if self._legacy is not None and self._legacy.wishes.session_id == session_id:
            self._legacy.cancel()
            self._legacy = None
        # An acknowledgement may still come for one that has just ended.
        ended = [name for name, one in self._numbered.items() if one.done.is_set()]
        for name in ended[:-ENDED_KEPT]:
            del self._numbered[name]

    def _acknowledge(self, ack: stream.Ack) -> None:
        subscription = self._numbered.get(ack.session_id)
        if subscription is None:
            raise _Problem("unknown_session", "no subscription to this session on this connection")
        if not subscription.acknowledge(ack.seq):
            raise _Problem("bad_request", f"event {ack.seq} was never sent on this subscription")

    async def _unsubscribe(self, session_id: str) -> None:
        subscription = self._numbered.pop(session_id, None)
        if subscription is None:
            raise _Problem("unknown_session", "no subscription to this session on this connection")
        subscription.cancel()
        await subscription.done.wait()
        feed = subscription.feed
        data = stream.UnsubscribedData(feed.cursor(subscription.position))
        await self._channel.send_frames(feed.control("unsubscribed", data, epoch=False))


def _model(value: dict[str, object], model: type[Model]) -> Model:
    try:
        return fit(value, model)
    except Malformed as malformed:
        raise _Problem("bad_request", str(malformed)) from malformed


def _opening(hub: Hub, session: Session, wanted: stream.Subscribe) -> tuple[int, Callable[[], bytes]]:
    """Where a stream starts, and what produces the frames that open it, for the moment of the call."""
    log, feed = session.log, hub.feed(session)
    low, high = log.low, log.high
    position, mode, reason = high, "snapshot", ""
    if wanted.cursor is not None:
        if wanted.cursor.epoch != log.epoch:
            mode, reason = "reset", "epoch"
        else:
            try:
                log.check(wanted.cursor.seq)
            except Ahead:
                mode, reason = "reset", "ahead"
            except Trimmed:
                mode, reason = "reset", "trimmed"
            else:
                mode, position = "resume", wanted.cursor.seq
    elif wanted.from_ == "start" and low == 1:
        mode, position = "replay", 0
    picture, console = session.picture(), session.console()

    def frames() -> bytes:
        made = feed.control("subscribed", stream.SubscribedData(mode, low, high), seq=position)
        if reason:
            made += feed.control("reset", stream.ResetData(reason, low, high))
        if mode in ("snapshot", "reset"):
            made += feed.snapshot(picture, console, position)
        return made

    return position, frames
