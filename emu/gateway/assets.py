"""The files of the debugger page: read once, kept in memory, served under names that contain a hash of their content.

Theory of operation. `web/build.mjs` writes the folder `page` beside this module: `index.html`, and files whose names
change whenever their content does. So a browser may keep those for ever, and asks for `index.html` each time. Every
file has compressed twins (`.br`, `.gz`) made by the build; the best one that the client accepts is sent. The policy of
the page admits scripts and styles of this server alone; styles that the editor makes while it runs carry a
number used once, which is drawn for every answer.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "page"
NONCE = b"{{nonce}}"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""Best first."""


@frozen
class Asset:
    """A file of the page. `encoded` has its compressed forms by the name of the encoding, best first."""

    content_type: str
    body: bytes
    encoded: Mapping[str, bytes] = field(factory=dict)

    def best(self, accept_encoding: str | None) -> tuple[str | None, bytes]:
        """The encoding to send, None for none, and the bytes."""
        accepted = _accepted(accept_encoding or "")
        for name, body in self.encoded.items():
            if name in accepted:
                return name, body
        return None, self.body


@cache
def assets() -> Mapping[str, Asset]:
    """All files under /assets/, by name."""
    return {
        path.name: Asset(
            _TYPES[path.suffix],
            path.read_bytes(),
            {
                name: twin.read_bytes()
                for name, suffix in _ENCODINGS
                if (twin := path.with_name(path.name + suffix)).exists()
            },
        )
        for path in sorted(FOLDER.iterdir())
        if path.suffix in _TYPES and path.name != "index.html"
    }


def page() -> tuple[bytes, str]:
    """The page with a fresh number for its styles, and the policy that goes with it."""
    nonce = secrets.token_urlsafe(16)
    return _template().replace(NONCE, nonce.encode("ascii")), policy(nonce)


def policy(nonce: str) -> str:
    """The Content-Security-Policy of the page."""
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _template() -> bytes:
    return (FOLDER / "index.html").read_bytes()


def _accepted(header: str) -> set[str]:
    accepted = set()
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if not any(one.replace(" ", "").rstrip("0.") == "q=" for one in parameters):
            accepted.add(name)
    return accepted
