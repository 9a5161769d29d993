"""How quick code goes from block to block, and out of a region.

Theory of operation. Where execution goes on right behind, nothing is written; `next` says which version of a block has
to come next. Ways that are seldom gone are written later, at the end. A computed branch compares its target with all
blocks that such branches lead to, or in a context (`inlining`) with the address that the function will return to, if
that is not certain. A context is left by pushing its calls; counting does that, and without it there is nothing to do.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.engines.native.regions import ends_computed
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, STATE
from emu.isa.engines.native.x64.exits import PC_WORD
from emu.isa.engines.native.x64.pending import write as write_flags
from emu.isa.engines.native.x64.versions import name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.regions import Block, Region
    from emu.isa.engines.native.x64.encoding import Code
    from emu.isa.engines.native.x64.exits import Exits
    from emu.isa.engines.native.x64.flags import Flags
    from emu.isa.engines.native.x64.uncounted import Uncounted
    from emu.isa.engines.native.x64.versions import Versions

_FEW = 4


class Ways:
    """Of one region."""

    def __init__(
        self,
        code: Code,
        region: Region,
        flags: Flags,
        versions: Versions,
        counting: Uncounted,
        exits: Exits,
        later: list[Callable[[], None]],
    ) -> None:
        self._code = code
        self._region = region
        self._flags = flags
        self._versions = versions
        self._counting = counting
        self._exits = exits
        self._later = later
        self._arrivals = set(region.computed) if counting.counts else set()
        """Where computed branches lead, as far as that is not written yet."""
        self.next: str | None = None
        """The version that has to be written next, because the one before goes on there."""

    def begin(self, block: Block, label: str) -> None:
        """Code for a version of a block follows."""
        if self.next is None and label == name(block.start):
            self._arrive(block.start)
        self.next = None
        self._code.label(label)
        self._exits.context = block.context

    def finish(self) -> None:
        """Behind the last block."""
        code = self._code
        for start in sorted(self._arrivals):
            self._arrive(start)
            code.jump(name(start))
        while self._later:
            self._later.pop()()
        if self._counting.counts and any(map(ends_computed, self._region.blocks.values())):
            code.label("departure")
            self._counting.departed()
        self._exits.finish()

    # -- to a block that is known ---------------------------------------------------------------------------------

    def to(self, target: int) -> str:
        """The label of a way to a block, or out to an address, from where code is being written."""
        if target not in self._region.blocks:
            return self._exits.later(target)
        state, context = self._flags.state, self._left_for(target)
        label, must_write = self._versions.want(target, state)
        must_write = must_write and state.is_pending
        if not must_write and not context:
            return label
        way = self._code.new_label()

        def write() -> None:
            self._code.label(way)
            if must_write:
                write_flags(self._code, state)
            self._counting.leave_context(context)
            self._code.jump(label)

        self._later.append(write)
        return way

    def jump(self, target: int, count: int, *, falls: bool = True) -> None:
        """Goes on at a block, or at an address. If it `falls`, nothing else need be written behind."""
        self._exits.spend(count)
        if target not in self._region.blocks:
            self._code.jump(self._exits.later(target))
            return
        label, must_write = self._versions.want(target, self._flags.state)
        if must_write:
            self._flags.write()
        self._counting.leave_context(self._left_for(target))
        if falls and self._versions.is_unwritten(label):
            self.next = label
        else:
            self._code.jump(label)

    def _left_for(self, target: int) -> int:
        """The context that is left on the way to a block; 0 if none is."""
        return 0 if target >> 32 or not self._counting.counts else self._exits.context

    def go_on(self, lifted: Lifted, block: Block, *, falls: bool = True) -> None:
        """After the last instruction of a block, which may have branched."""
        self._exits.spend(block.count)
        if lifted.target is None:
            self._counting.passed("taken", block.start)
            self.jump(block.following, 0, falls=falls)
        elif block.target is None:
            self._computed(block, falls)
        elif block.enters_context:
            if self._counting.counts:
                full = self._counting.way("full", block.start, self.to(block.target & MASK32))
                self._counting.look_for_room(block, full)
            self._counting.passed("taken", block.start)
            self.jump(block.target, 0, falls=falls)
        else:
            context = self._exits.context
            self._counting.passed("taken", block.start)
            if self._counting.is_call(lifted):
                self._counting.leave_context(context)
                self._counting.called(lifted)
                self._exits.context = 0
            self.jump(block.target, 0, falls=falls)
            self._exits.context = context

    # -- computed branches ----------------------------------------------------------------------------------------

    def _computed(self, block: Block, falls: bool) -> None:
        """After a computed branch."""
        code, expected = self._code, block.expected
        if expected is None:
            self._counting.passed("taken", block.start)
            self._flags.write()
            code.move(RAX, (STATE, PC_WORD))
            self._dispatch(sorted(self._region.computed), block, self._departure(block))
            return
        if not block.is_certain:
            code.move(RAX, (STATE, PC_WORD))
            code.arithmetic(x.CMP, RAX, (CONSTANT, expected & MASK32))
            code.jump_if(x.NOT_EQUAL, self._elsewhere(block))
        self._counting.passed("returned", block.start)
        context, self._exits.context = self._exits.context, 0
        self.jump(expected, 0, falls=falls)
        self._exits.context = context

    def branch(self, block: Block) -> str:
        """The label of the way of the branch at the end of a block that does nothing else."""
        if block.expected is None:
            assert block.target is not None
            return self._counting.way("taken", block.start, self.to(block.target))
        context, self._exits.context = self._exits.context, 0
        way = self._counting.way("returned", block.start, self.to(block.expected))
        self._exits.context = context
        return way

    def _elsewhere(self, block: Block) -> str:
        """The label of the way from a block in a context to where it should not lead."""
        label, state, context = self._code.new_label(), self._flags.state, self._exits.context

        def write() -> None:
            self._code.label(label)
            self._counting.passed("taken", block.start)
            write_flags(self._code, state)
            self._counting.leave_context(context)
            self._code.move(RAX, (STATE, PC_WORD))
            self._dispatch(sorted(self._region.computed), block, self._departure(block))

        self._later.append(write)
        return label

    def _departure(self, block: Block) -> str:
        """The label of the way from a block to where it has branched, if that is not in the region."""
        if not self._counting.counts:
            return "leave"
        label = self._code.new_label()

        def write() -> None:
            self._code.label(label)
            # Going on to the next instruction is no jump, even if some call returns there.
            self._code.arithmetic(x.CMP, RAX, (CONSTANT, block.follow))
            self._code.jump_if(x.EQUAL, "gone")
            self._code.jump("departure")

        self._later.append(write)
        return label

    def _arrival(self, block: Block, target: int) -> str:
        """The same to a block of the region."""
        if not self._counting.notices(target):
            return name(target)
        return f"next {target}" if target == block.follow else f"arrival {target}"

    def _arrive(self, target: int) -> None:
        """Between computed branches and a block they lead to, which is written behind."""
        if target in self._arrivals:
            self._arrivals.remove(target)
            self._code.label(f"arrival {target}")
            self._counting.jumped(target)
            self._code.label(f"next {target}")
            self._counting.passed("arrive", target)

    def _dispatch(self, targets: list[int], block: Block, departure: str) -> None:
        """To one of these blocks if EAX is its address, else out."""
        code = self._code
        if len(targets) <= _FEW:
            for target in targets:
                code.arithmetic(x.CMP, RAX, (CONSTANT, target))
                code.jump_if(x.EQUAL, self._arrival(block, target))
            code.jump(departure)
            return
        middle = len(targets) // 2
        lower = code.new_label()
        code.arithmetic(x.CMP, RAX, (CONSTANT, targets[middle]))
        code.jump_if(x.EQUAL, self._arrival(block, targets[middle]))
        code.jump_if(x.BELOW, lower)
        self._dispatch(targets[middle + 1 :], block, departure)
        code.label(lower)
        self._dispatch(targets[:middle], block, departure)
