"""A network in memory behaves as a network does, and fails exactly when told to."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import check_half_closeable_stream, wait_all_tasks_blocked

from emu.testing.links import End, Link


async def test_the_ends_of_a_link_are_streams_as_trio_defines_them() -> None:
    async def make() -> tuple[End, End]:
        await trio.lowlevel.checkpoint()
        link = Link(capacity=1000)
        return link.client, link.server

    await check_half_closeable_stream(make, None)


async def test_who_sends_more_than_the_capacity_waits() -> None:
    link = Link(capacity=10)
    sent = trio.Event()

    async def send() -> None:
        await link.server.send_all(b"x" * 25)
        sent.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await wait_all_tasks_blocked()
        assert not sent.is_set()
        assert [len(await link.client.receive_some(100)) for _ in range(3)] == [10, 10, 5]
        await sent.wait()


async def test_a_stalled_way_delivers_nothing_until_it_is_resumed(autojump_clock: trio.testing.MockClock) -> None:
    link = Link()
    link.to_client.stall()
    await link.server.send_all(b"late")
    with trio.move_on_after(100) as waited:
        await link.client.receive_some()
    assert waited.cancelled_caught
    link.to_client.resume()
    assert await link.client.receive_some() == b"late"


@given(st.integers(1, 50), st.integers(1, 64), st.lists(st.integers(1, 20), min_size=1, max_size=5))
async def test_a_way_is_cut_after_exactly_so_many_bytes(count: int, capacity: int, sizes: list[int]) -> None:
    link = Link(capacity)
    link.to_client.cut_after(count)
    received = b""

    async def send() -> None:
        for size in sizes:
            try:
                await link.server.send_all(b"x" * size)
            except trio.BrokenResourceError:
                return
        await link.server.send_eof()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        try:
            while piece := await link.client.receive_some(7):
                received += piece
        except trio.BrokenResourceError:
            assert len(received) == count
        else:
            assert len(received) == sum(sizes)
            assert sum(sizes) <= count


async def test_a_cut_link_fails_for_whoever_uses_it() -> None:
    link = Link()
    await link.server.send_all(b"lost")
    link.cut()
    assert link.is_cut
    for end in (link.client, link.server):
        with pytest.raises(trio.BrokenResourceError):
            await end.receive_some()
        with pytest.raises(trio.BrokenResourceError):
            await end.send_all(b"x")


def test_a_way_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        Link(capacity=0)
