"""The gateway on its real byte path, in memory: QuartTrio, hypercorn's machinery, streams, and clients that speak
bytes."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import h11
import trio
import trio.testing
from attrs import define, frozen
from trio_websocket import wrap_client_stream

from emu.actors.execution import Inline
from emu.actors.supervisor import SupervisorConfig, open_supervisor, repeatable_ports
from emu.gateway.config import GatewayConfig
from emu.gateway.server import open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from emu.actors.supervisor import Ports, Supervisor
    from emu.gateway.server import Server

EXIT = "        MOV R0, #0\n        SWI #0\n"
START = "        .org 0x8000\n_start:\n"

HELLO = START + "        LDR R0, =text\n        SWI #2\n" + EXIT + 'text:   .asciz "Hello"\n'
"""Prints Hello: events idle (load), running, output, halted, notice halted."""
ADD = START + "        MOV R0, #1\n        ADD R1, R0, #2\n" + EXIT
ENDLESS = START + "loop:   ADD R1, R1, #1\n        B loop\n"
READ = START + "        SWI #6\n        MOV R4, R0\n" + EXIT
"""Reads an integer into R4."""
FAULT = START + "        MOV R0, #3\n        MOV R1, #0xF0000000\n        LDR R2, [R1]\n"
STORE = START + "        LDR R0, =place\n        MOV R1, #7\n        STR R1, [R0]\n" + EXIT + "place:  .word 0\n"
CALL = START + "        BL sub\n" + EXIT + "sub:    MOV R5, #9\n        MOV PC, LR\n"


def numbers(count: int) -> str:
    """A program that prints 100000, 100001, ... each on its line."""
    return (
        START
        + f"        LDR R4, =100000\n        LDR R5, ={100000 + count}\n"
        + "again:  MOV R0, R4\n        MOV R1, #10\n        SWI #3\n        SWI #7\n"
        + "        ADD R4, R4, #1\n        CMP R4, R5\n        BLT again\n"
        + EXIT
    )


@frozen
class Response:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def seq(self) -> int:
        """The event that a command caused."""
        return int(self.headers["emu-seq"])


class Http:
    """An HTTP/1.1 client on one connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._http = h11.Connection(h11.CLIENT)

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | str | dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a request and reads the response."""
        await self.send(method, path, body, headers)
        return await self.receive()

    async def send(
        self,
        method: str,
        path: str,
        body: bytes | str | dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Sends a request. A dictionary travels as JSON."""
        if isinstance(body, dict):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body or b""
        fields = {"Host": "localhost:8080", "Content-Length": str(len(data)), **(headers or {})}
        pairs = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items() if value]
        request = h11.Request(method=method, target=path, headers=pairs)
        parts = [self._http.send(request), self._http.send(h11.Data(data)), self._http.send(h11.EndOfMessage())]
        await self.stream.send_all(b"".join(part for part in parts if part))

    async def head(self) -> h11.Response:
        """The header of the response."""
        event = await self._next()
        assert isinstance(event, h11.Response), event
        return event

    async def piece(self) -> bytes | None:
        """The next piece of the body; None at its end."""
        event = await self._next()
        return bytes(event.data) if isinstance(event, h11.Data) else None

    async def receive(self) -> Response:
        """The next response."""
        head = await self.head()
        body = b""
        while (piece := await self.piece()) is not None:
            body += piece
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return Response(head.status_code, {n.decode(): v.decode() for n, v in head.headers}, body)

    async def _next(self) -> h11.Event:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                assert isinstance(event, h11.Event), event
                return event
            self._http.receive_data(bytes(await self.stream.receive_some(65536)))

    async def create(self, source: str | None = None, **members: Any) -> str:
        """The path of a new session, with a program loaded if there is one."""
        made = await self.request("POST", "/api/v1/session", dict(members))
        assert made.status == 201, made.body
        path = f"/api/v1/session/{made.json()['sessionId']}"
        if source is not None:
            loaded = await self.request("POST", f"{path}/load", {"source": source})
            assert loaded.status == 200, loaded.body
        return path

    async def wait(self, path: str, state: str, after: int = 0) -> dict[str, Any]:
        """The event with which a session comes into a state."""
        answer = await self.request("GET", f"{path}/wait?state={state}&after={after}&timeout=60")
        assert answer.status == 200, answer.body
        return dict(answer.json())

    async def run(self, path: str, state: str = "halted") -> dict[str, Any]:
        """Runs the program and waits for a state."""
        started = await self.request("POST", f"{path}/run")
        assert started.status == 200, started.body
        return await self.wait(path, state, started.seq)


def session_id(path: str) -> str:
    """The id in a session's path."""
    return path.rpartition("/")[2]


class WebSocket:
    """A WebSocket client that keeps what it received."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def say(self, message: object = None, **members: object) -> None:
        """Sends a message as JSON; text is sent as it stands."""
        text = message if isinstance(message, str) else json.dumps(message if message is not None else members)
        await self.connection.send_message(text)

    async def hear(self) -> dict[str, Any]:
        """The next message. Raises TooSlowError after two hours, virtual ones."""
        with trio.fail_after(7200):
            return dict(json.loads(await self.connection.get_message()))

    async def hear_until(self, kind: str, **data: object) -> list[dict[str, Any]]:
        """Messages up to and including the first of a kind whose data has these members."""
        heard = []
        while True:
            heard.append(await self.hear())
            last = heard[-1]
            if last["type"] == kind and all(last["data"].get(name) == value for name, value in data.items()):
                return heard

    async def silence(self, seconds: float = 5) -> bool:
        """Whether nothing arrives for a while."""
        with trio.move_on_after(seconds):
            await self.connection.get_message()
            return False
        return True


@define
class Gateway:
    """A running server and the ways to it."""

    server: Server
    supervisor: Supervisor
    nursery: trio.Nursery

    def connect(self) -> trio.StapledStream[Any, Any]:
        """The client's end of a fresh connection."""
        client, server = trio.testing.memory_stream_pair()
        self.nursery.start_soon(self.server.serve_stream, server)
        return client

    def http(self) -> Http:
        """An HTTP client on a connection of its own."""
        return Http(self.connect())

    @asynccontextmanager
    async def socket(
        self, path: str = "/api/v1/ws", stream: trio.abc.Stream | None = None, **options: Any
    ) -> AsyncIterator[WebSocket]:
        """A WebSocket client on a connection of its own."""
        async with trio.open_nursery() as nursery:
            connection = await wrap_client_stream(
                nursery,
                stream or self.connect(),  # type: ignore[arg-type]
                options.pop("host", "localhost:8080"),
                path,
                **options,
            )
            yield WebSocket(connection)
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def running(
    config: GatewayConfig | None = None,
    supervisor_config: SupervisorConfig | None = None,
    execution: Inline | None = None,
    ports: Ports | None = None,
) -> AsyncIterator[Gateway]:
    """A server with deterministic execution: each turn of a thousand instructions takes a millisecond."""
    async with (
        open_supervisor(
            supervisor_config or SupervisorConfig(),
            execution or Inline(1000, seconds=0.001),
            ports=ports or repeatable_ports(),
        ) as supervisor,
        open_server(supervisor, config or GatewayConfig()) as server,
        trio.open_nursery() as nursery,
    ):
        yield Gateway(server, supervisor, nursery)
        nursery.cancel_scope.cancel()
