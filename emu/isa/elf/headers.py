"""The three tables that say what is where: file header, program headers, section headers (ELF specification 1.2)."""

from __future__ import annotations

from itertools import pairwise
from struct import iter_unpack, unpack_from

from emu.isa.elf.errors import ElfError, damaged, truncated
from emu.isa.values import Record

MAGIC = b"\x7fELF"

MOST_SEGMENTS = 32
"""Program headers a file may have; a linker makes three or four."""

_HEADER_SIZE, _SEGMENT_SIZE, _SECTION_SIZE = 52, 32, 40
_ARM = 40
_EXECUTABLE = 2
_TYPES = {
    1: ("an object file", "link it: arm-none-eabi-gcc -marm -march=armv4t --specs=rdimon.specs FILE.o -o program.elf"),
    3: ("a shared object or position-independent", "link it with -static -no-pie"),
    4: ("a core dump", ""),
}
_MACHINES = {2: "SPARC", 3: "x86", 8: "MIPS", 20: "PowerPC", 62: "x86-64", 94: "Xtensa", 183: "AArch64", 243: "RISC-V"}
_COMPILER = "build it with arm-none-eabi-gcc -marm -march=armv4t --specs=rdimon.specs"

_BE8, _HARD_FLOAT = 0x00800000, 0x00000400
_EABI_VERSIONS = (4, 5)

LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
ALLOCATED, EXECUTABLE = 2, 4
NO_BITS = 8


class Header(Record):
    """What the file header says, of what matters here. Positions are offsets in the file, in bytes."""

    entry: int
    segments_at: int
    segment_count: int
    sections_at: int
    section_count: int
    names_index: int


class LoadSegment(Record):
    """One stretch of memory to be made: `data` at `address`, zeros after it up to `size`."""

    address: int
    size: int
    data: bytes
    readable: bool
    writable: bool
    executable: bool


class Section(Record):
    """One section. `offset` and `size` are in bytes and lie within the file, unless it is one without bits."""

    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int


def read_header(data: bytes) -> Header:
    """Checks that the file is an ELF32 little-endian ARM executable. Raises ElfError saying what it is instead."""
    if not data.startswith(MAGIC):
        raise ElfError("not_elf", "this is no ELF file")
    if len(data) < _HEADER_SIZE:
        raise truncated("the file header")
    if data[4] != 1:
        what = "a 64-bit program" if data[4] == 2 else f"of the unknown class {data[4]}"
        raise ElfError("class", f"the program is {what}, not ELF32", _COMPILER)
    if data[5] != 1:
        what = "big-endian" if data[5] == 2 else f"of the unknown byte order {data[5]}"
        raise ElfError(
            "byte_order", f"the program is {what}; this machine is little-endian", "compile without -mbig-endian"
        )
    (
        kind, machine, version, entry, segments_at, sections_at, flags, _size,
        segment_size, segment_count, section_size, section_count, names_index,
    ) = unpack_from("<HHIIIIIHHHHHH", data, 16)  # fmt: skip
    if machine != _ARM:
        name = _MACHINES.get(machine, f"machine {machine}")
        raise ElfError("machine", f"the program is for {name}, not for ARM", _COMPILER)
    if version != 1:
        raise damaged(f"it has the unknown ELF version {version}")
    if kind != _EXECUTABLE:
        what, hint = _TYPES.get(kind, (f"a file of the unknown type {kind}", ""))
        raise ElfError("type", f"the file is {what}, not an executable", hint)
    _check_flags(flags)
    if not segment_count:
        raise ElfError("no_segments", "the file has no program headers: there is nothing to load")
    if segment_size != _SEGMENT_SIZE:
        raise damaged(f"its program headers have {segment_size} bytes instead of {_SEGMENT_SIZE}")
    if section_count and section_size != _SECTION_SIZE:
        raise damaged(f"its section headers have {section_size} bytes instead of {_SECTION_SIZE}")
    return Header(entry, segments_at, segment_count, sections_at, section_count if sections_at else 0, names_index)


def _check_flags(flags: int) -> None:
    version = flags >> 24
    if flags & _BE8:
        raise ElfError("byte_order", "the program is big-endian (e_flags BE8)", "compile without -mbig-endian")
    if version not in _EABI_VERSIONS:
        raise ElfError("abi", f"the program follows EABI version {version}, not 5 (e_flags 0x{flags:08X})", _COMPILER)
    if flags & _HARD_FLOAT:
        raise ElfError(
            "floating_point",
            "the program passes floating point numbers in VFP registers (e_flags), which this machine has not",
            "compile with -mfloat-abi=soft",
        )


def read_segments(data: bytes, header: Header, limit: int) -> list[LoadSegment]:
    """What is to be loaded, by address; no two share a word and all lie below the address `limit`. Raises ElfError."""
    if header.segment_count > MOST_SEGMENTS:
        raise damaged(f"it claims {header.segment_count} program headers")
    end = header.segments_at + header.segment_count * _SEGMENT_SIZE
    if end > len(data):
        raise truncated("the table of program headers")
    found: list[LoadSegment] = []
    table = iter_unpack("<IIIIIIII", data[header.segments_at : end])
    for number, (kind, offset, address, _physical, in_file, in_memory, flags, _alignment) in enumerate(table):
        if kind in (_DYNAMIC, _INTERPRETER):
            raise ElfError("dynamic", "the program is linked dynamically", "link it with -static")
        if kind != LOAD or not in_memory:
            continue
        if in_file > in_memory:
            raise damaged(f"segment {number} has {in_file} bytes in the file and {in_memory} in memory")
        if offset + in_file > len(data):
            raise truncated(f"segment {number}")
        if address + in_memory > limit:
            raise ElfError(
                "memory",
                f"segment {number} lies at 0x{address:08X} and needs {in_memory} bytes; memory ends at 0x{limit:08X}",
                "--memory BYTES gives the program more, -Wl,-Ttext=0x8000 links it lower",
            )
        content = data[offset : offset + in_file]
        readable, writable, executable = bool(flags & 5), bool(flags & 2), bool(flags & 1)
        found.append(LoadSegment(address, in_memory, content, readable, writable, executable))
    if not found:
        raise ElfError("no_segments", "the file has nothing to load")
    found.sort(key=lambda segment: segment.address)
    for low, high in pairwise(found):
        if (low.address + low.size + 3) & ~3 > high.address & ~3:
            raise ElfError("overlap", f"the segments at 0x{low.address:08X} and 0x{high.address:08X} overlap")
    return found


def read_sections(data: bytes, header: Header) -> list[Section]:
    """All sections with their names; none in a file without section headers. Raises ElfError."""
    end = header.sections_at + header.section_count * _SECTION_SIZE
    if end > len(data):
        raise truncated("the table of section headers")
    table = list(iter_unpack("<IIIIIIIIII", data[header.sections_at : end]))
    names = b""
    if header.names_index < len(table):
        _, _, _, _, start, size, *_ = table[header.names_index]
        names = data[start : start + size]
    found: list[Section] = []
    for name, kind, flags, address, offset, size, link, *_ in table:
        if kind and kind != NO_BITS and offset + size > len(data):
            raise truncated(f"section {_name(names, name) or len(found)}")
        found.append(Section(_name(names, name), kind, flags, address, offset, size, link))
    return found


def _name(names: bytes, start: int) -> str:
    end = names.find(0, start, start + 64)
    return names[start:end].decode("ascii", "replace") if end >= 0 else ""
