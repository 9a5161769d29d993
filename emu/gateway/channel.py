"""The server's end of a WebSocket: hypercorn's, with the limits and the keep-alive of spec websocket-api.md section 1.

Beside ASGI messages it takes frames that are encoded already, so that what many subscribers receive is encoded once and
what is due to one of them leaves in one write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from hypercorn.protocol.events import Body, Data, EndBody, EndData, Response, StreamClosed
from hypercorn.protocol.ws_stream import ASGIWebsocketState, WSStream
from wsproto.connection import ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason

from emu.wire.stream import MAX_MESSAGE

if TYPE_CHECKING:
    from hypercorn.protocol.events import Event
    from hypercorn.typing import WebsocketAcceptEvent

PONG_GRACE = 6.0
"""A ping that could leave only late, because the client reads slowly, is given this long to be answered."""


class ChannelClosed(Exception):
    """The WebSocket takes no more messages."""


def text_frame(payload: bytes) -> bytes:
    """One message as one unfragmented text frame, as servers send it (RFC 6455 section 5.2)."""
    length = len(payload)
    if length < 126:
        return b"\x81" + length.to_bytes(1, "big") + payload
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


class Channel(WSStream):
    """One WebSocket. `ping_interval` and `pong_timeout` are set before it is accepted."""

    ping_interval: float = 54.0
    pong_timeout: float = 60.0
    _alive: trio.CancelScope | None = None
    _last_pong = 0.0

    async def send_frames(self, frames: bytes) -> None:
        """Sends whole frames. Raises ChannelClosed. A return is no proof of delivery."""
        if self.closed or self.state is not ASGIWebsocketState.CONNECTED:
            raise ChannelClosed
        await self.send(Data(stream_id=self.stream_id, data=frames))
        if self.closed:
            raise ChannelClosed

    async def close(self, code: int, reason: str = "") -> None:
        """Sends a close frame, the last thing the client gets. Does nothing if the channel is closed already."""
        if self.closed or self.state is not ASGIWebsocketState.CONNECTED:
            return
        self.state = ASGIWebsocketState.CLOSED
        await self._send_wsproto_event(CloseConnection(code=code, reason=reason or None))
        await self.send(EndData(stream_id=self.stream_id))
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def handle(self, event: Event) -> None:
        """What the connection has to say: the request, bytes, its end."""
        try:
            await super().handle(event)
        finally:
            if self.closed and self._alive is not None:
                self._alive.cancel()

    async def _handle_events(self) -> None:
        for event in self.connection.events():
            if isinstance(event, (TextMessage, BytesMessage)):
                size = len(event.data.encode("utf-8", "replace")) if isinstance(event, TextMessage) else len(event.data)
                if self.buffer.length + size > MAX_MESSAGE:
                    await self.close(CloseReason.MESSAGE_TOO_BIG.value, "a message has at most 8192 bytes")
                    return
                self.buffer.extend(event)
                self.buffer.length += size - len(event.data)
                if event.message_finished:
                    message = self.buffer.to_message()
                    if not message["bytes"] and message["text"] is None:
                        # An empty binary message would reach the application as no message at all.
                        message["text"] = ""
                    self.buffer.clear()
                    if self.app_put is not None:
                        await self.app_put(message)
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())
            elif isinstance(event, Pong):
                self._last_pong = trio.current_time()
            elif isinstance(event, CloseConnection):
                if self.connection.state is ConnectionState.REMOTE_CLOSING:
                    await self._send_wsproto_event(event.response())
                else:
                    await self._send_wsproto_event(event)
                await self.send(StreamClosed(stream_id=self.stream_id))
                return
            if self.closed:
                return

    async def _accept(self, message: WebsocketAcceptEvent) -> None:
        await super()._accept(message)
        self._last_pong = trio.current_time()
        self.task_group.spawn(self._keep_alive)

    async def _keep_alive(self) -> None:
        with trio.CancelScope() as self._alive:
            await self._ping()

    async def _ping(self) -> None:
        next_ping = self._last_pong + self.ping_interval
        given_up = self._last_pong + self.pong_timeout
        while not self.closed:
            await trio.sleep_until(min(next_ping, given_up))
            now = trio.current_time()
            given_up = max(given_up, self._last_pong + self.pong_timeout)
            if now >= given_up:
                await self.close(CloseReason.INTERNAL_ERROR.value, "no pong")
                return
            if now >= next_ping:
                await self._send_wsproto_event(Ping())
                next_ping = now + self.ping_interval
                given_up = max(given_up, trio.current_time() + PONG_GRACE)

    async def _send_error_response(self, status_code: int) -> None:
        body = b"Bad Request\n" if status_code == 400 else b""
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"connection", b"close"),
        ]
        await self.send(Response(stream_id=self.stream_id, status_code=status_code, headers=headers))
        await self.send(Body(stream_id=self.stream_id, data=body))
        await self.send(EndBody(stream_id=self.stream_id))
        await self.send(StreamClosed(stream_id=self.stream_id))
