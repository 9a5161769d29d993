"""Bugs of the gateway that lose, repeat or mislabel updates, planted one at a time: the simulation must find each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from emu.client import GapError, ProtocolError
from emu.gateway.idempotency import Answered
from emu.gateway.server import Server
from emu.gateway.subscription import LegacySubscription, NumberedSubscription, Pump
from tests.simulation.oracle import Lost
from tests.simulation.schedule import Stuck
from tests.simulation.wire import simulate_wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emu.actors.events import Event
    from emu.gateway.http import Answer

RUNS = 150


def found() -> BaseException:
    """What the first life that goes wrong says."""
    for seed in range(RUNS):
        try:
            simulate_wire(seed)
        except (Lost, Stuck, GapError, ProtocolError, ExceptionGroup) as error:
            first: BaseException = error
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            return first
    raise AssertionError(f"{RUNS} lives did not show the planted bug")


def test_a_wrong_predecessor(monkeypatch: pytest.MonkeyPatch) -> None:
    """`prev` counts all events, not those of this subscription: right until somebody filters."""
    frame = NumberedSubscription.frame

    def of_the_log(subscription: NumberedSubscription, event: Event) -> bytes:
        subscription._previous = event.seq - 1
        return frame(subscription, event)

    monkeypatch.setattr(NumberedSubscription, "frame", of_the_log)
    assert isinstance(found(), GapError)


def test_a_repetition_after_resuming(monkeypatch: pytest.MonkeyPatch) -> None:
    follow = NumberedSubscription.follow

    async def from_one_before(subscription: NumberedSubscription) -> None:
        if subscription.position > subscription.log.low:
            subscription.position -= 1
            subscription._previous -= 1
        await follow(subscription)

    monkeypatch.setattr(NumberedSubscription, "follow", from_one_before)
    assert isinstance(found(), GapError)


async def some_time_later(*pumps: Pump) -> None:
    """A subscription begins where the log is when its task runs, not where it was when the snapshot was taken."""
    for _ in range(5):
        await trio.lowlevel.checkpoint()
    for pump in pumps:
        pump.position = pump.log.high


def test_a_race_between_snapshot_and_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    follow = NumberedSubscription.follow

    async def late(subscription: NumberedSubscription) -> None:
        await some_time_later(subscription)
        await follow(subscription)

    monkeypatch.setattr(NumberedSubscription, "follow", late)
    assert isinstance(found(), GapError)


def test_the_same_race_in_version_1(monkeypatch: pytest.MonkeyPatch) -> None:
    follow = LegacySubscription.follow

    async def late(subscription: LegacySubscription) -> None:
        await some_time_later(*subscription._pumps.values())
        await follow(subscription)

    monkeypatch.setattr(LegacySubscription, "follow", late)
    assert isinstance(found(), Lost)


def test_a_queue_that_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into one write is thrown away."""
    deliver = Pump._deliver

    async def at_most_three(pump: Pump, events: list[Event]) -> None:
        await deliver(pump, events[:3])
        pump.position = events[-1].seq

    monkeypatch.setattr(Pump, "_deliver", at_most_three)
    assert isinstance(found(), GapError | Lost)


def test_a_retry_that_is_carried_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def each_time(
        answered: Answered,
        key: str,
        fingerprint: bytes,
        work: Callable[[], Awaitable[Answer]],
        start_soon: Callable[[Callable[[], Awaitable[None]]], None],
    ) -> Answer:
        return await work()

    monkeypatch.setattr(Answered, "once", each_time)
    assert "carried out" in str(found())


def test_a_stop_that_does_not_wait_for_the_last_events(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hasty(server: Server) -> None:
        server._is_stopping = True
        for connection in tuple(server._connections):
            connection.cut()

    monkeypatch.setattr(Server, "stop", hasty)
    assert isinstance(found(), Lost)
