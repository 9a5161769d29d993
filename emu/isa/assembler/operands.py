"""Operands that still hold an expression: what the parser leaves for the second pass to compute."""

from __future__ import annotations

from emu.isa.assembler.expressions import checked
from emu.isa.bits import MASK32, signed
from emu.isa.instructions.operands import (
    Immediate,
    ImmediateOffset,
    Memory,
    RegisterOffset,
    ShiftedRegister,
    Target,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.expressions import Expression
    from emu.isa.assembler.symbols import SymbolTable
    from emu.isa.instructions.operands import Operand


class Pending:
    """An operand with a symbol in it. `expression` is the only part that is not known."""

    __slots__ = ("expression",)

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def resolve(self, symbols: SymbolTable, serial: int, here: int) -> Operand:
        """The operand for statement `serial` at address `here`. Raises StatementError."""
        return self.finish(checked(self.expression.evaluate(symbols, serial, here), self.expression.column))

    def finish(self, value: int) -> Operand:
        """The operand once its expression has a value."""
        raise NotImplementedError


class PendingImmediate(Pending):
    """`#expr`."""

    __slots__ = ()

    def finish(self, value: int) -> Operand:
        return Immediate(value)


class PendingTarget(Pending):
    """A label or an address."""

    __slots__ = ()

    def finish(self, value: int) -> Operand:
        return Target(value & MASK32)


class PendingShift(Pending):
    """`Rm, LSL #expr`."""

    __slots__ = ("rm", "shift")

    def __init__(self, expression: Expression, rm: int, shift: str) -> None:
        super().__init__(expression)
        self.rm = rm
        self.shift = shift

    def finish(self, value: int) -> Operand:
        return ShiftedRegister(self.rm, self.shift, value)


class PendingOffset(Pending):
    """`[Rn, #expr]` in any mode."""

    __slots__ = ("base", "mode")

    def __init__(self, expression: Expression, base: int, mode: str) -> None:
        super().__init__(expression)
        self.base = base
        self.mode = mode

    def finish(self, value: int) -> Operand:
        return Memory(self.base, immediate_offset(value), self.mode)


class PendingIndex(Pending):
    """`[Rn, Rm, LSL #expr]` in any mode."""

    __slots__ = ("base", "mode", "rm", "subtract", "shift")

    def __init__(self, expression: Expression, base: int, rm: int, subtract: bool, shift: str) -> None:
        super().__init__(expression)
        self.base = base
        self.mode = "offset"
        self.rm = rm
        self.subtract = subtract
        self.shift = shift

    def finish(self, value: int) -> Operand:
        return Memory(self.base, RegisterOffset(self.rm, self.subtract, self.shift, value), self.mode)


def immediate_offset(value: int) -> ImmediateOffset:
    """The offset for a value, read as a signed 32-bit number; zero is added, not subtracted."""
    offset = signed(value)
    return ImmediateOffset(abs(offset), offset < 0)
