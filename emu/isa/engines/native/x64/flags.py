"""The guest's flags in quick code: remembered as what they follow from, in the state.

Theory of operation. An instruction that sets flags stores its operands and what *kind* of operation it was (`layout`);
the host's own flags of the same operation are the guest's, but for the carry of a subtraction, which is inverted. Code
that looks at a flag repeats the operation, or finds the host's flags still as the operation left them. Which kind it is
is known while code is written, from the instructions before; where blocks come together with different kinds, a
subroutine at the end of the region works out all four flags.
"""

from __future__ import annotations

from emu.isa.conditions import ALWAYS, NEVER, C, N, V, Z
from emu.isa.engines.native import layout
from emu.isa.engines.native.regions import ends_computed
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, REGISTER, STATE
from emu.isa.engines.native.x64.values import is_neutral

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from emu.isa.engines.lifting import Lifted, Value
    from emu.isa.engines.native.regions import Block, Region
    from emu.isa.engines.native.x64.encoding import Code, Operand
    from emu.isa.engines.native.x64.values import Values

    Kinds: TypeAlias = tuple[int | None, int | None]
    """Of C and V, and of N and Z (see `layout`); None where it depends on how execution came here."""

EXPLICIT, DIFFERENCE, SUM = range(3)
_SUBROUTINE = "flags"
_LEFT, _RIGHT, _RESULT = ((STATE, 4 * word) for word in (layout.LEFT, layout.RIGHT, layout.RESULT))
_OF_CONDITION = {0: Z, 2: C, 4: N, 6: V}
CONDITION_OF = {flag: code for code, flag in _OF_CONDITION.items()}
"""The condition code that says that a flag is set."""

_AFTER_COMPARISON = {
    0: x.EQUAL, 2: x.NOT_BELOW, 4: x.NEGATIVE, 6: x.OVERFLOW, 8: x.ABOVE, 10: x.NOT_LESS, 12: x.GREATER,
}  # fmt: skip


def _place(flag: int) -> Operand:
    return STATE, 4 * (layout.FLAGS + flag)


class Flags:
    """Writes what sets flags and what looks at them. `kinds` are those at the place where code is being written."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self.kinds: Kinds = (None, None)
        self._host: tuple[int, str] = (-1, "")
        self._compared: tuple[int, Operand, Operand] = (-1, _LEFT, _RIGHT)
        self._tested: tuple[int, int] = (-1, 0)

    # -- looking --------------------------------------------------------------------------------------------------

    def condition(self, code: int) -> int:
        """The condition of the host that means a condition of the guest, 0 to 13. Uses EAX."""
        base = code & ~1
        cv, nz = self.kinds
        needs_nz, needs_cv = base not in (2, 6), base not in (0, 4)
        if cv in (DIFFERENCE, SUM) and (nz == 0 or not needs_nz):
            self._repeat(cv)
            meaning = _AFTER_COMPARISON[base]
            if cv == SUM and base == 2:
                meaning = x.BELOW
            elif cv == SUM and base == 8:
                self._code.complement_carry()
        elif nz == 1 and not needs_cv:
            self._test()
            meaning = _AFTER_COMPARISON[base]
        else:
            if cv != EXPLICIT or (needs_nz and nz != 0):
                self._code.call(_SUBROUTINE)
            meaning = self._look(base)
        return meaning ^ code & 1

    def stays(self, position: int) -> None:
        """What was written since `position` does not change the host's flags."""
        if self._host[0] == position:
            self._host = self._code.position, self._host[1]

    def _repeat(self, kind: int) -> None:
        code = self._code
        if self._host == (code.position, "operands"):
            return
        at, left, right = self._compared
        if at != code.position:
            left, right = _LEFT, _RIGHT
        if kind == DIFFERENCE and left[0] == REGISTER:
            code.arithmetic(x.CMP, left[1], right)
        else:
            code.move(RAX, left)
            code.arithmetic(x.CMP if kind == DIFFERENCE else x.ADD, RAX, right)
        self._host = code.position, "operands"

    def _test(self) -> None:
        code = self._code
        if self._host == (code.position, "result"):
            return
        if self._tested[0] == code.position:
            code.test(self._tested[1])
        else:
            code.compare_state(_RESULT[1], 0)
        self._host = code.position, "result"

    def _look(self, base: int) -> int:
        """From the four words, byte by byte: a word that has just been stored as a byte is slow to load."""
        code = self._code
        if base in _OF_CONDITION:
            code.compare_state_byte(_place(_OF_CONDITION[base])[1], 0)
            return x.NOT_EQUAL
        if base == 8:
            code.load_byte(RAX, _place(Z)[1])
            code.arithmetic(x.XOR, RAX, (CONSTANT, 1))
            code.arithmetic_byte(x.AND, RAX, _place(C)[1])
            return x.NOT_EQUAL
        code.load_byte(RAX, _place(N)[1])
        code.arithmetic_byte(x.XOR, RAX, _place(V)[1])
        if base == 12:
            code.arithmetic_byte(x.OR, RAX, _place(Z)[1])
        return x.EQUAL

    # -- setting --------------------------------------------------------------------------------------------------

    def set(self, lifted: Lifted, values: Values, destination: tuple[int | None, Operand] | None) -> bool:
        """Sets the flags of an instruction. Whoever calls has worked out whatever else of it looks at flags.

        `destination` is the one register that is assigned: its host register, and where it is. The answer is whether
        it has been assigned, because it is what the flags are about.
        """
        new = dict(lifted.flags)
        registers = dict(lifted.registers)
        only = next(iter(registers.values())) if len(registers) == 1 else None
        if V in new and new[V].op == "overflow":
            node = new[V].args[0]
            if not is_neutral(node):
                self._set_with_carry(node, values)
                return False
            is_result = only is not None and only.op == "result" and only.args[0] is node
            return self._set_operands(lifted, node, values, destination if is_result else None)
        if _is_plain_result(new) and V not in new:
            node = new[N].args[0]
            return self._set_result(lifted, node, new.get(C), values, destination if only is node else None)
        self._set_each(new, values)
        return False

    def _set_with_carry(self, node: Value, values: Values) -> None:
        code = self._code
        carry = values.adder(node)
        for flag, condition in ((N, x.NEGATIVE), (Z, x.EQUAL), (C, carry), (V, x.OVERFLOW)):
            code.set_state(condition, _place(flag)[1])
        self._make_explicit()

    def _make_explicit(self) -> None:
        self._code.store_constant_wide(4 * layout.KIND_CV, EXPLICIT)
        self.kinds = (EXPLICIT, 0)

    def _set_operands(
        self, lifted: Lifted, node: Value, values: Values, destination: tuple[int | None, Operand] | None
    ) -> bool:
        code = self._code
        left, right = node.args[:2]
        if lifted.reads_flags:
            values.keep(left)
            values.keep(right)
        operands = [self._put(left, _LEFT, values), self._put(right, _RIGHT, values)]
        kind = DIFFERENCE if node.op == "difference" else SUM
        code.store_constant_wide(4 * layout.KIND_CV, kind)
        self.kinds = (kind, 0)
        if destination is None:
            self._compared = code.position, operands[0], operands[1]
            return False
        operation = x.SUB if kind == DIFFERENCE else x.ADD
        host, place = destination
        if host is None or (operands[1] == place and operands[0] != place):
            code.move(RAX, operands[0])
            code.arithmetic(operation, RAX, operands[1])
            if host is None:
                code.store(place[1], (REGISTER, RAX))
            else:
                code.move(host, (REGISTER, RAX))
        else:
            code.move(host, operands[0])
            code.arithmetic(operation, host, operands[1])
        self._host = code.position, "operands"
        return True

    def _put(self, value: Value, place: Operand, values: Values) -> Operand:
        """Stores an operand; the answer is where to take it from."""
        operand = values.simple(value)
        if operand is None:
            values.word(value)
            self._code.store(place[1], (REGISTER, RAX))
            values.define(value, place)
            return place
        if operand[0] == STATE:
            self._code.move(RAX, operand)
            self._code.store(place[1], (REGISTER, RAX))
        else:
            self._code.store(place[1], operand)
        return operand

    def _set_result(
        self,
        lifted: Lifted,
        node: Value,
        carry: Value | None,
        values: Values,
        destination: tuple[int | None, Operand] | None,
    ) -> bool:
        code = self._code
        if lifted.reads_flags:
            values.keep(node)
        cv = self.kinds[0]
        if carry is not None:
            if cv != EXPLICIT:
                code.call(_SUBROUTINE)
                self._make_explicit()
                cv = EXPLICIT
            code.set_state(values.condition(carry), _place(C)[1])
        values.word(node)
        code.store(_RESULT[1], (REGISTER, RAX))
        code.store(4 * layout.KIND_NZ, (CONSTANT, 1))
        self.kinds = (cv, 1)
        held = RAX
        if destination is not None:
            host, place = destination
            if host is None:
                code.store(place[1], (REGISTER, RAX))
            else:
                code.move(host, (REGISTER, RAX))
                held = host
        self._tested = code.position, held
        return destination is not None

    def _set_each(self, new: dict[int, Value], values: Values) -> None:
        code = self._code
        kept = {}
        for flag, value in new.items():
            code.set_register(values.condition(value), RAX)
            kept[flag] = values.temporary()
            code.store(kept[flag][1], (REGISTER, RAX))
        if len(new) < 4 and self.kinds != (EXPLICIT, 0):
            code.call(_SUBROUTINE)
        for flag, place in kept.items():
            code.move(RAX, place)
            code.store(_place(flag)[1], (REGISTER, RAX))
        self._make_explicit()

    # -- the subroutine -------------------------------------------------------------------------------------------

    def subroutine(self) -> None:
        """Puts the flags into their four words, changing nothing else but EAX."""
        code = self._code
        code.label(_SUBROUTINE)
        code.move(RAX, _LEFT)
        code.compare_state(4 * layout.KIND_CV, DIFFERENCE)
        code.jump_if(x.BELOW, "flags.result")
        code.jump_if(x.ABOVE, "flags.sum")
        for operation, carry in ((x.CMP, x.NOT_BELOW), (x.ADD, x.BELOW)):
            if operation == x.ADD:
                code.label("flags.sum")
            code.arithmetic(operation, RAX, _RIGHT)
            for flag, condition in ((N, x.NEGATIVE), (Z, x.EQUAL), (C, carry), (V, x.OVERFLOW)):
                code.set_state(condition, _place(flag)[1])
            if operation == x.CMP:
                code.jump("flags.result")
        code.label("flags.result")
        code.compare_state(4 * layout.KIND_NZ, 0)
        code.jump_if(x.EQUAL, "flags.end")
        code.compare_state(_RESULT[1], 0)
        code.set_state(x.NEGATIVE, _place(N)[1])
        code.set_state(x.EQUAL, _place(Z)[1])
        code.label("flags.end")
        code.ret()


def _is_plain_result(new: dict[int, Value]) -> bool:
    return (
        N in new
        and Z in new
        and new[N].op == "is_negative"
        and new[Z].op == "is_zero"
        and new[N].args[0] is new[Z].args[0]
    )


# -- which kinds flags are of, everywhere in a region -----------------------------------------------------------------


def _after(lifted: Lifted, kinds: Kinds) -> Kinds:
    """The kinds after an instruction. Says what `Flags.set` does."""
    new = dict(lifted.flags)
    if not new:
        return kinds
    if V in new and new[V].op == "overflow":
        node = new[V].args[0]
        if not is_neutral(node):
            return EXPLICIT, 0
        return (DIFFERENCE if node.op == "difference" else SUM), 0
    if _is_plain_result(new) and V not in new:
        return (EXPLICIT if C in new else kinds[0]), 1
    return EXPLICIT, 0


def _both(first: Kinds | None, second: Kinds) -> Kinds:
    if first is None:
        return second
    return (first[0] if first[0] == second[0] else None), (first[1] if first[1] == second[1] else None)


def kinds_at_blocks(region: Region) -> dict[int, Kinds]:
    """The kinds at the top of each block; at headers, where execution may begin, flags may be explicit."""
    found: dict[int, Kinds] = dict.fromkeys(region.headers, (EXPLICIT, 0))
    pending = list(found)
    while pending:
        block = region.blocks[pending.pop()]
        for target, kinds in _edges(block, region, found[block.start]):
            merged = _both(found.get(target), kinds)
            if merged != found.get(target):
                found[target] = merged
                pending.append(target)
    return found


def _edges(block: Block, region: Region, kinds: Kinds) -> list[tuple[int, Kinds]]:
    edges: list[tuple[int, Kinds]] = []
    for lifted in block.body:
        if lifted.instruction.condition == ALWAYS:
            kinds = _after(lifted, kinds)
    last = block.guarded or block.body[-1]
    after = _after(last, kinds) if block.guarded is not None else kinds
    if block.guarded is not None:
        edges.append((block.follow, kinds))
    edges += [(successor, after) for successor in block.successors]
    if last.target is not None and last.target.number is None:
        edges += [(target, after) for target in region.computed]
    return [edge for edge in edges if edge[0] in region.blocks]


def enterable(region: Region, kinds: dict[int, Kinds]) -> list[int]:
    """The blocks that may be entered with explicit flags: nothing that follows relies on another kind."""
    known: dict[int, bool] = {}

    def fits(start: int) -> bool:
        if start not in known:
            cv, nz = kinds.get(start, (None, None))
            known[start] = cv in (EXPLICIT, None) and nz in (0, None)
            if not known[start]:
                relies = _relies_on_kinds(region.blocks[start])
                known[start] = not relies if relies is not None else all(map(fits, _following(region, start)))
        return known[start]

    return [start for start in region.blocks if fits(start)]


def _relies_on_kinds(block: Block) -> bool | None:
    """Whether anything looks at flags, or sets only some of them, before all are set; None if nothing does either."""
    for lifted in block.lifted():
        if lifted.instruction.condition == NEVER:
            continue
        new = dict(lifted.flags)
        if lifted.instruction.condition < ALWAYS or lifted.reads_flags:
            return True
        if new:
            return not (V in new and new[V].op == "overflow")
    return None


def _following(region: Region, start: int) -> list[int]:
    block = region.blocks[start]
    return block.successors + (sorted(region.computed) if ends_computed(block) else [])
