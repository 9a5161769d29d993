"""Which guest registers deserve a host register."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.engines.native.regions import Region

_DEEPEST = 4
"""Loops in loops in loops count no more from here on."""


def favourites(region: Region) -> list[int]:
    """The guest registers, those first that are used most, where loops count for more the deeper they are."""
    uses = [0] * 16
    depths = _depths(region)
    for block in region.blocks.values():
        weight = 8 ** min(depths.get(block.start, 0), _DEEPEST)
        for lifted in block.lifted():
            for number in lifted.reads:
                uses[number] += weight
            for number, _ in lifted.registers:
                uses[number] += weight
    return sorted((number for number in range(15) if uses[number]), key=lambda number: -uses[number])


def _depths(region: Region) -> dict[int, int]:
    """In how many loops each block is. A loop is what can come from a header back to it by direct branches."""
    before: dict[int, list[int]] = {}
    for block in region.blocks.values():
        for successor in block.successors:
            before.setdefault(successor, []).append(block.start)
    depths: dict[int, int] = {}
    for header in region.headers:
        # Only what lies behind the header can be in its loop: a branch backwards closes it.
        pending = [start for start in before.get(header, []) if start >= header]
        loop = {header} if pending else set()
        while pending:
            start = pending.pop()
            if start not in loop:
                loop.add(start)
                pending += [other for other in before.get(start, []) if other >= header]
        for start in loop:
            depths[start] = depths.get(start, 0) + 1
    return depths
