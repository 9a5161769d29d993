"""The Quart application: every request passes the guard, finds its endpoint, and gets an answer in the documented form.

Quart's own routing is not used. The paths of this interface answer strangers in ways no router knows (spec http-api.md
2.1 to 2.4), and the table of endpoints is also what the description is made from.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

import trio
from quart.wrappers import Response
from quart_trio import QuartTrio
from quart_trio.wrappers.request import TrioRequest

from emu.actors.commands import CommandFailed
from emu.gateway.channel import Channel
from emu.gateway.control import CONTROL
from emu.gateway.http import PLAIN, Answer, Call, Refused, error, read_body, session_not_found
from emu.gateway.idempotency import OtherCommand, Unanswered, is_key
from emu.gateway.protocol import CHANNEL
from emu.gateway.routing import Found, Router
from emu.gateway.security import Guard, chosen_subprotocol
from emu.gateway.socket import Socket
from emu.gateway.table import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quart.wrappers import Request, Websocket

    from emu.actors.session import Session
    from emu.gateway.config import GatewayConfig
    from emu.gateway.http import Endpoint
    from emu.gateway.hub import Hub

SOCKET_PATHS = ("/api/v1/ws", "/ws")
PUBLIC_PATHS = frozenset({"/health", "/openapi.json", "/docs", "/", "/api/v1/reference"})
PUBLIC_FOLDERS = ("/s/", "/assets/")
"""What can be had without a token: nothing of a session. The page under the address of one asks for the token."""

METHODS = "GET, POST, PUT, DELETE, OPTIONS"
HEADERS = "Content-Type, Authorization"


class GatewayApp(QuartTrio):
    """The application of one server."""

    def __init__(self, hub: Hub, config: GatewayConfig) -> None:
        super().__init__("emu.gateway", static_folder=None)
        self.config["BODY_TIMEOUT"] = config.body_timeout
        self.config["RESPONSE_TIMEOUT"] = None
        self.hub = hub
        self.gateway_config = config
        self.router = Router(ENDPOINTS)
        self.guard = Guard(config.token, config.host)
        self.request_class = self._make_request  # type: ignore[assignment]  # all that is done with it is to call it

    def _make_request(self, method: str, *arguments: Any, **named: Any) -> TrioRequest:
        named["max_content_length"] = self._longest_body(method, _raw_path(named["scope"]))
        return TrioRequest(method, *arguments, **named)

    def _longest_body(self, method: str, path: str) -> int:
        config = self.gateway_config
        try:
            found = self.router.find(method, path)
        except Refused:
            return config.max_body
        takes_executable = isinstance(found, Found) and found.endpoint.takes_executable
        return config.max_program_body if takes_executable else config.max_body

    # -- HTTP

    async def handle_request(self, request: Request) -> Response:
        """The answer to a request, whatever it is. Raises nothing but cancellation."""
        self.hub.requests += 1
        try:
            answer = await self._answer(request)
        except Refused as refused:
            answer = refused.answer()
        except Exception as failure:  # noqa: BLE001 (the client gets the documented form, the operator the traceback)
            self.gateway_config.log.failure("request failed", failure, method=request.method, path=request.path)
            answer = error(500, "The server failed to handle this request")
        return self._response(answer, request.headers.get("Origin"), request.headers.get("Host"))

    async def _answer(self, request: Request) -> Answer:
        headers = request.headers
        host, origin = headers.get("Host") or None, headers.get("Origin")
        path = _raw_path(request.scope)
        if request.method == "OPTIONS":
            if not self.guard.allowed_host(host):
                raise Refused(403, "Host not allowed")
            return Answer(200, b"", PLAIN)
        refusal = self.guard.refuses(host, origin, headers.get("Authorization"), [])
        if refusal is not None and not (refusal.status == 401 and _is_public(path)):
            self._refuse(refusal.status, refusal.message, host, origin)
        if path in SOCKET_PATHS and request.method in ("GET", "POST"):
            return Answer(400, b"Bad Request\n", PLAIN)
        found = self.router.find(request.method, path)
        if isinstance(found, Answer):
            return found
        return await self._handle(request, found)

    def _refuse(self, status: int, message: str, host: str | None, origin: str | None) -> None:
        self.gateway_config.log.warning("request refused", reason=message, host=host, origin=origin)
        raise Refused(status, message, {"WWW-Authenticate": "Bearer"} if status == 401 else None)

    async def _handle(self, request: Request, found: Found) -> Answer:
        endpoint = found.endpoint
        session = None
        if endpoint.needs_session:
            session = self._session(found.variables["id"])
        too_long = f"The program is too large (max {self.gateway_config.max_program} bytes)"
        messages = (too_long,) if endpoint.takes_executable else ()
        body = b"" if endpoint.method == "GET" else await read_body(request, *messages)
        call = Call(self.hub, request, found.variables, session, body)
        if session is not None and endpoint.is_command and not self.hub.controls.grants(session, call.header(CONTROL)):
            raise Refused(403, f"This session is protected: commands need its control key in the header {CONTROL}")
        key = call.header("Idempotency-Key") if endpoint.is_command else None
        if key is None or session is None:
            return await _carry_out(endpoint, call)
        if not is_key(key):
            raise Refused(400, "Invalid Idempotency-Key (must be 1 to 128 printable ASCII characters)")
        return await self._once(key, session, endpoint, call, request)

    async def _once(self, key: str, session: Session, endpoint: Endpoint, call: Call, request: Request) -> Answer:
        target = f"{request.method} {_raw_path(request.scope)}?".encode("latin-1") + request.query_string
        fingerprint = hashlib.sha256(target + b"\0" + call.body).digest()

        async def work() -> Answer:
            try:
                return await _carry_out(endpoint, call)
            except Refused as refused:
                return refused.answer()
            except Exception as failure:  # noqa: BLE001 (as in handle_request)
                self.gateway_config.log.failure("command failed", failure, path=request.path)
                return error(500, "The server failed to handle this request")

        try:
            return await self.hub.answered(session).once(key, fingerprint, work, self.hub.start_soon)
        except OtherCommand as other:
            raise Refused(422, "This Idempotency-Key belongs to another command") from other
        except Unanswered as unanswered:
            raise Refused(503, "The server is stopping") from unanswered

    def _session(self, session_id: str) -> Session:
        session = self.hub.supervisor.find(session_id)
        if session is None:
            raise session_not_found()
        return session

    def _response(self, answer: Answer, origin: str | None, host: str | None) -> Response:
        body = answer.body if answer.stream is None else answer.stream
        response = Response(body, answer.status, content_type=answer.content_type)
        headers = response.headers
        if answer.stream is None:
            headers["Content-Length"] = str(len(answer.body))
        else:
            response.timeout = None
        for name, value in answer.headers.items():
            headers[name] = value
        headers["Access-Control-Allow-Methods"] = METHODS
        headers["Access-Control-Allow-Headers"] = HEADERS
        if self.guard.allowed_origin(origin, host):
            headers["Access-Control-Allow-Credentials"] = "true"
            if origin is not None:
                headers["Access-Control-Allow-Origin"] = origin
                headers.add("Vary", "Origin")
        return response

    # -- WebSocket

    async def handle_websocket(self, websocket: Websocket) -> Response | None:
        """Serves a WebSocket to its end, or refuses the handshake with an answer."""
        headers = websocket.headers
        host, origin = headers.get("Host") or None, headers.get("Origin")
        offered = list(websocket.requested_subprotocols)
        try:
            refusal = self.guard.refuses(host, origin, headers.get("Authorization"), offered)
            if refusal is not None:
                self._refuse(refusal.status, refusal.message, host, origin)
            path = _raw_path(websocket.scope)
            if path not in SOCKET_PATHS:
                found = self.router.find("GET", path)
                answer = found if isinstance(found, Answer) else Answer(400, b"Bad Request\n", PLAIN)
                return self._response(answer, origin, host)
        except Refused as refused:
            return self._response(refused.answer(), origin, host)
        channel = cast("Mapping[str, object]", websocket.scope["state"])[CHANNEL]
        assert isinstance(channel, Channel)
        channel.ping_interval = self.gateway_config.ping_interval
        channel.pong_timeout = self.gateway_config.pong_timeout
        await websocket.accept(subprotocol=chosen_subprotocol(offered))
        try:
            await Socket(self.hub, channel).run(websocket.receive)
        except trio.Cancelled:
            raise
        except Exception as failure:  # noqa: BLE001 (one socket's trouble is nobody else's)
            self.gateway_config.log.failure("socket failed", failure)
            await channel.close(1011, "the server failed")
        return None


async def _carry_out(endpoint: Endpoint, call: Call) -> Answer:
    try:
        return await endpoint.handle(call)
    except CommandFailed as failed:
        # A resource translates the refusals it knows; any other is a request that makes no sense now.
        raise call.refused(400, failed.message, failed) from failed


def _is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_FOLDERS)


def _raw_path(scope: Mapping[str, object]) -> str:
    """The path as it was sent, percent-encoded, without query; also of a target in absolute form."""
    raw = cast("bytes", scope["raw_path"]).decode("ascii")
    if raw.startswith("/") or "://" not in raw:
        return raw
    return "/" + raw.partition("://")[2].partition("/")[2]
