"""Who may talk to the server: exact checks of host, origin and token (spec http-api.md 2.3).

A browser runs pages of strangers, and a page may send requests to loopback addresses. Two headers that a page cannot
forge tell: `Origin` names the page's own server, and `Host` the name it looked up, which a stranger can make point
here. Both are taken apart and compared whole. A server that listens beyond loopback asks for a token instead of
trusting names.
"""

from __future__ import annotations

import hmac
import re
from urllib.parse import urlsplit

from attrs import frozen

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{0,5}))?")
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,256}")

SUBPROTOCOL = "emu"
"""What a WebSocket client asks for beside its token, so that the answer need not repeat the token."""
TOKEN_SUBPROTOCOL = "emu.bearer."
"""The token follows; for browsers, which cannot send an Authorization header with a WebSocket."""


def is_loopback(host: str) -> bool:
    """Whether a host, as a URL or `--host` has it, is this machine and nothing else."""
    return host.strip("[]").lower() in LOOPBACK


def is_token(text: str) -> bool:
    """Whether `text` can be a token: 1 to 256 letters, digits and `._~-`, which need no quoting anywhere."""
    return _TOKEN.fullmatch(text) is not None


@frozen
class Refused:
    """Why a request is refused before anything looks at what it wants."""

    status: int
    message: str


@frozen
class Guard:
    """The rules of one server."""

    token: str | None = None
    host: str = "127.0.0.1"

    def allowed_origin(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of `origin` may use the server. None, a client that is no browser, may."""
        if origin is None or origin == "file://" or origin.startswith("file:///"):
            return True
        try:
            parts = urlsplit(origin)
            name, _ = parts.hostname, parts.port
        except ValueError:
            return False
        exact = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in ("http", "https") or name is None or parts.username is not None or exact != origin:
            return False
        return name in LOOPBACK or (self.token is not None and parts.netloc == host)

    def allowed_host(self, host: str | None) -> bool:
        """Whether the name a client looked up is one of this server's. With a token, any name will do."""
        if host is None:
            return True
        match = _HOST.fullmatch(host)
        return match is not None and (self.token is not None or is_loopback(match[1]))

    def refuses(
        self, host: str | None, origin: str | None, authorization: str | None, subprotocols: list[str]
    ) -> Refused | None:
        """The reason to refuse a request, or None."""
        if not self.allowed_host(host):
            return Refused(403, "Host not allowed")
        if not self.allowed_origin(origin, host):
            return Refused(403, "Origin not allowed")
        if self.token is not None and not self._presented(authorization, subprotocols):
            return Refused(401, "Token required")
        return None

    def _presented(self, authorization: str | None, subprotocols: list[str]) -> bool:
        assert self.token is not None
        scheme, _, credentials = (authorization or "").partition(" ")
        offered = [credentials.strip()] if scheme.lower() == "bearer" else []
        offered += [name.removeprefix(TOKEN_SUBPROTOCOL) for name in subprotocols if name.startswith(TOKEN_SUBPROTOCOL)]
        expected = self.token.encode("utf-8")
        return any(hmac.compare_digest(one.encode("utf-8", "replace"), expected) for one in offered)


def chosen_subprotocol(offered: list[str]) -> str | None:
    """What a WebSocket handshake answers: ours if it was offered, so that a browser is content; otherwise nothing."""
    if SUBPROTOCOL in offered:
        return SUBPROTOCOL
    return next((name for name in offered if name.startswith(TOKEN_SUBPROTOCOL)), None)
