"""Which flags somebody may still look at, everywhere in a region.

Theory of operation. Flags are sets of bits here, 1 << flag. Execution may leave a region at a header, because the
budget ends there, before every access to memory and wherever a branch leads out; then all flags are looked at, because
nobody knows what follows. Every way around a loop leads through a header, so what is alive at the other blocks follows
from those behind them.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, FLAGS_READ, NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.regions import Block, Region

ALL = 0b1111
"""All four flags."""


def bits(flags: Iterable[int]) -> int:
    """A set of flags."""
    found = 0
    for flag in flags:
        found |= 1 << flag
    return found


def changed(lifted: Lifted) -> int:
    """The flags that an instruction sets, given that its condition holds."""
    return bits(flag for flag, _ in lifted.flags) if lifted.flags else 0


_READ = tuple(map(bits, FLAGS_READ))


class LiveFlags:
    """Of one region. If it `counts`, more is left to the interpreter (`census`). `leaves_after` says behind which
    instructions execution may leave.
    """

    def __init__(self, region: Region, counts: bool, leaves_after: Callable[[Lifted], bool]) -> None:
        self._region = region
        self._leaves_before: Callable[[Lifted], bool] = _never
        if counts:
            from emu.isa.engines.native.census import is_interpreted

            self._leaves_before = is_interpreted
        self._leaves_after = leaves_after
        self.at: dict[int, int] = {}
        """The flags that are alive at the top of each block."""
        self.read: set[int] = set()
        """The blocks in which some instruction looks at flags that were set before."""
        self.after: dict[int, list[int]] = {}
        """Those behind each of its instructions."""
        for start in region.blocks:
            self._measure(start)

    def _measure(self, root: int) -> None:
        stack = [root]
        while stack:
            start = stack[-1]
            block = self._region.blocks[start]
            missing = [s for s in block.successors if s not in self._region.headers and s not in self.at]
            if missing:
                stack += missing
                continue
            stack.pop()
            if start not in self.at:
                self.at[start] = self._block(block)

    def _block(self, block: Block) -> int:
        live, read = self._behind(block), 0
        after = []
        for lifted in reversed(block.lifted()):
            after.append(live)
            live = self._before(lifted, live)
            condition = lifted.instruction.condition
            if condition == ALWAYS:
                read &= ~changed(lifted)
            read |= _READ[condition] | bits(lifted.reads_flags)
        if read:
            self.read.add(block.start)
        after.reverse()
        self.after[block.start] = after
        return ALL if block.start in self._region.headers else live

    def _behind(self, block: Block) -> int:
        headers, blocks = self._region.headers, self._region.blocks
        last = block.last
        is_branch = last.target is not None and last.instruction.condition != NEVER
        targets = [] if is_branch and block.guarded is None else [block.following]
        if is_branch and block.target is not None:
            targets.append(block.target)
            if block.enters_context:
                targets.append(block.target & MASK32)
        elif is_branch:
            if block.expected is None or not block.is_certain:
                return ALL
            targets.append(block.expected)
        live = 0
        for target in targets:
            live |= ALL if target not in blocks or target in headers else self.at[target]
        return live

    def _before(self, lifted: Lifted, live: int) -> int:
        condition = lifted.instruction.condition
        if condition == NEVER:
            return live
        if self._leaves_after(lifted):
            live = ALL
        if condition == ALWAYS:
            live &= ~changed(lifted)
        if lifted.steps or (lifted.target is not None and self._leaves_before(lifted)):
            return ALL
        return live | _READ[condition] | bits(lifted.reads_flags)


def _never(_: Lifted) -> bool:
    return False
