"""The rules for all endpoints: paths, methods, origins, bodies, errors (spec http-api.md section 2)."""

from __future__ import annotations

import json

import pytest
import trio
import trio.testing

from emu.gateway.config import GatewayConfig
from tests.gateway.harness import HELLO, Gateway, Http, Response, running

SOME = "/api/v1/session/0123456789abcdef0123456789abcdef"


def assert_error(answer: Response, status: int, message: str) -> None:
    """The answer has the documented form of an error."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["code"] == status
    assert body["message"] == message
    assert set(body) == {"error", "message", "code"}


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/api/v1/session/", 400, "Session ID required"),
        ("GET", f"{SOME}", 404, "Session not found"),
        ("GET", f"{SOME}/", 404, "Unknown action: "),
        ("POST", f"{SOME}/fly", 404, "Unknown action: fly"),
        ("POST", f"{SOME}/run", 404, "Session not found"),
        ("DELETE", f"{SOME}", 404, "Session not found"),
        ("GET", f"{SOME}/registers/extra/parts", 404, "Unknown action: registers/extra/parts"),
        ("POST", f"{SOME}/trace", 400, "Trace action required (enable, disable, or data)"),
        ("POST", f"{SOME}/trace/pause", 400, "Invalid action (must be 'enable' or 'disable')"),
        ("GET", f"{SOME}/stats/deeper", 400, "Invalid stats endpoint"),
        ("GET", "/api/v1/examples/", 400, "Example name required"),
        ("GET", "/api/v1/examples/a/b.s", 400, "Invalid example name"),
        ("GET", "/api/v1/examples/a%2Fb.s", 400, "Invalid example name"),
        ("GET", "/api/v1/examples/nothing.s", 404, "Example not found: nothing.s"),
        ("GET", "/api/v1/../secret", 400, "Invalid path"),
        ("GET", "/api/v1/examples/a..b.s", 400, "Invalid path"),
        ("GET", "/api/v1/examples/%2e%2e%2fpasswd", 400, "Invalid path"),
        ("GET", "/api/v1/examples/%2E.", 400, "Invalid path"),
    ],
)
async def test_paths_that_lead_nowhere(http: Http, method: str, path: str, status: int, message: str) -> None:
    assert_error(await http.request(method, path), status, message)


@pytest.mark.parametrize(
    "path", ["/nope", "/assets/nope", "/s/", "/api/v1", "/api/v2/session", "/api/v1/session//x", "/api//v1/session"]
)
async def test_other_paths_are_plain_text(http: Http, path: str) -> None:
    answer = await http.request("GET", path)
    assert (answer.status, answer.body) == (404, b"404 page not found\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_the_query_may_hold_dots(http: Http) -> None:
    assert (await http.request("GET", "/health?x=..")).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/health"),
        ("HEAD", "/health"),
        ("PATCH", "/api/v1/session"),
        ("PUT", SOME),
        ("GET", f"{SOME}/run"),
        ("POST", f"{SOME}/registers"),
        ("GET", f"{SOME}/watchpoint"),
        ("PUT", f"{SOME}/breakpoint"),
        ("DELETE", "/api/v1/config"),
        ("BREW", "/api/v1/version"),
    ],
)
async def test_the_wrong_method_is_refused_in_plain_text(http: Http, method: str, path: str) -> None:
    await http.send(method, path)
    head = await http.head()
    headers = {name.decode(): value.decode() for name, value in head.headers}
    assert head.status_code == 405
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    if method != "HEAD":
        assert await http.piece() == b"Method not allowed\n"


@pytest.mark.parametrize("path", ["/health", "/nope", f"{SOME}/fly"])
async def test_options_is_answered_everywhere(http: Http, path: str) -> None:
    answer = await http.request("OPTIONS", path, headers={"Origin": "http://evil.example"})
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "Content-Type, Authorization"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/health", "/nope", f"{SOME}/fly", f"{SOME}/run"])
async def test_every_answer_tells_a_page_of_ours_that_it_may_read(http: Http, path: str) -> None:
    answer = await http.request("GET", path, headers={"Origin": "http://localhost:3000"})
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert answer.headers["access-control-allow-credentials"] == "true"
    bare = await http.request("GET", path)
    assert "access-control-allow-origin" not in bare.headers


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '"x"', "12", "nul", '{"address":"1"}', '{"address":-1}', '{"address":1.0}', '{"address":3e4}',
     '{"address":4294967296}', '{"address":true}', '{"address":[1]}', "\ufeff{}", '{"address":NaN}', "{'address':1}",
     '{"address":' + "9" * 5000 + "}", '{"a":' + "[" * 100_000, '{"address":1'],
)  # fmt: skip
async def test_bodies_that_are_no_address(http: Http, body: str) -> None:
    path = await http.create(HELLO)
    assert_error(await http.request("POST", f"{path}/breakpoint", body), 400, "Invalid request body")


@pytest.mark.parametrize(
    "body",
    ['{"address":32768}', ' \n{"address":32768} trailing', '{"ADDRESS":32768}', '{"address":1,"Address":32768}',
     '{"address":32768,"color":1.5e300}', '{"address":32768}{"address":1}', '{"address":null,"address":32768}'],
)  # fmt: skip
async def test_bodies_that_are_an_address(http: Http, body: str) -> None:
    path = await http.create(HELLO)
    answer = await http.request("POST", f"{path}/breakpoint", body, headers={"Content-Type": "text/html"})
    assert answer.status == 200, answer.body
    assert (await http.request("GET", f"{path}/breakpoints")).json() == {"breakpoints": [32768]}


async def test_invalid_utf8_in_a_body_becomes_replacement_characters(http: Http) -> None:
    path = await http.create()
    answer = await http.request("POST", f"{path}/evaluate", b'{"expression":"\xff"}')
    assert answer.status == 400
    assert answer.json()["message"].startswith("Evaluation failed: ")
    lone = await http.request("POST", f"{path}/evaluate", b'{"expression":"\\ud800"}')
    assert lone.status == 400


async def test_a_long_body_is_refused_and_the_answer_arrives(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create()
    long = json.dumps({"source": ";" * (1 << 20)})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(http.send, "POST", f"{path}/load", long)
        answer = await http.receive()
        nursery.cancel_scope.cancel()
    assert_error(answer, 400, "Invalid request body")
    assert (await gateway.http().request("GET", path)).status == 200


async def test_a_body_of_the_limit_is_read(http: Http) -> None:
    path = await http.create()
    source = ";" * ((1 << 20) - len('{"source": ""}'))
    assert (await http.request("POST", f"{path}/load", json.dumps({"source": source}))).status == 200


async def test_a_body_that_never_arrives_is_given_up(gateway: Gateway) -> None:
    stream = gateway.connect()
    await stream.send_all(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
    started = trio.current_time()
    answer = bytes(await stream.receive_some(65536))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert trio.current_time() - started == pytest.approx(15)


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
async def test_a_request_that_never_comes_is_given_up(gateway: Gateway, beginning: bytes) -> None:
    stream = gateway.connect()
    if beginning:
        await stream.send_all(beginning)
    assert await stream.receive_some(100) == b""
    assert 10 <= trio.current_time() <= 20


async def test_an_idle_connection_is_closed_after_a_minute(http: Http) -> None:
    await http.request("GET", "/health")
    await trio.sleep(50)
    assert (await http.request("GET", "/health")).status == 200
    before = trio.current_time()
    assert await http.stream.receive_some(100) == b""
    assert trio.current_time() - before == pytest.approx(60)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/7.0\r\nHost: localhost\r\n\r\n", 505),
    ],
)
async def test_what_is_no_request_gets_a_documented_error(gateway: Gateway, request_: bytes, status: int) -> None:
    stream = gateway.connect()
    await stream.send_all(request_)
    received = b""
    while piece := bytes(await stream.receive_some(65536)):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    assert b"content-type: application/json" in head.lower()
    assert json.loads(body)["code"] == status


async def test_success_is_exactly_json(http: Http) -> None:
    path = await http.create(HELLO)
    for answer in [await http.request("GET", path), await http.request("POST", f"{path}/run")]:
        assert answer.headers["content-type"] == "application/json"
        assert answer.body.endswith(b"}\n")
        assert answer.headers["content-length"] == str(len(answer.body))


async def test_pipelined_requests_are_answered_in_order(gateway: Gateway) -> None:
    stream = gateway.connect()
    one = b"GET /%b HTTP/1.1\r\nHost: localhost\r\n\r\n"
    await stream.send_all(one % b"health" + one % b"nope" + one % b"api/v1/version")
    received = b""
    while received.count(b"HTTP/1.1") < 3 or not received.endswith(b"}\n"):
        received += bytes(await stream.receive_some(65536))
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.index(b'"status":"ok"') < received.index(b"404 page") < received.index(b'"buildDate"')


async def test_an_answer_is_one_write(gateway: Gateway) -> None:
    client, server = trio.testing.lockstep_stream_pair()
    gateway.nursery.start_soon(gateway.server.serve_stream, server)
    await client.send_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = bytes(await client.receive_some(65536))
    assert b'"status":"ok"' in answer


async def test_connections_beyond_the_limit_are_turned_away() -> None:
    async with running(GatewayConfig(max_connections=2)) as gateway:
        first, second = gateway.http(), gateway.http()
        assert (await first.request("GET", "/health")).status == 200
        assert (await second.request("GET", "/health")).status == 200
        third = gateway.http()
        assert_error(await third.request("GET", "/health"), 503, "Too many connections")
        await first.stream.aclose()
        await trio.testing.wait_all_tasks_blocked()
        assert (await gateway.http().request("GET", "/health")).status == 200
