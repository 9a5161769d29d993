"""The text of the source lines of a compiled program, as far as its files are at hand.

An executable names its files as the compiler was told of them, mostly relative to where it was built. They are looked
for beside the executable and in the current directory. What cannot be read has no text, which is no error.
"""

from __future__ import annotations

import os
import stat

from emu.cli.sources import LARGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.program import SourceLine


class SourceText:
    """Reads each file once."""

    def __init__(self, program_path: str) -> None:
        """`program_path` is the executable."""
        self._folder = os.path.dirname(program_path)
        self._files: dict[str, list[str]] = {}

    def line(self, place: SourceLine) -> str:
        """The text of a line, without its end; empty if it is not at hand."""
        lines = self._files.get(place.file)
        if lines is None:
            lines = self._files[place.file] = self._read(place.file)
        return lines[place.line - 1] if 0 < place.line <= len(lines) else ""

    def _read(self, name: str) -> list[str]:
        for path in (os.path.join(self._folder, name), name):
            try:
                return _lines(path)
            except (OSError, ValueError):
                continue
        return []


def _lines(path: str) -> list[str]:
    # A name in a file from elsewhere may be that of a FIFO or a terminal: opening it must not wait.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return []
        return file.read().decode("utf-8", "replace").split("\n")
