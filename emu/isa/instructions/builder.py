"""The typed builder that all instruction semantics are written against.

Theory of operation. An instruction's meaning is a function `semantics(b, i)`: `b` builds operations, `i` holds the
decoded fields. The function is pure description. It never looks at a value, only passes values on, so the same text
can be run by different builders:

* the interpreter (`engines.interpreter`) gives it numbers and each operation happens at once;
* the recorder (`engines.lifting`) gives it placeholders and gets the list of operations, from which translators make
  machine-independent facts (registers read and written) and code.

Two types of value exist: words (32-bit unsigned, wrapping) and bits (flags and truth values). Python's `if` may test
fields of `i`, which are constants of the instruction, and never values.

Order: everything that can fault (loads, stores, address checks) comes before the first register, flag or PC is set, and
registers are read before they are set. This makes faults precise without undoing anything; the recorder enforces it.

This module is for reading and for type checkers; nothing imports it at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from emu.isa.faults import FaultKind

W = TypeVar("W")
"""A word: 32 bits, unsigned."""
B = TypeVar("B")
"""A bit: a flag or a truth value."""


class Fields:
    """The named fields of one instruction word, as unsigned integers: `i.rd`, `i.imm`, ..."""

    def __init__(self, values: dict[str, int]) -> None: ...

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...


class Builder(Protocol[W, B]):
    """What semantics can say. Shift amounts are words; amounts of 32 and more are defined as the text says."""

    @property
    def location(self) -> int:
        """The address of the instruction itself."""

    # -- sources

    def const(self, value: int) -> W:
        """A constant; `value` is taken modulo 2**32."""

    def truth(self, value: bool) -> B:
        """A constant bit."""

    def register(self, number: int) -> W:
        """The value of a register before the instruction; for R15 the address of the instruction plus 8."""

    def flag(self, flag: int) -> B:
        """The value of flag N, Z, C or V (`conditions`) before the instruction."""

    def saved_flag(self, flag: int) -> B:
        """The same of the SPSR."""

    # -- words

    def add(self, x: W, y: W) -> W: ...

    def sub(self, x: W, y: W) -> W: ...

    def mul(self, x: W, y: W) -> W: ...

    def and_(self, x: W, y: W) -> W: ...

    def or_(self, x: W, y: W) -> W: ...

    def xor(self, x: W, y: W) -> W: ...

    def not_(self, x: W) -> W: ...

    def lsl(self, x: W, amount: W) -> W:
        """Shift left; 0 from amount 32 on."""

    def lsr(self, x: W, amount: W) -> W:
        """Shift right; 0 from amount 32 on."""

    def asr(self, x: W, amount: W) -> W:
        """Arithmetic shift right; the sign everywhere from amount 31 on."""

    def ror(self, x: W, amount: W) -> W:
        """Rotate right by amount modulo 32."""

    def count_leading_zeros(self, x: W) -> W:
        """0 to 32."""

    def count_ones(self, x: W) -> W:
        """0 to 32."""

    def select(self, condition: B, when_true: W, when_false: W) -> W: ...

    def widen(self, x: B) -> W:
        """0 or 1."""

    def sum(self, x: W, y: W, carry: B) -> tuple[W, B, B]:
        """x + y + carry: result, carry out of bit 31, signed overflow (AddWithCarry of the ARM ARM)."""

    def difference(self, x: W, y: W, carry: B) -> tuple[W, B, B]:
        """x - y - NOT carry as the sum of x, NOT y and carry: result, carry (1 = no borrow), signed overflow."""

    def multiply_long(self, x: W, y: W, is_signed: bool) -> tuple[W, W]:
        """The low and the high word of the 64-bit product."""

    # -- bits

    def bit(self, x: W, position: W) -> B:
        """Bit `position` of x; position 0 to 31."""

    def is_zero(self, x: W) -> B: ...

    def is_negative(self, x: W) -> B:
        """Bit 31."""

    def below(self, x: W, y: W) -> B:
        """x < y, unsigned."""

    def both(self, x: B, y: B) -> B: ...

    def negation(self, x: B) -> B: ...

    def choose(self, condition: B, when_true: B, when_false: B) -> B: ...

    # -- memory: these can fault, and then the instruction has not happened

    def address(self, base: W, offset: W, subtract: bool) -> W:
        """base + offset or base - offset; faults where the true result does not fit 32 bits (spec cpu.md 2.2)."""

    def load(self, address: W, size: int, is_signed: bool = False) -> W:
        """The value of 1, 2 or 4 bytes, extended to a word."""

    def store(self, address: W, size: int, value: W) -> None:
        """Stores the low 1, 2 or 4 bytes of `value`."""

    def load_words(self, address: W, count: int) -> list[W]:
        """`count` words from consecutive addresses upwards."""

    def store_words(self, address: W, values: list[W]) -> None:
        """Stores words at consecutive addresses upwards, one after the other."""

    # -- effects

    def set_register(self, number: int, value: W) -> None:
        """Writes a register; writing R15 branches to exactly that address."""

    def set_flags(self, n: B | None = None, z: B | None = None, c: B | None = None, v: B | None = None) -> None:
        """Writes the given flags and leaves the others alone."""

    def set_saved_flags(self, n: B, z: B, c: B, v: B) -> None:
        """Writes the SPSR."""

    def branch(self, target: W) -> None:
        """Writes the PC. Only an instruction that does not write R15 as a register uses this."""

    def add_cycles(self, count: W) -> None:
        """Cycles beyond the one that every instruction takes (spec cpu.md section 10)."""

    def service_call(self, number: int) -> None:
        """A SWI. Ends the run before the instruction; the driver completes it."""

    def fault(self, kind: FaultKind) -> None:
        """The instruction cannot be executed. Nothing else of it may be described after this."""
