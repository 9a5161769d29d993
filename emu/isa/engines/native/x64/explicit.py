"""The flags in their four words, whatever they follow from: what code calls that does not know, or must not care."""

from __future__ import annotations

from emu.isa.conditions import C, N, V, Z
from emu.isa.engines.native import layout
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, STATE
from emu.isa.engines.native.x64.pending import (
    DIFFERENCE,
    DIFFERENCE_BUT_CARRY,
    EXPLICIT,
    LEFT,
    RESULT,
    RIGHT,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.engines.native.x64.encoding import Code, Operand

SUBROUTINE = "flags"
"""The label of `explicitly`."""


def place_of(flag: int) -> Operand:
    """Its word."""
    return STATE, 4 * (layout.FLAGS + flag)


def explicitly(code: Code) -> None:
    """A subroutine that puts the flags into their four words, changing nothing else but EAX."""
    code.label(SUBROUTINE)
    code.move(RAX, LEFT)
    code.compare_state(4 * layout.KIND_CV, DIFFERENCE)
    code.jump_if(x.BELOW, "flags.result")
    code.jump_if(x.ABOVE, "flags.sum")
    code.arithmetic(x.CMP, RAX, RIGHT)
    set_all(code, x.NOT_BELOW)
    code.jump("flags.result")
    code.label("flags.sum")
    code.compare_state(4 * layout.KIND_CV, DIFFERENCE_BUT_CARRY)
    code.jump_if(x.EQUAL, "flags.overflow of difference")
    code.jump_if(x.ABOVE, "flags.overflow of sum")
    code.arithmetic(x.ADD, RAX, RIGHT)
    set_all(code, x.BELOW)
    code.jump("flags.result")
    for operation, name in ((x.CMP, "difference"), (x.ADD, "sum")):
        code.label(f"flags.overflow of {name}")
        code.arithmetic(operation, RAX, RIGHT)
        code.set_state(x.OVERFLOW, place_of(V)[1])
        if operation == x.CMP:
            code.jump("flags.result")
    code.label("flags.result")
    code.compare_state(4 * layout.KIND_NZ, 0)
    code.jump_if(x.EQUAL, "flags.end")
    code.compare_state(RESULT[1], 0)
    code.set_state(x.NEGATIVE, place_of(N)[1])
    code.set_state(x.EQUAL, place_of(Z)[1])
    code.label("flags.end")
    code.ret()


def set_all(code: Code, carry: int) -> None:
    """The words of all flags, as an operation of the host has left its own."""
    for flag, condition in ((N, x.NEGATIVE), (Z, x.EQUAL), (C, carry), (V, x.OVERFLOW)):
        code.set_state(condition, place_of(flag)[1])


def write_explicitly(code: Code) -> None:
    """Has that done if it is necessary, and noted. Uses EAX."""
    done = code.new_label()
    code.load_wide(RAX, 4 * layout.KIND_CV)  # and KIND_NZ
    code.arithmetic(x.CMP, RAX, (CONSTANT, 0), wide=True)
    code.jump_if(x.EQUAL, done)
    code.call(SUBROUTINE)
    code.store_constant_wide(4 * layout.KIND_CV, EXPLICIT)
    code.label(done)
