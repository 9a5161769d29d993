"""Readers that stall, break or flood: they hurt nobody else, are let go in bounded time, and never hold up a stop."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio
import trio.testing
from trio.testing import lockstep_stream_pair
from wsproto.events import Ping, TextMessage

from emu.actors.log import Retention
from emu.actors.supervisor import SupervisorConfig
from emu.gateway.config import GatewayConfig
from tests.gateway.harness import ENDLESS, READ, Gateway, Http, numbers, running, session_id
from tests.gateway.test_numbered import assert_gapless, subscribe
from tests.gateway.test_socket_rules import RawSocket


async def stalled(gateway: Gateway, path: str, **members: Any) -> RawSocket:
    """A subscriber that reads no more after its handshake. Every byte it is sent waits for it to be read."""
    client, server = lockstep_stream_pair()
    gateway.nursery.start_soon(gateway.server.serve_stream, server)
    raw = RawSocket(client)
    await raw.open()
    await raw.send(TextMessage(json.dumps({**subscribe(path), **members})))
    return raw


@pytest.mark.parametrize("version", [1, 2])
async def test_a_stalled_reader_delays_no_other_and_is_cut_in_time(gateway: Gateway, version: int) -> None:
    http = gateway.http()
    path = await http.create(numbers(500))
    raw = await stalled(gateway, path, version=version)
    async with gateway.socket() as socket:
        await socket.say(subscribe(path))
        after = (await socket.hear_until("snapshot"))[0]["seq"]
        before = trio.current_time()
        await http.request("POST", f"{path}/run")
        heard = await socket.hear_until("state", status="halted")
        assert trio.current_time() - before < 1
        assert_gapless(heard, after)
        session = gateway.supervisor.find(session_id(path))
        assert session is not None
        assert session.log.cursors == 2
        await trio.sleep(30.5)
        assert session.log.cursors == 1, "the stalled one was cut"
    with pytest.raises(trio.BrokenResourceError):
        await raw.stream.send_all(b"\x8a\x80\0\0\0\0")


async def test_a_reader_that_is_only_slow_gets_everything(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(numbers(1500))
    raw = await stalled(gateway, path, **{"from": "start"})
    await http.run(path)
    raw.pause = 29
    text, partial, last = "", "", 0
    while True:
        event = await raw.event()
        if isinstance(event, Ping):
            await raw.send(event.response())
            continue
        assert isinstance(event, TextMessage)
        partial += event.data
        if not event.message_finished:
            continue
        message, partial = json.loads(partial), ""
        if message["type"] == "heartbeat":
            continue
        last = assert_gapless([message], last)
        if message["type"] == "output":
            text += message["data"]["content"]
        if message["data"].get("status") == "halted":
            break
    assert text == "".join(f"{n}\n" for n in range(100000, 101500))


@pytest.mark.parametrize("version", [1, 2])
async def test_a_lagging_reader_that_subscribes_again_misses_nothing(gateway: Gateway, version: int) -> None:
    """Version 1 gets what was due under the old subscription first; version 2 finds it in the snapshot."""
    http = gateway.http()
    path = await http.create(numbers(1500))
    raw = await stalled(gateway, path, version=version)
    await http.request("POST", f"{path}/run")
    await trio.sleep(0.02)
    await raw.send(TextMessage(json.dumps({**subscribe(path), "version": version})))
    await http.wait(path, "halted")
    heard: list[dict[str, Any]] = []
    partial = ""
    while not heard or heard[-1]["data"].get("status") != "halted":
        event = await raw.event()
        assert isinstance(event, TextMessage)
        partial += event.data
        if event.message_finished:
            heard.append(json.loads(partial))
            partial = ""
    if version == 2:
        heard = heard[[message["type"] for message in heard].index("subscribed", 1) :]
        assert_gapless(heard, heard[0]["seq"])
    text = "".join(message["data"].get("console", "") + message["data"].get("content", "") for message in heard)
    assert text == "".join(f"{n}\n" for n in range(100000, 101500))
    order = [message["seq"] for message in heard]
    assert order == sorted(order)


async def test_a_stalled_answer_is_cut_too(gateway: Gateway) -> None:
    client, server = lockstep_stream_pair()
    gateway.nursery.start_soon(gateway.server.serve_stream, server)
    http = Http(client)
    await http.send("GET", "/openapi.json")
    await trio.sleep(29)
    assert gateway.server.connections == 1
    await trio.sleep(2)
    assert gateway.server.connections == 0


async def test_a_stalled_reader_of_server_sent_events_is_cut_too(gateway: Gateway) -> None:
    path = await gateway.http().create(numbers(100))
    client, server = lockstep_stream_pair()
    gateway.nursery.start_soon(gateway.server.serve_stream, server)
    http = Http(client)
    await http.send("GET", f"{path}/events", headers={"Accept": "text/event-stream"})
    await http.head()
    await gateway.http().request("POST", f"{path}/run")
    session = gateway.supervisor.find(session_id(path))
    assert session is not None
    await trio.sleep(29)
    assert session.log.cursors == 1
    await trio.sleep(2)
    assert session.log.cursors == 0


async def test_a_session_is_held_for_the_slowest_and_goes_on_when_it_was_let_go() -> None:
    limits = SupervisorConfig(retention=Retention(events=50))
    async with running(supervisor_config=limits) as gateway:
        http = gateway.http()
        path = await http.create(numbers(20000))
        await stalled(gateway, path)
        await http.request("POST", f"{path}/run")
        await trio.sleep(20)
        events = (await http.request("GET", f"{path}/events?limit=1000")).json()["events"]
        assert events[-1]["data"].get("event") == "held"
        assert (await http.request("GET", path)).json()["state"] == "running"
        done = await http.request("GET", f"{path}/wait?state=halted&timeout=60")
        assert done.status == 200
        console = (await http.request("GET", f"{path}/console")).json()["output"]
        assert console == "".join(f"{n}\n" for n in range(100000, 120000))


@pytest.mark.parametrize("readers", [0, 5])
async def test_a_stop_takes_no_longer_than_it_may(readers: int) -> None:
    async with running() as gateway:
        http = gateway.http()
        path = await http.create(ENDLESS)
        for _ in range(readers):
            await stalled(gateway, path)
        async with gateway.socket() as socket:
            await socket.say(subscribe(path))
            await socket.hear_until("snapshot")
            await http.request("POST", f"{path}/run")
            await socket.hear_until("state", status="running")
            before = trio.current_time()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(gateway.server.stop)
                heard = await socket.hear_until("closed")
            assert heard[-2]["data"].get("status") == "halted" or heard[-1]["prev"] == heard[-2]["seq"]
            assert heard[-1]["data"] == {"reason": "shutdown"}
            took = trio.current_time() - before
            assert took <= 2.0
            assert gateway.server.connections == 0


async def test_a_stop_ends_requests_that_wait(gateway: Gateway) -> None:
    waiting, stepping, paging = gateway.http(), gateway.http(), gateway.http()
    path = await waiting.create(READ)
    await waiting.send("GET", f"{path}/wait?state=error&timeout=60")
    await stepping.send("POST", f"{path}/step")
    await trio.testing.wait_all_tasks_blocked()
    high = gateway.supervisor.list()[0].log.high
    await paging.send("GET", f"{path}/events?after={high}&wait=60")
    await trio.testing.wait_all_tasks_blocked()
    before = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gateway.server.stop)
        assert (await waiting.receive()).status == 404
        assert (await stepping.receive()).status == 404
        page = (await paging.receive()).json()
        assert page["events"]
    assert trio.current_time() - before < 2
    assert gateway.server.connections == 0


async def test_a_client_that_acknowledges_nothing_does_not_hold_up_a_stop(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(numbers(2000))
    async with gateway.socket() as socket:
        await socket.say(subscribe(path, window=1))
        await http.run(path)
        before = trio.current_time()
        await gateway.server.stop()
        assert trio.current_time() - before <= 2


async def test_a_flood_of_subscriptions_is_bounded() -> None:
    async with running(GatewayConfig(max_subscriptions=3)) as gateway:
        http = gateway.http()
        paths = [await http.create() for _ in range(4)]
        async with gateway.socket() as socket:
            for path in paths:
                await socket.say(subscribe(path))
            heard = [await socket.hear() for _ in range(7)]
            problem = next(message for message in heard if message["type"] == "problem")
            assert problem["sessionId"] == session_id(paths[3])
            assert "max 3" in problem["data"]["message"]


async def test_a_flood_of_messages_from_one_client_leaves_others_alone(gateway: Gateway) -> None:
    path = await gateway.http().create()
    raw = await stalled(gateway, path)

    async def flood() -> None:
        while True:
            await raw.send(TextMessage(json.dumps(subscribe(path))))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(flood)
        for _ in range(20):
            assert (await gateway.http().request("GET", "/health")).status == 200
        nursery.cancel_scope.cancel()
    assert len(gateway.server.hub.subscriptions) < 50
