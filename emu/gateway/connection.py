"""One client's connection: hypercorn's HTTP/1.1 machinery on a stream, bounded in time whatever the client does.

Theory of operation. Hypercorn writes inside a shielded scope with no deadline, so that a client that stops reading
could hold up everything, shutdown included. Here every write is shielded, too, for half a message must not be followed
by another, but has a deadline that moves only when the stream accepts bytes. A connection that misses it is *cut*: its
stream is reset and all its tasks are cancelled. Reading is bounded as well: by the time a request may take to arrive,
and between requests by the keep-alive time.

A connection ends in one of three ways. The client ends it: its requests are cancelled. The server ends it: writing is
shut down, and what the client still sends is read and dropped for a short while, because closing a socket with unread
data would destroy the answer on its way. Or it is cut.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, cast

import trio
from hypercorn.events import Closed, RawData, Updated
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.typing import ConnectionState

from emu.gateway.protocol import HttpProtocol

if TYPE_CHECKING:
    from hypercorn.config import Config
    from hypercorn.events import Event
    from hypercorn.trio.worker_context import WorkerContext
    from hypercorn.typing import AppWrapper

    from emu.gateway.config import GatewayConfig

RECEIVE_BYTES = 1 << 16
PIECE_BYTES = 4096
"""What is handed at once to a stream that does not tell how much it has accepted."""
LINGER_SECONDS = 2.0
SHORT_LINGER_SECONDS = 0.25
"""The same while the server stops."""
LINGER_BYTES = 16 << 20


class Connection(TCPServer):
    """Serves one stream until it ends. `await connection.run()` never raises but for cancellation from outside."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        stream: trio.abc.HalfCloseableStream,
        gateway_config: GatewayConfig,
    ) -> None:
        super().__init__(app, config, context, ConnectionState({}), cast("trio.SSLStream[trio.SocketStream]", stream))
        self.bytes: trio.abc.HalfCloseableStream = stream
        self._gateway_config = gateway_config
        self._scope = trio.CancelScope()
        self._receiving: trio.CancelScope | None = None
        self._writing: trio.CancelScope | None = None
        self._idle_deadline = trio.current_time() + gateway_config.header_timeout
        self._write_until = float("inf")
        self._linger_seconds = LINGER_SECONDS
        self._is_idle = True
        self._is_lingering = False
        self.is_cut = False

    # -- life

    async def run(self) -> None:
        """Reads requests and answers them until the connection has ended."""
        try:
            with self._scope:
                async with TaskGroup() as group:
                    self._task_group = group
                    self.protocol = HttpProtocol(  # type: ignore[assignment]  # hypercorn's own kinds of protocols only
                        self.app, self.config, self.context, group, ConnectionState({}), self.protocol_send, self.bytes
                    )
                    await self._read_data()
        except Exception as error:  # noqa: BLE001 (one connection's trouble is nobody else's)
            if not _is_harmless(error):
                self._gateway_config.log.failure("connection failed", error)
        finally:
            await self._close()

    def stop(self, until: float) -> None:
        """The server is about to end: idle connections close now, busy ones may write until then."""
        self._write_until = until
        if self._writing is not None:
            self._writing.deadline = min(self._writing.deadline, until)
        self._linger_seconds = SHORT_LINGER_SECONDS
        if self._is_idle:
            self._set_idle_deadline(trio.current_time())
        elif self._is_lingering:
            self._set_deadline(trio.current_time() + SHORT_LINGER_SECONDS)

    def cut(self) -> None:
        """Ends the connection at once. Nothing more is sent, and what the system still holds is discarded."""
        if self.is_cut:
            return
        self.is_cut = True
        if isinstance(self.bytes, trio.SocketStream):
            try:
                self.bytes.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        self._scope.cancel()

    # -- writing

    async def protocol_send(self, event: Event) -> None:
        """What the protocol has to say: bytes, the end of the connection, or that a request begins or has ended."""
        if isinstance(event, RawData):
            try:
                async with self.send_lock:
                    await self._write(event.data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                await self.protocol.handle(Closed())
        elif isinstance(event, Closed):
            await self._begin_to_linger()
            await self.protocol.handle(Closed())
        elif isinstance(event, Updated):
            self._is_idle = event.idle
            self._set_idle_deadline(
                trio.current_time() + self._gateway_config.keep_alive if event.idle else float("inf")
            )

    async def _write(self, data: bytes) -> None:
        if self.is_cut or self._is_lingering:
            raise trio.ClosedResourceError
        rest = memoryview(data)
        while rest:
            deadline = min(trio.current_time() + self._gateway_config.slow_after, self._write_until)
            with trio.CancelScope(shield=True, deadline=deadline) as scope:
                self._writing = scope
                try:
                    rest = rest[await self._send_some(rest) :]
                finally:
                    self._writing = None
            if scope.cancelled_caught:
                self._gateway_config.log.warning("connection cut", reason="accepts nothing")
                self.cut()
                raise trio.BrokenResourceError

    async def _send_some(self, data: memoryview) -> int:
        if isinstance(self.bytes, trio.SocketStream):
            try:
                return await self.bytes.socket.send(data)
            except OSError as error:
                raise trio.BrokenResourceError from error
        piece = data[:PIECE_BYTES]
        await self.bytes.send_all(piece)
        return len(piece)

    # -- reading

    async def _read_data(self) -> None:
        dropped = 0
        while True:
            with trio.CancelScope(deadline=self._idle_deadline) as scope:
                self._receiving = scope
                try:
                    data = await self.bytes.receive_some(RECEIVE_BYTES)
                except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
                    break
                finally:
                    self._receiving = None
            if scope.cancelled_caught:
                break
            if self._is_lingering:
                dropped += len(data)
                if not data or dropped > LINGER_BYTES:
                    break
                continue
            await self.protocol.handle(RawData(bytes(data)))
            if not data:
                break
        await self.protocol.handle(Closed())

    def _set_idle_deadline(self, deadline: float) -> None:
        if not self._is_lingering:
            self._set_deadline(deadline)

    def _set_deadline(self, deadline: float) -> None:
        self._idle_deadline = deadline
        if self._receiving is not None:
            self._receiving.deadline = deadline

    # -- ending

    async def _begin_to_linger(self) -> None:
        if self._is_lingering:
            return
        self._set_idle_deadline(min(trio.current_time() + self._linger_seconds, self._write_until))
        self._is_lingering = True
        await self._send_eof()

    async def _send_eof(self) -> None:
        try:
            with trio.move_on_after(LINGER_SECONDS):
                await self.bytes.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError, OSError):
            pass

    async def _close(self) -> None:
        try:
            if not self.is_cut and not self._is_lingering:
                await self._send_eof()
        finally:
            await trio.aclose_forcefully(self.bytes)


def _is_harmless(error: BaseException) -> bool:
    """Whether an exception says no more than that the client has gone."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_harmless(one) for one in error.exceptions)
    return isinstance(error, (trio.BrokenResourceError, trio.ClosedResourceError, ConnectionError))
