"""A way to the server that can be cut: a TCP proxy between the browser and the server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Proxy:
    """Passes bytes on, to and fro, until `cut`. While it is cut, new connections are closed at once."""

    def __init__(self, target: int, nursery: trio.Nursery) -> None:
        self.port = 0
        self.refused = 0
        """Connections that were closed because the way was cut."""
        self._target = target
        self._nursery = nursery
        self._is_cut = False
        self._limit: int | None = None
        self._scopes: set[trio.CancelScope] = set()

    @property
    def url(self) -> str:
        """Where a browser finds the server."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Ends every connection, without goodbye, and lets no new one through."""
        self._is_cut = True
        for scope in tuple(self._scopes):
            scope.cancel()

    def cut_after(self, count: int) -> None:
        """Cuts the way once `count` more bytes came from the server, wherever in a message that is."""
        self._limit = count

    def mend(self) -> None:
        """Lets connections through again."""
        self._is_cut = False
        self._limit = None

    async def serve(self, client: trio.SocketStream) -> None:
        """One connection, to its end."""
        if self._is_cut:
            self.refused += 1
            await trio.aclose_forcefully(client)
            return
        with trio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                async with (
                    client,
                    await trio.open_tcp_stream("127.0.0.1", self._target) as server,
                    trio.open_nursery() as nursery,
                ):
                    nursery.start_soon(self._pump, client, server, False, scope)
                    nursery.start_soon(self._pump, server, client, True, scope)
            except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            finally:
                self._scopes.discard(scope)

    async def _pump(
        self, source: trio.SocketStream, sink: trio.SocketStream, counts: bool, scope: trio.CancelScope
    ) -> None:
        async for data in source:
            if counts and self._limit is not None:
                data = data[: self._limit]
                self._limit -= len(data)
            if data:
                await sink.send_all(data)
            if counts and self._limit == 0:
                self.cut()
        scope.cancel()


@asynccontextmanager
async def open_proxy(target: int) -> AsyncIterator[Proxy]:
    """A proxy to a port of this computer, on a free port."""
    async with trio.open_nursery() as nursery:
        proxy = Proxy(target, nursery)
        listeners = await nursery.start(trio.serve_tcp, proxy.serve, 0)
        proxy.port = listeners[0].socket.getsockname()[1]
        try:
            yield proxy
        finally:
            nursery.cancel_scope.cancel()
