"""Mailboxes: every question is answered once, taken back, or refused; none is lost and no wake-up is."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from emu.actors.mailbox import Mailbox, MailboxClosed


def rings(mailbox: Mailbox[int, int]) -> bool:
    return mailbox.has_mail


async def serve(mailbox: Mailbox[int, int], done: list[int], pause: float = 0.0) -> None:
    """An actor that doubles numbers."""
    while True:
        await mailbox.wait()
        while (envelope := mailbox.take()) is not None:
            done.append(envelope.question)
            if pause:
                await trio.sleep(pause)
            if envelope.question < 0:
                envelope.fail(ValueError(envelope.question))
            else:
                envelope.answer(envelope.question * 2)


async def test_an_answer_and_a_failure_reach_their_asker(autojump_clock: trio.testing.MockClock) -> None:
    mailbox: Mailbox[int, int] = Mailbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, mailbox, [])
        assert await mailbox.ask(21) == 42
        with pytest.raises(ValueError, match="-1"):
            await mailbox.ask(-1)
        nursery.cancel_scope.cancel()


async def test_a_full_inbox_makes_askers_wait(autojump_clock: trio.testing.MockClock) -> None:
    mailbox: Mailbox[int, int] = Mailbox(2)
    answers: list[int] = []

    async def ask(number: int) -> None:
        answers.append(await mailbox.ask(number))

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(ask, number)
        await trio.testing.wait_all_tasks_blocked()
        statistics = mailbox.statistics()
        assert (statistics.waiting, statistics.capacity, statistics.senders_waiting) == (2, 2, 3)
        nursery.start_soon(serve, mailbox, [])
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(answers) == [0, 2, 4, 6, 8]
        nursery.cancel_scope.cancel()


async def test_a_question_that_is_taken_back_is_never_carried_out(autojump_clock: trio.testing.MockClock) -> None:
    mailbox: Mailbox[int, int] = Mailbox()
    with trio.move_on_after(1):
        await mailbox.ask(1)
    done: list[int] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, mailbox, done)
        assert await mailbox.ask(2) == 4
        assert done == [2]
        assert mailbox.statistics().withdrawn == 1
        nursery.cancel_scope.cancel()


async def test_a_poke_wakes_and_is_remembered(autojump_clock: trio.testing.MockClock) -> None:
    mailbox: Mailbox[int, int] = Mailbox()
    mailbox.poke()
    assert rings(mailbox)
    with trio.fail_after(1):
        await mailbox.wait()
    assert mailbox.take() is None
    assert not rings(mailbox)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.wait)
        await trio.testing.wait_all_tasks_blocked()
        mailbox.poke()
    start = trio.current_time()
    mailbox.take()
    await mailbox.wait(start + 5)
    assert trio.current_time() == start + 5


async def test_closing_refuses_and_drains(autojump_clock: trio.testing.MockClock) -> None:
    mailbox: Mailbox[int, int] = Mailbox(1)
    refused: list[int] = []

    async def ask(number: int) -> None:
        try:
            await mailbox.ask(number)
        except (MailboxClosed, KeyError):
            refused.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(ask, number)
        await trio.testing.wait_all_tasks_blocked()
        mailbox.close()
        for envelope in mailbox.drain():
            envelope.fail(KeyError())
        await trio.testing.wait_all_tasks_blocked()
        await ask(9)
    assert sorted(refused) == [0, 1, 2, 3, 9]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_whoever_gives_up_whenever_nothing_is_lost_or_done_twice(
    askers: list[tuple[int, int]], capacity: int, pause: int
) -> None:
    """Each asker starts at a time and gives up at another. Who got an answer was served; nobody is served twice."""

    async def main() -> None:
        mailbox: Mailbox[int, int] = Mailbox(capacity)
        done: list[int] = []
        answered: dict[int, int] = {}

        async def ask(number: int, start: int, patience: int) -> None:
            await trio.sleep(start)
            with trio.move_on_after(patience):
                answered[number] = await mailbox.ask(number)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, mailbox, done, float(pause))
            async with trio.open_nursery() as crowd:
                for number, (start, patience) in enumerate(askers):
                    crowd.start_soon(ask, number, start, patience)
            assert await mailbox.ask(1000) == 2000
            nursery.cancel_scope.cancel()
        assert len(done) == len(set(done))
        assert set(answered) <= set(done)
        assert all(answer == 2 * number for number, answer in answered.items())

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
