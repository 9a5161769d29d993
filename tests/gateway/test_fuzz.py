"""Whatever is sent: a documented answer, no error of the server's own, and the server goes on."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emu.actors.reports import FORMATS
from emu.gateway.config import GatewayConfig
from emu.gateway.logs import Log
from emu.gateway.openapi import describe
from emu.gateway.table import ENDPOINTS
from tests.gateway.harness import ADD, ENDLESS, READ, Gateway, running, session_id

if TYPE_CHECKING:
    from emu.gateway.http import Endpoint

DESCRIPTION = describe(ENDPOINTS)

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 70), 1 << 70), st.floats(allow_nan=False), st.text(max_size=20),
    st.sampled_from([0x8000, 0x8004, 0, 1, 2**32, "write", "read", ADD, "r0 + 1", "[0x8000]", "0x8000", "5\n"]),
    st.sampled_from(["loop", ":3", "[sp]", "r1", "pc", "change", "AAAA", "hex", "r0 == 1", "step 2", "c", "info b"]),
    st.lists(st.sampled_from(["r0", "[0x8000]", "nothing", "1 +"]), max_size=3),
    st.lists(st.integers(), max_size=2),
)  # fmt: skip
WORDS = st.sampled_from(
    ["0x8000", "32768", "0", "1", "-1", "4294967296", "1e3", "running", "halted,error", "0.01", "text", ""]
) | st.text(max_size=10)
NAMES = st.sampled_from(["1", "2", *FORMATS, "r0", "pc", "z", "cpsr"])
"""What variables of paths may well be."""
VARIABLES = sorted({name for one in ENDPOINTS for name in re.findall(r"\{(\w+)\}", one.path)} - {"id"})
MEMBERS = sorted({name for one in DESCRIPTION["components"]["schemas"].values() for name in one.get("properties", {})})


def members_of(endpoint: Endpoint) -> list[str]:
    """The members of the body that an endpoint takes."""
    if endpoint.request is None:
        return []
    schema = DESCRIPTION["components"]["schemas"].get(endpoint.request.__name__, {})
    return sorted(schema.get("properties", {}))


METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, bytes, dict[str, str]]:
    """A request that follows the description more or less. `{id}` stands for a session to be filled in."""
    endpoint = draw(st.sampled_from(ENDPOINTS))
    path = endpoint.path
    for name in VARIABLES:
        path = path.replace(f"{{{name}}}", quote(draw(NAMES | WORDS), safe=""))
    query = {one.name: draw(WORDS) for one in endpoint.query if draw(st.booleans())}
    query.pop("wait", None)
    query.pop("timeout", None)
    if path.endswith("/wait"):
        query["timeout"] = "0"
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    method = draw(st.one_of(st.just(endpoint.method), METHODS))
    members = st.sampled_from(members_of(endpoint) or MEMBERS) | st.sampled_from(MEMBERS)
    body = json.dumps(draw(st.one_of(st.dictionaries(members, VALUES, max_size=4), VALUES))).encode()
    headers = {"Idempotency-Key": draw(st.text("abc", max_size=2))} if draw(st.booleans()) else {}
    return method, f"{path}?{text}", draw(st.one_of(st.just(body), st.binary(max_size=20))), headers


def documented(method: str, path: str) -> set[int]:
    """The statuses that the description lists for an endpoint; those of strangers for anything else."""
    segments = path.partition("?")[0].split("/")
    for template, methods in DESCRIPTION["paths"].items():
        pattern = template.split("/")
        fits = len(pattern) == len(segments) and all(
            wanted.startswith("{") or wanted == segment for wanted, segment in zip(pattern, segments, strict=True)
        )
        if fits and method.lower() in methods:
            return {int(status) for status in methods[method.lower()]["responses"]}
    return set()


async def sessions(gateway: Gateway) -> list[str]:
    """Sessions in different states."""
    http = gateway.http()
    paths = [await http.create(), await http.create(ADD), await http.create(ENDLESS), await http.create(READ)]
    for path in paths[2:]:
        await http.request("POST", f"{path}/run")
    return [session_id(path) for path in paths]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(requests(), st.integers(0, 4)), min_size=1, max_size=12))
async def test_requests_like_the_description_get_documented_answers(
    wanted: list[tuple[tuple[str, str, bytes, dict[str, str]], int]],
) -> None:
    lines = io.StringIO()
    async with running(GatewayConfig(log=Log(lines))) as gateway:
        names = [*await sessions(gateway), "nobody"]
        for (method, path, body, headers), which in wanted:
            target = path.replace("{id}", names[which])
            if target.partition("?")[0].endswith(("/step", "/step-over", "/step-out")) and which == 3:
                continue  # it would wait for input
            with trio.move_on_after(30):
                http = gateway.http()
                await http.send(method, target, body, headers)
                head = await http.head()
                known = documented(method, target) | {200, 400, 403, 404, 405}
                assert head.status_code in known, (method, target, body, head.status_code)
        assert (await gateway.http().request("GET", "/health")).status == 200
    assert " error " not in lines.getvalue(), lines.getvalue()


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"GET / HTTP/1.1\r\n", b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"]),
)
async def test_any_bytes_end_in_an_answer_or_a_closed_connection(garbage: bytes, beginning: bytes) -> None:
    lines = io.StringIO()
    async with running(GatewayConfig(log=Log(lines))) as gateway:
        stream = gateway.connect()
        await stream.send_all(beginning + garbage)
        await stream.send_eof()
        with trio.fail_after(120):
            while await stream.receive_some(65536):
                pass
        assert (await gateway.http().request("GET", "/health")).status == 200
    assert " error " not in lines.getvalue(), lines.getvalue()


MESSAGES = st.one_of(
    st.text(max_size=50),
    st.binary(max_size=50),
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["subscribe", "ack", "unsubscribe", "SUBSCRIBE"]) | VALUES,
            "version": st.sampled_from([1, 2, 3]) | VALUES,
            "sessionId": st.sampled_from(["@0", "@1", "@2", "@3", "nobody"]) | VALUES,
            "events": st.lists(st.sampled_from(["state", "output", "event", "other"]), max_size=3) | VALUES,
            "cursor": st.fixed_dictionaries({"epoch": st.text(max_size=3), "seq": st.integers(-1, 9)}) | VALUES,
            "from": st.sampled_from(["now", "start", "then"]) | VALUES,
            "window": st.integers(-1, 5000) | VALUES,
            "seq": st.integers(-1, 20) | VALUES,
        },
    ).map(json.dumps),
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.lists(MESSAGES, max_size=15))
async def test_any_messages_leave_the_socket_alive(messages: list[Any]) -> None:
    lines = io.StringIO()
    async with running(GatewayConfig(log=Log(lines))) as gateway:
        names = await sessions(gateway)
        async with gateway.socket(message_queue_size=10_000) as socket:
            for message in messages:
                for index, name in enumerate(names):
                    if isinstance(message, str):
                        message = message.replace(f"@{index}", name)
                await socket.connection.send_message(message)
            await socket.say(type="subscribe", version=2, sessionId=names[0])
            await socket.hear_until("subscribed")
    assert " error " not in lines.getvalue(), lines.getvalue()
