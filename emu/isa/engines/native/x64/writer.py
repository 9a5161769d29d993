"""From a region to machine code for x86-64, without LLVM: worse code, but there in a fraction of the time.

Theory of operation. The code has the signature of what `emitter.Emitter` describes, and is left in the same way, but
may be entered at the top of nearly every block. RDI points to the state, RSI to guest memory, RBP to the guards of
stores, R9 is the budget. The eight guest registers that the region uses most, above all in its loops, live in host
registers, the others in the state. EAX, ECX and EDX are free within an instruction. Every instruction is written by
itself (`values`, `flags`, `accesses`); what is unusual stands at the end, out of the way.

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
from emu.isa.engines.native.x64.counting import CYCLES, TERM, TOP, Uncounted
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
    RBP,
    RBX,
    RCX,
    REGISTER,
    STATE,
    Code,
)
from emu.isa.engines.native.x64.favourites import favourites
from emu.isa.engines.native.x64.flags import CONDITION_OF, Flags, enterable, kinds_at_blocks
from emu.isa.engines.native.x64.values import Values, is_neutral
from emu.isa.registers import SP
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.analysis.calls import ShadowStack
    from emu.isa.engines.lifting import Lifted, Value
    from emu.isa.engines.native.census import Census
    from emu.isa.engines.native.regions import Block, Region
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.engines.native.x64.encoding import Operand

HOSTS = (RBX, R12, R13, R14, R15, R8, R10, TOP)
"""Hold guest registers; the last one does only if it is not needed for something else."""
_SAVED = (RBX, R12, R13, R14, R15)
_PC = 4 * 15
_FEW = 4
_FREE = ("", 0, 0)
"""No edge."""


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
        self._accesses = Accesses(self._code, memory_size, lowest, spans, self._later)
        self._numbers = {header: number for number, header in enumerate(sorted(region.headers))}
        self._has_cycles = any(
            lifted.cycles is not None for block in region.blocks.values() for lifted in block.lifted()
        )
        self._following: int | None = None
        self._here = region.start
        """The block that is being written."""
        self._kinds = kinds_at_blocks(region)
        self._entries = enterable(region, self._kinds)
        self._stack_guard = stack_guard
        self._counting = Uncounted()
        self._census: Census | None = None
        if stack is not None:
            from emu.isa.engines.native.census import Census
            from emu.isa.engines.native.x64.counting import Counting

            self._census = Census(region, stack.may_return, self._entries)
            self._counting = Counting(self._code, self._census, stack, len(self._numbers), self._later)
        hosts = HOSTS[:-1] if self._counting.needs_top else HOSTS
        self._hosts = dict(zip(favourites(region), hosts, strict=False))

    def write(self) -> QuickCode:
        """The code."""
        code, region = self._code, self._region
        kinds, entries = self._kinds, self._entries
        for start in entries:
            code.label(f"entry {start}")
            if start not in self._numbers:
                code.arithmetic(x.CMP, R9, (CONSTANT, region.blocks[start].longest), wide=True)
                code.jump_if(x.LESS, "refuse")
            self._counting.entered(start)
            code.address_of(RAX, _name(start))
            code.jump("enter")
        self._refuse()
        self._enter()
        blocks = list(region.blocks.values())
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            self._following = None if following is None else following.start
            self._flags.kinds = kinds.get(block.start, (None, None))
            self._block(block)
        if self._counting.counts:
            self._arrivals()
        while self._later:
            self._later.pop()()
        self._leave()
        self._flags.subroutine()
        self._counting.subroutines()
        return QuickCode(
            code,
            {start: code.place(f"entry {start}") for start in entries},
            {header: region.blocks[header].longest for header in self._numbers},
            self._census,
        )

    # -- entering and leaving -------------------------------------------------------------------------------------

    def _enter(self) -> None:
        code = self._code
        code.label("enter")
        code.push(RBP)
        for host in _SAVED:
            code.push(host)
        code.move_wide(RBP, RCX)
        code.store_constant_wide(4 * layout.KIND_CV, 0)
        for number, host in self._hosts.items():
            code.move(host, (STATE, 4 * number))
        if self._has_cycles:
            code.load_vector(CYCLES, 4 * layout.EXTRA_CYCLES)
        self._counting.begin()
        code.jump_to(RAX)

    def _refuse(self) -> None:
        """To go back at once, because the budget does not suffice."""
        code = self._code
        code.label("refuse")
        code.move_wide(RAX, R9)
        code.ret()

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
        code.call("flags")
        code.move_wide(RAX, R9)
        for host in reversed(_SAVED):
            code.pop(host)
        code.pop(RBP)
        code.ret()

    def _leave_later(self, pc: int, count: int = 0, *, cold: bool = False, along: tuple[str, int, int] = _FREE) -> str:
        """The label of a way out that will be written later, along an edge if that has not been counted."""
        label = self._code.new_label()

        def write() -> None:
            code = self._code
            code.label(label)
            self._counting.passed(*along)
            code.store(_PC, (CONSTANT, pc))
            if cold:
                code.store(4 * layout.IS_COLD, (CONSTANT, 1))
            self._spend(count)
            code.jump("leave")

        self._later.append(write)
        return label

    def _spend(self, count: int) -> None:
        if count:
            self._code.load_effective(R9, R9, -count, wide=True)

    def _way_to(self, target: int) -> str:
        return _name(target) if target in self._region.blocks else self._leave_later(target)

    # -- blocks ---------------------------------------------------------------------------------------------------

    def _block(self, block: Block) -> None:
        code = self._code
        code.label(_name(block.start))
        self._here = block.start
        if block.start in self._numbers:
            code.compare_with_slot(R9, self._numbers[block.start])
            code.jump_if(x.LESS, self._leave_later(block.start, along=("stop", block.start, 0)))
        for index, lifted in enumerate(block.body):
            condition = lifted.instruction.condition
            if condition == NEVER:
                continue
            if condition < ALWAYS:
                self._chosen(index, lifted)
                self._guard_stack(index, lifted)
            else:
                self._instruction(index, lifted)
                if lifted.target is not None:
                    self._go_on(lifted, block)
                    return
        if block.guarded is None:
            self._counting.passed("next", block.start)
            self._jump(block.follow, block.count)
        else:
            self._guarded(block, block.guarded)

    def _jump(self, target: int, count: int) -> None:
        self._spend(count)
        if target != self._following:
            self._code.jump(self._way_to(target))

    def _go_on(self, lifted: Lifted, block: Block) -> None:
        """After an instruction that may have branched."""
        self._spend(block.count)
        self._counting.passed("taken", block.start)
        if lifted.target is None:
            self._jump(block.follow, 0)
        elif lifted.target.number is not None:
            self._counting.called(lifted)
            self._jump(lifted.target.number, 0)
        else:
            self._code.move(RAX, (STATE, _PC))
            computed = self._region.computed
            if self._counting.counts:
                # Going on to the next instruction is no jump, even if some call returns there.
                self._code.arithmetic(x.CMP, RAX, (CONSTANT, block.follow))
                self._code.jump_if(x.EQUAL, f"next {block.follow}" if block.follow in computed else "gone")
            self._dispatch(sorted(computed))

    def _arrival(self, target: int) -> str:
        return f"arrival {target}" if self._counting.notices(target) else _name(target)

    def _arrivals(self) -> None:
        """Between computed branches and where they lead."""
        code = self._code
        for target in sorted(self._region.computed):
            code.label(f"arrival {target}")
            self._counting.jumped(target)
            code.label(f"next {target}")
            self._counting.passed("arrive", target)
            code.jump(_name(target))
        if any(map(ends_computed, self._region.blocks.values())):
            code.label("departure")
            self._counting.jumped()
            code.jump("gone")

    def _dispatch(self, targets: list[int]) -> None:
        """To one of these blocks if EAX is its address, else out."""
        code = self._code
        if len(targets) <= _FEW:
            for target in targets:
                code.arithmetic(x.CMP, RAX, (CONSTANT, target))
                code.jump_if(x.EQUAL, self._arrival(target))
            code.jump("departure" if self._counting.counts else "leave")
            return
        middle = len(targets) // 2
        lower = code.new_label()
        code.arithmetic(x.CMP, RAX, (CONSTANT, targets[middle]))
        code.jump_if(x.EQUAL, self._arrival(targets[middle]))
        code.jump_if(x.BELOW, lower)
        self._dispatch(targets[middle + 1 :])
        code.label(lower)
        self._dispatch(targets[:middle])

    def _guarded(self, block: Block, lifted: Lifted) -> None:
        code = self._code
        holds = self._flags.condition(lifted.instruction.condition)
        target = None if lifted.target is None else lifted.target.number
        if target is not None and not (lifted.steps or lifted.flags or lifted.registers):
            self._spend(block.count)
            code.jump_if(holds, self._counting.way("taken", block.start, self._way_to(target)))
            self._counting.passed("next", block.start)
            self._jump(block.follow, 0)
            return
        skipped, kinds, following = code.new_label(), self._flags.kinds, self._following
        code.jump_if(holds ^ 1, skipped)
        self._following = None
        self._instruction(len(block.body), lifted)
        self._go_on(lifted, block)
        code.label(skipped)
        self._flags.kinds, self._following = kinds, following
        self._counting.passed("next", block.start)
        self._jump(block.follow, block.count)

    def _chosen(self, index: int, lifted: Lifted) -> None:
        """A conditional instruction that only computes."""
        code = self._code
        values = self._values()
        registers = dict(lifted.registers)
        if len(registers) != 1:
            skipped = code.new_label()
            holds = self._flags.condition(lifted.instruction.condition)
            self._counting.condition(self._here, index, holds)
            code.jump_if(holds ^ 1, skipped)
            self._assign(registers, values)
            code.label(skipped)
            return
        ((number, value),) = registers.items()
        operand = values.simple(value)
        if operand is None:
            values.word(value)
            code.move(RCX, (REGISTER, RAX))
            operand = REGISTER, RCX
        holds = self._flags.condition(lifted.instruction.condition)
        position = code.position
        self._counting.condition(self._here, index, holds)
        if operand[0] == CONSTANT:
            code.move(RCX, operand)
            operand = REGISTER, RCX
        host = self._hosts.get(number)
        if host is None:
            code.move(RAX, (STATE, 4 * number))
            code.conditional_move(holds, RAX, operand)
            code.store(4 * number, (REGISTER, RAX))
        else:
            code.conditional_move(holds, host, operand)
        self._flags.stays(position)

    # -- one instruction ------------------------------------------------------------------------------------------

    def _values(self) -> Values:
        return Values(self._code, self._hosts, lambda flag: self._flags.condition(CONDITION_OF[flag]))

    def _instruction(self, index: int, lifted: Lifted) -> None:
        code, values = self._code, self._values()
        is_interpreted = self._counting.is_interpreted(lifted)
        if lifted.steps or is_interpreted:
            cold = self._leave_later(lifted.address, index, cold=True, along=("before", self._here, index))
            if is_interpreted:
                code.jump(cold)
            for position in range(len(lifted.steps)):
                self._accesses.step(position, lifted, values, cold)
        if lifted.cycles is not None:
            values.share(lifted.cycles)
            values.word(lifted.cycles)
            code.move_to_vector(TERM, RAX)
            code.add_vectors(CYCLES, TERM)
            self._counting.cycles(self._here, index)
        registers = dict(lifted.registers)
        if lifted.flags and lifted.reads_flags:
            for value in registers.values():
                values.keep(value)
        if lifted.target is not None and lifted.target.number is None:
            values.word(lifted.target)
            code.store(_PC, (REGISTER, RAX))
        if lifted.flags:
            destination = None
            if len(registers) == 1:
                number = next(iter(registers))
                destination = self._hosts.get(number), values.register(number)
            if self._flags.set(lifted, values, destination):
                registers = {}
        self._assign(registers, values)
        self._guard_stack(index, lifted)

    def _guard_stack(self, index: int, lifted: Lifted) -> None:
        """Leaves after an instruction that has set SP below the guard. It was not below before."""
        if not self._stack_guard or all(number != SP for number, _ in lifted.registers):
            return
        code, below, here = self._code, self._code.new_label(), self._here
        host = self._hosts.get(SP)
        if host is None:
            code.move(RAX, (STATE, 4 * SP))
        code.arithmetic(x.CMP, RAX if host is None else host, (CONSTANT, self._stack_guard))
        code.jump_if(x.BELOW, below)

        def write() -> None:
            code.label(below)
            self._counting.passed("after", here, index)
            if lifted.target is None:
                code.store(_PC, (CONSTANT, lifted.address + 4))
            else:
                if lifted.target.number is not None:
                    code.store(_PC, (CONSTANT, lifted.target.number))
                self._counting.left_after(lifted)
            code.store(4 * layout.IS_COLD, (CONSTANT, 1))
            self._spend(index + 1)
            code.jump("leave")

        self._later.append(write)

    def _assign(self, registers: dict[int, Value], values: Values) -> None:
        """All at once: no value sees what another assignment does."""
        code = self._code
        postponed: list[tuple[int, Operand]] = []
        items = list(registers.items())
        for position, (number, value) in enumerate(items):
            if any(_reads(other, number) for _, other in items[position + 1 :]):
                values.word(value)
                kept = values.temporary()
                code.store(kept[1], (REGISTER, RAX))
                postponed.append((number, kept))
            else:
                self._set(number, value, values)
        for number, kept in postponed:
            host = self._hosts.get(number, RAX)
            code.move(host, kept)
            if host == RAX:
                code.store(4 * number, (REGISTER, RAX))

    def _set(self, number: int, value: Value, values: Values) -> None:
        code = self._code
        host = self._hosts.get(number)
        operand = values.simple(value)
        if host is None:
            if operand is None or operand[0] == STATE:
                values.word(value)
                operand = REGISTER, RAX
            code.store(4 * number, operand)
        elif operand is not None:
            code.move(host, operand)
        elif value.op == "loaded":
            values.load_into(host, value.args[1])
        elif not self._in_place(host, value, values):
            values.word(value)
            code.move(host, (REGISTER, RAX))

    def _in_place(self, host: int, value: Value, values: Values) -> bool:
        """Works out a value right where it belongs, if it is a simple operation on simple operands."""
        node = value.args[0] if value.op == "result" and is_neutral(value.args[0]) else value
        operation = _IN_PLACE.get("sub" if node.op == "address" and node.args[2] else node.op)
        if operation is None:
            return False
        left, right = values.simple(node.args[0]), values.simple(node.args[1])
        if left is None or right is None or (right == (REGISTER, host) and left != right):
            return False
        code = self._code
        kind, amount = operation
        if kind == "shift":
            if right[0] != CONSTANT or not 0 < right[1] < 32:
                return False
            code.move(host, left)
            code.shift(amount, host, right[1])
        else:
            code.move(host, left)
            code.arithmetic(amount, host, right)
        return True


_IN_PLACE = {
    "add": ("arithmetic", x.ADD), "sub": ("arithmetic", x.SUB), "and_": ("arithmetic", x.AND),
    "or_": ("arithmetic", x.OR), "xor": ("arithmetic", x.XOR),
    "sum": ("arithmetic", x.ADD), "difference": ("arithmetic", x.SUB),
    "address": ("arithmetic", x.ADD), "lsl": ("shift", x.SHL), "lsr": ("shift", x.SHR), "asr": ("shift", x.SAR),
}  # fmt: skip


def _name(address: int) -> str:
    return f"block {address}"


def _reads(value: Value, number: int) -> bool:
    """Whether a value depends on a guest register."""
    if value.op == "register":
        return bool(value.args[0] == number)
    return any(_reads(arg, number) for arg in value.args if hasattr(arg, "op"))
