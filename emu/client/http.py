"""A small HTTP/1.1 client: a request at a time per connection, idle ones kept, nothing repeated that may not be.

A connection that breaks in the middle of a request leaves open whether the server acted on it. Requests that are
harmless to repeat (GET), and commands that carry an idempotency key, are sent again on a fresh connection until the
endpoint's patience ends. Anything else is repeated only if no byte of it was sent.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, TypeVar

import h11
import msgspec
import trio
from attrs import frozen

from emu.client.errors import CommandError, ConnectionLost, ProtocolError
from emu.client.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.client.transport import Endpoint

Model = TypeVar("Model")

RECEIVE_BYTES = 65536
MOST_IDLE = 8
UNAVAILABLE = 503


@frozen
class Answer:
    """A response, its body read to the end. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, model: type[Model]) -> Model:
        """The body as one of the wire models. Raises ProtocolError if it is none."""
        try:
            return msgspec.json.decode(self.body, type=model)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"the answer with status {self.status} is {self.body[:200]!r}: {error}") from error

    def refusal(self) -> CommandError:
        """The error that a status other than 2xx stands for."""
        try:
            details = self.read(dict[str, object])
        except ProtocolError:
            return CommandError(self.status, self.body.decode("utf-8", "replace").strip() or "refused")
        return CommandError(self.status, str(details.get("message") or details.get("error") or "refused"), details)


class _Unsent(Exception):
    """The request did not reach the connection."""


class _Broken(Exception):
    """The connection ended before the response was complete."""


class _Stale(Exception):
    """An idle connection had ended before anybody used it again."""


class Connection:
    """One connection and the state of HTTP on it."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT)

    async def exchange(self, request: h11.Request, body: bytes) -> Answer:
        """Sends one request and reads its response."""
        try:
            head = self._http.send(request)
            data = self._http.send(h11.Data(body)) if body else b""
            end = self._http.send(h11.EndOfMessage())
            try:
                await self._stream.send_all(b"".join(part for part in (head, data, end) if part))
            except trio.BrokenResourceError:
                pass  # a server that refuses a long body answers before it has read it
            response = await self._next()
            while isinstance(response, h11.InformationalResponse):
                response = await self._next()
            if not isinstance(response, h11.Response):
                raise _Broken
            chunks = []
            while isinstance(event := await self._next(), h11.Data):
                chunks.append(bytes(event.data))
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status_code, headers, b"".join(chunks))
        except (trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError) as error:
            raise _Broken from error

    async def _next(self) -> h11.Event:
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(bytes(await self._stream.receive_some(RECEIVE_BYTES)))
            elif isinstance(event, h11.ConnectionClosed) or not isinstance(event, h11.Event):
                raise _Broken
            else:
                return event

    def recycle(self) -> bool:
        """Makes the connection ready for another request, if both sides are willing."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def aclose(self) -> None:
        """Closes the stream at once."""
        await trio.aclose_forcefully(self._stream)


class HttpClient:
    """Requests to one endpoint. Safe to use from several tasks at once; each takes a connection of its own."""

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._idle: list[Connection] = []

    async def request(
        self,
        method: str,
        path: str,
        value: object = None,
        *,
        is_command: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer with status 2xx to a request with the JSON of `value` as its body.

        A command gets an idempotency key, so that however often it has to be sent, it is executed once. Raises
        CommandError for any other status, ConnectionLost when the patience is at its end.
        """
        body = b"" if value is None else msgspec.json.encode(value)
        fields = [
            (b"host", self._endpoint.host.encode("ascii")),
            (b"accept", b"application/json"),
            (b"content-length", str(len(body)).encode("ascii")),
            *self._endpoint.authorization,
            *((name.encode("ascii"), field.encode("ascii")) for name, field in (headers or {}).items()),
        ]
        if body:
            fields.append((b"content-type", b"application/json"))
        if is_command:
            fields.append((b"idempotency-key", token_hex(16).encode("ascii")))
        request = h11.Request(method=method, target=self._endpoint.prefix + path, headers=fields)
        repeatable = is_command or method == "GET"
        wait = self._patience.begin()
        while True:
            try:
                answer = await self._attempt(request, body, fresh=not repeatable)
                if 200 <= answer.status < 300:
                    return answer
                if answer.status != UNAVAILABLE or not repeatable:
                    raise answer.refusal()
                await wait.pause(answer.refusal())
            except _Stale:
                continue
            except (_Unsent, _Broken) as error:
                if isinstance(error, _Broken) and not repeatable:
                    raise ConnectionLost(f"the connection broke during {method} {path}") from error
                await wait.pause(error)

    async def _attempt(self, request: h11.Request, body: bytes, *, fresh: bool) -> Answer:
        connection = None if fresh or not self._idle else self._idle.pop()
        was_idle = connection is not None
        if connection is None:
            try:
                connection = Connection(await self._endpoint.open_stream())
            except (OSError, trio.BrokenResourceError) as error:
                raise _Unsent(str(error)) from error
        keep = False
        try:
            answer = await connection.exchange(request, body)
            keep = connection.recycle() and len(self._idle) < MOST_IDLE
            return answer
        except _Broken as error:
            if was_idle:
                raise _Stale from error
            raise
        finally:
            if keep:
                self._idle.append(connection)
            else:
                await connection.aclose()

    async def aclose(self) -> None:
        """Closes the idle connections."""
        while self._idle:
            await self._idle.pop().aclose()
