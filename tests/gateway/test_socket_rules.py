"""The WebSocket itself: handshake, frames, keep-alive, closing (spec websocket-api.md section 1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed, ConnectionRejected
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, Pong, Request, TextMessage

from tests.gateway.harness import HELLO, Gateway, session_id


class RawSocket:
    """A WebSocket client that sees frames, and answers pings only when told to."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.socket = WSConnection(ConnectionType.CLIENT)
        self.received = b""
        self.pause = 0.0
        """Seconds before every look at the stream."""

    async def open(self, **options: Any) -> None:
        """Shakes hands."""
        await self.send(Request(host="localhost:8080", target="/api/v1/ws", **options))
        assert isinstance(await self.event(), AcceptConnection)

    async def send(self, event: Event) -> None:
        """Sends an event."""
        await self.stream.send_all(self.socket.send(event))

    async def event(self) -> Event | None:
        """The next event; None at the end of the stream."""
        while True:
            for event in self.socket.events():
                return event
            if self.pause:
                await trio.sleep(self.pause)
            data = bytes(await self.stream.receive_some(65536))
            if not data:
                return None
            self.received += data
            self.socket.receive_data(data)


@pytest.mark.parametrize("path", ["/api/v1/ws", "/ws", "/api/v1/ws?session=anything"])
async def test_both_addresses_open_a_socket(gateway: Gateway, path: str) -> None:
    async with gateway.socket(path) as socket:
        await socket.say(type="subscribe", version=2, sessionId="nobody")
        assert (await socket.hear())["type"] == "problem"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_an_upgrade_it_is_a_bad_request(gateway: Gateway, method: str) -> None:
    answer = await gateway.http().request(method, "/api/v1/ws")
    assert (answer.status, answer.body) == (400, b"Bad Request\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "headers",
    [{"Sec-WebSocket-Version": "8", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}, {"Sec-WebSocket-Version": "13"}],
)
async def test_half_a_handshake_is_a_bad_request(gateway: Gateway, headers: dict[str, str]) -> None:
    upgrade = {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade", **headers}
    answer = await gateway.http().request("GET", "/api/v1/ws", headers=upgrade)
    assert answer.status == 400


@pytest.mark.parametrize("path", ["/nope", "/api/v1/session", "/api/v1/ws/../x"])
async def test_other_paths_are_no_sockets(gateway: Gateway, path: str) -> None:
    with pytest.RaisesGroup(ConnectionRejected, flatten_subgroups=True, allow_unwrapped=True) as refused:
        async with gateway.socket(path):
            pass
    del refused


async def test_compression_is_not_negotiated(gateway: Gateway) -> None:
    from wsproto.extensions import PerMessageDeflate

    raw = RawSocket(gateway.connect())
    await raw.open(extensions=[PerMessageDeflate()])
    assert b"sec-websocket-extensions" not in raw.received.lower()


async def test_messages_are_single_text_frames_of_limited_size(gateway: Gateway) -> None:
    http = gateway.http()
    source = HELLO.replace("Hello", "\\x01" * 3000)
    path = await http.create(source)
    raw = RawSocket(gateway.connect())
    await raw.open()
    subscribe = {"type": "subscribe", "version": 2, "sessionId": session_id(path), "from": "start"}
    await raw.send(TextMessage(json.dumps(subscribe)))
    await raw.event()
    await http.run(path)
    while b'"event":"halted"' not in raw.received:
        event = await raw.event()
        assert isinstance(event, TextMessage)
        assert event.message_finished
    # The frames as they came: FIN and text in every header, none longer than the limit.
    frames = raw.received.partition(b"\r\n\r\n")[2]
    while frames:
        assert frames[0] == 0x81
        length, head = frames[1], 2
        if length == 126:
            length, head = int.from_bytes(frames[2:4], "big"), 4
        assert length <= 8192
        json.loads(frames[head : head + length])
        frames = frames[head + length :]


@pytest.mark.parametrize("text", ["x" * 8193, "é" * 4097, "x" * 100_000])
async def test_a_long_message_closes_the_connection(gateway: Gateway, text: str) -> None:
    raw = RawSocket(gateway.connect())
    await raw.open()
    await raw.send(TextMessage(text))
    closed = await raw.event()
    assert isinstance(closed, CloseConnection)
    assert closed.code == 1009
    assert await raw.event() is None


async def test_a_message_of_the_limit_is_read(gateway: Gateway) -> None:
    path = await gateway.http().create()
    message = json.dumps({"type": "subscribe", "version": 2, "sessionId": session_id(path), "pad": ""})
    async with gateway.socket() as socket:
        await socket.say(message[:-2] + "x" * (8192 - len(message)) + message[-2:])
        assert (await socket.hear())["type"] == "subscribed"


async def test_binary_messages_are_read_like_text(gateway: Gateway) -> None:
    path = await gateway.http().create()
    async with gateway.socket() as socket:
        message = {"type": "subscribe", "version": 2, "sessionId": session_id(path)}
        await socket.connection.send_message(json.dumps(message).encode())
        assert (await socket.hear())["type"] == "subscribed"


async def test_the_server_pings_and_a_silent_client_is_given_up(gateway: Gateway) -> None:
    raw = RawSocket(gateway.connect())
    await raw.open()
    opened = trio.current_time()
    ping = await raw.event()
    assert isinstance(ping, Ping)
    assert bytes(ping.payload) == b""
    assert trio.current_time() - opened == pytest.approx(54)
    closed = await raw.event()
    assert isinstance(closed, CloseConnection)
    assert closed.code in (1001, 1011)
    assert trio.current_time() - opened == pytest.approx(60)


async def test_a_client_that_answers_pings_stays_for_hours(gateway: Gateway) -> None:
    raw = RawSocket(gateway.connect())
    await raw.open()
    for count in range(1, 100):
        ping = await raw.event()
        assert isinstance(ping, Ping), ping
        assert trio.current_time() == pytest.approx(54 * count)
        await raw.send(ping.response())


async def test_a_ping_of_the_client_is_answered_with_its_data(gateway: Gateway) -> None:
    raw = RawSocket(gateway.connect())
    await raw.open()
    await raw.send(Ping(b"echo me"))
    pong = await raw.event()
    assert isinstance(pong, Pong)
    assert bytes(pong.payload) == b"echo me"


async def test_a_close_is_answered_with_the_same_code(gateway: Gateway) -> None:
    raw = RawSocket(gateway.connect())
    await raw.open()
    await raw.send(CloseConnection(code=1000, reason="bye"))
    closed = await raw.event()
    assert isinstance(closed, CloseConnection)
    assert closed.code == 1000
    assert await raw.event() is None


@pytest.mark.parametrize(
    "garbage", [b"\xff\xff\xff\xff", b"\x81\x05hello", b"\x83\x80\x00\x00\x00\x00", b"\x81\xff" + b"\xff" * 12]
)
async def test_garbage_closes_this_connection_only(gateway: Gateway, garbage: bytes) -> None:
    raw = RawSocket(gateway.connect())
    await raw.open()
    async with gateway.socket() as other:
        await raw.stream.send_all(garbage)
        closed = await raw.event()
        assert isinstance(closed, CloseConnection)
        assert closed.code in (1002, 1007, 1009)
        await other.say(type="subscribe", version=2, sessionId="nobody")
        assert (await other.hear())["type"] == "problem"


async def test_a_connection_without_a_subscription_hears_nothing(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    async with gateway.socket() as socket:
        await http.run(path)
        assert await socket.silence(3600)


async def test_a_client_that_vanishes_leaves_nothing_behind(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(HELLO)
    session = gateway.supervisor.find(session_id(path))
    assert session is not None
    for version in (1, 2):
        stream = gateway.connect()
        async with gateway.socket(stream=stream) as socket:
            await socket.say(type="subscribe", version=version, sessionId=session.id)
            await socket.hear()
            assert session.log.cursors == 1
            await stream.aclose()
            await trio.testing.wait_all_tasks_blocked()
        assert session.log.cursors == 0
        assert not gateway.server.hub.subscriptions
    assert gateway.server.connections == 1


async def test_the_connection_is_closed_with_1001_when_the_server_stops(gateway: Gateway) -> None:
    async with gateway.socket() as socket:
        await gateway.server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            await socket.hear()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 1001
