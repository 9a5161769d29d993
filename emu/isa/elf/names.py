"""Symbols, and where code ends and data begins (ELF for the Arm Architecture, 5.5).

Mapping symbols tell the two apart: `$a` begins ARM code, `$t` Thumb code, `$d` data such as a literal pool, each up to
the next one in its section.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import iter_unpack

from emu.isa.elf.addresses import Addresses
from emu.isa.elf.errors import ElfError, damaged
from emu.isa.elf.headers import ALLOCATED, EXECUTABLE, NO_BITS
from emu.isa.program import Location, Symbol
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emu.isa.elf.headers import LoadSegment, Section

MOST_SYMBOLS = 1 << 18
NAME_BYTES = 1 << 24
"""All names together: a table of names that overlap must not grow into gigabytes."""
LONGEST_NAME = 1 << 12

_SYMBOL_TABLE = 2
_ENTRY_SIZE = 16
_LOCAL = 0
_NO_TYPE, _OBJECT, _FUNCTION, _SECTION, _FILE = range(5)
_UNDEFINED, _ABSOLUTE, _FIRST_RESERVED = 0, 0xFFF1, 0xFF00

_RANKS = {_FUNCTION: 0, _OBJECT: 2, _NO_TYPE: 4}


class Names:
    """What the symbol table says, read when somebody first asks: most runs never do.

    Only what decides whether the program can run at all is looked at before. Damage that shows later costs names.
    """

    def __init__(
        self, data: bytes, name: str, sections: list[Section], segments: list[LoadSegment], table: Section | None
    ) -> None:
        self.symbols = Symbols(self._read_symbols)
        self.instruction_addresses = Addresses(self._read_code)
        self._data = data
        self._name = name
        self._sections = sections
        self._segments = segments
        self._table = table
        self._found: tuple[list[_Raw], dict[int, list[tuple[int, str]]]] | None = None

    def _read(self) -> tuple[list[_Raw], dict[int, list[tuple[int, str]]]]:
        if self._found is None:
            self._found = _read_table(self._data, self._sections, self._table)
        return self._found

    def _read_code(self) -> list[tuple[int, int]]:
        return _code_ranges(self._sections, self._segments, self._read()[1])

    def _read_symbols(self) -> dict[str, Symbol]:
        raw, sections, code = self._read()[0], self._sections, self.instruction_addresses
        places = Location(self._name, 0, 0)
        raw.sort(key=lambda symbol: _RANKS[symbol.kind] + symbol.is_local)
        symbols: dict[str, Symbol] = {}
        copies: dict[str, int] = {}
        for symbol in raw:
            key = symbol.name
            if key in symbols:
                if symbols[key].value == symbol.value:
                    continue
                # Static functions of different files may have one name.
                copies[key] = copies.get(key, 1) + 1
                key = f"{key}#{copies[key]}"
            is_label = symbol.section < _FIRST_RESERVED
            end = symbol.value + symbol.size
            if is_label and not symbol.size and symbol.section < len(sections):
                section = sections[symbol.section]
                end = section.address + section.size
            symbols[key] = Symbol(symbol.name, symbol.value, is_label, places, symbol.value in code, end)
        return symbols


class Symbols(Mapping[str, Symbol]):
    """The symbols by name, read when first needed."""

    def __init__(self, read: Callable[[], dict[str, Symbol]]) -> None:
        self._read = read
        self._found: dict[str, Symbol] | None = None

    @property
    def _symbols(self) -> dict[str, Symbol]:
        if self._found is None:
            self._found = self._read()
        return self._found

    def __getitem__(self, name: str) -> Symbol:
        return self._symbols[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._symbols)

    def __len__(self) -> int:
        return len(self._symbols)


class _Raw(Record):
    name: str
    value: int
    size: int
    kind: int
    is_local: bool
    section: int


def read_names(data: bytes, name: str, sections: list[Section], segments: list[LoadSegment]) -> Names:
    """Symbols and addresses of instructions; of a stripped file every word of its code. Raises ElfError."""
    table = next((section for section in sections if section.kind == _SYMBOL_TABLE), None)
    if table is None or table.link >= len(sections):
        return Names(data, name, sections, segments, None)
    found = Names(data, name, sections, segments, table)
    _check_table(data, sections, table)
    return found


def _check_table(data: bytes, sections: list[Section], table: Section) -> None:
    """Raises ElfError for names outside of their table, and for Thumb code."""
    count = table.size // _ENTRY_SIZE
    if count > MOST_SYMBOLS:
        raise ElfError("symbols", f"the program has {count} symbols, more than {MOST_SYMBOLS}", "strip it")
    names = _names_of(data, sections, table)
    entries = data[table.offset : table.offset + count * _ENTRY_SIZE]
    if count and (names[-1:] != b"\0" or max(entry[0] for entry in iter_unpack("<I12x", entries)) >= len(names)):
        raise damaged("the name of a symbol has no end")
    # Functions in Thumb state have odd addresses, mapping symbols have names; both are rare enough to look twice.
    odd = any(value & 1 and info & 15 == _FUNCTION for value, info in iter_unpack("<4xI4xB3x", entries))
    if odd or b"$t" in names:
        for at, value, _size, info, _other, section in iter_unpack("<IIIBBH", entries):
            if section == _UNDEFINED or section >= _FIRST_RESERVED:
                continue
            if names.startswith((b"$t\0", b"$t."), at):
                raise _thumb(f"what follows 0x{value:08X} (mapping symbol $t)")
            if value & 1 and info & 15 == _FUNCTION:
                end = names.find(0, at, at + LONGEST_NAME)
                name = names[at:end].decode("utf-8", "replace") if end > 0 else ""
                raise _thumb(f"the function {name} at 0x{value & ~1:08X}")


def _thumb(what: str) -> ElfError:
    return ElfError(
        "thumb", f"{what} is Thumb code; this machine has no Thumb state", "compile and link with -marm -march=armv4t"
    )


def _names_of(data: bytes, sections: list[Section], table: Section) -> bytes:
    names = sections[table.link]
    return b"" if names.kind == NO_BITS else data[names.offset : names.offset + names.size]


def _read_table(
    data: bytes, sections: list[Section], table: Section | None
) -> tuple[list[_Raw], dict[int, list[tuple[int, str]]]]:
    """The named symbols, and the mapping symbols by section. Names beyond the budget are left out."""
    if table is None:
        return [], {}
    names = _names_of(data, sections, table)
    budget = NAME_BYTES
    raw: list[_Raw] = []
    mapping: dict[int, list[tuple[int, str]]] = {}
    entries = data[table.offset : table.offset + table.size // _ENTRY_SIZE * _ENTRY_SIZE]
    for at, value, size, info, _other, section in iter_unpack("<IIIBBH", entries):
        kind = info & 15
        if kind not in _RANKS or section == _UNDEFINED or not at:
            continue
        end = names.find(0, at, at + LONGEST_NAME)
        if end < 0:
            continue
        budget -= end - at
        if budget < 0:
            break
        name = names[at:end].decode("utf-8", "replace")
        if name[:1] == "$" and name[1:2] in ("a", "t", "d") and name[2:3] in ("", "."):
            mapping.setdefault(section, []).append((value, name[1]))
        elif name and (section < len(sections) or section == _ABSOLUTE):
            raw.append(_Raw(name, value, size, kind, info >> 4 == _LOCAL, section))
    return raw, mapping


def _code_ranges(
    sections: list[Section], segments: list[LoadSegment], mapping: dict[int, list[tuple[int, str]]]
) -> list[tuple[int, int]]:
    """Where instructions are as far as the tables tell, within what is loaded."""
    loaded = [(s.address, s.address + len(s.data)) for s in segments if s.executable]
    ranges: list[tuple[int, int]] = []
    wanted = ALLOCATED | EXECUTABLE
    for number, section in enumerate(sections):
        if section.flags & wanted == wanted:
            marks = sorted(mapping.get(number, ())) or [(section.address, "a")]
            ends = [*(mark[0] for mark in marks[1:]), section.address + section.size]
            ranges += [(start, end) for (start, what), end in zip(marks, ends, strict=True) if what == "a"]
    if not ranges:
        return loaded
    return [
        (max(start, low), min(end, high))
        for start, end in ranges
        for low, high in loaded
        if max(start, low) < min(end, high)
    ]
