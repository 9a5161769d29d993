"""What is known about the addresses of a program: label and offset, file and line; each looked up once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.debug_commands import Located
from emu.isa.places import nearest_label, source_line

if TYPE_CHECKING:
    from emu.isa.program import Program

_KEPT = 4096


class Locations:
    """See the module's docstring."""

    def __init__(self, program: Program | None) -> None:
        self.program = program
        self._known: dict[int, Located] = {}
        self._labels: dict[int, str] = {}
        for symbol in program.labels() if program is not None else ():
            self._labels.setdefault(symbol.value, symbol.name)

    def label_at(self, address: int) -> str | None:
        """The first label exactly there."""
        return self._labels.get(address)

    def at(self, address: int) -> Located:
        """Everything about an address."""
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[address] = self._look(address)
        return known

    def _look(self, address: int) -> Located:
        if self.program is None:
            return Located(address)
        label = nearest_label(self.program, address)
        line = source_line(self.program, address)
        return Located(
            address,
            label.name if label is not None else None,
            address - label.value if label is not None else 0,
            line.file if line is not None else None,
            line.line if line is not None else None,
        )
