"""Short functions as a part of what calls them.

Theory of operation. The blocks that lead from the beginning of a function to its end are written again for each place
that calls it, in a *context*: it is known there to which address the function will return, so nobody has to find out,
and a call that has ended when execution leaves the context need not be on the shadow call stack at all (`census`).
Wherever execution leaves a context in another way, it goes on in the block of the same address that is there for
everybody. Functions with loops take their time anyway, so there are none in a context.
"""

from __future__ import annotations

from emu.isa.analysis.profile import is_call, is_direct_branch
from emu.isa.bits import MASK32
from emu.isa.conditions import NEVER
from emu.isa.engines.native.regions import Block, Context, Region, ends_computed, successors
from emu.isa.registers import LR
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.engines.lifting import Lifted


class Sizes(Record):
    """How much is written again: at most so many instructions for one call, altogether, and calls within calls."""

    function: int
    altogether: int
    depth: int


FOR_QUICK_CODE, FOR_LLVM = Sizes(8, 32, 1), Sizes(32, 128, 2)
"""More takes longer to write, or to compile, than it saves."""


_RETURNS = 0x01A0F00E, 0x012FFF1E
"""MOV PC, LR and BX LR, without their conditions."""


def is_counted_call(lifted: Lifted) -> bool:
    """It makes a call. A branch to the next instruction is none."""
    word = lifted.instruction.word
    if lifted.target is None or not is_call(word) or not is_direct_branch(word):
        return False
    return lifted.instruction.condition != NEVER and lifted.target.number != (lifted.address + 4) & MASK32


def with_calls_inlined(region: Region, sizes: Sizes) -> Region:
    """The region with the functions that fit."""
    inlining = _Inlining(region, sizes)
    for start in sorted(region.blocks):
        inlining.look_at(region.blocks[start], 0)
    return inlining.finish() if inlining.contexts else region


class _Inlining:
    def __init__(self, region: Region, sizes: Sizes) -> None:
        self._region = region
        self._sizes = sizes
        self._room = sizes.altogether
        self._blocks = dict(region.blocks)
        self._callees: dict[int, int] = {}
        self._with_other_link: set[int] = set()
        """Contexts in which LR may be changed."""
        self.contexts: list[Context] = []

    def look_at(self, block: Block, depth: int) -> None:
        """Inlines the call at the end of a block, if there is one, and the calls within."""
        original = self._region.blocks
        if depth == self._sizes.depth or not is_counted_call(block.last) or block.follow not in original:
            return
        function = block.last.target.number if block.last.target is not None else None
        if function is None:
            return
        body = self._body(function, depth + 1 < self._sizes.depth)
        self._room -= sum(original[start].count for start in body)
        if not body:
            return
        self.contexts.append(Context(function, block.follow, block.context))
        context = len(self.contexts) << 32
        self._callees[block.start] = context | function
        if any(number == LR for start in body for each in original[start].lifted() for number, _ in each.registers):
            self._with_other_link.add(len(self.contexts))
        for start in body:
            self._blocks[context | start] = original[start].copy(context | start)
        for start in body:
            self.look_at(self._blocks[context | start], depth + 1)

    def _body(self, function: int, through_calls: bool) -> list[int]:
        """The blocks between the beginning of a function and its ends, as many as there is room for."""
        blocks = self._region.blocks
        ways: dict[int, list[int]] = {}
        pending = [function]
        room = min(self._room, self._sizes.function)
        while pending:
            start = pending.pop(0)
            block = blocks.get(start)
            if block is None or start in ways or block.count > room:
                continue
            room -= block.count
            if not is_counted_call(block.last):
                ways[start] = block.successors
            else:
                ways[start] = [block.follow] if through_calls or block.guarded is not None else []
            pending += ways[start]
        ends = {start for start in ways if ends_computed(blocks[start])}
        more = ends
        while more:
            more = {start for start in ways if start not in ends and not ends.isdisjoint(ways[start])}
            ends |= more
        has_loops = any(other in ends and other <= start for start in ends for other in ways[start])
        return sorted(ends) if function in ends and not has_loops else []

    def finish(self) -> Region:
        """The region."""
        for block in self._blocks.values():
            if block.context or block.start in self._callees:
                self._blocks[block.start] = self._connected(block)
        region = self._region
        return Region(region.start, self._blocks, region.computed, tuple(self.contexts))

    def _connected(self, block: Block) -> Block:
        """A block that leads where it should."""
        block = block.copy(block.start)
        block.following = self._in_context(block.follow, block.context)
        if block.start in self._callees:
            block.target = self._callees[block.start]
        elif block.target is not None and not is_counted_call(block.last):
            block.target = self._in_context(block.target, block.context)
        elif ends_computed(block):
            context = self.contexts[block.context - 1]
            block.expected = self._in_context(context.return_address, context.outer)
            is_return = block.last.instruction.word & 0x0FFFFFFF in _RETURNS
            block.is_certain = is_return and block.context not in self._with_other_link
        block.successors = successors(block, self._blocks)
        if block.start in self._callees:  # while counting, if the shadow call stack is full
            block.successors.append(self._callees[block.start] & MASK32)
        return block

    def _in_context(self, address: int, context: int) -> int:
        inside = context << 32 | address
        return inside if inside in self._blocks else address
