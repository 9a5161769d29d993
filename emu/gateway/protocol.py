"""HTTP/1.1 as the gateway speaks it: hypercorn's protocol without HTTP/2 and with errors in the documented form.

An answer leaves in one write: its header is held back until the first piece of its body is there.
"""

from __future__ import annotations

import errno
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
import trio
from hypercorn.events import Closed, RawData
from hypercorn.protocol.events import Body, EndBody, Request, Response
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.typing import ConnectionState

from emu.gateway.channel import Channel
from emu.wire.models import Error
from emu.wire.text import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hypercorn.config import Config
    from hypercorn.events import Event
    from hypercorn.protocol.events import Event as StreamEvent
    from hypercorn.trio.task_group import TaskGroup
    from hypercorn.trio.worker_context import WorkerContext
    from hypercorn.typing import AppWrapper

CHANNEL = "emu.channel"
"""Where the state of a WebSocket's scope holds its Channel."""


def error_body(status: int, message: str) -> bytes:
    """The JSON form of an error (spec http-api.md 2.7)."""
    return encode(Error(HTTPStatus(status).phrase, status, message)) + b"\n"


class HttpProtocol(H11Protocol):
    """The requests of one connection, one after the other."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        task_group: TaskGroup,
        state: ConnectionState,
        send: Callable[[Event], Awaitable[None]],
        stream: trio.abc.Stream,
    ) -> None:
        client, server = _addresses(stream)
        super().__init__(app, config, context, task_group, state, False, client, server, send)
        self._head: bytes | None = None

    async def stream_send(self, event: StreamEvent) -> None:
        """Passes on what a stream sends, the header together with the beginning of the body."""
        if isinstance(event, Response) and event.status_code >= 200:
            headers = [*event.headers, *self.config.response_headers("h11")]
            if self.keep_alive_requests >= self.config.keep_alive_max_requests or self.context.terminated.is_set():
                headers.append((b"connection", b"close"))
            self._head = self._encoded(_response(event.status_code, headers))
        elif isinstance(event, Body):
            await self._flush(self._encoded(h11.Data(data=event.data)))
        elif isinstance(event, EndBody):
            await self._flush(self._encoded(h11.EndOfMessage()))
        else:
            await super().stream_send(event)

    def _encoded(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> bytes:
        try:
            return self.connection.send(event) or b""
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return b""

    async def _flush(self, data: bytes) -> None:
        head, self._head = self._head or b"", None
        if head or data:
            await self.send(RawData(data=head + data))

    async def _check_protocol(self, event: h11.Request) -> None:
        """HTTP/2 is not offered: a request to upgrade is answered in HTTP/1.1."""

    async def _create_stream(self, request: h11.Request) -> None:
        size = sum(len(name) + len(value) for name, value in request.headers) + len(request.target)
        if request.http_version not in (b"1.0", b"1.1") or size > self.config.h11_max_incomplete_size:
            await self._send_error_response(431 if size > self.config.h11_max_incomplete_size else 505)
            await self.send(Closed())
            return
        headers = [(name, value) for name, value in request.headers]
        state = ConnectionState({})
        arguments = (self.app, self.config, self.context, self.task_group, self.ssl, self.client, self.server)
        if _is_upgrade(request):
            channel = Channel(*arguments, self.stream_send, STREAM_ID)
            state = ConnectionState({CHANNEL: channel})
            # No compression: a message is encoded once for all that receive it.
            headers = [(name, value) for name, value in headers if name.lower() != b"sec-websocket-extensions"]
            self.stream = channel
            assert isinstance(self.connection, h11.Connection), "no request follows an upgrade"
            self.connection = H11WSConnection(self.connection)
        else:
            self.stream = HTTPStream(*arguments, self.stream_send, STREAM_ID)
        self.keep_alive_requests += 1
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=headers,
                http_version=request.http_version.decode("ascii"),
                method=request.method.decode("ascii"),
                raw_path=request.target,
                state=state,
            )
        )

    async def _send_error_response(self, status_code: int) -> None:
        body = error_body(status_code, "The request is malformed" if status_code == 400 else "")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"connection", b"close"),
            (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, OPTIONS"),
            (b"access-control-allow-headers", b"Content-Type, Authorization"),
            *self.config.response_headers("h11"),
        ]
        self._head = self._encoded(_response(status_code, headers))
        await self._flush(self._encoded(h11.Data(data=body)) + self._encoded(h11.EndOfMessage()))


def _response(status: int, headers: list[tuple[bytes, bytes]]) -> h11.Response:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    return h11.Response(status_code=status, headers=headers, reason=reason.encode("ascii"))


def _is_upgrade(request: h11.Request) -> bool:
    upgrade, connection = b"", b""
    for name, value in request.headers:
        if name.lower() == b"upgrade":
            upgrade = value.strip().lower()
        elif name.lower() == b"connection":
            connection += b"," + value.lower()
    tokens = [token.strip() for token in connection.split(b",")]
    return request.method == b"GET" and upgrade == b"websocket" and b"upgrade" in tokens


def _addresses(stream: trio.abc.Stream) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
    """(client, server), None each where the stream has no such thing."""
    if not isinstance(stream, trio.SocketStream):
        return None, None
    try:
        client, server = stream.socket.getpeername(), stream.socket.getsockname()
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EINVAL, errno.EBADF):
            raise
        return None, None
    if stream.socket.family not in (socket.AF_INET, socket.AF_INET6):
        return None, None
    return (client[0], client[1]), (server[0], server[1])
