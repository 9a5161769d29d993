"""A program that exits at once, and a subscriber of version 1 who comes just before, meanwhile, or after: none misses
the end.

The four orders are those of websocket-api.md 8.4. Every try has a session of its own, so that no earlier end can be
mistaken for this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from benchmarks.delivery import HALTED, SILENT, requests_to, subscriber_to

if TYPE_CHECKING:
    from emu.testing.process import Served
    from emu.testing.raw import RawRequests, RawSubscriber

LONGEST = 60.0


async def subscribe_then_run(requests: RawRequests, subscriber: RawSubscriber, session_id: str) -> None:
    await subscriber.subscribe(session_id, events=["state"])
    await subscriber.read_until(b'"status":"idle"')
    await requests.command(session_id, "run")


async def subscribe_and_run_at_once(requests: RawRequests, subscriber: RawSubscriber, session_id: str) -> None:
    await subscriber.subscribe(session_id, events=["state", "output", "event"])
    await requests.command(session_id, "run")


async def run_and_subscribe(requests: RawRequests, subscriber: RawSubscriber, session_id: str) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(requests.command, session_id, "run")
        await subscriber.subscribe(session_id, events=[])


async def run_ended_then_subscribe(requests: RawRequests, subscriber: RawSubscriber, session_id: str) -> None:
    await requests.command(session_id, "run")
    status, _ = await requests.send("GET", f"/api/v1/session/{session_id}/wait?state=halted")
    assert status == 200
    await subscriber.subscribe(session_id)


@pytest.mark.parametrize(
    "order", [subscribe_then_run, subscribe_and_run_at_once, run_and_subscribe, run_ended_then_subscribe]
)
async def test_nobody_misses_the_end(order: object, real_server: Served, tries: int) -> None:
    assert callable(order)
    requests = await requests_to(real_server)
    with trio.fail_after(LONGEST * max(1, tries / 500)):
        for _ in range(tries):
            session_id = await requests.create(SILENT)
            subscriber = await subscriber_to(real_server)
            await order(requests, subscriber, session_id)
            await subscriber.read_until(HALTED)
            await requests.delete(session_id)
            await trio.aclose_forcefully(subscriber.stream)
