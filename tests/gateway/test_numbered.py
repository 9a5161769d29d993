"""Subscriptions of version 2: the numbered stream that proves its own completeness (spec delivery.md section 2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed

from emu.actors.log import Retention
from emu.actors.supervisor import SupervisorConfig
from emu.wire.stream import SERVER_MESSAGE
from tests.gateway.harness import ADD, ENDLESS, HELLO, Gateway, WebSocket, numbers, running, session_id

EVENTS = ("state", "output", "event", "closed")


def subscribe(path: str, **members: Any) -> dict[str, Any]:
    """A subscription of version 2."""
    return {"type": "subscribe", "version": 2, "sessionId": session_id(path), **members}


def assert_gapless(messages: list[dict[str, Any]], after: int) -> int:
    """Every event names the one before it. The answer is the last seq."""
    for message in messages:
        if message["type"] in EVENTS:
            assert message["prev"] == after
            assert message["seq"] > after
            after = message["seq"]
    return after


async def test_a_subscription_opens_with_a_snapshot_of_everything_so_far(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.run(path)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path))
        subscribed, snapshot = await socket.hear(), await socket.hear()
        assert subscribed.keys() == {"type", "sessionId", "epoch", "seq", "data"}
        assert subscribed["data"] == {"mode": "snapshot", "low": 1, "high": 6}
        assert subscribed["seq"] == snapshot["seq"] == 6
        assert snapshot["data"]["status"] == "halted"
        assert snapshot["data"]["console"] == "Hello"
        assert not snapshot["data"].get("consoleTruncated")
        await http.request("POST", f"{path}/restart")
        event = await socket.hear()
        assert event.keys() == {"type", "sessionId", "epoch", "seq", "prev", "data"}
        assert (event["seq"], event["prev"], event["epoch"]) == (7, 6, subscribed["epoch"])


async def test_from_start_every_event_is_replayed(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.run(path)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, **{"from": "start"}))
        heard = await socket.hear_until("event", event="halted")
        assert heard[0]["data"]["mode"] == "replay"
        assert heard[0]["seq"] == 0
        assert [message["seq"] for message in heard[1:]] == [1, 2, 3, 4, 5, 6]
        assert_gapless(heard, 0)
        page = (await http.request("GET", f"{path}/events?after=0")).json()
        assert page["events"] == heard[1:], "a page has the same envelopes"


async def test_a_long_replay_has_every_number(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    for _ in range(200):
        await http.request("POST", f"{path}/restart")
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, **{"from": "start"}))
        await socket.hear()
        assert [(await socket.hear())["seq"] for _ in range(202)] == list(range(1, 203))


async def test_every_message_is_what_the_models_say(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path))
        await socket.say(type="unsubscribe", sessionId="nobody")
        await http.run(path)
        await http.request("DELETE", path)
        while True:
            message = SERVER_MESSAGE.decode(await socket.connection.get_message())
            if message.__struct_config__.tag == "closed":
                break


@pytest.mark.parametrize("position", range(7))
async def test_with_a_cursor_it_goes_on_after_it(gateway: Gateway, position: int) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.run(path)
    epoch = (await http.request("GET", f"{path}/events")).json()["epoch"]
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, cursor={"epoch": epoch, "seq": position}, **{"from": "start"}))
        subscribed = await socket.hear()
        assert (subscribed["data"]["mode"], subscribed["seq"]) == ("resume", position)
        await http.request("POST", f"{path}/restart")
        heard = await socket.hear_until("state", status="idle")
        assert assert_gapless(heard, position) in (1, 7)


@pytest.mark.parametrize(("epoch", "seq", "reason"), [("other", 1, "epoch"), (None, 99, "ahead"), (None, 1, "trimmed")])
async def test_a_cursor_that_cannot_be_continued_is_reset(epoch: str | None, seq: int, reason: str) -> None:
    async with running(supervisor_config=SupervisorConfig(retention=Retention(events=3))) as gateway:
        http = gateway.http()
        path = await http.create(HELLO)
        last = await http.run(path)
        async with gateway.socket() as socket:
            cursor = {"epoch": epoch or last["epoch"], "seq": seq}
            await socket.say(subscribe(path, cursor=cursor))
            subscribed, reset, snapshot = [await socket.hear() for _ in range(3)]
            assert subscribed["data"]["mode"] == "reset"
            assert reset["type"] == "reset"
            assert reset["data"] == {"reason": reason, "low": 4, "high": 6}
            assert (snapshot["type"], snapshot["seq"], snapshot["data"]["console"]) == ("snapshot", 6, "Hello")
            assert await socket.silence(5)


async def test_from_start_when_the_start_is_gone_is_a_snapshot() -> None:
    async with running(supervisor_config=SupervisorConfig(retention=Retention(events=3))) as gateway:
        http = gateway.http()
        path = await http.create(HELLO)
        await http.run(path)
        async with gateway.socket() as socket:
            await socket.say(subscribe(path, **{"from": "start"}))
            assert (await socket.hear())["data"]["mode"] == "snapshot"
            assert (await socket.hear())["type"] == "snapshot"


@pytest.mark.parametrize("kinds", [["state"], ["output"], ["event"], ["output", "event"], []])
async def test_a_filtered_stream_still_proves_that_nothing_is_missing(gateway: Gateway, kinds: list[str]) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, events=kinds))
        after = (await socket.hear_until("snapshot"))[0]["seq"]
        await http.run(path)
        await http.run(path)
        await http.request("DELETE", path)
        heard = await socket.hear_until("closed")
        assert_gapless(heard, after)
        assert {message["type"] for message in heard} == {*(kinds or ["state", "output", "event"]), "closed"}
        assert heard[-1]["data"] == {"reason": "deleted"}
        assert await socket.silence(3600), "nothing follows the end"


async def test_heartbeats_tell_the_high_when_nothing_else_comes(gateway: Gateway) -> None:
    path = await gateway.http().create()
    async with gateway.socket() as socket:
        await socket.say(subscribe(path))
        await socket.hear_until("snapshot")
        for _ in range(50):
            before = trio.current_time()
            assert await socket.hear() == {
                "type": "heartbeat", "sessionId": session_id(path), "epoch": socket_epoch(gateway, path),
                "data": {"high": 0},
            }  # fmt: skip
            assert trio.current_time() - before == pytest.approx(10)


def socket_epoch(gateway: Gateway, path: str) -> str:
    """The epoch of a session's log."""
    session = gateway.supervisor.find(session_id(path))
    assert session is not None
    return session.log.epoch


async def test_heartbeats_come_although_unwanted_events_happen(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ENDLESS)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, events=["output"]))
        await socket.hear_until("snapshot")
        await http.request("POST", f"{path}/run")
        before = trio.current_time()
        beat = await socket.hear()
        assert beat["type"] == "heartbeat"
        assert beat["data"]["high"] > 50
        assert trio.current_time() - before == pytest.approx(10, abs=0.2)


async def test_a_window_bounds_what_is_in_flight(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(numbers(3000))
    await http.run(path)
    high = (await http.request("GET", f"{path}/events?limit=1")).json()["high"]
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, window=3, **{"from": "start"}))
        await socket.hear()
        last = 0
        while last < high:
            heard = [await socket.hear() for _ in range(min(3, high - last))]
            last = assert_gapless(heard, last)
            assert await socket.silence(1), "no more than the window"
            await socket.say(type="ack", sessionId=session_id(path), seq=last)
        assert await socket.silence(5)


async def test_an_acknowledgement_of_a_part_frees_a_part(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.run(path)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, window=2, **{"from": "start"}))
        await socket.hear()
        assert [(await socket.hear())["seq"] for _ in range(2)] == [1, 2]
        await socket.say(type="ack", sessionId=session_id(path), seq=1)
        assert (await socket.hear())["seq"] == 3
        assert await socket.silence(1)
        await socket.say(type="ack", sessionId=session_id(path), seq=1)
        assert await socket.silence(1), "the same again frees nothing"


async def test_who_acknowledges_nothing_is_let_go_with_a_cursor_and_resumes(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.run(path)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, window=2, **{"from": "start"}))
        before = trio.current_time()
        heard = await socket.hear_until("bye")
        assert trio.current_time() - before == pytest.approx(30)
        assert [message["type"] for message in heard].count("heartbeat") == 2
        bye = heard[-1]["data"]
        assert bye["code"] == "slow"
        assert bye["cursor"]["seq"] == 2
        with pytest.raises(ConnectionClosed) as closed:
            await socket.hear()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 1013
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, cursor=bye["cursor"]))
        heard = await socket.hear_until("event", event="halted")
        assert assert_gapless(heard, 2) == 6


async def test_who_owes_acknowledgements_but_is_owed_nothing_stays(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, window=2, **{"from": "start"}))
        assert [(await socket.hear())["type"] for _ in range(3)] == ["subscribed", "state", "event"]
        for _ in range(10):
            assert (await socket.hear())["type"] == "heartbeat"


async def test_several_sessions_share_a_connection(gateway: Gateway) -> None:
    http = gateway.http()
    paths = [await http.create(HELLO) for _ in range(3)]
    async with gateway.socket() as socket:
        for path in paths:
            await socket.say(subscribe(path))
            await socket.hear_until("snapshot")
        for path in paths:
            await http.run(path)
        heard = [await socket.hear() for _ in range(12)]
        for path in paths:
            assert_gapless([message for message in heard if message["sessionId"] == session_id(path)], 2)


async def test_a_second_subscription_replaces_the_first(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path))
        await socket.hear_until("snapshot")
        await socket.say(subscribe(path, events=["output"]))
        await socket.hear_until("snapshot")
        await http.run(path)
        heard = [await socket.hear()]
        assert heard[0]["type"] == "output"
        assert await socket.silence(5)


async def test_unsubscribing_tells_where_to_resume(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.run(path)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path))
        snapshot = (await socket.hear_until("snapshot"))[-1]
        await socket.say(type="unsubscribe", sessionId=session_id(path))
        answer = await socket.hear()
        assert answer == {
            "type": "unsubscribed",
            "sessionId": session_id(path),
            "data": {"cursor": {"epoch": snapshot["epoch"], "seq": 6}},
        }
        await http.run(path)
        assert await socket.silence(3600)
    await trio.testing.wait_all_tasks_blocked()
    session = gateway.supervisor.find(session_id(path))
    assert session is not None
    assert session.log.cursors == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"sessionId": "nobody"}, "unknown_session"),
        ({"sessionId": ""}, "bad_request"),
        ({"sessionId": 5}, "bad_request"),
        ({"version": 3}, "bad_request"),
        ({"version": "2"}, "bad_request"),
        ({"events": ["weather"]}, "bad_request"),
        ({"events": "state"}, "bad_request"),
        ({"window": 0}, "bad_request"),
        ({"window": 4097}, "bad_request"),
        ({"window": 1.5}, "bad_request"),
        ({"from": "yesterday"}, "bad_request"),
        ({"cursor": {"epoch": "e"}}, "bad_request"),
        ({"cursor": {"epoch": "e", "seq": -1}}, "bad_request"),
        ({"cursor": {"epoch": "e" * 65, "seq": 1}}, "bad_request"),
        ({"cursor": 7}, "bad_request"),
        ({"type": "ack", "seq": 999}, "bad_request"),
        ({"type": "ack"}, "bad_request"),
        ({"type": "ack", "seq": 10**30}, "bad_request"),
        ({"type": "ack", "sessionId": "nobody", "seq": 1}, "unknown_session"),
        ({"type": "unsubscribe", "sessionId": "nobody"}, "unknown_session"),
        ({"type": "dance"}, "bad_request"),
        ({"type": None}, "bad_request"),
        ("{", "bad_request"),
        ("[1]", "bad_request"),
        ("7", "bad_request"),
    ],
)
async def test_what_cannot_be_served_is_a_problem_and_the_connection_stays(
    gateway: Gateway, message: Any, code: str
) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path))
        await socket.hear_until("snapshot")
        await socket.say(message if isinstance(message, str) else {**subscribe(path), **message})
        problem = await socket.hear()
        assert problem["type"] == "problem"
        assert problem["data"]["code"] == code
        assert problem["data"]["message"]
        expected = message.get("sessionId", session_id(path)) if isinstance(message, dict) else ""
        assert problem["sessionId"] == (expected if isinstance(expected, str) else "")
        await http.request("POST", f"{path}/restart")
        assert (await socket.hear())["type"] == "state", "the subscription goes on"


async def test_a_subscription_in_the_instant_of_the_end(gateway: Gateway) -> None:
    """Either the session is unknown, or its end is delivered; never silence."""
    http, other = gateway.http(), gateway.http()
    outcomes = set()
    for turns in range(40):
        path = await http.create(ADD)
        async with gateway.socket() as socket, trio.open_nursery() as nursery:
            nursery.start_soon(other.send, "DELETE", path)
            for _ in range(turns):
                await trio.lowlevel.checkpoint()
            await socket.say(subscribe(path))
            message = await socket.hear()
            if message["type"] == "subscribed":
                message = (await socket.hear_until("closed"))[-1]
            outcomes.add(message["type"])
            await other.receive()
    assert outcomes <= {"problem", "closed"}
    assert len(outcomes) == 2


async def test_a_long_console_is_cut_at_the_front() -> None:
    async with running() as gateway:
        http = gateway.http()
        path = await http.create()
        session = gateway.supervisor.find(session_id(path))
        assert session is not None
        await http.request("POST", f"{path}/load", {"source": ENDLESS})
        await http.run(path, "running")
        for _ in range(2):
            sent = await http.request("POST", f"{path}/stdin", {"data": '"' * 400_000})
            assert sent.status == 200, sent.body
        await http.request("POST", f"{path}/stop")
        async with gateway.socket(max_message_size=2 << 20) as socket:
            await socket.say(subscribe(path))
            await socket.hear()
            text = await socket.connection.get_message()
            assert len(text.encode()) <= 1 << 20
            snapshot = json.loads(text)
            assert snapshot["data"]["consoleTruncated"] is True
            assert len(snapshot["data"]["console"]) > 400_000
            assert (await http.request("GET", f"{path}/console")).json()["output"].endswith(snapshot["data"]["console"])


async def test_fifty_subscribers_all_get_everything(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(numbers(1000))
    expected = "".join(f"{n}\n" for n in range(100000, 101000))
    finished = 0

    async def follow(socket: WebSocket) -> None:
        nonlocal finished
        heard = await socket.hear_until("state", status="halted")
        assert_gapless(heard, 2)
        assert "".join(m["data"]["content"] for m in heard if m["type"] == "output") == expected
        finished += 1

    async with trio.open_nursery() as nursery:

        async def subscriber(task_status: trio.TaskStatus[None]) -> None:
            async with gateway.socket() as socket:
                await socket.say(subscribe(path))
                await socket.hear_until("snapshot")
                task_status.started()
                await follow(socket)

        for _ in range(50):
            await nursery.start(subscriber)
        await http.request("POST", f"{path}/run")
    assert finished == 50
