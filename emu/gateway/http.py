"""One HTTP exchange as the resources see it: declared endpoints, a call, an answer or a refusal."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from attrs import field, frozen
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from emu.actors.commands import CommandFailed, Refusal
from emu.wire import text
from emu.wire.models import Error, Success

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from quart.wrappers import Request

    from emu.actors.commands import Command, Reply
    from emu.actors.session import Session
    from emu.gateway.config import GatewayConfig
    from emu.gateway.hub import Hub

Model = TypeVar("Model")
Result = TypeVar("Result")

JSON = "application/json"
PLAIN = "text/plain; charset=utf-8"


@frozen
class Answer:
    """A complete answer. `stream`, if there is one, follows the body and has no known end."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(factory=dict)
    stream: AsyncIterator[bytes] | None = None


class Refused(Exception):
    """A request that ends with an error in the documented form."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The answer that says so."""
        return error(self.status, self.message, self.headers)


def json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, text.encode(value) + b"\n", headers=headers or {})


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The JSON form of an error (spec http-api.md 2.7)."""
    return json(Error(HTTPStatus(status).phrase, status, message), status, headers)


def success(message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer of commands that have nothing to say."""
    return json(Success(True, message), headers=headers)


def method_not_allowed() -> Answer:
    """The wrong method on a known path: plain text, as older clients know it."""
    return Answer(405, b"Method not allowed\n", PLAIN, {"X-Content-Type-Options": "nosniff"})


def not_found() -> Answer:
    """A path that nothing lies at."""
    return Answer(404, b"404 page not found\n", PLAIN)


def bad_body() -> Refused:
    """A body that cannot be read."""
    return Refused(400, "Invalid request body")


@frozen
class Query:
    """A member of the query string, for the description."""

    name: str
    meaning: str
    schema: Mapping[str, object]
    required: bool = False


@frozen
class Endpoint:
    """Everything that is to say about a method on a path. `{name}` in the path is a variable."""

    method: str
    path: str
    handle: Callable[[Call], Awaitable[Answer]]
    summary: str
    answers: Mapping[int, type | str]
    """The model of the body by status, or its content type; several content types are separated by `, `."""
    request: type | None = None
    query: tuple[Query, ...] = ()
    tag: str = "session"
    is_command: bool = False
    """Whether it changes a session: such a request may carry an idempotency key."""
    plain_text: bool = False
    """Whether a body of type text/plain is taken as it stands."""
    takes_executable: bool = False
    """Whether a body of type application/octet-stream is taken as it stands, and may be as large as a program."""
    details: str = ""
    is_described: bool = True
    """Whether programs are told of it. What only browsers need is no part of the interface, and may change."""

    @property
    def needs_session(self) -> bool:
        """Whether the path names a session."""
        return "{id}" in self.path


class Call:
    """A request that found its endpoint."""

    def __init__(
        self, hub: Hub, request: Request, variables: Mapping[str, str], session: Session | None, body: bytes
    ) -> None:
        self.hub = hub
        self.variables = variables
        self.body = body
        self._request = request
        self._session = session

    @property
    def config(self) -> GatewayConfig:
        """The settings of the gateway."""
        return self.hub.config

    @property
    def session(self) -> Session:
        """The session that the path names."""
        assert self._session is not None
        return self._session

    @property
    def media_type(self) -> str:
        """The type of the body, in lower case, without parameters."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()

    def header(self, name: str) -> str | None:
        """A header of the request."""
        value: str | None = self._request.headers.get(name)
        return value

    def query(self, name: str) -> str | None:
        """A member of the query string, the first one if it is repeated."""
        value: str | None = self._request.args.get(name)
        return value

    def queries(self, name: str) -> list[str]:
        """All members of the query string with that name, in order."""
        return [str(value) for value in self._request.args.getlist(name)]

    def model(self, model: type[Model], *, may_be_empty: bool = False) -> Model:
        """The body as an instance of `model`. Raises Refused."""
        if may_be_empty and not self.body.strip():
            return text.fit({}, model)
        try:
            return text.parse(self.body, model)
        except text.Malformed as malformed:
            raise bad_body() from malformed

    def value(self) -> object:
        """The body as plain values. Raises Refused."""
        try:
            return text.read(self.body)
        except text.Malformed as malformed:
            raise bad_body() from malformed

    async def ask(self, command: Command[Result]) -> Reply[Result]:
        """Lets the session carry out a command. Raises CommandFailed, or Refused if the session is gone."""
        try:
            return await self.session.ask(command)
        except CommandFailed as failed:
            if failed.refusal is Refusal.CLOSED:
                raise session_not_found() from failed
            if failed.refusal is Refusal.HELD:
                raise Refused(503, f"Session is held: {failed.message}", {"Retry-After": "1"}) from failed
            if failed.refusal is Refusal.CRASHED:
                raise Refused(500, f"Session failed: {failed.message}", self.position(failed.seq)) from failed
            raise

    def position(self, seq: int) -> dict[str, str]:
        """The headers that tell which event a command caused (spec delivery.md section 3)."""
        return {
            "Emu-Epoch": self.session.log.epoch,
            "Emu-Seq": str(seq or self.session.log.high),
            "Access-Control-Expose-Headers": "Emu-Epoch, Emu-Seq",
        }

    def refused(self, status: int, message: str, failed: CommandFailed) -> Refused:
        """The refusal of a command, with its position."""
        return Refused(status, message, self.position(failed.seq))


def session_not_found() -> Refused:
    """No such session, or no longer."""
    return Refused(404, "Session not found")


async def read_body(request: Request, too_long: str = "Invalid request body") -> bytes:
    """The whole body. Raises Refused if it is too long, for which there is a message, or does not arrive in time."""
    try:
        data = await request.get_data()
        assert isinstance(data, bytes)
        return data
    except RequestEntityTooLarge as too_large:
        raise Refused(400, too_long) from too_large
    except RequestTimeout as too_late:
        raise Refused(408, "The request body did not arrive in time") from too_late


def whole_number(spelling: str | None, most: int = 0xFFFF_FFFF) -> int | None:
    """The decimal number that `spelling` is, 0 to `most`; None for anything else."""
    if spelling is None or not spelling.isascii() or not spelling.isdecimal() or len(spelling) > 20:
        return None
    number = int(spelling)
    return number if number <= most else None


def address(spelling: str | None) -> int | None:
    """The address that `spelling` is: `0x` and hexadecimal digits, or decimal (spec http-api.md section 3)."""
    if spelling is None or not spelling.startswith("0x"):
        return whole_number(spelling)
    digits = spelling[2:]
    if not 1 <= len(digits) <= 64 or not digits.isascii() or not digits.isalnum():
        return None
    try:
        number = int(digits, 16)
    except ValueError:
        return None
    return number if number <= 0xFFFF_FFFF else None
