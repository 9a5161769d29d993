"""Figures for Prometheus, in its text format, version 0.0.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from emu.gateway.http import Answer, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emu.gateway.http import Call
    from emu.gateway.hub import Hub

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def metrics(call: Call) -> Answer:
    """All figures of this moment."""
    return Answer(200, "".join(_lines(call.hub)).encode("utf-8"), CONTENT_TYPE)


def _lines(hub: Hub) -> Iterator[str]:
    figures = hub.supervisor.statistics()
    running = sum(session.status.is_active for session in figures.sessions)
    yield from _metric("emu_sessions", "gauge", "Sessions that exist.", len(figures.sessions))
    yield from _metric("emu_sessions_running", "gauge", "Sessions whose program is being executed.", running)
    yield from _metric("emu_sessions_created_total", "counter", "Sessions created.", figures.created)
    yield from _metric(
        "emu_sessions_failed_total", "counter", "Sessions ended by an error of the server.", figures.failed
    )
    yield from _metric(
        "emu_sessions_held",
        "gauge",
        "Sessions that wait for a slow subscriber.",
        sum(session.is_held for session in figures.sessions),
    )
    yield from _metric("emu_events_total", "counter", "Events appended to the logs.", figures.events)
    yield from _metric("emu_deliveries_total", "counter", "Events sent to subscribers.", hub.deliveries)
    yield from _metric("emu_subscriptions", "gauge", "Subscriptions over WebSocket.", len(hub.subscriptions))
    yield from _metric("emu_sockets", "gauge", "WebSocket connections.", hub.sockets)
    yield from _metric("emu_slowest_cursor_lag", "gauge", "Events that the slowest subscriber is behind.", figures.lag)
    yield from _metric("emu_instructions_total", "counter", "Instructions executed.", figures.instructions)
    rate = hub.instruction_rate.at(trio.current_time(), figures.instructions)
    yield from _metric(
        "emu_instructions_per_second", "gauge", "Instructions executed per second, since the last reading.", rate
    )
    yield from _metric("emu_requests_total", "counter", "HTTP requests.", hub.requests)


def _metric(name: str, kind: str, meaning: str, value: float) -> Iterator[str]:
    shown = round(value, 3)
    yield f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n{name} {shown}\n"


ENDPOINTS = (Endpoint("GET", "/metrics", metrics, "Figures for Prometheus", {200: "text/plain"}, tag="server"),)
