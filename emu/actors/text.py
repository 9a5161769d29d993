"""From the bytes a program writes to the text of output events, and the console that remembers it.

Theory of operation. Each stream has its own incremental UTF-8 decoder: the bytes of one character may come in several
writes and several slices, and an incomplete sequence is held back until it is complete or given up (`finish`), when it
becomes U+FFFD. Writes of one stream that follow each other are joined; what is long is cut at code points into pieces
that fit into one frame on the wire in any spelling of JSON. The console keeps exactly the contents of the output
events.
"""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections import deque
from typing import TYPE_CHECKING

from emu.actors.commands import ConsoleText
from emu.actors.events import Output

if TYPE_CHECKING:
    from codecs import IncrementalDecoder
    from collections.abc import Iterable, Iterator

MAX_BYTES = 4000
"""The longest content of one output event, in bytes of UTF-8."""
MAX_ESCAPED = 7600
"""The longest content in the most wasteful spelling of JSON, so that a frame of 8192 bytes holds it."""

CONSOLE_LIMIT = 1 << 20
"""Characters that a console keeps."""

_decoder = getincrementaldecoder("utf-8")


class Decoders:
    """The streams of one program."""

    def __init__(self) -> None:
        self._decoders: dict[str, IncrementalDecoder] = {}

    def decode(self, writes: Iterable[tuple[str, bytes]]) -> Iterator[Output]:
        """The output events for consecutive writes, joined and cut as the module's docstring says."""
        stream, parts = "", [""]
        for name, data in writes:
            decoder = self._decoders.get(name)
            if decoder is None:
                decoder = self._decoders[name] = _decoder("replace")
            text = decoder.decode(data)
            if not text:
                continue
            if name != stream:
                yield from cut(stream, "".join(parts))
                stream, parts = name, []
            parts.append(text)
        yield from cut(stream, "".join(parts))

    def finish(self) -> Iterator[Output]:
        """Gives up incomplete sequences: the run has ended."""
        for name, decoder in self._decoders.items():
            yield from cut(name, decoder.decode(b"", final=True))
            decoder.reset()
        self._decoders.clear()


def cut(stream: str, text: str) -> Iterator[Output]:
    """Output events for a text of any length; none for an empty one."""
    position, end = 0, len(text)
    while position < end:
        size = MAX_BYTES
        piece = text[position : position + size]
        while not _fits(piece):
            size = len(piece) * 3 // 4
            piece = piece[:size]
        yield Output(stream, piece)
        position += len(piece)


def _fits(piece: str) -> bool:
    length = len(piece)
    if length * 6 <= MAX_BYTES:
        return True
    if length * 2 <= MAX_ESCAPED and piece.isascii() and piece.isprintable():
        return True
    return len(piece.encode()) <= MAX_BYTES and len(json.dumps(piece)) <= MAX_ESCAPED


class Console:
    """All output since the session was created, or its newest CONSOLE_LIMIT characters."""

    def __init__(self, limit: int = CONSOLE_LIMIT) -> None:
        self._limit = limit
        self._parts: deque[str] = deque()
        self._length = 0
        self._dropped = 0

    def add(self, text: str) -> None:
        """Appends, and drops the oldest characters beyond the limit."""
        self._parts.append(text)
        self._length += len(text)
        while self._length > self._limit:
            oldest = self._parts.popleft()
            excess = min(self._length - self._limit, len(oldest))
            if excess < len(oldest):
                self._parts.appendleft(oldest[excess:])
            self._length -= excess
            self._dropped += excess
        if len(self._parts) > 1024 and len(self._parts) * 64 > self._length:
            self._join()

    def _join(self) -> None:
        text = "".join(self._parts)
        self._parts.clear()
        self._parts.append(text)

    def text(self) -> ConsoleText:
        """What is kept, and how many characters came before it."""
        if len(self._parts) > 1:
            self._join()
        return ConsoleText(self._parts[0] if self._parts else "", self._dropped)
