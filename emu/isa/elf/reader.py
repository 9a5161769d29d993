"""A cursor over bytes that never reads past its end."""

from __future__ import annotations

from emu.isa.elf.errors import truncated

_LONGEST_NUMBER = 10
"""Bytes of a LEB128 number of 64 bits."""


class Reader:
    """Little-endian values one after the other, from `position` up to `end`. Every read raises ElfError past the end.

    `what` is what messages call the bytes.
    """

    __slots__ = ("data", "end", "position", "what")

    def __init__(self, data: bytes, what: str, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.what = what
        self.position = position
        self.end = len(data) if end is None else min(end, len(data))

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return self.end - self.position

    def number(self, size: int) -> int:
        """An unsigned number of `size` bytes."""
        start = self.skip(size)
        return int.from_bytes(self.data[start : start + size], "little")

    def skip(self, size: int) -> int:
        """Goes `size` bytes on; gives back where it was."""
        start = self.position
        if size > self.end - start:
            raise truncated(self.what)
        self.position = start + size
        return start

    def uleb(self) -> int:
        """An unsigned LEB128 number."""
        value, shift, _last = self._leb()
        return value & ((1 << shift) - 1)

    def sleb(self) -> int:
        """A signed LEB128 number."""
        value, shift, last = self._leb()
        return value - (1 << shift) if last & 0x40 else value

    def _leb(self) -> tuple[int, int, int]:
        value = shift = 0
        for _ in range(_LONGEST_NUMBER):
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value, shift, byte
        raise truncated(self.what)

    def text(self) -> bytes:
        """The bytes before the next 0, which is read, too."""
        end = self.data.find(0, self.position, self.end)
        if end < 0:
            raise truncated(self.what)
        start, self.position = self.position, end + 1
        return self.data[start:end]

    def part(self, size: int) -> Reader:
        """A reader of the next `size` bytes, which this one skips."""
        start = self.skip(size)
        return Reader(self.data, self.what, start, start + size)
