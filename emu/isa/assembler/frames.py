"""Frames: where the next line comes from, and by which way the assembler got there.

Theory of operation. The assembler reads from a stack of frames: the source file at the bottom, above it included
files, expansions of macros and repetitions, each of which ends before the one beneath goes on. Statements keep a
reference to their frame and the index of their line in it, from which everything a message needs is worked out when,
and only when, there is a message: file, line, the column in the text as the programmer wrote it, and the chain of
calls.
"""

from __future__ import annotations

from emu.isa.assembler.diagnostics import Diagnostic, Note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emu.isa.assembler.source import Source
    from emu.isa.program import Location

FILE, MACRO, REPETITION = "file", "macro", "repetition"


class Condition:
    """An open `.if` block."""

    __slots__ = ("index", "column", "outer", "active", "has_else")

    def __init__(self, index: int, column: int, outer: bool, active: bool) -> None:
        self.index = index
        self.column = column
        self.outer = outer
        """Whether the lines around the block are assembled."""
        self.active = active
        """Whether the current branch would be."""
        self.has_else = False


class Frame:
    """Lines being read. `first` is the number of line 0 in the source, from 1."""

    __slots__ = (
        "source", "lines", "first", "kind", "name", "parent", "call_index", "call_column", "index", "conditions",
        "skipping", "maps",
    )  # fmt: skip

    def __init__(
        self, source: Source, lines: Sequence[str], first: int, kind: str, name: str, parent: Frame | None = None
    ) -> None:
        self.source = source
        self.lines = lines
        self.first = first
        self.kind = kind
        self.name = name
        """The identity of a file, the name of a macro."""
        self.parent = parent
        self.index: int = 0
        """The line being read."""
        self.call_index: int = parent.index if parent is not None else 0
        self.call_column = 0
        self.conditions: list[Condition] = []
        self.skipping = False
        self.maps: Mapping[int, Sequence[tuple[int, int, int]]] = {}
        """For lines with macro arguments in them: (column, length, column in the macro's body) per argument."""

    def repeats(self) -> bool:
        """Whether the lines are to be read once more."""
        return False

    def line(self, index: int) -> int:
        """The number of line `index` in its file, from 1."""
        return self.first + index

    def raw(self, index: int) -> str:
        """Line `index` as the programmer wrote it."""
        number = self.first + index - 1
        return self.source.raw[number] if number < len(self.source.raw) else ""

    def location(self, index: int, column: int) -> Location:
        """The place of a column (from 0) of a line."""
        from emu.isa.program import Location

        return Location(self.source.name, self.line(index), self.column(index, column))

    def column(self, index: int, column: int) -> int:
        """The column in the raw line, from 1, for a column from 0 in the line as it was read."""
        shift = 0
        for start, length, original in self.maps.get(index, ()):
            if column < start:
                break
            if column < start + length:
                return original + 1
            shift = self._end_of_parameter(index, original) - (start + length)
        return column + shift + 1

    def _end_of_parameter(self, index: int, column: int) -> int:
        raw = self.raw(index)
        if raw.startswith("\\{", column):
            return raw.find("}", column) + 1
        end = column + 2
        while end < len(raw) and (raw[end].isalnum() or raw[end] in "_."):
            end += 1
        return end

    def diagnostic(
        self,
        index: int,
        column: int,
        severity: str,
        code: str,
        message: str,
        hint: str | None = None,
        notes: tuple[Note, ...] = (),
    ) -> Diagnostic:
        """A diagnostic at a column (from 0) of line `index`, with the way that led there."""
        return Diagnostic(
            self.source.name,
            self.line(index),
            self.column(index, column),
            severity,
            code,
            message,
            hint,
            self.raw(index),
            notes + self._way(index),
        )

    def _way(self, index: int) -> tuple[Note, ...]:
        notes: list[Note] = []
        frame = self
        while frame.parent is not None and len(notes) < 10:
            parent = frame.parent
            file, line = parent.source.name, parent.line(frame.call_index)
            column = parent.column(frame.call_index, frame.call_column)
            if frame.kind == FILE:
                notes.append(Note("included from here", file, line, column))
            elif frame.kind == MACRO:
                text = frame.lines[index].strip() if index < len(frame.lines) else ""
                shown = f", as: {text[:100]}" if index in frame.maps and text else ""
                notes.append(Note(f"in the macro {frame.name}, used here{shown}", file, line, column))
            index = frame.call_index
            frame = parent
        return tuple(notes)
