"""The debugger in the browser: the page, also under the address of a session, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.gateway import assets
from emu.gateway.http import Answer, Endpoint, not_found

if TYPE_CHECKING:
    from emu.gateway.http import Call

YEAR = 31_536_000


async def show(_: Call) -> Answer:
    """The page. It finds out by itself which session its address names, and is the same if there is no such session."""
    body, policy = assets.page()
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(200, body, "text/html; charset=utf-8", headers)


async def asset(call: Call) -> Answer:
    """A file of the page. Its name changes with its content, so that it can be kept for ever."""
    found = assets.assets().get(call.variables["file"])
    if found is None:
        return not_found()
    encoding, body = found.best(call.header("Accept-Encoding"))
    headers = {
        "Cache-Control": f"public, max-age={YEAR}, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    return Answer(200, body, found.content_type, headers)


_HTML = {200: "text/html"}

ENDPOINTS = (
    Endpoint("GET", "/", show, "The debugger in the browser", _HTML, is_described=False),
    Endpoint("GET", "/s/{session}", show, "The same, attached to a session", _HTML, is_described=False),
    Endpoint(
        "GET",
        "/assets/{file}",
        asset,
        "A file of the debugger page",
        {200: "application/octet-stream", 404: "text/plain"},
        is_described=False,
    ),
)
