"""The updates of one session over as many WebSocket connections as it takes.

Theory of operation. `Feed.run` is the only task that reads. It connects, subscribes behind the follower's cursor, and
hands each batch of updates to `deliver`, waiting until they are taken; only then are they acknowledged. So a slow
consumer slows its own stream, and what was not delivered is sent again on the next connection. A connection that
breaks, or that the server leaves with `bye`, is replaced; what cannot be repaired by another connection (a gap, an
unknown session, a refusal) ends the feed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
)

from emu.client.errors import CommandError
from emu.client.follower import LostTail
from emu.client.updates import read_message
from emu.wire.models import Error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emu.client.follower import Follower
    from emu.client.patience import Patience
    from emu.client.transport import Endpoint
    from emu.client.updates import Update
    from emu.wire.stream import Ack, Subscribe

SOCKET_PATH = "/api/v1/ws"
MOST_MESSAGE_BYTES = 4 << 20
"""A snapshot has at most 1 MiB of payload; an escape sequence can make six bytes of one."""
QUEUED_MESSAGES = 64
CLOSING_SECONDS = 1.0
HANDSHAKE_SECONDS = 20.0


class Feed:
    """Reads the stream of one follower. `deliver` gets the updates of each message, in order, once.

    `established` is called whenever the subscription was confirmed on a connection, before its first update.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        follower: Follower,
        deliver: Callable[[list[Update]], Awaitable[None]],
        patience: Patience,
        established: Callable[[], None],
    ) -> None:
        self._endpoint = endpoint
        self._follower = follower
        self._deliver = deliver
        self._patience = patience
        self._established = established
        self.connections = 0
        """Connections on which the subscription was confirmed so far."""

    async def run(self) -> None:
        """Follows until `closed` was delivered. Raises what no other connection could repair."""
        wait = self._patience.begin()
        while True:
            cause: BaseException | None = None
            before = self.connections
            try:
                await self._connected()
            except (OSError, ConnectionClosed, HandshakeError, LostTail, trio.BrokenResourceError) as error:
                cause = error
            if self._follower.is_over:
                return
            if self.connections > before:
                wait = self._patience.begin()
            await wait.pause(cause)

    async def _connected(self) -> None:
        deadline = trio.current_time() + HANDSHAKE_SECONDS
        stream = await self._open(deadline)
        failure: Exception | None = None
        try:
            async with trio.open_nursery() as nursery:
                try:
                    await self._talk(nursery, stream, deadline)
                except Exception as error:  # noqa: BLE001 (raised below, outside the nursery, which would wrap it)
                    failure = error
                finally:
                    nursery.cancel_scope.cancel()
                    await trio.aclose_forcefully(stream)
        except* HandshakeError as group:
            # The reader's task finds out that the server refuses, if the refusal has a body.
            failure = next(iter(group.exceptions))
        if isinstance(failure, ConnectionRejected) and 400 <= failure.status_code < 500:
            raise CommandError(failure.status_code, _reason(failure)) from failure
        if failure is not None:
            raise failure

    async def _open(self, deadline: float) -> trio.abc.Stream:
        try:
            with trio.fail_at(deadline):
                return await self._endpoint.open_stream()
        except trio.TooSlowError as error:
            raise OSError("the server does not answer") from error

    async def _talk(self, nursery: trio.Nursery, stream: trio.abc.Stream, deadline: float) -> None:
        socket = await self._handshake(nursery, stream, deadline)
        await self._send(socket, self._follower.subscribe())
        await self._receive(socket)
        with trio.move_on_after(CLOSING_SECONDS):
            await socket.aclose()

    async def _handshake(self, nursery: trio.Nursery, stream: trio.abc.Stream, deadline: float) -> WebSocketConnection:
        try:
            with trio.fail_at(deadline):
                return await wrap_client_stream(
                    nursery,
                    cast("trio.SocketStream", stream),  # any stream will do
                    self._endpoint.host,
                    self._endpoint.prefix + SOCKET_PATH,
                    extra_headers=self._endpoint.authorization,
                    message_queue_size=QUEUED_MESSAGES,
                    max_message_size=MOST_MESSAGE_BYTES,
                    receive_buffer_size=65536,
                )
        except trio.TooSlowError as error:
            raise OSError("the server does not complete the handshake") from error

    async def _receive(self, socket: WebSocketConnection) -> None:
        was_established = False
        while True:
            message = read_message(await socket.get_message())
            updates = self._follower.receive(message) if message is not None else []
            if self._follower.is_established and not was_established:
                was_established = True
                self.connections += 1
                self._established()
            if updates:
                await self._deliver(updates)
            acknowledgement = self._follower.acknowledge(at_once=self._follower.is_over)
            if acknowledgement is not None:
                await self._send(socket, acknowledgement)
            if self._follower.is_over:
                return

    @staticmethod
    async def _send(socket: WebSocketConnection, message: Subscribe | Ack) -> None:
        await socket.send_message(msgspec.json.encode(message).decode("utf-8"))


def _reason(rejected: ConnectionRejected) -> str:
    try:
        return msgspec.json.decode(rejected.body or b"", type=Error).message or "refused"
    except msgspec.DecodeError:
        return "the server refuses the connection"
