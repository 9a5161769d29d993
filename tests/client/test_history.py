"""What a client remembers of a session: nothing is lost between the stream and its readers, however they interleave."""

from __future__ import annotations

import gc

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from emu.client import history as module
from emu.client.errors import EpochChanged, GapError, SessionClosed
from emu.client.history import History
from emu.client.updates import Closed, Cursor, Output, Picture, Reset, Snapshot, State, Update

EPOCH = "e1"


def at(seq: int, epoch: str = EPOCH) -> Cursor:
    return Cursor(epoch, seq)


def picture(status: str) -> Picture:
    return Picture(status, (0,) * 16, (False,) * 4)


def output(seq: int, content: str = "x") -> Output:
    return Output(at(seq), "stdout", content)


def state(seq: int, status: str) -> State:
    return State(at(seq), picture(status))


async def apply(history: History, update: Update) -> None:
    await history.apply([update])


async def test_the_console_is_complete_when_the_state_is_seen() -> None:
    history = History(1000)
    await history.apply([output(1, "a"), output(2, "b"), state(3, "halted")])
    found = await history.wait_for(("halted",), at(0))
    assert (found.seq, history.console) == (3, "ab")


async def test_an_earlier_end_is_not_mistaken_for_this_one(autojump_clock: trio.testing.MockClock) -> None:
    history = History(1000)
    await history.apply([state(1, "running"), state(2, "halted"), state(3, "running")])
    with trio.move_on_after(5) as waited:
        await history.wait_for(("halted",), at(3))
    assert waited.cancelled_caught
    async with trio.open_nursery() as nursery:
        nursery.start_soon(apply, history, state(4, "halted"))
        assert (await history.wait_for(("halted",), at(3))).seq == 4


async def test_an_end_that_is_already_over_is_not_missed() -> None:
    history = History(1000)
    await history.apply([state(1, "running"), state(2, "halted"), state(3, "idle")])
    assert (await history.wait_for(("halted",), at(1))).seq == 2


async def test_a_wait_ends_with_the_session_and_with_the_stream() -> None:
    history = History(1000)
    await history.apply([state(1, "running")])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(apply, history, Closed(at(2), "deleted"))
        with pytest.raises(SessionClosed):
            await history.wait_for(("halted",), at(1))
    broken = History(1000)
    broken.fail(GapError("gap", at(1)))
    with pytest.raises(GapError):
        await broken.wait_for(("halted",), None)
    with pytest.raises(GapError):
        await broken.at(0)


async def test_a_number_of_an_older_epoch_says_nothing_about_the_new_one() -> None:
    history = History(1000)
    await history.apply([state(1, "running"), Reset(at(4, "e2"), "epoch", 3, 4)])
    await history.apply([Snapshot(at(4, "e2"), picture("halted"), "tail", is_truncated=True)])
    assert not history.is_console_complete
    with pytest.raises(EpochChanged):
        await history.wait_for(("halted",), at(1))


async def test_a_reset_replaces_the_console() -> None:
    history = History(1000)
    await history.apply(
        [output(1, "old"), Reset(at(9), "trimmed", 5, 9), Snapshot(at(9), picture("idle"), "all of it")]
    )
    assert history.console == "all of it"


async def test_the_console_is_bounded_and_says_what_it_dropped() -> None:
    history = History(10)
    for seq in range(1, 12):
        await history.apply([output(seq, "abcd")])
    assert len(history.console) + history.console_dropped == 44
    assert len(history.console) <= 24
    assert ("abcd" * 11).endswith(history.console)


async def test_iterators_see_everything_from_where_they_begin() -> None:
    history = History(1000)
    await history.apply([output(1), output(2)])
    early, late = history.updates(at(0)), history.updates(None)
    await history.apply([output(3), Closed(at(4), "deleted")])
    assert [update.seq async for update in early] == [1, 2, 3, 4]
    assert [update.seq async for update in late] == [3, 4]


async def test_the_writer_waits_for_a_slow_iterator_but_not_for_one_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    monkeypatch.setattr(module, "MOST_BEHIND", 4)
    history = History(1000)
    updates = history.updates(None)
    done = trio.Event()

    async def write() -> None:
        for seq in range(1, 7):
            await history.apply([output(seq)])
        done.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write)
        await wait_all_tasks_blocked()
        assert (history.end, done.is_set()) == (4, False)
        assert (await anext(updates)).seq == 1
        await wait_all_tasks_blocked()
        assert (history.end, done.is_set()) == (5, False)
        del updates
        gc.collect()
        await trio.sleep(1)
        assert done.is_set()


async def test_who_waits_inside_a_loop_over_updates_does_not_wait_for_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BEHIND", 4)
    history = History(1000)
    updates = history.updates(None)

    async def write() -> None:
        for seq in range(1, 40):
            await history.apply([output(seq)])
        await history.apply([state(40, "halted")])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write)
        assert (await anext(updates)).seq == 1
        assert (await history.wait_for(("halted",), at(0))).seq == 40
        assert [(await anext(updates)).seq for _ in range(39)] == list(range(2, 41))


async def test_updates_too_far_back_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RECENT", 3)
    history = History(1000)
    for seq in range(1, 11):
        await history.apply([output(seq)])
    assert [(await anext(history.updates(at(seq)))).seq for seq in (7, 8, 9)] == [8, 9, 10]
    with pytest.raises(LookupError):
        history.updates(at(5))
