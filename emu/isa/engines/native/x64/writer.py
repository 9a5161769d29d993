"""From a region to machine code for x86-64, without LLVM: worse code, but there in a fraction of the time.

Theory of operation. The code is called by the chain (`chain`), and may be entered at the top of many blocks. RDI points
to the state, RSI to guest memory, RBP to the guards of stores, R9 is the budget. The eight guest registers that the
region uses most, above all in its loops, live in host registers, the others in the state. EAX, ECX and EDX are free
within an instruction. Every instruction is written by itself (`values`, `flags`, `accesses`); what is unusual stands at
the end, out of the way.

A header compares the budget with a *slot*, a variable behind the code that holds the longest way from there to the
next header. Who has better code for that address puts a huge number there; then execution leaves at the next
opportunity, and finds the better code.

The code contains no address of anything but itself, and depends on nothing but the region, the size of memory and
where loads may go unseen.
"""

from __future__ import annotations

from emu.isa.conditions import ALWAYS, NEVER
from emu.isa.engines.native import layout
from emu.isa.engines.native.regions import ends_computed
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.accesses import Accesses
from emu.isa.engines.native.x64.encoding import (
    CONSTANT,
    R8,
    R9,
    R10,
    R12,
    R13,
    R14,
    R15,
    RAX,
    RBX,
    REGISTER,
    STATE,
    Code,
)
from emu.isa.engines.native.x64.exits import PC_WORD, Exits
from emu.isa.engines.native.x64.explicit import explicitly
from emu.isa.engines.native.x64.favourites import favourites
from emu.isa.engines.native.x64.flags import Flags
from emu.isa.engines.native.x64.instructions import Instructions, is_guarded
from emu.isa.engines.native.x64.liveness import LiveFlags
from emu.isa.engines.native.x64.pending import ANYTHING
from emu.isa.engines.native.x64.pending import write as write_flags
from emu.isa.engines.native.x64.uncounted import CYCLES, TOP, Uncounted
from emu.isa.engines.native.x64.versions import Versions, name
from emu.isa.registers import LR
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.analysis.calls import ShadowStack
    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.census import Census
    from emu.isa.engines.native.regions import Block, Region
    from emu.isa.engines.native.spans import ExpectedSpans

HOSTS = (RBX, R12, R14, R15, R8, R10, R13, TOP)
"""Hold guest registers, the most used ones in the first; the last one does only if it is not needed for something else.
R13 comes late because a sum that begins with it takes longer.
"""
_FEW = 4


class QuickCode(Record):
    """Machine code for a region, to be finished when it is known where its slots are. `entries` are the offsets at
    which it is entered, by the addresses of blocks; `slots` the numbers in its slots, by the addresses of headers.
    """

    code: Code
    entries: dict[int, int]
    slots: dict[int, int]
    census: Census | None
    """What is in the slots behind those, if anything is counted."""


class Writer:
    """Writes one region."""

    def __init__(
        self,
        region: Region,
        memory_size: int,
        lowest: int,
        spans: ExpectedSpans,
        *,
        stack: ShadowStack | None = None,
        stack_guard: int = 0,
    ) -> None:
        """`lowest` is the lowest mapped address. With the shadow call stack `stack` the code counts; with
        `stack_guard` it ends after an instruction that leaves SP below.
        """
        self._region = region
        self._code = Code()
        self._flags = Flags(self._code)
        self._later: list[Callable[[], None]] = []
        accesses = Accesses(self._code, memory_size, lowest, spans, self._later)
        self._numbers = {header: number for number, header in enumerate(sorted(region.headers))}
        self._has_cycles = any(
            lifted.cycles is not None for block in region.blocks.values() for lifted in block.lifted()
        )
        self._stack_guard = stack_guard
        self._live = LiveFlags(region, stack is not None, lambda lifted: is_guarded(lifted, stack_guard))
        self._versions = Versions(self._live.at, region.headers, self._live.read)
        self._entries = self._choose_entries()
        self._arrivals = set(region.computed) if stack is not None else set()
        """Where computed branches lead, as far as that is not written yet."""
        self._next: str | None = None
        """The version that has to be written next, because the one before goes on there."""
        self._counting = Uncounted()
        self._census: Census | None = None
        if stack is not None:
            from emu.isa.engines.native.census import Census, unexpected
            from emu.isa.engines.native.x64.counting import Counting

            returns = unexpected(region, stack.may_return)
            self._census = Census(region, returns, self._entries, is_guarded=bool(stack_guard))
            self._counting = Counting(self._code, self._census, stack, len(self._numbers), self._later)
        hosts = HOSTS[:-1] if self._counting.needs_top else HOSTS
        self._hosts = dict(zip(favourites(region), hosts, strict=False))
        self._exits = Exits(self._code, self._flags, self._counting, self._later)
        self._instructions = Instructions(
            self._code,
            self._hosts,
            self._flags,
            self._live.after,
            accesses,
            self._counting,
            self._exits,
            self._later,
            stack_guard,
        )

    def _choose_entries(self) -> list[int]:
        """Where execution may begin: wherever it may have ended, where functions begin, and wherever it costs nothing,
        because nobody looks at flags there.
        """
        blocks = self._region.blocks
        functions = {
            lifted.target.number
            for block in blocks.values()
            for lifted in block.lifted()
            if lifted.target is not None and any(number == LR for number, _ in lifted.registers)
        }
        return [start for start in blocks if start in self._numbers or start in functions or not self._live.at[start]]

    def write(self) -> QuickCode:
        """The code."""
        code, region = self._code, self._region
        entries = self._entries
        beginning: tuple[int, int] | None = None
        for start in entries:
            code.label(f"entry {start}")
            if start not in self._numbers:
                code.arithmetic(x.CMP, R9, (CONSTANT, region.blocks[start].longest), wide=True)
                code.jump_if(x.LESS, "refuse")
            self._counting.entered(start)
            label, _ = self._versions.want(start, ANYTHING)
            if beginning is None:
                position = code.position
                self._begin()
                beginning = position, code.position
            else:
                code.repeat(*beginning)
            code.jump(label)
        code.label("refuse")
        code.ret()
        while (version := self._versions.take(self._next)) is not None:
            label, start, state = version
            if self._counting.counts and self._next is None and label == name(start):
                self._arrive(start)
            self._next = None
            code.label(label)
            self._flags.go_to(state)
            self._block(region.blocks[start])
        for start in sorted(self._arrivals):
            self._arrive(start)
            code.jump(name(start))
        while self._later:
            self._later.pop()()
        if self._counting.counts and any(map(ends_computed, region.blocks.values())):
            code.label("departure")
            self._counting.departed()
        self._leave()
        if self._flags.has_called:
            explicitly(code)
        self._counting.subroutines()
        return QuickCode(
            code,
            {start: code.place(f"entry {start}") for start in entries},
            {header: region.blocks[header].longest for header in self._numbers},
            self._census,
        )

    # -- entering and leaving -------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """What takes from the state what code keeps elsewhere."""
        code = self._code
        for number, host in self._hosts.items():
            code.move(host, (STATE, 4 * number))
        if self._has_cycles:
            code.load_vector(CYCLES, 4 * layout.EXTRA_CYCLES)
        self._counting.begin()

    def _leave(self) -> None:
        code = self._code
        code.label("gone")
        self._counting.passed("gone", 0)
        code.label("leave")
        for number, host in self._hosts.items():
            code.store(4 * number, (REGISTER, host))
        if self._has_cycles:
            code.store_vector(4 * layout.EXTRA_CYCLES, CYCLES)
        self._counting.end()
        code.ret()

    def _way_to(self, target: int) -> str:
        """The label of a way to an address, from where code is being written."""
        if target not in self._region.blocks:
            return self._exits.later(target)
        state = self._flags.state
        label, must_write = self._versions.want(target, state)
        if not must_write or not state.is_pending:
            return label
        way = self._code.new_label()

        def write() -> None:
            self._code.label(way)
            write_flags(self._code, state)
            self._code.jump(label)

        self._later.append(write)
        return way

    # -- blocks ---------------------------------------------------------------------------------------------------

    def _block(self, block: Block) -> None:
        code = self._code
        if block.start in self._numbers:
            code.compare_with_slot(R9, self._numbers[block.start])
            code.jump_if(x.LESS, self._exits.later(block.start, along=("stop", block.start, 0)))
        spent, last = 0, len(block.body) - 1
        for index, lifted in enumerate(block.body):
            condition = lifted.instruction.condition
            if condition == NEVER:
                continue
            if condition < ALWAYS:
                self._instructions.chosen(block.start, index, lifted)
            else:
                if index == last and self._may_spend_before(block, lifted):
                    # So that the host sees setting flags and branching as one.
                    self._exits.spend(spent := block.count)
                self._instructions.certain(block.start, index, lifted)
                if lifted.target is not None:
                    self._go_on(lifted, block)
                    return
        if block.guarded is None:
            self._counting.passed("next", block.start)
            self._jump(block.follow, block.count)
        else:
            self._guarded(block, block.guarded, block.count - spent)

    def _may_spend_before(self, block: Block, lifted: Lifted) -> bool:
        """Whether a block may be taken from the budget before its last instruction but for a branch: nothing can leave
        between.
        """
        branch = block.guarded
        return (
            branch is not None
            and _is_plain_branch(branch)
            and bool(lifted.flags)
            and not (lifted.steps or is_guarded(lifted, self._stack_guard) or self._counting.is_interpreted(lifted))
        )

    def _jump(self, target: int, count: int, *, falls: bool = True) -> None:
        """Goes on at an address. If it `falls`, nothing else need be written behind."""
        self._exits.spend(count)
        if target not in self._region.blocks:
            self._code.jump(self._exits.later(target))
            return
        label, must_write = self._versions.want(target, self._flags.state)
        if must_write:
            self._flags.write()
        if falls and self._versions.is_unwritten(label):
            self._next = label
        else:
            self._code.jump(label)

    def _go_on(self, lifted: Lifted, block: Block, *, falls: bool = True) -> None:
        """After an instruction that may have branched."""
        self._exits.spend(block.count)
        self._counting.passed("taken", block.start)
        if lifted.target is None:
            self._jump(block.follow, 0, falls=falls)
        elif lifted.target.number is not None:
            self._counting.called(lifted)
            self._jump(lifted.target.number, 0, falls=falls)
        else:
            self._flags.write()
            self._code.move(RAX, (STATE, PC_WORD))
            self._dispatch(sorted(self._region.computed), block, self._departure(block))

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

    def _guarded(self, block: Block, lifted: Lifted, count: int) -> None:
        """The conditional end of a block, of which `count` instructions have not been taken from the budget."""
        code = self._code
        target = None if lifted.target is None else lifted.target.number
        if target is not None and _is_plain_branch(lifted):
            position = code.position
            self._exits.spend(count)
            self._flags.stays(position)
            holds = self._flags.condition(lifted.instruction.condition)
            code.jump_if(holds, self._counting.way("taken", block.start, self._way_to(target)))
            self._counting.passed("next", block.start)
            self._jump(block.follow, 0)
            return
        holds = self._flags.condition(lifted.instruction.condition)
        skipped, state = code.new_label(), self._flags.state
        code.jump_if(holds ^ 1, skipped)
        self._instructions.certain(block.start, len(block.body), lifted)
        self._go_on(lifted, block, falls=False)
        code.label(skipped)
        self._flags.go_to(state)
        self._counting.passed("next", block.start)
        self._jump(block.follow, block.count)


def _is_plain_branch(lifted: Lifted) -> bool:
    """It does nothing but branch to a known address."""
    is_direct = lifted.target is not None and lifted.target.number is not None
    return is_direct and not (lifted.steps or lifted.flags or lifted.registers)
