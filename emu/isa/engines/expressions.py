"""Python expressions for the values of one lifted instruction."""

from __future__ import annotations

from emu.isa.engines.lifting import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.engines.lifting import Lifted

_M = "0xFFFFFFFF"
_NO_FLAGS = ("n", "z", "c", "v")


class Expressions:
    """Renders values. What has been given a name by `define` is rendered as that name from then on."""

    def __init__(self, lifted: Lifted, index: int) -> None:
        self._lifted = lifted
        self._index = index
        self._names: dict[int, str] = {}
        self._units: dict[tuple[int, int], str] = {}
        self._flags: Sequence[str] = _NO_FLAGS

    def define(self, value: Value, text: str) -> None:
        """From now on `value` (for a sum or difference: its result) is `text`."""
        self._names[id(value)] = text

    def define_loaded(self, step: int, unit: int, text: str) -> None:
        """Names a loaded unit."""
        self._units[step, unit] = text

    def word(self, value: Value, flags: Sequence[str] = _NO_FLAGS) -> str:
        """An expression between 0 and 2**32 - 1. `flags` are the expressions of the current flags."""
        self._flags = flags
        return self._word(value)

    def operand(self, value: Value, flags: Sequence[str] = _NO_FLAGS) -> str:
        """As `word`, in parentheses where it could not stand beside another operator without."""
        self._flags = flags
        return self._operand(value)

    def truth(self, value: Value, flags: Sequence[str] = _NO_FLAGS) -> str:
        """An expression that is True or False."""
        self._flags = flags
        return self._truth(value)

    def _word(self, value: Value) -> str:
        name = self._names.get(id(value))
        if name is not None:
            return name
        return str(getattr(self, "_" + value.op)(*value.args))

    def _operand(self, value: Value) -> str:
        text = self._word(value)
        return text if text.isalnum() or text.replace("_", "").isalnum() else f"({text})"

    def _const(self, number: int) -> str:
        return str(number)

    def _register(self, number: int) -> str:
        return f"r{number}"

    def _loaded(self, step: int, unit: int) -> str:
        return self._units[step, unit]

    def _add(self, x: Value, y: Value) -> str:
        return f"({self._operand(x)} + {self._operand(y)}) & {_M}"

    def _sub(self, x: Value, y: Value) -> str:
        return f"({self._operand(x)} - {self._operand(y)}) & {_M}"

    def _mul(self, x: Value, y: Value) -> str:
        return f"({self._operand(x)} * {self._operand(y)}) & {_M}"

    def _and_(self, x: Value, y: Value) -> str:
        return f"{self._operand(x)} & {self._operand(y)}"

    def _or_(self, x: Value, y: Value) -> str:
        return f"{self._operand(x)} | {self._operand(y)}"

    def _xor(self, x: Value, y: Value) -> str:
        return f"{self._operand(x)} ^ {self._operand(y)}"

    def _not_(self, x: Value) -> str:
        return f"{self._operand(x)} ^ {_M}"

    def _lsl(self, x: Value, amount: Value) -> str:
        # Python's shift takes any amount, and what leaves the word is masked away.
        return f"({self._operand(x)} << {self._operand(amount)}) & {_M}"

    def _lsr(self, x: Value, amount: Value) -> str:
        return f"{self._operand(x)} >> {self._operand(amount)}"

    def _asr(self, x: Value, amount: Value) -> str:
        return f"(({self._operand(x)} ^ 0x80000000) - 0x80000000 >> {self._operand(amount)}) & {_M}"

    def _ror(self, x: Value, amount: Value) -> str:
        word = self._operand(x)
        if amount.number is not None:
            right = amount.number & 31
            return f"({word} >> {right} | {word} << {32 - right}) & {_M}"
        right_text = f"({self._operand(amount)} & 31)"
        return f"({word} >> {right_text} | {word} << 32 - {right_text}) & {_M}"

    def _count_leading_zeros(self, x: Value) -> str:
        return f"32 - ({self._word(x)}).bit_length()"

    def _count_ones(self, x: Value) -> str:
        return f"({self._word(x)}).bit_count()"

    def _select(self, condition: Value, when_true: Value, when_false: Value) -> str:
        return f"{self._operand(when_true)} if {self._truth(condition)} else {self._operand(when_false)}"

    def _widen(self, x: Value) -> str:
        return f"1 if {self._truth(x)} else 0"

    def _result(self, node: Value) -> str:
        name = self._names.get(id(node))
        if name is not None:
            return name
        x, y, carry = (node.args[0], node.args[1], node.args[2])
        sign = "-" if node.op == "difference" else "+"
        if carry.op == "truth":
            neutral = carry.args[0] == (node.op == "difference")
            extra = "" if neutral else f" {sign} 1"
        elif node.op == "difference":
            extra = f" - (0 if {self._truth(carry)} else 1)"
        else:
            extra = f" + (1 if {self._truth(carry)} else 0)"
        return f"({self._operand(x)} {sign} {self._operand(y)}{extra}) & {_M}"

    def _low(self, node: Value) -> str:
        return f"{self._product(node)} & {_M}"

    def _high(self, node: Value) -> str:
        return f"{self._product(node)} >> 32 & {_M}"

    def _product(self, node: Value) -> str:
        x, y, is_signed = node.args
        if is_signed:
            a, b = self._operand(x), self._operand(y)
            return f"(({a} ^ 0x80000000) - 0x80000000) * (({b} ^ 0x80000000) - 0x80000000)"
        return f"{self._operand(x)} * {self._operand(y)}"

    # -- bits

    def _truth(self, value: Value) -> str:
        name = self._names.get(id(value))
        if name is not None:
            return name
        return str(getattr(self, "_bit_" + value.op)(*value.args))

    def _bit_truth(self, number: int) -> str:
        return "True" if number else "False"

    def _bit_flag(self, flag: int) -> str:
        return f"({self._flags[flag]})"

    def _bit_bit(self, x: Value, position: Value) -> str:
        if position.number is not None:
            return f"({self._operand(x)} & {1 << position.number} != 0)"
        return f"({self._operand(x)} >> {self._operand(position)} & 1 != 0)"

    def _bit_is_zero(self, x: Value) -> str:
        return f"({self._operand(x)} == 0)"

    def _bit_is_negative(self, x: Value) -> str:
        return f"({self._operand(x)} > 0x7FFFFFFF)"

    def _bit_below(self, x: Value, y: Value) -> str:
        return f"({self._operand(x)} < {self._operand(y)})"

    def _bit_both(self, x: Value, y: Value) -> str:
        return f"({self._truth(x)} and {self._truth(y)})"

    def _bit_negation(self, x: Value) -> str:
        return f"(not {self._truth(x)})"

    def _bit_choose(self, condition: Value, when_true: Value, when_false: Value) -> str:
        return f"({self._truth(when_true)} if {self._truth(condition)} else {self._truth(when_false)})"

    def _bit_carry(self, node: Value) -> str:
        x, y, carry = self._operand(node.args[0]), self._operand(node.args[1]), node.args[2]
        bit = f"(1 if {self._truth(carry)} else 0)"
        if node.op == "difference":
            return f"({x} - {y} - 1 + {bit} >= 0)"
        return f"({x} + {y} + {bit} > {_M})"
