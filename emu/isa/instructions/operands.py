"""Operands of an instruction as values: what a line of assembly says once every expression in it is a number.

The assembler produces them, the encoder consumes them, the disassembler prints them. All numbers are plain integers;
registers are 0 to 15. Nothing here knows a bit position: which operands an instruction takes, and where their bits go,
is written in its family's declaration.
"""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

SHIFT_NAMES = ("LSL", "LSR", "ASR", "ROR", "RRX")


class Register(Record):
    """`R0`, or `R0!` in front of a register list."""

    number: int
    writeback: bool = False


class Immediate(Record):
    """`#value`, or `#value, #rotation` where the programmer chooses how an 8-bit value is rotated right.

    `value` is what was written: -2**31 to 2**32 - 1.
    """

    value: int
    rotation: int | None = None


class ShiftedRegister(Record):
    """`Rm, LSL #n`, `Rm, LSL Rs` or `Rm, RRX`. Exactly one of `amount` and `rs` is given; neither for RRX."""

    rm: int
    shift: str
    amount: int | None = None
    rs: int | None = None


class RegisterOffset(Record):
    """`+Rm`, `-Rm`, `Rm, LSL #n` inside a memory operand."""

    rm: int
    subtract: bool = False
    shift: str = "LSL"
    amount: int = 0


class ImmediateOffset(Record):
    """`#n` inside a memory operand. `subtract` tells `#-0` from `#0`; `value` is never negative."""

    value: int
    subtract: bool = False


class Memory(Record):
    """`[Rn, offset]`, `[Rn, offset]!` or `[Rn], offset`; `mode` is "offset", "pre" or "post"."""

    base: int
    offset: ImmediateOffset | RegisterOffset
    mode: str = "offset"


class RegisterList(Record):
    """`{R0, R2-R5}` as a mask with bit n for register n; `user_bank` for a trailing `^`."""

    mask: int
    user_bank: bool = False


class Target(Record):
    """A branch destination, or the address that a PC-relative form points to (32-bit unsigned)."""

    address: int


class StatusRegister(Record):
    """`CPSR`, `SPSR`, or with a field mask `CPSR_fc`. `fields` has bit 3 for f, 2 for s, 1 for x, 0 for c."""

    saved: bool = False
    fields: int | None = None


if TYPE_CHECKING:
    Operand: TypeAlias = Register | Immediate | ShiftedRegister | Memory | RegisterList | Target | StatusRegister
