"""LLVM operations for the values of one lifted instruction."""

from __future__ import annotations

from emu.isa.bits import SIGN32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Value


class Operations:
    """Writes values once each and remembers their names. `register` and `flag` give the current ones of the block."""

    def __init__(self, emit: Callable[[str], str], register: Callable[[int], str], flag: Callable[[int], str]) -> None:
        self._emit = emit
        self._read_register = register
        self._read_flag = flag
        self._names: dict[int, str] = {}
        self._units: dict[tuple[int, int], str] = {}
        self._alive: list[Value] = []

    def define(self, value: Value, name: str) -> None:
        """From now on `value` has a name."""
        self._names[id(value)] = name
        self._alive.append(value)

    def define_loaded(self, step: int, unit: int, name: str) -> None:
        """Names a loaded unit."""
        self._units[step, unit] = name

    def word(self, value: Value) -> str:
        """An i32 operand."""
        return self._named(value)

    def bit(self, value: Value) -> str:
        """An i1 operand."""
        return self._named(value)

    def _named(self, value: Value) -> str:
        name = self._names.get(id(value))
        if name is None:
            name = str(getattr(self, "_" + value.op)(*value.args))
            self.define(value, name)
        return name

    # -- sources

    def _const(self, number: int) -> str:
        return str(number - (1 << 32) if number & SIGN32 else number)

    def _truth(self, number: int) -> str:
        return "true" if number else "false"

    def _register(self, number: int) -> str:
        return self._read_register(number)

    def _flag(self, flag: int) -> str:
        return self._read_flag(flag)

    def _loaded(self, step: int, unit: int) -> str:
        return self._units[step, unit]

    # -- words

    def _two(self, operation: str, x: Value, y: Value) -> str:
        return self._emit(f"{operation} i32 {self.word(x)}, {self.word(y)}")

    def _add(self, x: Value, y: Value) -> str:
        return self._two("add", x, y)

    def _sub(self, x: Value, y: Value) -> str:
        return self._two("sub", x, y)

    def _mul(self, x: Value, y: Value) -> str:
        return self._two("mul", x, y)

    def _and_(self, x: Value, y: Value) -> str:
        return self._two("and", x, y)

    def _or_(self, x: Value, y: Value) -> str:
        return self._two("or", x, y)

    def _xor(self, x: Value, y: Value) -> str:
        return self._two("xor", x, y)

    def _not_(self, x: Value) -> str:
        return self._emit(f"xor i32 {self.word(x)}, -1")

    def _shift(self, operation: str, x: Value, amount: Value, beyond: str) -> str:
        """LLVM leaves shifts by 32 and more undefined, so these are chosen away."""
        word = self.word(x)
        if amount.number is not None:
            if amount.number < 32:
                return self._emit(f"{operation} i32 {word}, {amount.number}")
            return beyond if beyond == "0" else self._emit(f"ashr i32 {word}, 31")
        by = self.word(amount)
        low = self._emit(f"and i32 {by}, 31")
        shifted = self._emit(f"{operation} i32 {word}, {low}")
        inside = self._emit(f"icmp ult i32 {by}, 32")
        outside = beyond if beyond == "0" else self._emit(f"ashr i32 {word}, 31")
        return self._emit(f"select i1 {inside}, i32 {shifted}, i32 {outside}")

    def _lsl(self, x: Value, amount: Value) -> str:
        return self._shift("shl", x, amount, "0")

    def _lsr(self, x: Value, amount: Value) -> str:
        return self._shift("lshr", x, amount, "0")

    def _asr(self, x: Value, amount: Value) -> str:
        return self._shift("ashr", x, amount, "sign")

    def _ror(self, x: Value, amount: Value) -> str:
        word = self.word(x)
        return self._emit(f"call i32 @llvm.fshr.i32(i32 {word}, i32 {word}, i32 {self.word(amount)})")

    def _count_leading_zeros(self, x: Value) -> str:
        return self._emit(f"call i32 @llvm.ctlz.i32(i32 {self.word(x)}, i1 false)")

    def _count_ones(self, x: Value) -> str:
        return self._emit(f"call i32 @llvm.ctpop.i32(i32 {self.word(x)})")

    def _select(self, condition: Value, when_true: Value, when_false: Value) -> str:
        bit = self.bit(condition)
        return self._emit(f"select i1 {bit}, i32 {self.word(when_true)}, i32 {self.word(when_false)}")

    def _widen(self, x: Value) -> str:
        return self._emit(f"zext i1 {self.bit(x)} to i32")

    # -- additions with carry

    def _result(self, node: Value) -> str:
        x, y, carry = node.args
        operation = "sub" if node.op == "difference" else "add"
        result = self._two(operation, x, y)
        if carry.op == "truth":
            neutral = carry.args[0] == (1 if node.op == "difference" else 0)
            return result if neutral else self._emit(f"{operation} i32 {result}, 1")
        bit = self.bit(carry)
        if node.op == "difference":
            bit = self._emit(f"xor i1 {bit}, true")
        return self._emit(f"{operation} i32 {result}, {self._emit(f'zext i1 {bit} to i32')}")

    def _carry(self, node: Value) -> str:
        x, y, carry = node.args
        left = self._emit(f"zext i32 {self.word(x)} to i64")
        right_word = self.word(y)
        if node.op == "difference":
            right_word = self._emit(f"xor i32 {right_word}, -1")
        right = self._emit(f"zext i32 {right_word} to i64")
        total = self._emit(f"add i64 {left}, {right}")
        total = self._emit(f"add i64 {total}, {self._emit(f'zext i1 {self.bit(carry)} to i64')}")
        return self._emit(f"icmp ugt i64 {total}, 4294967295")

    def _overflow(self, node: Value) -> str:
        x, y = self.word(node.args[0]), self.word(node.args[1])
        result = self._result(node)
        changed = self._emit(f"xor i32 {x}, {result}")
        signs = self._emit(f"xor i32 {y}, {x if node.op == 'difference' else result}")
        return self._emit(f"icmp slt i32 {self._emit(f'and i32 {changed}, {signs}')}, 0")

    # -- products

    def _wide_product(self, node: Value) -> str:
        name = self._names.get(id(node))
        if name is None:
            x, y, is_signed = node.args
            extend = "sext" if is_signed else "zext"
            left = self._emit(f"{extend} i32 {self.word(x)} to i64")
            right = self._emit(f"{extend} i32 {self.word(y)} to i64")
            name = self._emit(f"mul i64 {left}, {right}")
            self.define(node, name)
        return name

    def _low(self, node: Value) -> str:
        return self._emit(f"trunc i64 {self._wide_product(node)} to i32")

    def _high(self, node: Value) -> str:
        high = self._emit(f"lshr i64 {self._wide_product(node)}, 32")
        return self._emit(f"trunc i64 {high} to i32")

    # -- bits

    def _bit(self, x: Value, position: Value) -> str:
        shifted = self._emit(f"lshr i32 {self.word(x)}, {self.word(position)}")
        return self._emit(f"trunc i32 {shifted} to i1")

    def _is_zero(self, x: Value) -> str:
        return self._emit(f"icmp eq i32 {self.word(x)}, 0")

    def _is_negative(self, x: Value) -> str:
        return self._emit(f"icmp slt i32 {self.word(x)}, 0")

    def _below(self, x: Value, y: Value) -> str:
        return self._emit(f"icmp ult i32 {self.word(x)}, {self.word(y)}")

    def _both(self, x: Value, y: Value) -> str:
        return self._emit(f"and i1 {self.bit(x)}, {self.bit(y)}")

    def _negation(self, x: Value) -> str:
        return self._emit(f"xor i1 {self.bit(x)}, true")

    def _choose(self, condition: Value, when_true: Value, when_false: Value) -> str:
        bit = self.bit(condition)
        return self._emit(f"select i1 {bit}, i1 {self.bit(when_true)}, i1 {self.bit(when_false)}")
