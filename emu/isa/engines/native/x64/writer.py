"""From a region to machine code for x86-64, without LLVM: worse code, but there in a fraction of the time.

Theory of operation. The code is called by the chain (`chain`), and may be entered at the top of many blocks. RDI points
to the state, RSI to guest memory, RBP to the guards of stores, R9 is the budget. The eight guest registers that the
region uses most, above all in its loops, live in host registers, the others in the state. EAX, ECX and EDX are free
within an instruction. Every instruction is written by itself (`instructions`); what is unusual stands at
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
    RBX,
    REGISTER,
    STATE,
    Code,
)
from emu.isa.engines.native.x64.exits import Exits
from emu.isa.engines.native.x64.explicit import explicitly
from emu.isa.engines.native.x64.favourites import favourites
from emu.isa.engines.native.x64.flags import Flags
from emu.isa.engines.native.x64.instructions import Instructions, is_guarded
from emu.isa.engines.native.x64.liveness import LiveFlags
from emu.isa.engines.native.x64.pending import ANYTHING
from emu.isa.engines.native.x64.uncounted import CYCLES, TOP, Uncounted
from emu.isa.engines.native.x64.versions import Versions
from emu.isa.engines.native.x64.ways import Ways
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
        self._counting = Uncounted()
        self._census: Census | None = None
        if stack is not None:
            from emu.isa.engines.native.census import Census, unexpected
            from emu.isa.engines.native.x64.counting import Counting

            returns = unexpected(region, stack.may_return)
            self._census = Census(region, returns, self._entries, is_guarded=bool(stack_guard), is_quick=True)
            self._counting = Counting(self._code, self._census, stack, len(self._numbers), self._later)
        registers = favourites(region)
        hosts = HOSTS[:-1] if self._counting.needs_top(len(registers) < len(HOSTS)) else HOSTS
        self._hosts = dict(zip(registers, hosts, strict=False))
        self._exits = Exits(self._code, self._flags, self._counting, self._later)
        self._ways = Ways(self._code, region, self._flags, self._versions, self._counting, self._exits, self._later)
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
            {start for start, block in region.blocks.items() if block.is_certain},
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
        return [
            start
            for start, block in blocks.items()
            if not block.context and (start in self._numbers or start in functions or not self._live.at[start])
        ]

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
        while (version := self._versions.take(self._ways.next)) is not None:
            label, start, state = version
            self._ways.begin(region.blocks[start], label)
            self._flags.go_to(state)
            self._block(region.blocks[start])
        self._ways.finish()
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

    # -- blocks ---------------------------------------------------------------------------------------------------

    def _block(self, block: Block) -> None:
        code = self._code
        if block.start in self._numbers:
            code.compare_with_slot(R9, self._numbers[block.start])
            code.jump_if(x.LESS, self._exits.later(block.start, along=("stop", block.start, 0)))
        self._counting.passed("top", block.start)
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
                    self._ways.go_on(lifted, block)
                    return
        if block.guarded is None:
            self._counting.passed("next", block.start)
            self._ways.jump(block.following, block.count)
        else:
            self._guarded(block, block.guarded, block.count - spent)

    def _may_spend_before(self, block: Block, lifted: Lifted) -> bool:
        """Whether a block may be taken from the budget before its last instruction but for a branch: nothing can leave
        between.
        """
        return (
            block.guarded is not None
            and block.only_branches
            and bool(lifted.flags)
            and not (lifted.steps or is_guarded(lifted, self._stack_guard) or self._counting.is_interpreted(lifted))
        )

    def _guarded(self, block: Block, lifted: Lifted, count: int) -> None:
        """The conditional end of a block, of which `count` instructions have not been taken from the budget."""
        code = self._code
        if block.only_branches:
            position = code.position
            self._exits.spend(count)
            self._flags.stays(position)
            holds = self._flags.condition(lifted.instruction.condition)
            code.jump_if(holds, self._ways.branch(block))
            self._counting.passed("next", block.start)
            self._ways.jump(block.following, 0)
            return
        holds = self._flags.condition(lifted.instruction.condition)
        skipped, state = code.new_label(), self._flags.state
        code.jump_if(holds ^ 1, skipped)
        self._instructions.certain(block.start, len(block.body), lifted)
        self._ways.go_on(lifted, block, falls=False)
        code.label(skipped)
        self._flags.go_to(state)
        self._counting.passed("next", block.start)
        self._ways.jump(block.following, block.count)
