"""Console input: one stream, one buffer, many ways to take from it (spec syscalls.md section 4).

Theory of operation. Text arrives in chunks of any size (`feed`) and one day ends (`close`). A take either succeeds and
removes what it returns, or says NEED_MORE and removes nothing, so a wait that is given up leaves the stream as it was.
How the text was cut into chunks never shows: the same bytes give the same takes.

Blanks and blank lines that a take skips are removed only when the take succeeds. So that a long run of them is not
looked at again for each new chunk, the buffer remembers how far its leading bytes are known to be skippable; these two
marks save time and are no part of the state.
"""

from __future__ import annotations

from enum import Enum

from emu.isa.values import Record

LINE_LIMIT = 4096
"""The longest piece of a line that one take returns, in bytes, its LF included."""

_BLANKS = b" \t\r\n"


class Shortage(Enum):
    """Why a take returned nothing."""

    NEED_MORE = "need_more"
    END_OF_INPUT = "end_of_input"


NEED_MORE = Shortage.NEED_MORE
END_OF_INPUT = Shortage.END_OF_INPUT


class ConsoleSnapshot(Record):
    """What was waiting to be read at one moment."""

    buffered: bytes
    closed: bool


class ConsoleInput:
    """The input stream of one program."""

    __slots__ = ("_blank_chars", "_blank_lines", "_buffer", "_closed")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._closed = False
        self._blank_chars = 0
        self._blank_lines = 0

    @property
    def closed(self) -> bool:
        """Whether the end of the input was announced. Buffered bytes can still be taken."""
        return self._closed

    @property
    def buffered(self) -> int:
        """Number of bytes that were fed and not yet taken."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Appends input. Raises ValueError after `close`."""
        if self._closed:
            raise ValueError("input was closed")
        self._buffer += data

    def close(self) -> None:
        """No more input will come. Closing twice is fine."""
        self._closed = True

    def take_char(self) -> int | Shortage:
        """The next byte (0 to 255) that is not a space, tab, CR or LF; the blanks before it are dropped."""
        buffer = self._buffer
        position, end = self._blank_chars, len(buffer)
        while position < end and buffer[position] in _BLANKS:
            position += 1
        if position == end:
            self._blank_chars = position
            return self._short(drop=position)
        char = buffer[position]
        self._drop(position + 1)
        return char

    def take_line(self, limit: int = LINE_LIMIT) -> bytes | Shortage:
        """The bytes up to and with the next LF, at most `limit`; at the end of the input whatever is left."""
        end = self._line_end(0, limit)
        if end < 0:
            return self._short(drop=0)
        return self._take(0, end)

    def take_filled_line(self) -> bytes | Shortage:
        """Like `take_line` with the standard limit, but drops lines of nothing but ASCII white space before it."""
        start = self._blank_lines
        while (end := self._line_end(start, LINE_LIMIT)) >= 0:
            if not self._buffer[start:end].isspace():
                return self._take(start, end)
            start = end
        self._blank_lines = start
        return self._short(drop=start)

    def take_bytes(self, count: int) -> bytes | Shortage:
        """What is there, at least 1 and at most `count` bytes; none for `count` 0."""
        if count and not self._buffer:
            return self._short(drop=0)
        return self._take(0, min(count, len(self._buffer)))

    def snapshot(self) -> ConsoleSnapshot:
        """The bytes not yet taken, and whether more may come."""
        return ConsoleSnapshot(bytes(self._buffer), self._closed)

    def restore(self, snapshot: ConsoleSnapshot) -> None:
        """Puts back a snapshot."""
        self._drop(len(self._buffer))
        self._buffer += snapshot.buffered
        self._closed = snapshot.closed

    def _line_end(self, start: int, limit: int) -> int:
        """One past the last byte of the line at `start`, or -1 while that is not known or nothing is left."""
        stop = start + limit
        end = self._buffer.find(b"\n", start, stop) + 1
        if end:
            return end
        available = len(self._buffer)
        if available >= stop:
            return stop
        return available if self._closed and available > start else -1

    def _short(self, *, drop: int) -> Shortage:
        if not self._closed:
            return NEED_MORE
        self._drop(drop)
        return END_OF_INPUT

    def _take(self, start: int, end: int) -> bytes:
        taken = bytes(self._buffer[start:end])
        self._drop(end)
        return taken

    def _drop(self, count: int) -> None:
        if count:
            del self._buffer[:count]
            self._blank_chars = self._blank_lines = 0
