"""One session as its subscribers see it: every event encoded once, whoever receives it.

The newest encodings are kept, so that subscribers who read at about the same place share them; one who lags far behind
pays for its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.gateway.channel import text_frame
from emu.gateway.render import payload_data, snapshot_data, state_data
from emu.wire.stream import MAX_SNAPSHOT, Cursor
from emu.wire.text import encode

if TYPE_CHECKING:
    from msgspec import Struct

    from emu.actors.commands import ConsoleText
    from emu.actors.events import Event, StateChanged
    from emu.actors.session import Session

KEPT_BYTES = 256 * 1024
"""What the encodings of one session may take up."""

_STATE_MEMBERS = 4096
"""Room that a snapshot leaves for everything but the console."""


class Encoded:
    """An event's message in the forms that subscribers of all events share."""

    __slots__ = ("legacy", "numbered", "size", "tail")

    def __init__(self, event: Event, names: bytes, epoch: bytes) -> None:
        data = encode(payload_data(event.payload))
        head = b'{"type":"%b",%b,"seq":%d' % (event.kind.encode("ascii"), names, event.seq)
        self.tail = (head, b',"epoch":%b,"data":%b}' % (epoch, data))
        self.legacy = text_frame(head + b',"data":' + data + b"}")
        self.numbered = text_frame(self.envelope(event.seq - 1))
        self.size = len(data) * 3 + 300

    def envelope(self, prev: int) -> bytes:
        """The message of version 2 for a subscription on which `prev` was sent before."""
        head, tail = self.tail
        return b'%b,"prev":%d%b' % (head, prev, tail)


class Feed:
    """The encodings of one session's events."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._names = b'"sessionId":' + encode(session.id)
        self._epoch = encode(session.log.epoch)
        self._kept: dict[int, Encoded] = {}
        self._size = 0

    def encoded(self, event: Event) -> Encoded:
        """The message of an event of this session."""
        found = self._kept.get(event.seq)
        if found is None:
            found = self._kept[event.seq] = Encoded(event, self._names, self._epoch)
            self._size += found.size
            while self._size > KEPT_BYTES and len(self._kept) > 1:
                oldest = next(iter(self._kept))
                self._size -= self._kept.pop(oldest).size
        return found

    def cursor(self, seq: int) -> Cursor:
        """A position of this session, as messages show it."""
        return Cursor(self.session.log.epoch, seq)

    def control(self, kind: str, data: Struct, *, epoch: bool = True, seq: int | None = None) -> bytes:
        """The frame of a message about this session that is no event."""
        head = b'{"type":"%b",%b' % (kind.encode("ascii"), self._names)
        if epoch:
            head += b',"epoch":' + self._epoch
        if seq is not None:
            head += b',"seq":%d' % seq
        return text_frame(head + b',"data":' + encode(data) + b"}")

    def legacy_snapshot(self, state: StateChanged, seq: int) -> bytes:
        """The state message that opens a subscription of version 1."""
        return text_frame(b'{"type":"state",%b,"seq":%d,"data":%b}' % (self._names, seq, encode(state_data(state))))

    def snapshot(self, state: StateChanged, console: ConsoleText, seq: int) -> bytes:
        """The frame of a snapshot; of a long console text it holds the tail."""
        text = tail_within(console.text, MAX_SNAPSHOT - _STATE_MEMBERS)
        dropped = console.dropped + len(console.text) - len(text)
        return self.control("snapshot", snapshot_data(state, type(console)(text, dropped)), seq=seq)


def tail_within(text: str, limit: int) -> str:
    """The longest practical tail of `text` whose JSON has at most `limit` bytes."""
    while (size := len(encode(text))) > limit:
        text = text[len(text) - min(len(text) - 1, len(text) * limit // size) :]
    return text
