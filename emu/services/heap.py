"""The heap behind ALLOCATE, FREE and REALLOCATE (spec syscalls.md section 6, deviation S6).

Theory of operation. Addresses are observable, so they follow a fixed rule. Blocks are handed out upward, with no
headers and no gaps, and a freed block is left alone, until a request does not fit above the frontier. Such a request
gets the lowest gap between live blocks that is large enough; neighbouring freed blocks are one gap, and the one below
the frontier extends to the end of the heap. The heap is therefore nothing but its live blocks and its frontier.

The last word of the region is never given out: a block that would end at the end of the region is refused.
"""

from __future__ import annotations

from emu.isa.values import Record

_WORD = 4


class HeapSnapshot(Record):
    """Which blocks were live at one moment, and where fresh space began."""

    blocks: tuple[tuple[int, int], ...]
    """(address, size) of each, by address."""
    frontier: int


class Heap:
    """Keeps book of the blocks in start <= address < end. Knows nothing of their contents."""

    def __init__(self, start: int, end: int) -> None:
        """`start` and `end` are addresses, multiples of 4."""
        self.start = start
        self.end = end
        self._blocks: dict[int, int] = {}
        self._frontier = start

    def allocate(self, size: int) -> int:
        """The address of a new block of `size` bytes, rounded up to words; 0 if there is no room or `size` is 0."""
        size = rounded(size)
        limit = self.end - _WORD
        if size == 0 or size > limit - self.start:
            return 0
        address = self._frontier
        if address + size > limit:
            address = self._first_gap(size, limit)
            if address == 0:
                return 0
        self._blocks[address] = size
        self._frontier = max(self._frontier, address + size)
        return address

    def free(self, address: int) -> int:
        """Ends the block that starts at `address`. Its size in bytes, or 0 if no live block starts there."""
        return self._blocks.pop(address, 0)

    def size_of(self, address: int) -> int:
        """Size in bytes, a multiple of 4, of the live block that starts at `address`; 0 if none does."""
        return self._blocks.get(address, 0)

    def blocks(self) -> list[tuple[int, int]]:
        """The live blocks as (address, size), by address."""
        return sorted(self._blocks.items())

    def reset(self) -> None:
        """Forgets all blocks."""
        self._blocks.clear()
        self._frontier = self.start

    def snapshot(self) -> HeapSnapshot:
        """The state now."""
        return HeapSnapshot(tuple(self.blocks()), self._frontier)

    def restore(self, snapshot: HeapSnapshot) -> None:
        """Puts back a snapshot of a heap with the same range."""
        self._blocks = dict(snapshot.blocks)
        self._frontier = snapshot.frontier

    def _first_gap(self, size: int, limit: int) -> int:
        gap = self.start
        for address, length in self.blocks():
            if address - gap >= size:
                return gap
            gap = address + length
        return gap if limit - gap >= size else 0


def rounded(size: int) -> int:
    """`size` rounded up to a multiple of 4."""
    return (size + _WORD - 1) & -_WORD
