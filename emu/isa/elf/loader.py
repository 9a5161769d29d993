"""From the bytes of an executable to a Program with a memory map of its own.

Memory begins at 0 and ends at a size that the caller chooses. The program's segments stand where the linker put them,
with the permissions they ask for; the stack is at the very top; everything between the highest segment and the stack
is heap. Nothing of it costs the host anything until it is touched.
"""

from __future__ import annotations

from emu.isa.elf.attributes import check_attributes
from emu.isa.elf.errors import ElfError
from emu.isa.elf.headers import NO_BITS, read_header, read_sections, read_segments
from emu.isa.elf.names import read_names
from emu.isa.layout import MemoryMap, Region
from emu.isa.program import Program, Segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.elf.headers import LoadSegment, Section
    from emu.isa.program import SourceLine

MEMORY_SIZE = 64 << 20
"""Bytes of memory of a compiled program, unless told otherwise."""
STACK_SIZE = 1 << 20
"""Bytes of stack of a compiled program, unless told otherwise."""

_LEAST_HEAP = 1 << 12
_GRAIN = 64
"""Regions grow to multiples of this where they have room: memory checks are quickest there."""


def load_elf(
    data: bytes,
    name: str,
    *,
    memory_size: int = MEMORY_SIZE,
    stack_size: int = STACK_SIZE,
    entry: int | None = None,
) -> Program:
    """The program in the executable `data`; `name` is what messages call it. Sizes are in bytes.

    `entry` replaces the file's own entry point. Raises ElfError.
    """
    header = read_header(data)
    segments = read_segments(data, header, memory_size)
    sections = read_sections(data, header)
    for section in sections:
        if section.name == ".ARM.attributes":
            check_attributes(_content(data, section))
    reason = "--entry" if entry is not None else "ELF header"
    start = header.entry if entry is None else entry
    _check_entry(start, segments)
    names = read_names(data, name, sections, segments)
    return Program(
        name,
        tuple(Segment(segment.address, segment.data) for segment in segments if segment.data),
        start,
        reason,
        names.symbols,
        _source_map(data, sections, segments),
        names.instruction_addresses,
        memory_map(segments, memory_size, stack_size),
    )


def memory_map(segments: Sequence[LoadSegment], memory_size: int, stack_size: int) -> MemoryMap:
    """The regions for `segments`, which are sorted and do not overlap. Raises ElfError if there is too little room."""
    top = memory_size & -_GRAIN
    stack_start = (top - max(stack_size, _GRAIN)) & -_GRAIN
    regions: list[Region] = []
    counts: dict[str, int] = {}
    end = 0
    for number, segment in enumerate(segments):
        start = max(segment.address & -_GRAIN, (end + 3) & ~3)
        end = segment.address + segment.size
        following = segments[number + 1].address & -_GRAIN if number + 1 < len(segments) else top
        end = max((end + 3) & ~3, min((end + _GRAIN - 1) & -_GRAIN, following))
        kind = "code" if segment.executable else "data" if segment.writable else "constants"
        counts[kind] = counts.get(kind, 0) + 1
        label = kind if counts[kind] == 1 else f"{kind} {counts[kind]}"
        regions.append(
            Region(label, start, end - start, segment.readable, segment.writable, executable=segment.executable)
        )
    if end + _LEAST_HEAP > stack_start:
        raise ElfError(
            "memory",
            f"the program ends at 0x{end:08X}: memory of {memory_size} bytes has no room for heap and "
            f"{stack_size} bytes of stack after it",
            "--memory BYTES gives the program more",
        )
    regions.append(Region("heap", end, stack_start - end))
    regions.append(Region("stack", stack_start, top - stack_start))
    return MemoryMap(tuple(regions), end, stack_start, stack_start, top & ~7, wraps=True)


def _check_entry(entry: int, segments: Sequence[LoadSegment]) -> None:
    if entry & 1:
        raise ElfError(
            "thumb",
            f"the program starts in Thumb state (entry 0x{entry:08X}); this machine has none",
            "compile and link with -marm -march=armv4t",
        )
    if entry & 2:
        raise ElfError("entry", f"the entry point 0x{entry:08X} is not a multiple of 4")
    if not any(s.executable and s.address <= entry < s.address + len(s.data) for s in segments):
        raise ElfError("entry", f"the entry point 0x{entry:08X} is not in code of the program")


def _content(data: bytes, section: Section | None) -> bytes:
    if section is None or section.kind == NO_BITS:
        return b""
    return data[section.offset : section.offset + section.size]


def _source_map(data: bytes, sections: list[Section], segments: list[LoadSegment]) -> Sequence[SourceLine]:
    by_name = {section.name: section for section in sections}
    if ".debug_line" not in by_name:
        return ()
    from emu.isa.elf.lines import LineTable, SourceMap

    code = [(s.address, s.address + s.size) for s in segments if s.executable]
    table, line_strings, strings = (
        _content(data, by_name.get(name)) for name in (".debug_line", ".debug_line_str", ".debug_str")
    )
    return SourceMap(lambda: LineTable(table, line_strings, strings).decode(code))
