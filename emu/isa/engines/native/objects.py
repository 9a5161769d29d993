"""Loads object code without LLVM: an ELF file for x86-64 becomes executable memory.

Linking by LLVM means loading LLVM, which takes longer than many programs run. What the compiler here produces needs
very little linking: a few sections and absolute or relative references between them. Whatever goes beyond that, and
every other kind of computer, is refused with `Unloadable`; then LLVM links.

Memory is never writable and executable at the same time.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QIIq")

_RELOCATABLE, _X86_64 = 1, 62
_SYMBOLS, _RELOCATIONS, _NO_BITS = 2, 4, 8
_ALLOCATED = 2
_ABSOLUTE_64, _RELATIVE_32 = 1, 2


class Unloadable(Exception):
    """This object code is not for this loader."""


class _Section:
    __slots__ = ("data", "flags", "info", "kind", "link", "place")

    def __init__(self, file: bytes, header: tuple[int, ...]) -> None:
        _, self.kind, self.flags, _, offset, size, self.link, self.info, alignment, _ = header
        if self.kind == _NO_BITS and size:
            raise Unloadable("a section without contents")
        self.data = file[offset : offset + size]
        if len(self.data) != size or alignment > mmap.PAGESIZE:
            raise Unloadable("a section outside the file")
        self.place = -1


def load(code: bytes, name: str) -> tuple[int, object]:
    """(the address of the function `name`, what keeps its memory). Raises Unloadable."""
    if sys.platform != "linux":
        raise Unloadable("not Linux")
    try:
        return _load(code, name.encode())
    except (struct.error, IndexError, OSError, OverflowError, ValueError) as error:
        raise Unloadable(str(error)) from None


def _load(code: bytes, name: bytes) -> tuple[int, object]:
    sections = _sections(code)
    size = 0
    for section in sections:
        if section.flags & _ALLOCATED:
            section.place = size
            size = (size + len(section.data) + 63) & ~63
    if not size:
        raise Unloadable("nothing to load")
    memory, base, anchor = _writable(size)
    for section in sections:
        if section.place >= 0:
            memory[section.place : section.place + len(section.data)] = section.data
    for section in sections:
        if section.kind == _RELOCATIONS and sections[section.info].place >= 0:
            _relocate(memory, base, sections, section)
    function = base + _find(sections, name)
    _protect(base, size, mmap.PROT_READ | mmap.PROT_EXEC)
    return function, anchor


class Arena:
    """A piece of memory that fills with finished code; `slots` are 64-bit variables of the code.

    Nothing of it may be executing while code is placed: for that moment the code is writable, and not executable.
    """

    def __init__(self, code_size: int, slots: int) -> None:
        """`code_size` is a multiple of the page size. Raises Unloadable, as `place` does."""
        self._code_size = code_size
        self._memory, self._base, self._anchor = _writable(code_size + 8 * slots)
        self._code_end = 0
        self._slots_end = code_size

    def slots_from(self, code_size: int, slots: int) -> int | None:
        """How far behind the beginning of code of that size its slots would be; None if there is not enough room."""
        if self._code_end + code_size > self._code_size or self._slots_end + 8 * slots > len(self._memory):
            return None
        return self._slots_end - self._code_end

    def place(self, code: bytes, slots: Sequence[int]) -> tuple[int, int]:
        """(the address of the code, the position of its first slot). There must be room."""
        start, first = self._code_end, self._slots_end
        if start:
            _protect(self._base, self._code_size, mmap.PROT_READ | mmap.PROT_WRITE)
        self._memory[start : start + len(code)] = code
        _protect(self._base, self._code_size, mmap.PROT_READ | mmap.PROT_EXEC)
        struct.pack_into(f"<{len(slots)}q", self._memory, first, *slots)
        self._code_end = start + len(code) + 15 & ~15
        self._slots_end = first + 8 * len(slots)
        return self._base + start, first

    def variables(self, position: int, count: int) -> memoryview[int]:
        """Some slots, from a position on."""
        return memoryview(self._memory)[position : position + 8 * count].cast("q")

    def set_slot(self, position: int, value: int) -> None:
        """Changes a slot."""
        struct.pack_into("<q", self._memory, position, value)


def _writable(size: int) -> tuple[mmap.mmap, int, ctypes.Array[ctypes.c_char]]:
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    anchor = (ctypes.c_char * size).from_buffer(memory)
    return memory, ctypes.addressof(anchor), anchor


def _protect(base: int, size: int, protection: int) -> None:
    if not _mprotect:
        function = ctypes.CDLL(None).mprotect
        function.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        _mprotect.append(function)
    if _mprotect[0](base, size, protection):
        raise Unloadable("memory cannot be made executable")


_mprotect: list[Callable[[int, int, int], int]] = []


def _sections(code: bytes) -> list[_Section]:
    ident, kind, machine, _, _, _, start, _, _, _, _, size, count, _ = _HEADER.unpack_from(code)
    if ident[:6] != b"\x7fELF\x02\x01" or kind != _RELOCATABLE or machine != _X86_64 or size != _SECTION.size:
        raise Unloadable("not a relocatable ELF file for x86-64")
    if struct.calcsize("P") != 8:
        raise Unloadable("not a 64-bit process")
    return [_Section(code, _SECTION.unpack_from(code, start + number * size)) for number in range(count)]


def _symbol_place(sections: list[_Section], table: _Section, number: int) -> tuple[int, int]:
    """(offset in memory, offset of the name) of a symbol."""
    name, _, _, index, value, _ = _SYMBOL.unpack_from(table.data, number * _SYMBOL.size)
    if not 0 < index < len(sections) or sections[index].place < 0:
        raise Unloadable("a symbol from elsewhere")
    return sections[index].place + value, name


def _find(sections: list[_Section], name: bytes) -> int:
    for table in sections:
        if table.kind != _SYMBOLS:
            continue
        names = sections[table.link].data
        for number in range(1, len(table.data) // _SYMBOL.size):
            name_offset, _, _, index, _, _ = _SYMBOL.unpack_from(table.data, number * _SYMBOL.size)
            if 0 < index < len(sections) and names[name_offset : names.index(b"\0", name_offset)] == name:
                return _symbol_place(sections, table, number)[0]
    raise Unloadable("no such function")


def _relocate(memory: mmap.mmap, base: int, sections: list[_Section], relocations: _Section) -> None:
    place = sections[relocations.info].place
    limit = place + len(sections[relocations.info].data)
    table = sections[relocations.link]
    for offset, kind, symbol, addend in _RELOCATION.iter_unpack(relocations.data):
        target, _ = _symbol_place(sections, table, symbol)
        at = place + offset
        if kind == _ABSOLUTE_64 and at + 8 <= limit:
            struct.pack_into("<Q", memory, at, base + target + addend)
        elif kind == _RELATIVE_32 and at + 4 <= limit:
            struct.pack_into("<i", memory, at, target + addend - at)
        else:
            raise Unloadable(f"relocation of kind {kind}")
