"""Subscriptions of version 1: what older clients see, unchanged but complete (spec websocket-api.md 2 to 7)."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve

from emu.actors.supervisor import repeatable_ports
from tests.gateway.harness import ADD, CALL, ENDLESS, FAULT, HELLO, READ, Gateway, numbers, running, session_id

STATUSES = {"idle", "running", "breakpoint", "halted", "error", "waiting_for_input"}


def statuses(messages: list[dict[str, Any]]) -> list[str]:
    """The statuses of state messages."""
    return [message["data"]["status"] for message in messages if message["type"] == "state"]


def text_of(messages: list[dict[str, Any]]) -> str:
    """All output, put together."""
    return "".join(message["data"]["content"] for message in messages if message["type"] == "output")


async def test_a_subscription_begins_with_the_state(gateway: Gateway) -> None:
    path = await gateway.http().create(ADD)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path), events=["state", "output", "event"])
        first = await socket.hear()
        assert first.keys() == {"type", "sessionId", "seq", "data"}
        assert (first["type"], first["sessionId"]) == ("state", session_id(path))
        data = first["data"]
        assert data["status"] == data["state"] == "idle"
        assert data["pc"] == data["registers"]["pc"] == 0x8000
        assert data["registers"].keys() == {*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "cpsr"}
        assert data["flags"] == data["registers"]["cpsr"] == {"n": False, "z": False, "c": False, "v": False}
        assert (data["cycles"], data["hasWrite"]) == (0, False)
        assert await socket.silence()


async def test_a_run_is_told_from_beginning_to_end(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path), events=[])
        await socket.hear()
        await http.request("POST", f"{path}/run")
        heard = await socket.hear_until("event")
        kinds = [(message["type"], message["data"].get("status", "")) for message in heard]
        assert kinds == [("state", "running"), ("output", ""), ("state", "halted"), ("event", "")]
        assert heard[1]["data"] == {"content": "Hello", "stream": "stdout"}
        assert heard[3]["data"]["event"] == "halted"
        numbered = [message["seq"] for message in heard]
        assert numbered == list(range(numbered[0], numbered[0] + 4))


async def test_a_subscription_right_before_a_run_misses_nothing(gateway: Gateway) -> None:
    http = gateway.http()
    for _ in range(100):
        path = await http.create(ADD)
        async with gateway.socket() as socket:
            await socket.say(type="subscribe", sessionId=session_id(path))
            await http.request("POST", f"{path}/run")
            assert statuses(await socket.hear_until("state", status="halted"))[-1] == "halted"


async def test_a_subscription_after_the_end_gets_the_state(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.run(path)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path))
        assert statuses([await socket.hear()]) == ["halted"]
        assert await socket.silence(), "output is not repeated to clients that cannot tell"


async def test_all_output_arrives_and_equals_the_console(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(numbers(3000))
    async with gateway.socket() as first, gateway.socket() as second:
        for socket in (first, second):
            await socket.say(type="subscribe", sessionId=session_id(path))
            await socket.hear()
        await http.request("POST", f"{path}/run")
        expected = "".join(f"{n}\n" for n in range(100000, 103000))
        for socket in (first, second):
            heard = await socket.hear_until("state", status="halted")
            assert text_of(heard) == expected
            assert set(statuses(heard)) <= STATUSES
    assert (await http.request("GET", f"{path}/console")).json()["output"] == expected


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(["state"], {"state"}), (["output"], {"output"}), (["output", "nonsense"], {"output"}), (["nonsense"], set())],
)
async def test_kinds_are_chosen(gateway: Gateway, kinds: list[str], expected: set[str]) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path), events=kinds)
        await trio.testing.wait_all_tasks_blocked()
        await http.run(path)
        heard = []
        with trio.move_on_after(1):
            while True:
                heard.append(await socket.hear())
        assert {message["type"] for message in heard} == expected


@pytest.mark.parametrize("null", [True, False])
async def test_no_kinds_are_all_kinds(gateway: Gateway, null: bool) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    async with gateway.socket() as socket:
        await socket.say({"type": "subscribe", "SessionId": session_id(path), **({"events": None} if null else {})})
        await socket.hear()
        await http.request("POST", f"{path}/run")
        assert {message["type"] for message in await socket.hear_until("event")} == {"state", "output", "event"}


@pytest.mark.parametrize(("kinds", "names"), [(["state", "event"], ["breakpoint_hit"]), ([], [])])
async def test_a_breakpoint_is_named_only_to_those_who_know_it(
    gateway: Gateway, kinds: list[str], names: list[str]
) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    await http.request("POST", f"{path}/breakpoint", {"address": 0x8004})
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path), events=kinds)
        await socket.hear()
        await http.run(path, "breakpoint")
        heard = await socket.hear_until("state", status="breakpoint")
        with trio.move_on_after(1):
            heard.append(await socket.hear())
        assert [message["data"]["event"] for message in heard if message["type"] == "event"] == names


async def test_a_fault_is_told_with_its_text(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(FAULT)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path))
        await socket.hear()
        await http.request("POST", f"{path}/run")
        state, event = (await socket.hear_until("event"))[-2:]
        assert state["data"]["status"] == "error"
        assert state["data"]["error"] == event["data"]["message"] != ""
        assert (event["data"]["event"], event["data"]["address"]) == ("error", state["data"]["pc"])


async def test_waiting_is_told_once_and_the_echo_comes_before_running(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(READ)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path))
        await socket.hear()
        await http.request("POST", f"{path}/run")
        await socket.hear_until("state", status="waiting_for_input")
        assert await socket.silence(3600 * 10)
        await gateway.http().request("POST", f"{path}/stdin", {"data": "5\n"})
        heard = await socket.hear_until("state", status="halted")
        assert [message["type"] for message in heard[:2]] == ["output", "state"]
        assert heard[0]["data"]["content"] == "5\n\n"
        assert statuses(heard) == ["running", "halted"]


async def test_queued_input_is_no_wait(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(READ)
    await http.request("POST", f"{path}/stdin", {"data": "5\n"})
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path))
        await http.request("POST", f"{path}/run")
        assert "waiting_for_input" not in statuses(await socket.hear_until("state", status="halted"))


async def test_a_wait_is_not_repeated_to_a_client_that_subscribes_again(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(READ)
    await http.run(path, "waiting_for_input")
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path))
        assert statuses([await socket.hear()]) == ["waiting_for_input"]
        await socket.say(type="subscribe", sessionId=session_id(path))
        assert await socket.silence()
    async with gateway.socket() as another:
        await another.say(type="subscribe", sessionId=session_id(path))
        assert statuses([await another.hear()]) == ["waiting_for_input"]


async def test_every_command_that_changes_the_state_is_told(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(CALL)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path), events=["state"])
        await socket.hear()
        for action, status in [
            ("step", "breakpoint"), ("step-out", "breakpoint"), ("stop", "halted"), ("restart", "idle"),
            ("step-over", "breakpoint"), ("reset", "idle"),
        ]:  # fmt: skip
            answer = await http.request("POST", f"{path}/{action}")
            assert answer.status == 200, answer.body
            assert statuses(await socket.hear_until("state", status=status))[-1] == status
        await http.request("POST", f"{path}/load", {"source": ADD})
        assert statuses([await socket.hear()]) == ["idle"]
        for _ in range(4):
            await http.request("POST", f"{path}/step")
        assert statuses(await socket.hear_until("state", status="halted")) == ["breakpoint"] * 3 + ["halted"]


async def test_idle_comes_before_running_when_a_stopped_program_is_run_again(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    await http.run(path)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path))
        await http.request("POST", f"{path}/run")
        await socket.hear_until("state", status="idle")
        assert statuses(await socket.hear_until("state", status="halted")) == ["running", "halted"]


async def test_a_long_run_shows_itself_at_most_ten_times_a_second(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ENDLESS)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path))
        await http.request("POST", f"{path}/run")
        await socket.hear_until("state", status="running")
        count = 0
        with trio.move_on_after(2):
            while True:
                assert statuses([await socket.hear()]) == ["running"]
                count += 1
        assert 10 <= count <= 21


async def test_all_sessions_are_followed_also_those_to_come(gateway: Gateway) -> None:
    http = gateway.http()
    old = await http.create(ADD)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", events=["state"])
        assert await socket.silence(), "no snapshot for all sessions"
        await http.request("POST", f"{old}/run")
        heard = await socket.hear_until("state", status="halted")
        assert {message["sessionId"] for message in heard} == {session_id(old)}
        new = await http.create(ADD)
        await http.request("POST", f"{new}/run")
        heard = await socket.hear_until("state", status="halted")
        assert [message["seq"] for message in heard] == [1, 3, 4]
        assert {message["sessionId"] for message in heard} == {session_id(new)}
        for path in (old, new):
            await http.request("DELETE", path)
        assert await socket.silence(), "nothing after a deletion"


async def test_a_session_that_does_not_exist_is_no_error(gateway: Gateway) -> None:
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId="nobody")
        assert await socket.silence(3600)


async def test_a_session_may_come_after_its_subscription() -> None:
    tokens = iter(["later", "its epoch"])
    async with (
        running(ports=evolve(repeatable_ports(), token=lambda: next(tokens))) as gateway,
        gateway.socket() as socket,
    ):
        await socket.say(type="subscribe", sessionId="later")
        await trio.testing.wait_all_tasks_blocked()
        path = await gateway.http().create(ADD)
        assert session_id(path) == "later"
        assert statuses([await socket.hear()]) == ["idle"]


@pytest.mark.parametrize(
    "message",
    ["", "{", "[]", "null", '"subscribe"', '{"type":"ack"}', '{"type":"dance"}', "{}", '{"type":7}',
     '{"type":"subscribe","sessionId":5}', '{"type":"subscribe","events":"state"}', "[" * 8000],
)  # fmt: skip
async def test_nonsense_is_ignored(gateway: Gateway, message: str) -> None:
    path = await gateway.http().create()
    async with gateway.socket() as socket:
        await socket.say(message)
        await socket.connection.send_message(message.encode())
        assert await socket.silence(1)
        await socket.say(type="subscribe", sessionId=session_id(path))
        assert statuses([await socket.hear()]) == ["idle"]


async def test_subscribing_again_loses_repeats_and_reorders_nothing(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(numbers(2000))
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", sessionId=session_id(path), events=["state", "output"])
        await http.request("POST", f"{path}/run")
        heard: list[dict[str, Any]] = []
        for count in range(60):
            kinds = ["output"] if count % 2 else ["state", "output"]
            await socket.say(type="subscribe", sessionId=session_id(path), events=kinds)
            with trio.move_on_after(0.001):
                while True:
                    heard.append(await socket.hear())
        await socket.say(type="subscribe", sessionId=session_id(path), events=["output", "state"])
        heard += await socket.hear_until("state", status="halted")
        assert text_of(heard) == "".join(f"{n}\n" for n in range(100000, 102000))
        outputs = [message["seq"] for message in heard if message["type"] == "output"]
        assert outputs == sorted(set(outputs))
        numbered = [message["seq"] for message in heard]
        assert numbered == sorted(numbered)


async def test_one_session_follows_another_on_the_same_connection(gateway: Gateway) -> None:
    http = gateway.http()
    first, second = await http.create(ADD), await http.create(ADD)
    async with gateway.socket() as socket:
        for path in (first, second):
            await socket.say(type="subscribe", sessionId=session_id(path))
            assert (await socket.hear())["sessionId"] == session_id(path)
        await http.run(first)
        await http.request("POST", f"{second}/run")
        heard = await socket.hear_until("event")
        assert {message["sessionId"] for message in heard} == {session_id(second)}
