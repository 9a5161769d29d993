"""The file descriptors of a program (spec syscalls.md section 5.1): 0, 1 and 2 are the console, files come after."""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from emu.services.effects import OpenMode

STDIN, STDOUT, STDERR = 0, 1, 2
FIRST_FILE = 3
LIMIT = 1024
"""Entries in the table, the console's three included."""


class OpenFile(Record):
    """A file that the guest has open: the performer's handle, what may be done, and at which byte it happens next."""

    handle: int
    mode: OpenMode
    position: int = 0


class Descriptors:
    """Numbers of open files. Entries are immutable; a moved position replaces the entry."""

    def __init__(self) -> None:
        self._files: dict[int, OpenFile] = {}

    @property
    def full(self) -> bool:
        """Whether `add` must not be called."""
        return len(self._files) >= LIMIT - FIRST_FILE

    def add(self, file: OpenFile) -> int:
        """Gives `file` the lowest free number and returns it. Raises ValueError if the table is full."""
        if self.full:
            raise ValueError("too many open files")
        number = FIRST_FILE
        while number in self._files:
            number += 1
        self._files[number] = file
        return number

    def get(self, number: int) -> OpenFile | None:
        """The open file with that number."""
        return self._files.get(number)

    def move(self, number: int, position: int) -> None:
        """Sets the position, in bytes, of an open file."""
        file = self._files[number]
        self._files[number] = OpenFile(file.handle, file.mode, position)

    def remove(self, number: int) -> None:
        """Frees the number."""
        del self._files[number]

    def files(self) -> list[tuple[int, OpenFile]]:
        """All open files with their numbers, by number."""
        return sorted(self._files.items(), key=lambda entry: entry[0])

    def clear(self) -> None:
        """Frees all numbers."""
        self._files.clear()

    def snapshot(self) -> tuple[tuple[int, OpenFile], ...]:
        """All open files with their numbers, by number."""
        return tuple(self.files())

    def restore(self, snapshot: Iterable[tuple[int, OpenFile]]) -> None:
        """Puts back a snapshot."""
        self._files = dict(snapshot)
