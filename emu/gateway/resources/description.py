"""The interface describes itself: OpenAPI 3.1, and a page for people made from it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from emu.gateway.http import Answer, Endpoint
from emu.wire.text import encode

if TYPE_CHECKING:
    from emu.gateway.http import Call


async def openapi(_: Call) -> Answer:
    """The description for programs."""
    return Answer(200, _openapi_text())


async def docs(_: Call) -> Answer:
    """The description for people."""
    return Answer(200, _docs_page(), "text/html; charset=utf-8", {"Content-Security-Policy": _POLICY})


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@cache
def _openapi_text() -> bytes:
    from emu.gateway.openapi import describe
    from emu.gateway.table import ENDPOINTS as ALL

    return encode(describe(ALL)) + b"\n"


@cache
def _docs_page() -> bytes:
    from emu.gateway.openapi import describe
    from emu.gateway.pages import page
    from emu.gateway.table import ENDPOINTS as ALL

    return page(describe(ALL)).encode("utf-8")


ENDPOINTS = (
    Endpoint("GET", "/openapi.json", openapi, "This description", {200: "application/json"}, tag="server"),
    Endpoint("GET", "/docs", docs, "This description, for people", {200: "text/html"}, is_described=False),
)
