"""The line table: which line of C an instruction came from (DWARF 5, section 6.2; versions 2 to 5).

Theory of operation. The table is a sequence of units, each with its file names and a program for a small machine that
makes rows of (address, file, line). A row holds up to the next one. Rows of one line are joined, and the result is
sorted by address. Only rows within loaded code count: a linker that drops a function leaves its rows behind, at 0.

`SourceMap` decodes when it is first looked at, which most runs never do. A table that is damaged, or of a version from
the future, is no reason not to run a program: then there are no source lines, and `problem` says why.
"""

from __future__ import annotations

from collections.abc import Sequence

from emu.isa.elf.errors import ElfError, damaged
from emu.isa.elf.reader import Reader
from emu.isa.program import SourceLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import overload

MOST_ROWS = 1 << 19
NAME_BYTES = 1 << 22
"""All file names together."""
LONGEST_NAME = 1 << 12
LAST_LINE = 1 << 24
"""A row beyond it is damage."""

_PATH, _DIRECTORY = 1, 2
_STRING, _LINE_STRING, _INDIRECT_STRING = 0x08, 0x1F, 0x0E
_FIXED = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}
_NUMBER, _BLOCK = 0x0F, 0x09

_END_SEQUENCE, _SET_ADDRESS, _DEFINE_FILE = 1, 2, 3


class SourceMap(Sequence[SourceLine]):
    """The source lines of a program by address, decoded when first needed."""

    def __init__(self, decode: Callable[[], list[SourceLine]]) -> None:
        self._decode = decode
        self._found: tuple[SourceLine, ...] | None = None
        self._problem = ""

    @property
    def lines(self) -> tuple[SourceLine, ...]:
        """All of them."""
        if self._found is None:
            try:
                self._found = tuple(self._decode())
            except ElfError as error:
                self._found, self._problem = (), error.message
        return self._found

    @property
    def problem(self) -> str:
        """Why there are no source lines although there is a table; else nothing."""
        return self._problem if self.lines == () else ""

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> SourceLine: ...
        @overload
        def __getitem__(self, index: slice) -> tuple[SourceLine, ...]: ...

    def __getitem__(self, index: int | slice) -> SourceLine | tuple[SourceLine, ...]:
        return self.lines[index]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[SourceLine]:
        return iter(self.lines)


class LineTable:
    """Decodes one line table."""

    def __init__(self, table: bytes, line_strings: bytes, strings: bytes) -> None:
        """The sections `.debug_line`, `.debug_line_str` and `.debug_str`."""
        self._table = table
        self._strings = {_LINE_STRING: line_strings, _INDIRECT_STRING: strings}
        self._name_budget = NAME_BYTES
        self._rows: list[tuple[int, int, str, int]] = []

    def decode(self, code: Sequence[tuple[int, int]]) -> list[SourceLine]:
        """All source lines in the address ranges `code`. Raises ElfError."""
        reader = Reader(self._table, "the line table")
        while reader.left:
            length = reader.number(4)
            if length >= 0xFFFFFFF0:
                raise damaged("its line table has the 64-bit format")
            _Unit(reader.part(length), self._string, self._rows).run()
        kept = (row for row in self._rows if any(low <= row[0] and row[1] <= high for low, high in code))
        return _joined(sorted(kept))

    def _string(self, form: int, offset: int) -> str:
        text = self._strings[form]
        end = text.find(0, offset, offset + LONGEST_NAME)
        if end < 0:
            raise damaged("a file name in its line table has no end")
        return self._charged(text[offset:end])

    def _charged(self, name: bytes) -> str:
        self._name_budget -= len(name)
        if self._name_budget < 0:
            raise damaged("the file names in its line table are longer than the table")
        return name.decode("utf-8", "replace")


def _joined(rows: list[tuple[int, int, str, int]]) -> list[SourceLine]:
    """Neighbours of one line as one."""
    found: list[SourceLine] = []
    start = end = line = 0
    file = ""
    for low, high, name, number in rows:
        if end == low and name == file and number == line:
            end = high
            continue
        if end > start:
            found.append(SourceLine(start, end - start, file, line, "", True))
        start, end, file, line = low, high, name, number
    if end > start:
        found.append(SourceLine(start, end - start, file, line, "", True))
    return found


class _Unit:
    """One unit: its tables of names, and the machine that makes its rows (DWARF 5, 6.2.2)."""

    def __init__(
        self, reader: Reader, string: Callable[[int, int], str], rows: list[tuple[int, int, str, int]]
    ) -> None:
        self._reader = reader
        self._string = string
        self._rows = rows
        self._version = reader.number(2)
        if not 2 <= self._version <= 5:
            raise damaged(f"its line table has the unknown version {self._version}")
        if self._version == 5:
            reader.number(2)  # sizes of addresses and of segment selectors
        head = reader.part(reader.number(4))
        self._scale = head.number(1)
        if self._version >= 4:
            head.number(1)  # operations per instruction, for machines with very long instructions
        head.number(1)
        self._line_base = (head.number(1) ^ 0x80) - 0x80
        self._line_range = head.number(1)
        self._opcode_base = head.number(1)
        if not self._line_range or not self._opcode_base:
            raise damaged("its line table has a range of no lines")
        self._lengths = [head.number(1) for _ in range(self._opcode_base - 1)]
        self._directories: list[str] = []
        self._files: list[tuple[str, int]] = []
        self._full_names: dict[int, str] = {}
        self._read_names(head)

    def _read_names(self, head: Reader) -> None:
        if self._version == 5:
            self._directories = [name for name, _ in self._entries(head)]
            self._files = list(self._entries(head))
            return
        self._directories = [""]
        while name := head.text():
            self._directories.append(name.decode("utf-8", "replace"))
        self._files = [("", 0)]
        while name := head.text():
            self._files.append((name.decode("utf-8", "replace"), head.uleb()))
            head.uleb()
            head.uleb()

    def _entries(self, head: Reader) -> Iterator[tuple[str, int]]:
        forms = [(head.uleb(), head.uleb()) for _ in range(head.number(1))]
        count = head.uleb()
        if count > head.left or (count and not forms):
            raise damaged(f"its line table claims {count} names")
        for _ in range(count):
            name, directory = "", 0
            for content, form in forms:
                if content == _PATH:
                    name = self._text(head, form)
                elif content == _DIRECTORY:
                    directory = self._value(head, form)
                else:
                    self._value(head, form)
            yield name, directory

    def _text(self, head: Reader, form: int) -> str:
        if form == _STRING:
            return head.text().decode("utf-8", "replace")
        if form in (_LINE_STRING, _INDIRECT_STRING):
            return self._string(form, head.number(4))
        raise damaged(f"a file name in its line table has the form 0x{form:X}")

    def _value(self, head: Reader, form: int) -> int:
        if form == _NUMBER:
            return head.uleb()
        if form == _BLOCK:
            head.skip(head.uleb())
            return 0
        if form == _STRING:
            head.text()
            return 0
        if form in (_LINE_STRING, _INDIRECT_STRING):
            return head.number(4)
        if form in _FIXED:
            return head.number(_FIXED[form])
        raise damaged(f"a file in its line table has an attribute of the form 0x{form:X}")

    def _name_of(self, file: int) -> str:
        """A file as the compiler was told of it; in another directory than the compiler's own, with that directory."""
        name = self._full_names.get(file)
        if name is None:
            name, directory = self._files[file] if file < len(self._files) else ("", 0)
            if directory and directory < len(self._directories) and not name.startswith("/"):
                name = f"{self._directories[directory]}/{name}"
            self._full_names[file] = name
        return name

    def run(self) -> None:
        """Executes the unit's program."""
        reader = self._reader
        number, base, scale = reader.number, self._opcode_base, self._scale
        line_base, line_range = self._line_base, self._line_range
        skipped = (255 - base) // line_range * scale
        address, file, line = 0, 1, 1
        before: tuple[int, int, int] | None = None
        while reader.left:
            opcode = number(1)
            if opcode >= base:
                opcode -= base
                address = (address + opcode // line_range * scale) & 0xFFFFFFFF
                line += line_base + opcode % line_range
            elif opcode == 0:
                body = reader.part(reader.uleb())
                kind = body.number(1)
                if kind == _SET_ADDRESS:
                    address = body.number(body.left) & 0xFFFFFFFF
                elif kind == _DEFINE_FILE:
                    self._files.append((body.text().decode("utf-8", "replace"), body.uleb()))
                elif kind == _END_SEQUENCE:
                    self._row(before, address)
                    address, file, line, before = 0, 1, 1, None
                continue
            elif opcode == 1:
                pass
            elif opcode == 2:
                address = (address + reader.uleb() * scale) & 0xFFFFFFFF
                continue
            elif opcode == 3:
                line += reader.sleb()
                continue
            elif opcode == 4:
                file = reader.uleb()
                continue
            elif opcode == 8:
                address = (address + skipped) & 0xFFFFFFFF
                continue
            elif opcode == 9:
                address = (address + number(2)) & 0xFFFFFFFF
                continue
            else:
                for _ in range(self._lengths[opcode - 1]):
                    reader.uleb()
                continue
            self._row(before, address)
            before = (address, file, line)

    def _row(self, row: tuple[int, int, int] | None, end: int) -> None:
        if row is not None and row[0] < end and 0 < row[2] <= LAST_LINE:
            if len(self._rows) >= MOST_ROWS:
                raise damaged(f"its line table has more than {MOST_ROWS} rows")
            self._rows.append((row[0], end, self._name_of(row[1]), row[2]))
