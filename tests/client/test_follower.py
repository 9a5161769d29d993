"""A follower believes nothing that it can check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.client.errors import GapError, ProtocolError, SessionGone
from emu.client.follower import Follower, LostTail
from emu.client.updates import Closed, Cursor, Output, Reset, Snapshot, State
from emu.wire.stream import AnyServerMessage
from tests.client.messages import (
    EPOCH,
    ID,
    bye,
    closed,
    heartbeat,
    output,
    problem,
    reset,
    snapshot,
    state,
    subscribed,
)


def following(
    after: int = 0, *, window: int | None = None, kinds: tuple[str, ...] = ("state", "output", "event")
) -> Follower:
    follower = Follower(ID, cursor=Cursor(EPOCH, after) if after else None, start="start", window=window, kinds=kinds)
    follower.subscribe()
    follower.receive(subscribed("resume" if after else "replay", after, after))
    return follower


def test_a_subscription_from_now_begins_with_the_snapshot_and_goes_on_behind_it() -> None:
    follower = Follower(ID)
    assert follower.subscribe().from_ == "now"
    assert follower.receive(subscribed("snapshot", 5, 5)) == []
    (first,) = follower.receive(snapshot(5, "hello"))
    assert isinstance(first, Snapshot)
    assert (first.seq, first.console, first.picture.pc) == (5, "hello", 0x8000)
    (second,) = follower.receive(state(6, "running"))
    assert isinstance(second, State)
    assert second.status == "running"
    assert follower.cursor == Cursor(EPOCH, 6)


def test_the_next_subscription_presents_the_cursor() -> None:
    follower = following()
    follower.receive(output(1))
    again = follower.subscribe()
    assert again.cursor is not None
    assert (again.cursor.epoch, again.cursor.seq) == (EPOCH, 1)
    follower.receive(subscribed("resume", 1, 4))
    assert follower.receive(output(2)) == [Output(Cursor(EPOCH, 2), "stdout", "x")]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (output(6), "the last one was 4"),
        (output(6, 4), "directly after 4"),
        (output(4, 3), "the last one was 4"),
        (output(4, 4), "the last one was 4"),
        (output(5, 3), "the last one was 4"),
        (output(5, epoch="e2"), "without a reset"),
        (closed(7), "the last one was 4"),
    ],
    ids=["hole", "hole with a fitting prev", "repeated", "standing still", "wrong prev", "other epoch", "closed"],
)
def test_whatever_does_not_follow_raises_and_leaves_the_cursor_on_the_last_good_update(
    bad: AnyServerMessage, words: str
) -> None:
    follower = following(3)
    follower.receive(output(4))
    with pytest.raises(GapError, match=words) as gap:
        follower.receive(bad)
    assert gap.value.cursor == follower.cursor == Cursor(EPOCH, 4)


def test_a_filter_allows_holes_in_the_numbers_but_none_in_the_chain() -> None:
    follower = following(kinds=("state",))
    follower.receive(state(3, "running", prev=0))
    follower.receive(state(9, "halted", prev=3))
    with pytest.raises(GapError):
        follower.receive(state(12, "idle", prev=10))


@pytest.mark.parametrize("start", [2, 4])
def test_a_stream_that_resumes_elsewhere_than_at_the_cursor_raises(start: int) -> None:
    follower = following(3)
    follower.subscribe()
    with pytest.raises(GapError):
        follower.receive(subscribed("resume", start, 9))


def test_a_reset_is_an_update_and_a_snapshot_follows_it() -> None:
    follower = following(3)
    follower.subscribe()
    follower.receive(subscribed("reset", 9, 9, low=7, epoch="e2"))
    (first,) = follower.receive(reset("epoch", 7, 9, "e2"))
    (second,) = follower.receive(snapshot(9, "text", epoch="e2"))
    assert first == Reset(Cursor("e2", 9), "epoch", 7, 9)
    assert isinstance(second, Snapshot)
    assert follower.receive(output(10, epoch="e2"))


def test_closed_is_the_end() -> None:
    follower = following()
    assert follower.receive(closed(1)) == [Closed(Cursor(EPOCH, 1), "deleted")]
    assert follower.is_over
    with pytest.raises(ProtocolError):
        follower.receive(output(2))


@pytest.mark.parametrize(
    "messages",
    [
        [output(1)],
        [subscribed("snapshot", 1), output(2)],
        [subscribed("replay", 0), snapshot(1)],
        [subscribed("replay", 0), subscribed("replay", 0)],
    ],
    ids=["before subscribed", "before the snapshot", "unannounced snapshot", "subscribed twice"],
)
def test_a_server_that_breaks_the_order_is_found_out(messages: list[AnyServerMessage]) -> None:
    follower = Follower(ID, start="start")
    follower.subscribe()
    for message in messages[:-1]:
        follower.receive(message)
    with pytest.raises(ProtocolError):
        follower.receive(messages[-1])


def test_problems_are_errors_and_farewells_are_noted() -> None:
    with pytest.raises(SessionGone):
        following().receive(problem("unknown_session"))
    with pytest.raises(ProtocolError):
        following().receive(problem("bad_request"))
    follower = following(2)
    follower.receive(bye("slow", 2))
    assert follower.farewell == "slow"


def test_messages_for_other_sessions_bring_nothing() -> None:
    follower = Follower("another")
    follower.subscribe()
    assert follower.receive(output(8)) == []


def test_two_heartbeats_ahead_of_a_silent_stream_ask_for_another_connection() -> None:
    follower = following(4)
    follower.receive(heartbeat(5))
    follower.receive(output(5))
    follower.receive(heartbeat(5))
    follower.receive(heartbeat(7))
    with pytest.raises(LostTail, match="nothing after 5"):
        follower.receive(heartbeat(7))
    assert follower.cursor == Cursor(EPOCH, 5)


def test_heartbeats_are_no_accusation_while_the_server_waits_for_credit() -> None:
    follower = following(4, window=2)
    follower.receive(output(5))
    follower.receive(output(6))
    for _ in range(3):
        follower.receive(heartbeat(9))


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=80))
def test_the_credit_never_runs_dry_and_never_goes_back(window: int, takes: list[bool]) -> None:
    follower = following(window=window)
    acknowledged = [0]
    for seq, take in enumerate(takes, 1):
        follower.receive(output(seq))
        due = follower.acknowledge(at_once=take)
        if due is not None:
            assert due.seq == seq
            acknowledged.append(due.seq)
        assert seq - acknowledged[-1] < window
    assert acknowledged == sorted(set(acknowledged))
