"""The server: connections from listeners or from streams handed in, and an orderly end of all of them.

Theory of operation. A `Server` lives as long as the block that opened it. Listeners and connections have nurseries of
their own inside it, so that they can be ended one after the other: first no new connections; then the supervisor closes
all sessions, which appends their last events; the subscribers deliver these, say goodbye and close; whatever is left
when the time is up is cut. No step waits for a client.
"""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio
from hypercorn.config import Config
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.utils import wrap_app

from emu.gateway.app import GatewayApp
from emu.gateway.connection import Connection
from emu.gateway.hub import Hub
from emu.gateway.protocol import error_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from emu.actors.supervisor import Supervisor
    from emu.gateway.config import GatewayConfig

BACKLOG = 512
AFTER_CUT_SECONDS = 0.25
"""How long the tasks of cut connections may take to notice."""


class Server:
    """The gateway of one supervisor. Made by `open_server`."""

    def __init__(self, supervisor: Supervisor, config: GatewayConfig, hub: Hub, nursery: trio.Nursery) -> None:
        self.config = config
        self.hub = hub
        self._supervisor = supervisor
        self._nursery = nursery
        self._context = WorkerContext(None)
        self._hypercorn = _hypercorn_config(config)
        self._app = wrap_app(GatewayApp(hub, config), 0, "asgi")
        self._connections: set[Connection] = set()
        self._all_gone = trio.Event()
        self._listening: list[trio.CancelScope] = []
        self._is_stopping = False

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    async def serve_stream(self, stream: trio.abc.HalfCloseableStream) -> None:
        """Serves one connection on any stream, to its end. What tests and embedding programs use."""
        if self._is_stopping or len(self._connections) >= self.config.max_connections:
            await _turn_away(stream)
            return
        connection = Connection(self._app, self._hypercorn, self._context, stream, self.config)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            if not self._connections:
                self._all_gone.set()

    async def serve_listeners(self, listeners: Sequence[trio.SocketListener]) -> None:
        """Accepts connections until `stop`. The listeners are closed at the end."""
        with trio.CancelScope() as scope:
            self._listening.append(scope)
            await trio.serve_listeners(self._serve_socket, list(listeners), handler_nursery=self._nursery)

    async def _serve_socket(self, stream: trio.SocketStream) -> None:
        await self.serve_stream(stream)

    async def stop(self) -> None:
        """Ends all sessions and connections, within `stop_within` seconds. Stopping twice is fine."""
        if self._is_stopping:
            return
        self._is_stopping = True
        until = trio.current_time() + self.config.stop_within
        for scope in self._listening:
            scope.cancel()
        await self._context.terminated.set()
        self._all_gone = trio.Event()
        for connection in tuple(self._connections):
            connection.stop(until)
        with trio.move_on_at(until):
            await self._supervisor.shutdown()
            self.hub.stop()
            if self._connections:
                await self._all_gone.wait()
        for connection in tuple(self._connections):
            connection.cut()
        if self._connections:
            with trio.move_on_after(AFTER_CUT_SECONDS):
                await self._all_gone.wait()


@asynccontextmanager
async def open_server(supervisor: Supervisor, config: GatewayConfig) -> AsyncIterator[Server]:
    """A server for the sessions of `supervisor`. Leaving the block stops it."""
    async with trio.open_nursery() as nursery:
        hub = Hub(supervisor, config, nursery)
        server = Server(supervisor, config, hub, nursery)
        try:
            yield server
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + config.stop_within + 0.5):
                await server.stop()
            nursery.cancel_scope.cancel()


async def open_listeners(host: str, port: int, slow_after: float = 30.0) -> list[trio.SocketListener]:
    """Listening sockets on `host`; for a loopback host on both 127.0.0.1 and ::1, as far as the system has them.

    Port 0 chooses a free one, the same for all. The system gives up a peer that confirms nothing for `slow_after`
    seconds. Raises OSError.
    """
    if host in ("localhost", "127.0.0.1"):
        addresses = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    elif host == "::1":
        addresses = [(socket.AF_INET6, "::1")]
    else:
        found = await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        addresses = list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))
    for attempt in range(16):
        try:
            return await _listen(addresses, port, slow_after)
        except OSError:
            # Some other process holds the chosen port on the second address.
            if port != 0 or attempt == 15:
                raise
    raise AssertionError


async def _listen(
    addresses: Sequence[tuple[int, str]],
    port: int,
    slow_after: float,
) -> list[trio.SocketListener]:
    listeners: list[trio.SocketListener] = []
    try:
        for family, address in addresses:
            try:
                sock = trio.socket.socket(family, socket.SOCK_STREAM)
            except OSError:
                if listeners:
                    continue
                raise
            try:
                _prepare(sock, family, slow_after)
                await sock.bind((address, port))
                sock.listen(BACKLOG)
            except OSError as error:
                sock.close()
                if listeners and error.errno in _NO_SUCH_ADDRESS:
                    continue
                raise
            listeners.append(trio.SocketListener(sock))
            port = sock.getsockname()[1]
    except OSError:
        for listener in listeners:
            await listener.aclose()
        raise
    return listeners


_NO_SUCH_ADDRESS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


def _prepare(sock: trio.socket.SocketType, family: int, slow_after: float) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted sockets inherit it: a peer that vanished with our data in flight is given up by the system, too.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(slow_after * 1000))


async def _turn_away(stream: trio.abc.HalfCloseableStream) -> None:
    body = error_body(503, "Too many connections")
    head = (
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\n"
        b"content-length: %d\r\n\r\n" % len(body)
    )
    try:
        with trio.move_on_after(1):
            await stream.send_all(head + body)
            await stream.send_eof()
            while await stream.receive_some(4096):
                pass
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass
    finally:
        await trio.aclose_forcefully(stream)


def _hypercorn_config(config: GatewayConfig) -> Config:
    class HypercornLog:
        """What hypercorn has to say, in the gateway's log. It is made with hypercorn's configuration."""

        def __init__(self, _: Config) -> None:
            pass

        async def access(self, *_: object) -> None:
            """Requests are not logged."""

        async def exception(self, message: str, *_: object, **__: object) -> None:
            """An error that a task of the application did not handle."""
            config.log.failure(message, sys.exc_info()[1])

        def __getattr__(self, name: str) -> Any:
            async def ignore(*_: object, **__: object) -> None:
                """Neither is anything else."""

            return ignore

    hypercorn = Config()
    hypercorn.logger_class = HypercornLog  # type: ignore[assignment]  # it has what hypercorn calls, and no base class
    hypercorn.include_server_header = False
    hypercorn.h11_max_incomplete_size = config.max_header
    hypercorn.keep_alive_max_requests = 1 << 62
    return hypercorn
