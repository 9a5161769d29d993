"""MRS and MSR: the flags as a word (ARM ARM A3.10; spec cpu.md section 9).

Of the status registers only the four flags exist. Other bits read as zero and ignore writes, so of the field mask
only the flags field matters.
"""

from __future__ import annotations

from emu.isa.conditions import C, N, V, Z
from emu.isa.faults import FaultKind
from emu.isa.instructions.data_processing import immediate_operand
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import Reg, RotatedImmediate, StatusSource, StatusTarget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W

PC = 15
_FLAG_BITS = ((N, 31), (Z, 30), (C, 29), (V, 28))


def read_status(b: Builder[W, B], i: Fields) -> None:
    """MRS."""
    if i.rd == PC:
        b.fault(FaultKind.PC_OPERAND)
        return
    word = b.const(0)
    for flag, position in _FLAG_BITS:
        bit = b.saved_flag(flag) if i.r else b.flag(flag)
        word = b.or_(word, b.lsl(b.widen(bit), b.const(position)))
    b.set_register(i.rd, word)


def write_status_register(b: Builder[W, B], i: Fields) -> None:
    """MSR with a register."""
    if i.rm == PC:
        b.fault(FaultKind.PC_OPERAND)
        return
    _write_status(b, i, b.register(i.rm))


def write_status_immediate(b: Builder[W, B], i: Fields) -> None:
    """MSR with an immediate."""
    _write_status(b, i, immediate_operand(b, i)[0])


def _write_status(b: Builder[W, B], i: Fields, word: W) -> None:
    if not i.fields & 8:
        return
    n, z, c, v = (b.bit(word, b.const(position)) for _, position in _FLAG_BITS)
    if i.r:
        b.set_saved_flags(n, z, c, v)
    else:
        b.set_flags(n, z, c, v)


FORMS = (
    Form(
        "Status register to register",
        "A4.1.38",
        Pattern("cond:4 00010 r:1 00 1111 rd:4 000000000000"),
        (Spelling("MRS", "", {}),),
        ((Reg("rd"), StatusSource()),),
        read_status,
        "Rd := flags in bits 31-28",
    ),
    Form(
        "Register to status register",
        "A4.1.39",
        Pattern("cond:4 00010 r:1 10 fields:4 1111 00000000 rm:4"),
        (Spelling("MSR", "", {}),),
        ((StatusTarget(), Reg("rm")),),
        write_status_register,
        "flags := bits 31-28 of Rm, if the f field is selected",
    ),
    Form(
        "Immediate to status register",
        "A4.1.39",
        Pattern("cond:4 00110 r:1 10 fields:4 1111 rotate:4 imm:8"),
        (Spelling("MSR", "", {}),),
        ((StatusTarget(), RotatedImmediate()),),
        write_status_immediate,
        "flags := bits 31-28 of the immediate, if the f field is selected",
    ),
)
