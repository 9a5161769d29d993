"""Machine code for the values of one lifted instruction.

Theory of operation. A value is worked out in EAX; ECX helps, and nothing else is touched, so that RDX can hold an
address meanwhile. What has to wait while something else is worked out waits in a temporary of the state. Bits are
rather conditions of the host: `condition` leaves the host's flags so that a condition means the bit.
"""

from __future__ import annotations

from emu.isa.engines.native import layout
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, RCX, REGISTER, RSI, STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emu.isa.engines.lifting import Value
    from emu.isa.engines.native.x64.encoding import Code, Operand

BINARY = {"add": x.ADD, "sub": x.SUB, "and_": x.AND, "or_": x.OR, "xor": x.XOR}
"""The operations of the host by the names of those that say the same of words."""
_SHIFTS = {"lsl": x.SHL, "lsr": x.SHR, "asr": x.SAR, "ror": x.ROR}


class OutOfTemporaries(Exception):
    """An instruction is more complicated than any is known to be."""


class Values:
    """The values of one instruction. `flag` leaves a condition of the host that means a guest's flag."""

    def __init__(self, code: Code, hosts: Mapping[int, int], flag: Callable[[int], int]) -> None:
        """`hosts` are the host registers of those guest registers that have one."""
        self._code = code
        self._hosts = hosts
        self._flag = flag
        self._names: dict[int, Operand] = {}
        self._units: dict[tuple[int, int], Operand] = {}
        self._products: dict[int, tuple[Operand, Operand]] = {}
        self._alive: list[Value] = []
        self._shared: set[int] = set()
        self._next = layout.TEMPORARIES
        self.guest_address: int | None = None
        """The host register with the address of what the one load of the instruction is about."""
        self.guest_sum: tuple[int, int, int] | None = None
        """The same as host registers for base and index, and the shift of the index, if a load may add them itself:
        then it need not wait for the sum, which only has to be looked at.
        """
        self.guest_load: tuple[int, int, bool] | None = None
        """The position of that load among the steps, its size, and whether it is signed."""

    # -- operands -------------------------------------------------------------------------------------------------

    def register(self, number: int) -> Operand:
        """Where a guest register is."""
        host = self._hosts.get(number)
        return (STATE, 4 * number) if host is None else (REGISTER, host)

    def temporary(self) -> Operand:
        """A new one."""
        if self._next == layout.WORDS:
            raise OutOfTemporaries
        self._next += 1
        return STATE, 4 * (self._next - 1)

    def define(self, value: Value, operand: Operand) -> None:
        """From now on `value` is there."""
        self._names[id(value)] = operand
        self._alive.append(value)

    def define_loaded(self, step: int, unit: int, operand: Operand) -> None:
        """The same for a loaded unit."""
        self._units[step, unit] = operand

    def plain(self, value: Value) -> Operand | None:
        """Where a guest register or a constant is, which stays true behind the instruction; None for other values."""
        if value.op == "const":
            return CONSTANT, value.args[0]
        return self.register(value.args[0]) if value.op == "register" else None

    def simple(self, value: Value) -> Operand | None:
        """The operand that a value is without any work."""
        name = self._names.get(id(value))
        if name is not None:
            return name
        return self._units.get(value.args) if value.op == "loaded" else self.plain(value)

    def sum(self, value: Value, to: int, *, wide: bool = False) -> bool:
        """Puts a sum of two registers, one of which may be shifted to the left a little, or of a register and a
        constant to the host register `to`. With `wide` all 64 bits of the sum are right, but for bits that a shift
        loses. The answer is whether that could be done. Uses EAX and ECX; the host's flags stay.
        """
        parts = self._terms(value)
        if parts is None:
            return False
        code = self._code
        base, index, shift, offset = parts
        if base[0] != REGISTER:
            code.move(RAX, base)
            base = REGISTER, RAX
        if index is None:
            code.load_effective(to, base[1], offset, wide=wide)
            return True
        if index[0] != REGISTER:
            code.move(RCX, index)
            index = REGISTER, RCX
        code.load_sum(to, base[1], index[1], shift, wide=wide)
        return True

    def scaled(self, value: Value) -> tuple[int, int, int] | None:
        """(base, index, shift of the index) of a sum of two host registers, one of which is shifted."""
        parts = self._terms(value)
        if parts is None or not parts[2] or parts[1] is None or parts[0][0] != REGISTER or parts[1][0] != REGISTER:
            return None
        return parts[0][1], parts[1][1], parts[2]

    def can_sum(self, value: Value) -> bool:
        """Whether `sum` can do it."""
        return self._terms(value) is not None

    def _terms(self, value: Value) -> tuple[Operand, Operand | None, int, int] | None:
        """(base, index, shift of the index, offset) of a sum that one instruction can make."""
        if value.op in ("add", "sum", "result"):
            node = value.args[0] if value.op == "result" else value
            if node.op == "difference" or (node.op == "sum" and not is_neutral(node)):
                return None
            left, right = node.args[:2]
            is_difference = False
        elif value.op == "address":
            left, right, is_difference = value.args
        else:
            return None
        base = self.plain(left)
        if base is None or base[0] == CONSTANT:
            return None
        if right.number is not None:
            offset = -right.number if is_difference else right.number
            return (base, None, 0, offset) if -0x80000000 <= offset < 0x80000000 else None
        shift = 0
        if right.op == "lsl" and right.args[1].number in (1, 2, 3):
            right, shift = right.args[0], right.args[1].number
        index = self.plain(right)
        return None if is_difference or index is None or index[0] == CONSTANT else (base, index, shift, 0)

    def keep(self, value: Value) -> Operand:
        """Works a value out and keeps it."""
        operand = self.simple(value)
        if operand is None:
            self.word(value)
            operand = self.temporary()
            self._code.store(operand[1], (REGISTER, RAX))
            self.define(value, operand)
        return operand

    # -- words ----------------------------------------------------------------------------------------------------

    def word(self, value: Value) -> None:
        """Works out a value, into EAX."""
        operand = self.simple(value)
        if operand is not None:
            self._code.move(RAX, operand)
            return
        if value.op == "add" and value.args[1].op == "lsl" and self.sum(value, RAX):
            pass
        elif value.op in BINARY:
            self._two(BINARY[value.op], *value.args)
        elif value.op in _SHIFTS:
            self._shift(_SHIFTS[value.op], *value.args)
        else:
            getattr(self, "_" + value.op)(*value.args)
        if id(value) in self._shared:
            kept = self.temporary()
            self._code.store(kept[1], (REGISTER, RAX))
            self.define(value, kept)

    def share(self, root: Value) -> None:
        """What is used more than once in `root` is worked out once."""
        seen: set[int] = set()

        def look(value: Value) -> None:
            for arg in value.args:
                if hasattr(arg, "op") and arg.args and arg.op not in ("const", "register", "truth", "flag"):
                    if id(arg) in seen:
                        self._shared.add(id(arg))
                    else:
                        seen.add(id(arg))
                        look(arg)

        look(root)

    def _two(self, operation: int, left: Value, right: Value) -> None:
        code = self._code
        operand = self.simple(right)
        if operand is None and (left_operand := self.simple(left)) is not None:
            self.word(right)
            if operation == x.SUB:
                code.move(RCX, (REGISTER, RAX))
                code.move(RAX, left_operand)
                left_operand = REGISTER, RCX
            code.arithmetic(operation, RAX, left_operand)
            return
        if operand is None:
            operand = self.keep(right)
        self.word(left)
        code.arithmetic(operation, RAX, operand)

    def _address(self, base: Value, offset: Value, subtract: bool) -> None:
        self._two(x.SUB if subtract else x.ADD, base, offset)

    def _mul(self, left: Value, right: Value) -> None:
        operand = self.keep(right)
        self.word(left)
        self._code.multiply(RAX, operand)

    def _not_(self, value: Value) -> None:
        self.word(value)
        self._code.complement(RAX)

    def _shift(self, operation: int, value: Value, amount: Value) -> None:
        code = self._code
        if amount.number is not None:
            number = amount.number & 31 if operation == x.ROR else amount.number
            self.word(value)
            if number > 31:
                if operation == x.SAR:
                    code.shift(x.SAR, RAX, 31)
                else:
                    code.move(RAX, (CONSTANT, 0))
            elif number:
                code.shift(operation, RAX, number)
            return
        by = self.keep(amount)
        self.word(value)
        code.move(RCX, by)
        if operation == x.SAR:
            fits = code.new_label()
            code.arithmetic(x.CMP, RCX, (CONSTANT, 31))
            code.jump_if(x.NOT_ABOVE, fits)
            code.move(RCX, (CONSTANT, 31))
            code.label(fits)
        code.shift(operation, RAX, None)
        if operation in (x.SHL, x.SHR):
            code.arithmetic(x.CMP, RCX, (CONSTANT, 32))
            code.arithmetic(x.SBB, RCX, (REGISTER, RCX))
            code.arithmetic(x.AND, RAX, (REGISTER, RCX))

    def _count_leading_zeros(self, value: Value) -> None:
        code = self._code
        self.word(value)
        code.move(RCX, (CONSTANT, 63))
        code.highest_bit(RAX, RAX)
        code.conditional_move(x.EQUAL, RAX, (REGISTER, RCX))
        code.arithmetic(x.XOR, RAX, (CONSTANT, 31))

    def _count_ones(self, value: Value) -> None:
        self.word(value)
        self._code.count_ones(RAX, RAX)

    def _select(self, condition: Value, when_true: Value, when_false: Value) -> None:
        code = self._code
        first, second = self.simple(when_true), self.simple(when_false)
        if condition.op == "below" and when_true.op == "add" and when_true.args[0] is condition.args[0]:
            offset, bound = when_true.args[1].number, condition.args[1].number
            if offset is not None and offset < 0x80000000 and bound is not None and second is not None:
                self._shared.discard(id(condition.args[0]))
                self.word(condition.args[0])
                code.load_effective(RCX, RAX, offset)
                code.arithmetic(x.CMP, RAX, (CONSTANT, bound))
                code.move(RAX, second)
                code.conditional_move(x.BELOW, RAX, (REGISTER, RCX))
                return
        if first is None or second is None:
            first, second = self.keep(when_true), self.keep(when_false)
        holds = self.condition(condition)
        code.move(RAX, second)
        code.move(RCX, first)
        code.conditional_move(holds, RAX, (REGISTER, RCX))

    def _widen(self, bit: Value) -> None:
        self._code.set_register(self.condition(bit), RAX)

    def _loaded(self, step: int, unit: int) -> None:
        assert self.guest_load is not None
        assert self.guest_address is not None
        assert step == self.guest_load[0]
        self.load_into(RAX, unit)

    def load_into(self, host: int, unit: int) -> None:
        """A unit of the one load, directly into a host register."""
        assert self.guest_load is not None
        assert self.guest_address is not None
        _, size, is_signed = self.guest_load
        if self.guest_sum is None:
            self._code.load_guest(host, self.guest_address, 4 * unit, size, is_signed)
        else:
            base, index, shift = self.guest_sum
            self._code.load_sum(RCX, RSI, base, 0, wide=True)
            self._code.load_at_sum(host, RCX, index, shift, size, is_signed)

    # -- additions with carry

    def _result(self, node: Value) -> None:
        if is_neutral(node):
            self._two(x.SUB if node.op == "difference" else x.ADD, node.args[0], node.args[1])
        else:
            self.adder(node)

    def adder(self, node: Value) -> int:
        """The result to EAX, and the host's flags as the guest's, but for the carry, which the answer means."""
        code = self._code
        left, right, carry = node.args
        is_difference = node.op == "difference"
        operand = self.keep(right)
        if is_neutral(node):
            self.word(left)
            code.arithmetic(x.SUB if is_difference else x.ADD, RAX, operand)
        else:
            self._widen(carry)
            kept = self.temporary()
            code.store(kept[1], (REGISTER, RAX))
            self.word(left)
            code.test_bit_state(kept[1])
            if is_difference:
                code.complement_carry()
            code.arithmetic(x.SBB if is_difference else x.ADC, RAX, operand)
        return x.NOT_BELOW if is_difference else x.BELOW

    # -- products

    def _product(self, node: Value) -> tuple[Operand, Operand]:
        known = self._products.get(id(node))
        if known is not None:
            return known
        code = self._code
        left, right, is_signed = node.args
        self.word(right)
        kept = self.temporary()
        code.store(kept[1], (REGISTER, RAX))
        self.word(left)
        code.move(RCX, kept)
        if is_signed:
            code.sign_extend(RAX)
            code.sign_extend(RCX)
        code.multiply(RAX, (REGISTER, RCX), wide=True)
        low, high = self.temporary(), self.temporary()
        code.store(low[1], (REGISTER, RAX))
        code.shift_wide(x.SHR, RAX, 32)
        code.store(high[1], (REGISTER, RAX))
        self._products[id(node)] = low, high
        self._alive.append(node)
        return low, high

    def _low(self, node: Value) -> None:
        self._code.move(RAX, self._product(node)[0])

    def _high(self, node: Value) -> None:
        self._code.move(RAX, self._product(node)[1])

    # -- bits -----------------------------------------------------------------------------------------------------

    def condition(self, value: Value) -> int:
        """Works out a bit. The answer is the condition that means it."""
        answer: int = getattr(self, "_bit_" + value.op)(*value.args)
        return answer

    def _bit_truth(self, number: int) -> int:
        self._code.move(RAX, (CONSTANT, number))
        self._code.test(RAX)
        return x.NOT_EQUAL

    def _bit_flag(self, flag: int) -> int:
        return self._flag(flag)

    def _bit_bit(self, value: Value, position: Value) -> int:
        operand = self.keep(position)
        self.word(value)
        if operand[0] == STATE:
            self._code.move(RCX, operand)
            operand = REGISTER, RCX
        self._code.test_bit(RAX, operand)
        return x.BELOW

    def _bit_is_zero(self, value: Value) -> int:
        self.word(value)
        self._code.test(RAX)
        return x.EQUAL

    def _bit_is_negative(self, value: Value) -> int:
        self.word(value)
        self._code.test(RAX)
        return x.NEGATIVE

    def _bit_below(self, left: Value, right: Value) -> int:
        operand = self.keep(right)
        self.word(left)
        self._code.arithmetic(x.CMP, RAX, operand)
        return x.BELOW

    def _bit_both(self, left: Value, right: Value) -> int:
        self._widen(left)
        kept = self.temporary()
        self._code.store(kept[1], (REGISTER, RAX))
        self._widen(right)
        self._code.arithmetic(x.AND, RAX, kept)
        return x.NOT_EQUAL

    def _bit_negation(self, value: Value) -> int:
        return self.condition(value) ^ 1

    def _bit_choose(self, condition: Value, when_true: Value, when_false: Value) -> int:
        code = self._code
        kept = []
        for bit in (when_true, when_false):
            self._widen(bit)
            kept.append(self.temporary())
            code.store(kept[-1][1], (REGISTER, RAX))
        holds = self.condition(condition)
        code.move(RAX, kept[1])
        code.conditional_move(holds, RAX, kept[0])
        code.test(RAX)
        return x.NOT_EQUAL

    def _bit_carry(self, node: Value) -> int:
        return self.adder(node)

    def _bit_overflow(self, node: Value) -> int:
        self.adder(node)
        return x.OVERFLOW


def is_neutral(node: Value) -> bool:
    """A sum or difference without carry."""
    carry = node.args[2]
    return carry.op == "truth" and bool(carry.args[0] == int(node.op == "difference"))
