"""The Source and Disassembly panels."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from attrs import frozen

from emu.debugger.panels.lines import line, safe
from emu.debugger.panels.panel import Panel
from emu.isa.registers import PC

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.debugger.code import Index
    from emu.debugger.debugger import Debugger
    from emu.debugger.panels.lines import Line, Span, Style

GUTTER = 3
"""Columns at the left for the marks of the PC and of breakpoints."""


def marks(debugger: Debugger, address: int | None) -> list[Span]:
    """`->` in front of the instruction that comes next, `*` for a breakpoint, `o` for one that is disabled."""
    if address is None:
        return [("text", " " * (GUTTER + 1))]
    entry = debugger.runner.breakpoints.at(address)
    arrow = "->" if address == debugger.machine.registers[PC] else "  "
    if entry is None:
        return [("current", arrow), ("text", "  ")]
    return [("current", arrow), ("breakpoint", "* ") if entry.enabled else ("disabled", "o ")]


@frozen
class _Row:
    text: str
    style: Style
    address: int | None = None
    heading: str = ""
    """What stands between the marks and the text."""


class Source(Panel):
    """The source of the program: its statements by address, or the text of the compiled file that the PC is in."""

    name = "Source"
    has_cursor = True

    def __init__(self, debugger: Debugger, read: Callable[[str], tuple[str, ...]]) -> None:
        """`read` gives the lines of a source file, none if they cannot be had."""
        super().__init__()
        self._debugger = debugger
        self._read = read
        self._index: Index | None = None
        self._file = ""
        self.has_text = False
        """Whether the text of a file is shown, by its lines."""
        self._rows: list[_Row] = []
        self._by_address: list[tuple[int, int]] = []

    def title(self) -> str:
        """See Panel."""
        return f"Source  {safe(self._file.rpartition('/')[2])}" if self.has_text else "Source"

    def follow(self, *, always: bool = False) -> None:
        """Brings the PC into the window, or where the frame is that somebody looks at."""
        place = self._debugger.frame_place()
        self._load(place)
        number = self._row_of(place)
        if number is not None:
            self.centre(number, always=always)

    def address_at_cursor(self) -> int | None:
        """The address of the selected row, if it has one."""
        return self._rows[self.cursor].address if self._rows else None

    def address_of(self, number: int) -> int | None:
        """The address of a row, if it has one."""
        return self._rows[number].address if 0 <= number < len(self._rows) else None

    def _row_of(self, address: int) -> int | None:
        number = bisect_right(self._by_address, (address, 1 << 62)) - 1
        if number < 0:
            return None
        there = self._debugger.index.line_at(address)
        start, row = self._by_address[number]
        return row if start == address or (there is not None and start >= there.address) else None

    def _load(self, pc: int) -> None:
        index = self._debugger.index
        there = index.line_at(pc)
        file = there.file if there is not None and not there.text else ""
        if index is self._index and (file == self._file or (self._file and not file)):
            return
        self._index, self._file = index, file
        text = self._read(file) if file else ()
        self.has_text = bool(text)
        self._rows = self._of_text(file, text) if text else self._of_statements(index)
        self._by_address = sorted((row.address, n) for n, row in enumerate(self._rows) if row.address is not None)
        self.top = 0

    @staticmethod
    def _of_statements(index: Index) -> list[_Row]:
        rows = []
        labels = sorted(address for address in index.labels if address in index.lines)
        pending = iter(labels)
        label = next(pending, None)
        for address in index.line_starts:
            while label is not None and label <= address:
                if label == address:
                    rows += [_Row(f">> {name}:", "label") for name in index.labels[label]]
                label = next(pending, None)
            statement = index.lines[address]
            text = statement.text.strip() or f"{statement.file.rpartition('/')[2]}:{statement.line}"
            for name in index.labels.get(address, ()):
                text = text.removeprefix(f"{name}:").lstrip()
            style: Style = "text" if statement.is_code else "data"
            rows.append(_Row(safe(text), style, address, f"0x{address:08X}: "))
        return rows

    def _of_text(self, file: str, text: tuple[str, ...]) -> list[_Row]:
        addresses: dict[int, int] = {}
        for address, statement in sorted(self._debugger.index.lines.items()):
            if statement.file == file:
                addresses.setdefault(statement.line, address)
        digits = len(str(len(text)))
        return [
            _Row(safe(shown), "text", addresses.get(number), f"{number:>{digits}} ")
            for number, shown in enumerate(text, 1)
        ]

    def bounds(self) -> tuple[int, int]:
        """See Panel."""
        return 0, max(0, len(self._rows) - 1)

    def prepare(self, columns: int) -> None:
        """See Panel."""
        if self._index is not self._debugger.index:
            self.follow()

    def row(self, number: int, columns: int) -> Line:
        """See Panel."""
        if not self._rows:
            return line(" no source", "dim")
        row = self._rows[number]
        if row.address is None and not row.heading:
            return line(row.text, row.style)
        pc = self._debugger.machine.registers[PC]
        is_current = row.address is not None and self._row_of(pc) == number
        spans = marks(self._debugger, row.address)
        if is_current:
            spans[0] = ("current", "->")
        style = "current" if is_current else row.style
        return (*spans, ("current" if is_current else "address", row.heading), (style, row.text))


class Disassembly(Panel):
    """Memory as instructions, a word to a row; rows are numbered by address."""

    name = "Disassembly"
    has_cursor = True

    def __init__(self, debugger: Debugger) -> None:
        super().__init__()
        self._debugger = debugger
        self.follow()

    def follow(self, *, always: bool = False) -> None:
        """Brings the PC into the window, or where the frame is that somebody looks at."""
        self.centre(self._debugger.frame_place() >> 2, always=always)

    def go(self, address: int) -> None:
        """Shows another place."""
        self.centre(address >> 2, always=True)

    def address_at_cursor(self) -> int | None:
        """The address of the selected row."""
        return self.cursor << 2

    def address_of(self, number: int) -> int | None:
        """The address of a row."""
        return number << 2

    def bounds(self) -> tuple[int, int]:
        """See Panel. The region that the selected row is in."""
        cursor = self._centred if self._centred is not None else self.cursor
        region = self._debugger.machine.memory.region_at(cursor << 2)
        if region is None:
            return cursor, cursor
        return region.start >> 2, (region.end >> 2) - 1

    def row(self, number: int, columns: int) -> Line:
        """See Panel."""
        address = number << 2
        machine, index = self._debugger.machine, self._debugger.index
        spans = marks(self._debugger, address)
        is_current = address == machine.registers[PC]
        if machine.memory.region_at(address) is None:
            return (*spans, ("address", f"0x{address:08X} "), ("dim", "????????"))
        word = int.from_bytes(machine.memory.peek(address, 4), "little")
        style: Style = "current" if is_current else "data" if index.is_data(address) else "text"
        spans += [("current" if is_current else "address", f"0x{address:08X} "), ("dim", f"{word:08X} ")]
        spans.append((style, f"{index.statement(word, address):<28}"))
        if address in index.names:
            spans.append(("label", f" <{safe(index.names[address])}>"))
        return tuple(spans)
