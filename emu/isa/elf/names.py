"""Symbols, and where code ends and data begins (ELF for the Arm Architecture, 5.5).

Mapping symbols tell the two apart: `$a` begins ARM code, `$t` Thumb code, `$d` data such as a literal pool, each up to
the next one in its section.
"""

from __future__ import annotations

from struct import iter_unpack

from emu.isa.elf.errors import ElfError, damaged
from emu.isa.elf.headers import ALLOCATED, EXECUTABLE
from emu.isa.program import Location, Symbol
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
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


class Names(Record):
    """What the symbol table says."""

    symbols: dict[str, Symbol]
    instruction_addresses: frozenset[int]


class _Raw(Record):
    name: str
    value: int
    size: int
    kind: int
    is_local: bool
    section: int


def read_names(data: bytes, name: str, sections: list[Section], segments: list[LoadSegment]) -> Names:
    """Symbols and addresses of instructions; of a stripped file every word of its code. Raises ElfError."""
    raw, mapping = _read_table(data, sections)
    places = Location(name, 0, 0)
    for symbol in raw:
        if symbol.kind == _FUNCTION and symbol.value & 1 and symbol.section:
            raise _thumb(f"the function {symbol.name} at 0x{symbol.value & ~1:08X}")
    code = frozenset(_code_addresses(sections, segments, mapping))
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
    return Names(symbols, code)


def _thumb(what: str) -> ElfError:
    return ElfError(
        "thumb", f"{what} is Thumb code; this machine has no Thumb state", "compile and link with -marm -march=armv4t"
    )


def _read_table(data: bytes, sections: list[Section]) -> tuple[list[_Raw], dict[int, list[tuple[int, str]]]]:
    """The named symbols, and the mapping symbols by section."""
    table = next((section for section in sections if section.kind == _SYMBOL_TABLE), None)
    if table is None or table.link >= len(sections):
        return [], {}
    count = table.size // _ENTRY_SIZE
    if count > MOST_SYMBOLS:
        raise ElfError("symbols", f"the program has {count} symbols, more than {MOST_SYMBOLS}", "strip it")
    names_at = sections[table.link].offset
    names = data[names_at : names_at + sections[table.link].size]
    budget = NAME_BYTES
    raw: list[_Raw] = []
    mapping: dict[int, list[tuple[int, str]]] = {}
    entries = data[table.offset : table.offset + count * _ENTRY_SIZE]
    for at, value, size, info, _other, section in iter_unpack("<IIIBBH", entries):
        kind = info & 15
        if kind not in _RANKS or section == _UNDEFINED or not at:
            continue
        end = names.find(0, at, at + LONGEST_NAME)
        if end < 0:
            raise damaged("the name of a symbol has no end")
        budget -= end - at
        if budget < 0:
            raise damaged("the names of its symbols are longer than the file")
        name = names[at:end].decode("utf-8", "replace")
        if name[:1] == "$" and name[1:2] in ("a", "t", "d") and name[2:3] in ("", "."):
            if name[1] == "t" and section < _FIRST_RESERVED:
                raise _thumb(f"what follows 0x{value:08X} (mapping symbol $t)")
            mapping.setdefault(section, []).append((value, name[1]))
        elif name and (section < len(sections) or section == _ABSOLUTE):
            raw.append(_Raw(name, value, size, kind, info >> 4 == _LOCAL, section))
    return raw, mapping


def _code_addresses(
    sections: list[Section], segments: list[LoadSegment], mapping: dict[int, list[tuple[int, str]]]
) -> set[int]:
    """The address of every instruction that the tables know of, within what is loaded."""
    loaded = [(s.address, s.address + len(s.data)) for s in segments if s.executable]
    ranges: list[tuple[int, int]] = []
    wanted = ALLOCATED | EXECUTABLE
    for number, section in enumerate(sections):
        if section.flags & wanted == wanted:
            marks = sorted(mapping.get(number, ())) or [(section.address, "a")]
            ends = [*(mark[0] for mark in marks[1:]), section.address + section.size]
            ranges += [(start, end) for (start, what), end in zip(marks, ends, strict=True) if what == "a"]
    if not ranges:
        ranges = loaded
    addresses: set[int] = set()
    budget = sum(end - start for start, end in loaded) + 4 * len(ranges)
    for start, end in ranges:
        for low, high in loaded:
            first, last = max(start, low) + 3 & ~3, min(end, high) - 3
            if first < last:
                budget -= last - first
                if budget < 0:
                    raise damaged("its sections of code overlap")
                addresses.update(range(first, last, 4))
    return addresses
