"""The memory map: which addresses exist, and what may be done there (spec cpu.md section 2.1)."""

from __future__ import annotations

from emu.isa.values import Record

CODE_START = 0x00008000
DATA_START = 0x00020000
HEAP_START = 0x00030000
STACK_START = 0x00040000
REGION_SIZE = 0x00010000
MAX_STACK_SIZE = 0x10000000

_UNIT = 0x10000


class Region(Record):
    """One stretch of addresses with the same permissions. `size` in bytes, a multiple of 4."""

    name: str
    start: int
    size: int
    readable: bool = True
    writable: bool = True
    executable: bool = False

    @property
    def end(self) -> int:
        """The first address after the region."""
        return self.start + self.size


class MemoryMap(Record):
    """Regions, and what the program is told of them. Addresses in bytes; each `end` is the first one after."""

    regions: tuple[Region, ...]
    heap_start: int
    heap_end: int
    stack_start: int
    """The lowest address of the stack."""
    stack_top: int
    """The initial stack pointer."""
    wraps: bool = False
    """Whether base plus offset is taken modulo 2**32, as compilers rely on, instead of being a fault."""


class Layout(Record):
    """Sizes of the standard regions in bytes.

    Each region keeps its standard start unless a larger neighbour below pushes it up; then it starts at the next
    multiple of 64 KiB. `stack_size` fixes the initial stack pointer; the region is never smaller than 64 KiB.
    """

    code_size: int = REGION_SIZE
    data_size: int = REGION_SIZE
    heap_size: int = REGION_SIZE
    stack_size: int = REGION_SIZE

    def regions(self, with_low: bool = False) -> tuple[Region, ...]:
        """The map; `with_low` adds 0x0000-0x7FFF, which exists only for programs that live there."""
        code = Region("code", CODE_START, _whole_words(self.code_size), executable=True)
        data = Region("data", _start(DATA_START, code), _whole_words(self.data_size))
        heap = Region("heap", _start(HEAP_START, data), _whole_words(self.heap_size))
        stack = Region("stack", _start(STACK_START, heap), max(REGION_SIZE, _whole_words(self.stack_size)))
        low = (Region("low", 0, CODE_START, executable=True),) if with_low else ()
        return (*low, code, data, heap, stack)

    def memory_map(self, with_low: bool = False) -> MemoryMap:
        """The regions and what is in them; `with_low` as in `regions`."""
        regions = self.regions(with_low)
        heap, stack = regions[-2:]
        return MemoryMap(regions, heap.start, heap.end, stack.start, stack.start + self.stack_size)

    def stack_start(self) -> int:
        """The lowest address of the stack region."""
        return self.regions()[-1].start

    def stack_top(self) -> int:
        """The initial stack pointer: the start of the stack region plus the stack size asked for."""
        return self.stack_start() + self.stack_size

    def heap(self) -> tuple[int, int]:
        """First address of the heap, and the first after it."""
        region = self.regions()[2]
        return region.start, region.end


def _whole_words(size: int) -> int:
    return (size + 3) & ~3


def _start(standard: int, below: Region) -> int:
    return max(standard, (below.end + _UNIT - 1) // _UNIT * _UNIT)
