"""Semantics as data: the operations of one instruction at one address, for translators and analyses.

Theory of operation. `Recorder` is the builder whose words and bits are `Value` nodes. Running an instruction's
semantics with it yields a `Lifted`: a list of steps that must happen in order (address checks, loads, stores), and
the assignments that happen together once all steps have succeeded. Pure operations float: they are nodes of an
expression graph and happen where they are needed. Since fields, immediates and the PC are constants at a given
address, much folds away here, once for every translator.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.engines.interpreter import Interpreter
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from emu.isa.faults import FaultKind
    from emu.isa.instructions.decoder import Instruction


class Value:
    """A node of the expression graph. Compared by identity.

    `op` is the builder's name of the operation. Sources: `const` and `truth` (args: the number), `register`, `flag`,
    `loaded` (args: the position of the loading step and the index in it). `sum` and `difference` are triples of which
    `result`, `carry` and `overflow` are parts; `product` is a pair with parts `low` and `high`.
    """

    __slots__ = ("args", "op")

    def __init__(self, op: str, *args: Any) -> None:
        self.op = op
        self.args = args

    @property
    def number(self) -> int | None:
        """The number of a constant word, else None."""
        return self.args[0] if self.op == "const" else None

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))})"


class Step(Record):
    """Something that must happen in order. `kind` is "address", "load" or "store".

    For "address", `result` is the checked sum. For transfers `address` is the first address, `size` the bytes of one
    unit, and `values` the units stored or loaded, from the lowest address up.
    """

    kind: str
    address: Value
    size: int = 4
    values: tuple[Value, ...] = ()
    is_signed: bool = False


class Lifted(Record):
    """What one instruction does, given that its condition holds."""

    address: int
    instruction: Instruction
    steps: tuple[Step, ...]
    registers: tuple[tuple[int, Value], ...]
    """Assignments to R0-R14, in order (a later one to the same register wins)."""
    flags: tuple[tuple[int, Value], ...]
    target: Value | None
    """The new PC, if it is written."""
    cycles: Value | None
    """Cycles beyond the first."""
    reads: frozenset[int]
    """Registers among R0-R14 that are read."""
    reads_flags: frozenset[int]
    is_exceptional: bool
    """It ends in a service call or a fault, or touches the SPSR: left to the interpreter."""


_FOLDABLE = frozenset(
    "add sub mul and_ or_ xor not_ lsl lsr asr ror count_leading_zeros count_ones widen bit is_zero is_negative below "
    "both negation".split()
)
_NO_FLAGS: frozenset[int] = frozenset()
_GIVES_BIT = frozenset("bit is_zero is_negative below both negation".split())


class Recorder:
    """The builder that writes down. Implements `instructions.builder.Builder[Value, Value]`."""

    def __init__(self, location: int, wraps: bool = False) -> None:
        self.location = location
        self.wraps = wraps
        self.steps: list[Step] = []
        self.registers: list[tuple[int, Value]] = []
        self.flags: dict[int, Value] = {}
        self.target: Value | None = None
        self.cycles: Value | None = None
        self.reads: set[int] = set()
        self.is_exceptional = False
        self.asks_flags = False
        self._sources: dict[tuple[str, int], Value] = {}

    # -- sources

    def _source(self, op: str, number: int) -> Value:
        key = (op, number)
        if key not in self._sources:
            self._sources[key] = Value(op, number)
        return self._sources[key]

    def const(self, value: int) -> Value:
        return self._source("const", value & MASK32)

    def truth(self, value: bool) -> Value:
        return self._source("truth", int(value))

    def register(self, number: int) -> Value:
        if self.registers or self.target is not None:
            raise RuntimeError("semantics must read registers before they set any")
        if number == 15:
            return self.const(self.location + 8)
        self.reads.add(number)
        return self._source("register", number)

    def flag(self, flag: int) -> Value:
        self.asks_flags = True
        return self._source("flag", flag)

    def saved_flag(self, flag: int) -> Value:
        self.is_exceptional = True
        return self._source("saved_flag", flag)

    # -- pure operations

    def _pure(self, op: str, *args: Value) -> Value:
        if op in _FOLDABLE and all(arg.op in ("const", "truth") for arg in args):
            folded = getattr(_CALCULATOR, op)(*(arg.args[0] for arg in args))
            return self.truth(folded) if op in _GIVES_BIT else self.const(folded)
        return Value(op, *args)

    def add(self, x: Value, y: Value) -> Value:
        if y.number == 0:
            return x
        return self._pure("add", x, y)

    def sub(self, x: Value, y: Value) -> Value:
        return self._pure("sub", x, y)

    def mul(self, x: Value, y: Value) -> Value:
        return self._pure("mul", x, y)

    def and_(self, x: Value, y: Value) -> Value:
        return self._pure("and_", x, y)

    def or_(self, x: Value, y: Value) -> Value:
        if x.number == 0:
            return y
        return self._pure("or_", x, y)

    def xor(self, x: Value, y: Value) -> Value:
        return self._pure("xor", x, y)

    def not_(self, x: Value) -> Value:
        return self._pure("not_", x)

    def lsl(self, x: Value, amount: Value) -> Value:
        return self._pure("lsl", x, amount)

    def lsr(self, x: Value, amount: Value) -> Value:
        return self._pure("lsr", x, amount)

    def asr(self, x: Value, amount: Value) -> Value:
        return self._pure("asr", x, amount)

    def ror(self, x: Value, amount: Value) -> Value:
        return self._pure("ror", x, amount)

    def count_leading_zeros(self, x: Value) -> Value:
        return self._pure("count_leading_zeros", x)

    def count_ones(self, x: Value) -> Value:
        return self._pure("count_ones", x)

    def select(self, condition: Value, when_true: Value, when_false: Value) -> Value:
        if condition.op == "truth":
            return when_true if condition.args[0] else when_false
        return Value("select", condition, when_true, when_false)

    def widen(self, x: Value) -> Value:
        return self._pure("widen", x)

    def sum(self, x: Value, y: Value, carry: Value) -> tuple[Value, Value, Value]:
        return self._parts(Value("sum", x, y, carry), "result", "carry", "overflow")

    def difference(self, x: Value, y: Value, carry: Value) -> tuple[Value, Value, Value]:
        return self._parts(Value("difference", x, y, carry), "result", "carry", "overflow")

    def multiply_long(self, x: Value, y: Value, is_signed: bool) -> tuple[Value, Value]:
        product = Value("product", x, y, is_signed)
        return Value("low", product), Value("high", product)

    def _parts(self, node: Value, *names: str) -> tuple[Value, Value, Value]:
        first, second, third = names
        return Value(first, node), Value(second, node), Value(third, node)

    def bit(self, x: Value, position: Value) -> Value:
        return self._pure("bit", x, position)

    def is_zero(self, x: Value) -> Value:
        return self._pure("is_zero", x)

    def is_negative(self, x: Value) -> Value:
        return self._pure("is_negative", x)

    def below(self, x: Value, y: Value) -> Value:
        return self._pure("below", x, y)

    def both(self, x: Value, y: Value) -> Value:
        return self._pure("both", x, y)

    def negation(self, x: Value) -> Value:
        return self._pure("negation", x)

    def choose(self, condition: Value, when_true: Value, when_false: Value) -> Value:
        if condition.op == "truth":
            return when_true if condition.args[0] else when_false
        return Value("choose", condition, when_true, when_false)

    # -- memory

    def _may_fault(self) -> None:
        if self.registers or self.flags or self.target is not None:
            raise RuntimeError("semantics must access memory before they set anything")

    def address(self, base: Value, offset: Value, subtract: bool) -> Value:
        self._may_fault()
        if self.wraps:
            return self.sub(base, offset) if subtract else self.add(base, offset)
        if offset.number == 0:
            return base
        if base.number is not None and offset.number is not None:
            total = base.number - offset.number if subtract else base.number + offset.number
            if 0 <= total <= MASK32:
                return self.const(total)
        result = Value("address", base, offset, subtract)
        self.steps.append(Step("address", result))
        return result

    def load(self, address: Value, size: int, is_signed: bool = False) -> Value:
        self._may_fault()
        value = Value("loaded", len(self.steps), 0)
        self.steps.append(Step("load", address, size, (value,), is_signed))
        return value

    def store(self, address: Value, size: int, value: Value) -> None:
        self._may_fault()
        self.steps.append(Step("store", address, size, (value,)))

    def load_words(self, address: Value, count: int) -> list[Value]:
        self._may_fault()
        values = tuple(Value("loaded", len(self.steps), index) for index in range(count))
        self.steps.append(Step("load", address, 4, values))
        return list(values)

    def store_words(self, address: Value, values: list[Value]) -> None:
        self._may_fault()
        self.steps.append(Step("store", address, 4, tuple(values)))

    # -- effects

    def set_register(self, number: int, value: Value) -> None:
        if number == 15:
            self.target = value
        else:
            self.registers.append((number, value))

    def set_flags(
        self, n: Value | None = None, z: Value | None = None, c: Value | None = None, v: Value | None = None
    ) -> None:
        for flag, value in enumerate((n, z, c, v)):
            if value is not None and not (value.op == "flag" and value.args[0] == flag):
                self.flags[flag] = value

    def set_saved_flags(self, n: Value, z: Value, c: Value, v: Value) -> None:
        self.is_exceptional = True

    def branch(self, target: Value) -> None:
        self.target = target

    def add_cycles(self, count: Value) -> None:
        self.cycles = count

    def service_call(self, number: int) -> None:
        self.is_exceptional = True

    def fault(self, kind: FaultKind) -> None:
        self.is_exceptional = True


def _calculator() -> Interpreter:
    no_memory: Any = None
    return Interpreter([0] * 16, [False] * 4, [False] * 4, no_memory)


_CALCULATOR = _calculator()


def lift(instruction: Instruction, address: int, wraps: bool = False) -> Lifted:
    """The operations of an instruction at `address` (32-bit unsigned); `wraps` as in `Memory`."""
    return recorded(Recorder(address, wraps), instruction, address)


def recorded(recorder: Recorder, instruction: Instruction, address: int) -> Lifted:
    """The operations of an instruction at `address`, written down by a new recorder for this address."""
    instruction.form.semantics(recorder, instruction.fields)
    return Lifted(
        address,
        instruction,
        tuple(recorder.steps),
        tuple(recorder.registers),
        tuple(recorder.flags.items()),
        recorder.target,
        recorder.cycles,
        frozenset(recorder.reads),
        _flags_read(recorder),
        recorder.is_exceptional,
    )


def _flags_read(recorder: Recorder) -> frozenset[int]:
    """The flags that the operations use; operands that nothing uses in the end do not count."""
    if not recorder.asks_flags:
        return _NO_FLAGS
    roots = [value for step in recorder.steps for value in (step.address, *step.values)]
    roots += [value for _, value in recorder.registers]
    roots += recorder.flags.values()
    roots += [value for value in (recorder.target, recorder.cycles) if value is not None]
    flags: set[int] = set()

    def note(value: Value) -> None:
        if value.op == "flag":
            flags.add(value.args[0])

    for root in roots:
        walk(root, note)
    return frozenset(flags)


def walk(value: Value, visit: Callable[[Value], None]) -> None:
    """Calls `visit` for a value and everything it is made of, parts first."""
    for arg in value.args:
        if isinstance(arg, Value):
            walk(arg, visit)
    visit(value)
