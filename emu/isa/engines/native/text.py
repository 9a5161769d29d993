"""LLVM assembly, line by line, with names that are used once."""

from __future__ import annotations

from emu.isa.bits import MASK32


class Text:
    """The body of a function while it is written. `lines` may be exchanged to write somewhere else for a while."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._counter = 0

    def line(self, text: str) -> None:
        """A line without a result."""
        self.lines.append("  " + text)

    def emit(self, text: str) -> str:
        """Gives the result of `text` a name and answers it."""
        self._counter += 1
        name = f"%t{self._counter}"
        self.lines.append(f"  {name} = {text}")
        return name

    def label(self, kind: str) -> str:
        """A new label."""
        self._counter += 1
        return f"{kind}{self._counter}"

    def begin(self, label: str) -> None:
        """What follows is at `label`."""
        self.lines.append(f"{label}:")

    def likely(self, bit: str) -> str:
        """The same bit, of which LLVM is told that it is set most of the time."""
        return self.emit(f"call i1 @llvm.expect.i1(i1 {bit}, i1 true)")


def signed(number: int) -> int:
    """A word as LLVM writes it."""
    number &= MASK32
    return number - (1 << 32) if number >> 31 else number
