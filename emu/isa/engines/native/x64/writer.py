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
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.accesses import Accesses
from emu.isa.engines.native.x64.encoding import (
    CONSTANT,
    R8,
    R9,
    R10,
    R11,
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
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted, Value
    from emu.isa.engines.native.regions import Block, Region
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.engines.native.x64.encoding import Operand

HOSTS = (RBX, R12, R13, R14, R15, R8, R10, R11)
"""Hold guest registers."""
_SAVED = (RBX, R12, R13, R14, R15)
_PC = 4 * 15
_CYCLES, _TERM = 0, 1
"""Vector registers: the cycles beyond one for each instruction, and what is added to them. A loop would wait for the
sum if it were in memory.
"""
_FEW = 4


class QuickCode(Record):
    """Machine code for a region, to be finished when it is known where its slots are. `entries` are the offsets at
    which it is entered, by the addresses of blocks; `slots` the numbers in its slots, by the addresses of headers.
    """

    code: Code
    entries: dict[int, int]
    slots: dict[int, int]


class Writer:
    """Writes one region."""

    def __init__(self, region: Region, memory_size: int, lowest: int, spans: ExpectedSpans) -> None:
        """`lowest` is the lowest mapped address."""
        self._region = region
        self._code = Code()
        self._flags = Flags(self._code)
        self._later: list[Callable[[], None]] = []
        self._accesses = Accesses(self._code, memory_size, lowest, spans, self._later)
        self._hosts = dict(zip(favourites(region), HOSTS, strict=False))
        self._numbers = {header: number for number, header in enumerate(sorted(region.headers))}
        self._has_cycles = any(
            lifted.cycles is not None for block in region.blocks.values() for lifted in block.lifted()
        )
        self._following: int | None = None

    def write(self) -> QuickCode:
        """The code."""
        code, region = self._code, self._region
        kinds = kinds_at_blocks(region)
        entries = enterable(region, kinds)
        for start in entries:
            code.label(f"entry {start}")
            if start not in self._numbers:
                code.arithmetic(x.CMP, R9, (CONSTANT, region.blocks[start].longest), wide=True)
                code.jump_if(x.LESS, "refuse")
            code.address_of(RAX, _name(start))
            code.jump("enter")
        self._refuse()
        self._enter()
        blocks = list(region.blocks.values())
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            self._following = None if following is None else following.start
            self._flags.kinds = kinds.get(block.start, (None, None))
            self._block(block)
        while self._later:
            self._later.pop()()
        self._leave()
        self._flags.subroutine()
        return QuickCode(
            code,
            {start: code.place(f"entry {start}") for start in entries},
            {header: region.blocks[header].longest for header in self._numbers},
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
            code.load_vector(_CYCLES, 4 * layout.EXTRA_CYCLES)
        code.jump_to(RAX)

    def _refuse(self) -> None:
        """To go back at once, because the budget does not suffice."""
        code = self._code
        code.label("refuse")
        code.move_wide(RAX, R9)
        code.ret()

    def _leave(self) -> None:
        code = self._code
        code.label("leave")
        for number, host in self._hosts.items():
            code.store(4 * number, (REGISTER, host))
        if self._has_cycles:
            code.store_vector(4 * layout.EXTRA_CYCLES, _CYCLES)
        code.call("flags")
        code.move_wide(RAX, R9)
        for host in reversed(_SAVED):
            code.pop(host)
        code.pop(RBP)
        code.ret()

    def _leave_later(self, pc: int, count: int = 0, *, cold: bool = False) -> str:
        """The label of a way out that will be written later."""
        label = self._code.new_label()

        def write() -> None:
            code = self._code
            code.label(label)
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
        if block.start in self._numbers:
            code.compare_with_slot(R9, self._numbers[block.start])
            code.jump_if(x.LESS, self._leave_later(block.start))
        for index, lifted in enumerate(block.body):
            condition = lifted.instruction.condition
            if condition == NEVER:
                continue
            if condition < ALWAYS:
                self._chosen(lifted)
            else:
                self._instruction(index, lifted)
                if lifted.target is not None:
                    self._go_on(lifted, block)
                    return
        if block.guarded is None:
            self._jump(block.follow, block.count)
        else:
            self._guarded(block, block.guarded)

    def _jump(self, target: int, count: int) -> None:
        self._spend(count)
        if target != self._following:
            self._code.jump(self._way_to(target))

    def _go_on(self, lifted: Lifted, block: Block) -> None:
        """After an instruction that may have branched."""
        if lifted.target is None:
            self._jump(block.follow, block.count)
        elif lifted.target.number is not None:
            self._jump(lifted.target.number, block.count)
        else:
            self._spend(block.count)
            self._code.move(RAX, (STATE, _PC))
            self._dispatch(sorted(self._region.computed))

    def _dispatch(self, targets: list[int]) -> None:
        """To one of these blocks if EAX is its address, else out."""
        code = self._code
        if len(targets) <= _FEW:
            for target in targets:
                code.arithmetic(x.CMP, RAX, (CONSTANT, target))
                code.jump_if(x.EQUAL, _name(target))
            code.jump("leave")
            return
        middle = len(targets) // 2
        lower = code.new_label()
        code.arithmetic(x.CMP, RAX, (CONSTANT, targets[middle]))
        code.jump_if(x.EQUAL, _name(targets[middle]))
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
            code.jump_if(holds, self._way_to(target))
            self._jump(block.follow, 0)
            return
        skipped, kinds, following = code.new_label(), self._flags.kinds, self._following
        code.jump_if(holds ^ 1, skipped)
        self._following = None
        self._instruction(len(block.body), lifted)
        self._go_on(lifted, block)
        code.label(skipped)
        self._flags.kinds, self._following = kinds, following
        self._jump(block.follow, block.count)

    def _chosen(self, lifted: Lifted) -> None:
        """A conditional instruction that only computes."""
        code = self._code
        values = self._values()
        registers = dict(lifted.registers)
        if len(registers) != 1:
            skipped = code.new_label()
            code.jump_if(self._flags.condition(lifted.instruction.condition) ^ 1, skipped)
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
        if lifted.steps:
            cold = self._leave_later(lifted.address, index, cold=True)
            for position in range(len(lifted.steps)):
                self._accesses.step(position, lifted, values, cold)
        if lifted.cycles is not None:
            values.share(lifted.cycles)
            values.word(lifted.cycles)
            code.move_to_vector(_TERM, RAX)
            code.add_vectors(_CYCLES, _TERM)
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
                return
        self._assign(registers, values)

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
