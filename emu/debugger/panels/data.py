"""The Registers, Memory and Stack panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.debugger.panels.lines import joined, safe
from emu.debugger.panels.panel import Panel
from emu.isa.conditions import FLAG_NAMES
from emu.isa.registers import PC, REGISTER_NAMES, SP

if TYPE_CHECKING:
    from emu.debugger.debugger import Debugger
    from emu.debugger.panels.changes import Changes
    from emu.debugger.panels.lines import Line, Span

_REGISTER_WIDTH = 15
_SPACE = 1 << 32
_TOP_WORDS = 16
"""Rows that the Stack shows above the end of its region."""


class Registers(Panel):
    """All registers, flags and counters; what has changed is marked."""

    name = "Registers"

    def __init__(self, debugger: Debugger, changes: Changes) -> None:
        super().__init__()
        self._debugger = debugger
        self._changes = changes
        self._lines: list[Line] = []

    def bounds(self) -> tuple[int, int]:
        """See Panel."""
        return 0, len(self._lines) - 1

    def prepare(self, columns: int) -> None:
        """See Panel."""
        per_row = max(1, min(3, columns // _REGISTER_WIDTH))
        names = range(PC)
        rows = -(-len(names) // per_row)
        self._lines = [
            joined(span for number in names[row * per_row : (row + 1) * per_row] for span in self._register(number))
            for row in range(rows)
        ]
        machine = self._debugger.machine
        n, z, c, v = machine.flags
        flags: list[Span] = [("text", "Flags: ")]
        for number, (name, is_set) in enumerate(zip(FLAG_NAMES, machine.flags, strict=True)):
            changed = number in self._changes.flags
            flags.append(("flag" if is_set else "changed" if changed else "dim", name if is_set else name.lower()))
        wide = per_row == 3
        gap_and_flags: list[Span] = [("text", "  "), *flags]
        word = n << 31 | z << 30 | c << 29 | v << 28
        self._lines.append(
            joined([*self._register(PC), ("text", f"CPSR {word:08X}"), *(gap_and_flags if wide else ())])
        )
        self._lines.append(joined([*(() if wide else (*flags, ("text", "  "))), ("text", f"Cyc: {machine.cycles:,}")]))

    def _register(self, number: int) -> list[Span]:
        value = self._debugger.machine.registers[number]
        changed = number in self._changes.registers
        return [
            ("dim", f"{REGISTER_NAMES[number]:<4}"),
            ("changed" if changed else "text", f"{value:08X}"),
            ("text", "   "),
        ]

    def row(self, number: int, columns: int) -> Line:
        """See Panel."""
        return self._lines[number]


class Memory(Panel):
    """Memory in hexadecimal and as characters. Follows what is written outside the stack unless told to stay.

    Rows are numbered by address, divided by the bytes of a row, which follow from the width.
    """

    name = "Memory"

    def __init__(self, debugger: Debugger, changes: Changes) -> None:
        super().__init__()
        self._debugger = debugger
        self._changes = changes
        self._per_row = 16
        self._is_spaced = True
        self.is_pinned = False
        """Whether somebody has asked for a place: then writing elsewhere does not move the window."""
        self._wanted: int | None = debugger.machine.registers[PC] & ~15

    @property
    def address(self) -> int:
        """The first address in the window."""
        return self._wanted if self._wanted is not None else self.top * self._per_row

    def title(self) -> str:
        """See Panel."""
        return f"Memory  0x{self.address:08X}{' (stays)' if self.is_pinned else ''}"

    def go(self, address: int, *, pinned: bool = True) -> None:
        """Shows a place, and stays there if `pinned`."""
        self._wanted = address & ~15
        self.is_pinned = pinned

    def follow(self) -> None:
        """Shows the first address that was written outside the stack, if it is not in the window already."""
        if self.is_pinned:
            return
        places = self._debugger.machine.memory_map
        first = self._changes.first_written((places.stack_start, places.stack_top))
        if first is not None and not self.address <= first < self.address + self.height * self._per_row:
            self._wanted = first & ~15

    def prepare(self, columns: int) -> None:
        """See Panel. As many bytes as have room, with blanks between them if possible."""
        address = self.address
        for per_row, spaced in ((16, True), (16, False), (8, True), (8, False), (4, False)):
            digits = 3 * per_row if spaced else 2 * per_row + per_row // 4
            self._per_row, self._is_spaced = per_row, spaced
            if 9 + digits + 1 + per_row <= columns:
                break
        self.top = address // self._per_row
        self._wanted = None

    def bounds(self) -> tuple[int, int]:
        """See Panel. The region that the first row is in."""
        address = self.top * self._per_row
        region = self._debugger.machine.memory.region_at(address)
        if region is None:
            return self.top, min(self.top + self.height, _SPACE // self._per_row) - 1
        last = max(region.end // self._per_row - 1, self.top if self.is_pinned else 0)
        return region.start // self._per_row, last

    def scroll(self, by: int) -> None:
        """See Panel. Goes on from one region to the next."""
        first, last = self.bounds()
        regions = self._debugger.machine.memory.regions
        if by > 0 and self.top + self.height > last:
            later = [region.start for region in regions if region.start > self.top * self._per_row]
            if later:
                self.top = later[0] // self._per_row
                return
        if by < 0 and self.top == first:
            earlier = [region.end for region in regions if region.end <= self.top * self._per_row]
            if earlier:
                self.top = earlier[-1] // self._per_row - self.height
                return
        super().scroll(by)

    def scroll_window(self, by: int) -> None:
        """See Panel."""
        self.scroll(by)

    def _keep_inside(self) -> None:
        self.top = max(0, min(self.top, _SPACE // self._per_row - 1))
        super()._keep_inside()

    def row(self, number: int, columns: int) -> Line:
        """See Panel."""
        start = number * self._per_row
        is_touched = self._changes.written(start, self._per_row)
        spans: list[Span] = [("address", f"{start:08X} ")]
        characters: list[Span] = [("text", " ")]
        for offset, value in enumerate(self._bytes(start)):
            written = is_touched and self._changes.written(start + offset)
            shown = "??" if value is None else f"{value:02X}"
            char = " " if value is None else chr(value) if 32 <= value < 127 else "."
            spans.append(("changed" if written else "dim" if not value else "text", shown))
            if self._is_spaced or offset % 4 == 3:
                spans.append(("text", " "))
            characters.append(("changed" if written else "dim" if char == "." else "text", char))
        return joined([*spans, *characters])

    def _bytes(self, start: int) -> list[int | None]:
        """The bytes of a row, None where nothing is mapped."""
        memory = self._debugger.machine.memory
        region = memory.region_at(start)
        if region is not None and start + self._per_row <= region.end:
            return list(memory.peek(start, self._per_row))
        addresses = range(start, start + self._per_row)
        return [memory.peek(address, 1)[0] if memory.region_at(address) is not None else None for address in addresses]


class Stack(Panel):
    """The words from SP upwards, with names for addresses of code and of labels."""

    name = "Stack"

    def __init__(self, debugger: Debugger, changes: Changes) -> None:
        super().__init__()
        self._debugger = debugger
        self._changes = changes
        self.follow()

    def follow(self) -> None:
        """Begins at SP again."""
        self.top = self._debugger.machine.registers[SP] >> 2

    def bounds(self) -> tuple[int, int]:
        """See Panel."""
        sp = self._debugger.machine.registers[SP]
        region = self._debugger.machine.memory.region_at(sp) or self._debugger.machine.memory.region_at(sp - 1)
        if region is None:
            return sp >> 2, min((sp >> 2) + self.height, _SPACE >> 2) - 1
        return region.start >> 2, max(region.end >> 2, (sp >> 2) + min(self.height, _TOP_WORDS)) - 1

    def row(self, number: int, columns: int) -> Line:
        """See Panel."""
        address = number << 2
        machine, index = self._debugger.machine, self._debugger.index
        here = address == machine.registers[SP] & ~3
        mark: Span = ("current", "-> ") if here else ("text", "   ")
        place: Span = ("address", f"0x{address:08X}: ")
        if machine.memory.region_at(address) is None:
            return (mark, place, ("dim", "????????"))
        value = int.from_bytes(machine.memory.peek(address, 4), "little")
        style: Span = ("changed" if self._changes.written(address, 4) else "text", f"0x{value:08X}")
        name = index.names.get(value) or (index.place(value) if index.is_instruction(value) else "")
        return (mark, place, style, ("label", f" <{safe(name)}>" if name else ""))
