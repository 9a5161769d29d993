"""Who may use the server (spec http-api.md 2.3, websocket-api.md section 1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trio_websocket import ConnectionRejected

from emu.gateway.config import GatewayConfig
from emu.gateway.security import Guard, is_loopback, is_token
from tests.gateway.harness import Gateway, Http, running, session_id

FOREIGN = [
    "http://evil.example", "http://localhost.evil.com", "http://localhost:80.evil.com", "https://127.0.0.1.evil.com",
    "null", "http://localhost@evil.com", "http://user@localhost", "ftp://localhost", "http://[::2]", "localhost",
    "http://localhost/", "http://localhost:99999", "HTTP://", "http://127.0.0.2", "file:", "chrome-extension://localhost",
    "http://localhost evil.com", "//localhost", "",
]  # fmt: skip
OURS = [
    "http://localhost", "https://localhost:8443", "http://127.0.0.1:5173", "http://[::1]:3000", "file://",
    "file:///home/somebody/page.html",
]  # fmt: skip
WRONG_HOSTS = [
    "evil.example", "localhost.evil.com", "127.0.0.1.evil.com:8080", "127.0.0.2", "[::2]:8080", "localhost:8080x",
    "user@localhost", "localhost/", "0.0.0.0:8080",
]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
async def test_foreign_pages_are_refused_before_anything_happens(http: Http, origin: str) -> None:
    if not origin:
        assert not Guard().allowed_origin(origin, "localhost")
        return
    refused = await http.request("POST", "/api/v1/session", headers={"Origin": origin, "Content-Type": "text/plain"})
    assert (refused.status, refused.json()["code"]) == (403, 403)
    assert "access-control-allow-origin" not in refused.headers
    assert "access-control-allow-credentials" not in refused.headers
    assert (await http.request("GET", "/api/v1/session")).json()["count"] == 0


@pytest.mark.parametrize("origin", OURS)
async def test_our_own_pages_are_served(http: Http, origin: str) -> None:
    made = await http.request("POST", "/api/v1/session", headers={"Origin": origin})
    assert made.status == 201
    assert made.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("host", WRONG_HOSTS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_other_names_for_this_server_are_refused(http: Http, host: str, method: str) -> None:
    refused = await http.request(method, "/health", headers={"Host": host})
    assert refused.status in (400, 403)
    if refused.status == 403:
        assert refused.json()["message"] == "Host not allowed"


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]", "[::1]:65535", "LOCALHOST:80"])
async def test_names_of_this_server(http: Http, host: str) -> None:
    assert (await http.request("GET", "/health", headers={"Host": host})).status == 200


async def test_a_request_without_host_is_served(gateway: Gateway) -> None:
    stream = gateway.connect()
    await stream.send_all(b"GET /health HTTP/1.0\r\n\r\n")
    assert bytes(await stream.receive_some(65536)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("headers", "host"), [([(b"Origin", b"http://evil.example")], "localhost"), ([], "evil.example")]
)
async def test_sockets_of_strangers_are_refused(
    gateway: Gateway, headers: list[tuple[bytes, bytes]], host: str
) -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(ConnectionRejected, check=lambda error: error.status_code == 403),
        flatten_subgroups=True,
        allow_unwrapped=True,
    ):
        async with gateway.socket(extra_headers=headers, host=host):
            pass


async def test_sockets_of_our_own_pages_are_served(gateway: Gateway) -> None:
    async with gateway.socket(extra_headers=[(b"Origin", b"http://localhost:3000")]) as socket:
        await socket.say(type="subscribe", version=2, sessionId="nobody")
        assert (await socket.hear())["type"] == "problem"


TOKEN = "s3cret.Token"


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("", 401), (f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 200), ("Bearer", 401), (f"Basic {TOKEN}", 401),
     (f"Bearer {TOKEN}x", 401), (f"Bearer {TOKEN[:-1]}", 401), (TOKEN, 401), ("Bearer \u00e9", 401)],
)  # fmt: skip
async def test_a_token_is_asked_for(authorization: str, status: int) -> None:
    async with running(GatewayConfig(token=TOKEN, host="0.0.0.0")) as gateway:
        http = gateway.http()
        headers = {"Authorization": authorization, "Host": "emu.example:8080"}
        answer = await http.request("GET", "/api/v1/session", headers=headers)
        assert answer.status == status
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == 401
        assert (await http.request("GET", "/health", headers={"Host": "emu.example:8080"})).status == 200
        assert (await http.request("GET", "/metrics")).status == 401


@pytest.mark.parametrize("offered", [["emu", f"emu.bearer.{TOKEN}"], [f"emu.bearer.{TOKEN}"]])
async def test_a_browser_presents_the_token_as_a_subprotocol(offered: list[str]) -> None:
    async with running(GatewayConfig(token=TOKEN)) as gateway:
        path = await _create(gateway)
        async with gateway.socket(subprotocols=offered) as socket:
            assert socket.connection.subprotocol == offered[0]
            await socket.say(type="subscribe", version=2, sessionId=session_id(path))
            assert (await socket.hear())["type"] == "subscribed"


async def _create(gateway: Gateway) -> str:
    http = gateway.http()
    made = await http.request("POST", "/api/v1/session", headers={"Authorization": f"Bearer {TOKEN}"})
    return f"/api/v1/session/{made.json()['sessionId']}"


@pytest.mark.parametrize("offered", [[], ["emu"], ["emu.bearer.wrong"], ["emu", "emu.bearer."]])
async def test_a_socket_without_the_token_is_refused(offered: list[str]) -> None:
    async with running(GatewayConfig(token=TOKEN)) as gateway:
        with pytest.RaisesGroup(
            pytest.RaisesExc(ConnectionRejected, check=lambda error: error.status_code == 401),
            flatten_subgroups=True,
            allow_unwrapped=True,
        ):
            async with gateway.socket(subprotocols=offered):
                pass


def test_with_a_token_pages_of_the_server_itself_are_allowed() -> None:
    guard = Guard(TOKEN, "0.0.0.0")
    assert guard.allowed_origin("https://emu.example:8080", "emu.example:8080")
    assert not guard.allowed_origin("https://evil.example", "emu.example:8080")
    assert not Guard().allowed_origin("https://emu.example:8080", "emu.example:8080")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("127.0.0.2", False),
        ("", False),
    ],
)
def test_which_addresses_are_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("abc", True),
        ("a" * 256, True),
        ("a" * 257, False),
        ("", False),
        ("a b", False),
        ("a\n", False),
        ("é", False),
        ('"', False),
    ],
)
def test_what_can_be_a_token(token: str, expected: bool) -> None:
    assert is_token(token) is expected


@given(st.text(), st.text())
def test_the_guard_decides_about_anything(host: str, origin: str) -> None:
    refusal = Guard().refuses(host, origin, host, [origin])
    assert refusal is None or refusal.status == 403
