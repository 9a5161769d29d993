"""Where the server is and how to get a byte stream to it.

A server is named by its URL, or by a function that opens a stream: over a memory pipe, a Unix socket, a tunnel.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlsplit

import trio
from attrs import frozen

Connector: TypeAlias = Callable[[], Awaitable[trio.abc.Stream]]
"""Opens a fresh stream to the server. Raises OSError if there is none to be had."""


@frozen
class Endpoint:
    """A server: how to reach it, what to put into the Host header, and what stands before every path."""

    open_stream: Connector
    host: str
    prefix: str
    token: str | None = None

    @property
    def authorization(self) -> list[tuple[bytes, bytes]]:
        """The header that every request carries."""
        return [] if self.token is None else [(b"authorization", b"Bearer " + self.token.encode("ascii"))]


def locate(where: str | Connector, token: str | None = None) -> Endpoint:
    """The endpoint for an `http`, `https`, `ws` or `wss` URL, or for a function that opens streams.

    Raises ValueError for any other text.
    """
    if not isinstance(where, str):
        return Endpoint(where, "localhost", "", token)
    parts = urlsplit(where)
    secure = {"http": False, "ws": False, "https": True, "wss": True}.get(parts.scheme)
    if secure is None or parts.hostname is None:
        raise ValueError(f"{where!r} is not the URL of a server, such as http://127.0.0.1:8080")
    name, port = parts.hostname, parts.port or (443 if secure else 80)

    async def open_stream() -> trio.abc.Stream:
        if not secure:
            return await trio.open_tcp_stream(name, port)
        return await trio.open_ssl_over_tcp_stream(name, port, ssl_context=ssl.create_default_context())

    shown = f"[{name}]" if ":" in name else name
    return Endpoint(open_stream, f"{shown}:{port}", parts.path.rstrip("/"), token)
