"""Flags that are only computed when somebody looks.

Theory of operation. What the flags are is remembered in three *records*, one for N and Z, one for C and one for V;
each says how its flags follow from two operands. Within a block the record is known while code is written, so a
condition becomes the one comparison it means. Where the region is left, or at the top of a block that may be reached
in several ways, records are data: a kind and two operands in variables, which cost nothing in a loop, because the
operands are live anyway and the kind is a constant. Only the exits, which are cold, turn them into four flags.

Flags that a block looks at before it sets them are passed as four explicit variables instead, but only those.
"""

from __future__ import annotations

from emu.isa.conditions import C, N, V, Z
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted, Value
    from emu.isa.engines.native.operations import Operations

    Emit = Callable[[str], str]

UNCHANGED, EXPLICIT, RESULT, WIDE, DIFFERENCE, SUM = range(6)
"""How flags follow from operands a and b: not since the region was entered; a is the flag (for N and Z: bits 0 and
1 of a); a is the result; a is the high word and b the union of both words of a wide result; from a - b; from a
+ b."""


class FlagRecord(Record):
    """One or two flags as a function of two words, given as LLVM operands."""

    kind: int
    a: str = "0"
    b: str = "0"


class Flags(Record):
    """All four flags at one point; None where only the variables know."""

    nz: FlagRecord | None = None
    c: FlagRecord | None = None
    v: FlagRecord | None = None

    def record(self, flag: int) -> FlagRecord | None:
        """The record that a flag belongs to."""
        return self.nz if flag in (N, Z) else self.c if flag == C else self.v


def flag_bit(flag: int, record: FlagRecord, emit: Emit) -> str:
    """An i1 for `flag`; `emit` writes the right side of an assignment and gives back its name."""
    a, b = record.a, record.b
    if record.kind == EXPLICIT:
        source = a
        if flag == Z:
            source = emit(f"lshr i32 {a}, 1")
        return emit(f"trunc i32 {source} to i1")
    if flag == N:
        value = {RESULT: a, WIDE: a}.get(record.kind) or emit(f"{_operation(record)} i32 {a}, {b}")
        return emit(f"icmp slt i32 {value}, 0")
    if flag == Z:
        if record.kind == DIFFERENCE:
            return emit(f"icmp eq i32 {a}, {b}")
        value = {RESULT: a, WIDE: b}.get(record.kind) or emit(f"add i32 {a}, {b}")
        return emit(f"icmp eq i32 {value}, 0")
    if flag == C:
        if record.kind == DIFFERENCE:
            return emit(f"icmp uge i32 {a}, {b}")
        total = emit(f"add i32 {a}, {b}")
        return emit(f"icmp ult i32 {total}, {a}")
    result = emit(f"{_operation(record)} i32 {a}, {b}")
    from_a = emit(f"xor i32 {a}, {result}")
    other = emit(f"xor i32 {a}, {b}") if record.kind == DIFFERENCE else emit(f"xor i32 {b}, {result}")
    both = emit(f"and i32 {from_a}, {other}")
    return emit(f"icmp slt i32 {both}, 0")


def _operation(record: FlagRecord) -> str:
    return "sub" if record.kind == DIFFERENCE else "add"


_COMPARISONS = {0: "eq", 1: "ne", 2: "uge", 3: "ult", 8: "ugt", 9: "ule", 10: "sge", 11: "slt", 12: "sgt", 13: "sle"}
_NEEDS_V = (10, 11, 12, 13)
_NEEDS_C = (2, 3, 8, 9)


def condition_bit(code: int, flags: Flags, bit: Callable[[int], str], emit: Emit) -> str:
    """An i1 for a condition code 0-13; `bit` gives the i1 of a single flag."""
    nz = flags.nz
    if nz is not None and nz.kind == DIFFERENCE and code in _COMPARISONS:
        others = [flags.v] if code in _NEEDS_V else []
        others += [flags.c] if code in _NEEDS_C else []
        if all(other == nz for other in others):
            return emit(f"icmp {_COMPARISONS[code]} i32 {nz.a}, {nz.b}")
    base = code & ~1
    if base in (0, 2, 4, 6):
        value = bit({0: Z, 2: C, 4: N, 6: V}[base])
    elif base == 8:
        not_zero = emit(f"xor i1 {bit(Z)}, true")
        value = emit(f"and i1 {bit(C)}, {not_zero}")
    else:
        value = emit(f"icmp eq i1 {bit(N)}, {bit(V)}")
        if base == 12:
            not_zero = emit(f"xor i1 {bit(Z)}, true")
            value = emit(f"and i1 {value}, {not_zero}")
    return emit(f"xor i1 {value}, true") if code & 1 else value


def new_flags(lifted: Lifted, old: Flags, operations: Operations, emit: Emit) -> Flags:
    """The flags after an instruction that sets some of them."""
    values = dict(lifted.flags)
    if V in values and values[V].op == "overflow":
        return _arithmetic_flags(values[V].args[0], values, operations, emit)
    nz, c, v = old.nz, old.c, old.v
    if N in values and Z in values:
        nz = _sign_and_zero(values[N], values[Z], operations, emit)
    if C in values:
        c = _explicit(operations.bit(values[C]), emit)
    if V in values:
        v = _explicit(operations.bit(values[V]), emit)
    return Flags(nz, c, v)


def _sign_and_zero(n: Value, z: Value, operations: Operations, emit: Emit) -> FlagRecord:
    if n.op == "is_negative" and z.op == "is_zero":
        high = operations.word(n.args[0])
        if n.args[0] is z.args[0]:
            return FlagRecord(RESULT, high, high)
        return FlagRecord(WIDE, high, operations.word(z.args[0]))
    low = emit(f"zext i1 {operations.bit(n)} to i32")
    bit = emit(f"zext i1 {operations.bit(z)} to i32")
    both = emit(f"or i32 {low}, {emit(f'shl i32 {bit}, 1')}")
    return FlagRecord(EXPLICIT, both)


def _arithmetic_flags(node: Value, values: dict[int, Value], operations: Operations, emit: Emit) -> Flags:
    x, y = operations.word(node.args[0]), operations.word(node.args[1])
    carry = node.args[2]
    is_difference = node.op == "difference"
    if carry.op == "truth" and carry.args[0] == int(is_difference):
        record = FlagRecord(DIFFERENCE if is_difference else SUM, x, y)
        return Flags(record, record, record)
    result = operations.word(values[N].args[0])
    return Flags(
        FlagRecord(RESULT, result, result),
        _explicit(operations.bit(values[C]), emit),
        _explicit(operations.bit(values[V]), emit),
    )


def _explicit(bit: str, emit: Emit) -> FlagRecord:
    return FlagRecord(EXPLICIT, emit(f"zext i1 {bit} to i32"))
