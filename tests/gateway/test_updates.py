"""The numbered stream over plain HTTP: pages, server-sent events, waiting, command positions (spec delivery.md 3)."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from emu.actors.log import Retention
from emu.actors.supervisor import SupervisorConfig
from tests.gateway.harness import ADD, ENDLESS, HELLO, READ, Gateway, Http, numbers, running, session_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


async def test_a_page_holds_the_events_after_a_position(http: Http) -> None:
    path = await http.create(HELLO)
    await http.run(path)
    whole = (await http.request("GET", f"{path}/events?after=0")).json()
    assert whole.keys() == {"epoch", "low", "high", "events"}
    assert (whole["low"], whole["high"]) == (1, 6)
    for after in range(7):
        page = (await http.request("GET", f"{path}/events?after={after}&epoch={whole['epoch']}")).json()
        assert page["events"] == whole["events"][after:]
    assert len((await http.request("GET", f"{path}/events?limit=2")).json()["events"]) == 2


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "limit=0", "limit=x", "wait=-1", "wait=61", "wait=1e1", "wait=nan"]
)
async def test_pages_that_make_no_sense(http: Http, query: str) -> None:
    path = await http.create(HELLO)
    assert (await http.request("GET", f"{path}/events?{query}")).status == 400


@pytest.mark.parametrize("query", ["after=1", "after=99", "epoch=other", "epoch=other&after=4"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_cursor_that_cannot_be_continued_is_gone(query: str, accept: str) -> None:
    async with running(supervisor_config=SupervisorConfig(retention=Retention(events=3))) as gateway:
        http = gateway.http()
        path = await http.create(HELLO)
        epoch = (await http.run(path))["epoch"]
        answer = await http.request("GET", f"{path}/events?{query}", headers={"Accept": accept})
        body = answer.json()
        assert answer.status == 410
        assert body.pop("message")
        assert body == {"error": "Gone", "code": 410, "epoch": epoch, "low": 4, "high": 6}


async def test_a_page_waits_for_its_first_event(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.send("GET", f"{path}/events?after=2&wait=60")
    await trio.sleep(40)
    await gateway.http().request("POST", f"{path}/run")
    before = trio.current_time()
    page = (await http.receive()).json()
    assert page["events"][0]["seq"] == 3
    assert trio.current_time() - before < 1


async def test_a_page_waits_no_longer_than_it_was_told(http: Http) -> None:
    path = await http.create(HELLO)
    before = trio.current_time()
    page = (await http.request("GET", f"{path}/events?after=2&wait=12.5")).json()
    assert page["events"] == []
    assert trio.current_time() - before == pytest.approx(12.5)


async def server_sent(http: Http) -> AsyncGenerator[tuple[str, str, dict[str, Any]], None]:
    """(id, event, data) as they come; a comment is an event without a name."""
    rest = b""
    while (piece := await http.piece()) is not None:
        rest += piece
        while b"\n\n" in rest:
            block, _, rest = rest.partition(b"\n\n")
            if block.startswith(b":"):
                yield "", "", {}
                continue
            lines = dict(line.split(": ", 1) for line in block.decode().split("\n"))
            yield lines["id"], lines["event"], json.loads(lines["data"])


async def test_server_sent_events_go_on_until_the_end(gateway: Gateway) -> None:
    http, other = gateway.http(), gateway.http()
    path = await other.create(HELLO)
    await other.run(path)
    await http.send("GET", f"{path}/events?after=0", headers={"Accept": "text/event-stream"})
    head = await http.head()
    assert dict(head.headers)[b"content-type"].startswith(b"text/event-stream")
    seen = []
    async for identity, name, data in server_sent(http):
        if not name:
            continue
        seen.append(name)
        assert identity == f"{data['epoch']}:{data['seq']}"
        assert data["seq"] == len(seen)
        if data["seq"] == 6:
            await other.request("DELETE", path)
    assert seen == ["state", "event", "state", "output", "state", "event", "closed"]


async def test_silence_is_filled_with_comments(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(READ)
    await http.send("GET", f"{path}/events?after=2", headers={"Accept": "text/event-stream"})
    await http.head()
    count = 0
    async with aclosing(server_sent(http)) as events:
        async for _, name, _ in events:
            assert not name
            count += 1
            if count == 1000:
                break
    assert trio.current_time() == pytest.approx(9990)


async def test_the_last_event_id_wins_over_the_query(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    last = await http.run(path)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": f"{last['epoch']}:4"}
    await http.send("GET", f"{path}/events?after=0", headers=headers)
    await http.head()
    async with aclosing(server_sent(http)) as events:
        async for _, name, data in events:
            if name:
                assert data["seq"] == 5
                break
    bad = await gateway.http().request("GET", f"{path}/events", headers={**headers, "Last-Event-ID": "x"})
    assert bad.status == 400


async def test_a_reader_that_leaves_a_stream_is_noticed(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    await http.send("GET", f"{path}/events", headers={"Accept": "text/event-stream"})
    await http.head()
    session = gateway.supervisor.find(session_id(path))
    assert session is not None
    await trio.testing.wait_all_tasks_blocked()
    assert session.log.cursors == 1
    await http.stream.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert session.log.cursors == 0


async def test_waiting_after_a_run_neither_misses_nor_mistakes(http: Http) -> None:
    path = await http.create(ADD)
    seen = 0
    for _ in range(50):
        started = await http.request("POST", f"{path}/run")
        event = await http.wait(path, "halted", started.seq)
        assert event["seq"] > started.seq > seen
        seen = event["seq"]


async def test_waiting_without_a_position_takes_the_current_state(http: Http) -> None:
    path = await http.create(ADD)
    await http.run(path)
    answer = await http.request("GET", f"{path}/wait?state=error,halted")
    assert answer.json()["data"]["status"] == "halted"
    late = await http.request("GET", f"{path}/wait?state=halted&after={answer.json()['seq']}&timeout=7")
    assert (late.status, late.json()["status"], late.json()["code"]) == (408, "halted", 408)


async def test_waiting_finds_a_current_state_behind_a_lot_of_output(http: Http) -> None:
    path = await http.create(ENDLESS)
    await http.request("POST", f"{path}/run")
    for _ in range(3):
        await http.request("POST", f"{path}/stdin", {"data": "x" * 300_000})
    await http.request("POST", f"{path}/stop")
    assert (await http.request("GET", f"{path}/wait?state=halted")).status == 200


@pytest.mark.parametrize("query", ["", "state=", "state=asleep", "state=halted&after=x", "state=halted&timeout=61"])
async def test_waits_that_make_no_sense(http: Http, query: str) -> None:
    path = await http.create(ADD)
    assert (await http.request("GET", f"{path}/wait?{query}")).status == 400


async def test_waiting_is_thirty_seconds_by_default(http: Http) -> None:
    path = await http.create(ADD)
    before = trio.current_time()
    assert (await http.request("GET", f"{path}/wait?state=error")).status == 408
    assert trio.current_time() - before == pytest.approx(30)


async def test_waiting_ends_with_the_session(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    await http.send("GET", f"{path}/wait?state=error")
    await trio.testing.wait_all_tasks_blocked()
    await gateway.http().request("DELETE", path)
    assert (await http.receive()).status == 404


async def test_waiting_for_the_future_is_gone(http: Http) -> None:
    path = await http.create(ADD)
    assert (await http.request("GET", f"{path}/wait?state=halted&after=1000")).status == 410


async def test_waiting_after_what_is_forgotten_takes_the_current_state_or_says_that_it_cannot_know() -> None:
    async with running(supervisor_config=SupervisorConfig(retention=Retention(events=3))) as gateway:
        http = gateway.http()
        path = await http.create(HELLO)
        await http.run(path)
        low = (await http.request("GET", f"{path}/events")).json()["low"]
        assert low > 2
        known = await http.request("GET", f"{path}/wait?state=halted&after=1")
        assert (known.status, known.json()["data"]["status"]) == (200, "halted")
        unknown = await http.request("GET", f"{path}/wait?state=running&after=1")
        assert (unknown.status, unknown.json()["low"]) == (410, low)


async def test_a_flood_does_not_overtake_who_waits() -> None:
    async with running(supervisor_config=SupervisorConfig(retention=Retention(events=3))) as gateway:
        http = gateway.http()
        path = await http.create(ENDLESS)
        session = gateway.supervisor.find(session_id(path))
        assert session is not None
        await http.send("GET", f"{path}/wait?state=halted&after=1")
        await trio.testing.wait_all_tasks_blocked()
        assert session.log.cursors == 1
        other = gateway.http()
        await other.request("POST", f"{path}/run")
        for _ in range(3):
            await other.request("POST", f"{path}/stdin", {"data": "x" * 100_000})
        await other.request("POST", f"{path}/stop")
        assert (await http.receive()).json()["data"]["status"] == "halted"
        await trio.testing.wait_all_tasks_blocked()
        assert session.log.cursors == 0


async def test_every_command_tells_the_event_it_caused(http: Http) -> None:
    path = await http.create(HELLO)
    epoch = (await http.request("GET", f"{path}/events")).json()["epoch"]
    for method, action, body in [
        ("POST", "load", {"source": HELLO}), ("POST", "load", {"source": "FOO"}), ("POST", "step", None),
        ("POST", "step-over", None), ("POST", "step-out", None), ("POST", "restart", None), ("POST", "run", None),
        ("POST", "stop", None), ("POST", "stdin", {"data": "x"}), ("POST", "breakpoint", {"address": 0x8000}),
        ("POST", "breakpoint", {"address": 1}), ("DELETE", "breakpoint", {"address": 0x8000}),
        ("POST", "watchpoint", {"address": 4}), ("DELETE", "watchpoint/1", None), ("DELETE", "watchpoint/1", None),
        ("POST", "reset", None), ("DELETE", "", None),
    ]:  # fmt: skip
        answer = await http.request(method, f"{path}/{action}".rstrip("/"), body)
        assert answer.headers["emu-epoch"] == epoch, action
        assert answer.seq > 0, action


async def test_a_run_tells_its_running_event_even_if_it_is_over_at_once(http: Http) -> None:
    path = await http.create(ADD)
    started = await http.request("POST", f"{path}/run")
    await http.wait(path, "halted", started.seq)
    events = (await http.request("GET", f"{path}/events")).json()["events"]
    assert events[started.seq - 1]["data"]["status"] == "running"


KEY = {"Idempotency-Key": "once and only once"}


async def test_a_repeated_command_is_executed_once(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    first = await http.request("POST", f"{path}/step", headers=KEY)
    for _ in range(5):
        again = await gateway.http().request("POST", f"{path}/step", headers=KEY)
        assert (again.status, again.body, again.seq) == (first.status, first.body, first.seq)
    assert (await http.request("GET", f"{path}/registers")).json()["cycles"] == 1
    other = await http.request("POST", f"{path}/step", headers={"Idempotency-Key": "another"})
    assert other.json()["cycles"] == 2


async def test_a_refusal_is_an_answer_too(http: Http) -> None:
    path = await http.create()
    first = await http.request("POST", f"{path}/step", headers=KEY)
    assert first.status == 500
    await http.request("POST", f"{path}/load", {"source": ADD})
    assert (await http.request("POST", f"{path}/step", headers=KEY)).body == first.body


async def test_a_key_belongs_to_one_command(http: Http) -> None:
    path = await http.create(ADD)
    await http.request("POST", f"{path}/stdin", {"data": "1"}, KEY)
    for method, action, body in [("POST", "stdin", {"data": "2"}), ("POST", "step", None), ("DELETE", "", None)]:
        refused = await http.request(method, f"{path}/{action}".rstrip("/"), body, KEY)
        assert (refused.status, refused.json()["code"]) == (422, 422)
    elsewhere = await http.create(ADD)
    assert (await http.request("POST", f"{elsewhere}/step", headers=KEY)).status == 200


@pytest.mark.parametrize("key", ["x" * 129, "caf\u00e9", "tab\there"])
async def test_keys_have_a_form(http: Http, key: str) -> None:
    path = await http.create(ADD)
    assert (await http.request("POST", f"{path}/step", headers={"Idempotency-Key": key})).status == 400


async def test_a_command_goes_on_when_its_connection_breaks(gateway: Gateway) -> None:
    http, other = gateway.http(), gateway.http()
    path = await http.create(READ)
    await http.send("POST", f"{path}/step", headers=KEY)
    await other.wait(path, "waiting_for_input")
    await http.stream.aclose()
    retry = gateway.http()
    await retry.send("POST", f"{path}/step", headers=KEY)
    await other.request("POST", f"{path}/stdin", {"data": "8\n"})
    stepped = await retry.receive()
    assert (stepped.json()["r0"], stepped.json()["cycles"]) == (8, 1)


async def test_a_thousand_keys_are_remembered(http: Http) -> None:
    path = await http.create(ADD)
    for number in range(1000):
        await http.request("DELETE", f"{path}/watchpoint/{number + 1}", headers={"Idempotency-Key": str(number)})
    await http.request("POST", f"{path}/watchpoint", {"address": 4})
    again = await http.request("DELETE", f"{path}/watchpoint/1", headers={"Idempotency-Key": "0"})
    assert again.status == 404, "the stored answer, not a second execution"


async def test_a_long_page_is_cut_by_size(http: Http) -> None:
    path = await http.create(numbers(100))
    await http.run(path)
    await http.run(path, "halted")
    await http.request("POST", f"{path}/load", {"source": ENDLESS})
    await http.request("POST", f"{path}/run")
    for _ in range(2):
        await http.request("POST", f"{path}/stdin", {"data": '"' * 400_000})
    answer = await http.request("GET", f"{path}/events?limit=1000")
    assert len(answer.body) < 2 << 20
    assert answer.json()["events"]
