"""Sockets without a library: as fast a subscriber as Python allows, and requests of a few bytes.

A `RawSubscriber` collects bytes and makes messages of them only when asked, so that hundreds of them can keep up with
a server, and a measurement measures the server. Nothing here reconnects or checks anything.
"""

from __future__ import annotations

import json
import os

import trio

UPGRADE = (
    b"GET /api/v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RECEIVE_BYTES = 1 << 18


def masked_frame(payload: bytes) -> bytes:
    """A text message as clients send it (RFC 6455 section 5.3), of less than 64 KiB."""
    length = len(payload)
    head = bytes([0x81, 0x80 | length]) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


def messages(data: bytes) -> list[dict[str, object]]:
    """The JSON messages in the frames that a server sent; an incomplete last frame is left out."""
    found: list[dict[str, object]] = []
    position = 0
    while position + 2 <= len(data):
        kind, length = data[position] & 0x0F, data[position + 1]
        start = position + 2
        if length >= 126:
            width = 2 if length == 126 else 8
            length = int.from_bytes(data[start : start + width], "big")
            start += width
        if start + length > len(data):
            break
        if kind == 1:
            found.append(json.loads(data[start : start + length]))
        position = start + length
    return found


class RawSubscriber:
    """A WebSocket on a stream of your own."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.received = bytearray()
        """The frames that arrived, as bytes."""

    async def open(self) -> None:
        """Completes the handshake. Raises ConnectionError if the server refuses."""
        await self.stream.send_all(UPGRADE)
        head = bytearray()
        while b"\r\n\r\n" not in head:
            piece = await self.stream.receive_some(4096)
            if not piece:
                raise ConnectionError(f"refused: {bytes(head)!r}")
            head += piece
        answer, _, rest = bytes(head).partition(b"\r\n\r\n")
        if b" 101 " not in answer:
            raise ConnectionError(f"refused: {answer!r}")
        self.received += rest

    async def send(self, message: dict[str, object]) -> None:
        """Sends a message."""
        await self.stream.send_all(masked_frame(json.dumps(message).encode("utf-8")))

    async def subscribe(self, session_id: str, **members: object) -> None:
        """Subscribes, to version 1 unless `version=2` is given. Version 2 has confirmed when this returns."""
        await self.send({"type": "subscribe", "sessionId": session_id, **members})
        if members.get("version") == 2:
            await self.read_until(b'"type":"subscribed"')

    async def read_until(self, wanted: bytes, count: int = 1) -> None:
        """Reads until `wanted` has arrived `count` times. Raises ConnectionError at the end of the stream."""
        seen, position = 0, 0
        while True:
            while (found := self.received.find(wanted, position)) >= 0:
                seen, position = seen + 1, found + len(wanted)
                if seen == count:
                    return
            position = max(position, len(self.received) - len(wanted) + 1)
            piece = await self.stream.receive_some(RECEIVE_BYTES)
            if not piece:
                raise ConnectionError("the stream has ended")
            self.received += piece

    def messages(self) -> list[dict[str, object]]:
        """What has arrived so far."""
        return messages(bytes(self.received))

    def text(self) -> str:
        """The contents of all output messages so far."""
        contents = []
        for message in self.messages():
            data = message["data"]
            if message["type"] == "output" and isinstance(data, dict):
                contents.append(str(data["content"]))
        return "".join(contents)


class RawRequests:
    """Requests on one connection that is kept open."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._buffer = bytearray()

    async def send(self, method: str, path: str, value: object = None) -> tuple[int, bytes]:
        """Status and body of the answer, which must have a Content-Length."""
        body = b"" if value is None else json.dumps(value).encode("utf-8")
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        await self.stream.send_all(head.encode("ascii") + body)
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            await self._more()
        lines = bytes(self._buffer[:end]).lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
        while len(self._buffer) < end + 4 + length:
            await self._more()
        answer = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return int(lines[0].split()[1]), answer

    async def _more(self) -> None:
        piece = await self.stream.receive_some(RECEIVE_BYTES)
        if not piece:
            raise ConnectionError("the stream has ended")
        self._buffer += piece

    async def create(self, source: str | None = None) -> str:
        """The id of a new session, with a program if one is given."""
        session_id = str(json.loads((await self.send("POST", "/api/v1/session", {}))[1])["sessionId"])
        if source is not None:
            status, body = await self.send("POST", f"/api/v1/session/{session_id}/load", {"source": source})
            if status != 200:
                raise ValueError(body.decode("utf-8", "replace"))
        return session_id

    async def command(self, session_id: str, action: str) -> None:
        """A command without a body. Raises ValueError if it is refused."""
        status, body = await self.send("POST", f"/api/v1/session/{session_id}/{action}")
        if status != 200:
            raise ValueError(f"{action}: {status} {body.decode('utf-8', 'replace')}")

    async def delete(self, session_id: str) -> None:
        """Ends a session."""
        await self.send("DELETE", f"/api/v1/session/{session_id}")
