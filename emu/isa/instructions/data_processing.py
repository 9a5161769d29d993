"""Data processing: sixteen operations on two operands, the second through the barrel shifter (ARM ARM A3.4, A5.1).

One form for each kind of second operand, times three groups: operations with a result, moves, and comparisons.
Everything arithmetic goes through one adder, so carry and overflow are right for every operand value (spec cpu.md
section 5).
"""

from __future__ import annotations

from emu.isa.bits import rotate_right
from emu.isa.conditions import C
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.operands import SHIFT_NAMES
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import (
    AddressOffset,
    Reg,
    RotatedImmediate,
    ShiftAmount,
    ShiftByConstant,
    ShiftByRegister,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from emu.isa.instructions.builder import B, Builder, Fields, W
    from emu.isa.instructions.form import Semantics
    from emu.isa.instructions.syntax import OperandSyntax

    Operand2: TypeAlias = Callable[[Builder[W, B], Fields], tuple[W, B]]

AND, EOR, SUB, RSB, ADD, ADC, SBC, RSC, TST, TEQ, CMP, CMN, ORR, MOV, BIC, MVN = range(16)
NAMES = "AND EOR SUB RSB ADD ADC SBC RSC TST TEQ CMP CMN ORR MOV BIC MVN".split()
OPERATIONS = {
    "AND": "Rd := Rn AND operand2",
    "EOR": "Rd := Rn EOR operand2",
    "SUB": "Rd := Rn - operand2",
    "RSB": "Rd := operand2 - Rn",
    "ADD": "Rd := Rn + operand2",
    "ADC": "Rd := Rn + operand2 + C",
    "SBC": "Rd := Rn - operand2 - NOT C",
    "RSC": "Rd := operand2 - Rn - NOT C",
    "TST": "flags of Rn AND operand2",
    "TEQ": "flags of Rn EOR operand2",
    "CMP": "flags of Rn - operand2",
    "CMN": "flags of Rn + operand2",
    "ORR": "Rd := Rn OR operand2",
    "MOV": "Rd := operand2",
    "BIC": "Rd := Rn AND NOT operand2",
    "MVN": "Rd := NOT operand2",
}

_WITH_RESULT = (AND, EOR, SUB, RSB, ADD, ADC, SBC, RSC, ORR, BIC)
_MOVES = (MOV, MVN)
_COMPARISONS = (TST, TEQ, CMP, CMN)

_SUBSTITUTES = {
    MOV: ("MVN", "invert"),
    MVN: ("MOV", "invert"),
    CMP: ("CMN", "negate"),
    CMN: ("CMP", "negate"),
    ADD: ("SUB", "negate"),
    SUB: ("ADD", "negate"),
    ADC: ("SBC", "invert"),
    SBC: ("ADC", "invert"),
    AND: ("BIC", "invert"),
    BIC: ("AND", "invert"),
}


# -- the second operand: value and shifter carry (spec cpu.md 5.1)


def immediate_operand(b: Builder[W, B], i: Fields) -> tuple[W, B]:
    """Eight bits rotated right by twice the rotation field."""
    value = rotate_right(i.imm, 2 * i.rotate)
    return b.const(value), b.truth(value >> 31 == 1) if i.rotate else b.flag(C)


def shifted_by_constant(b: Builder[W, B], i: Fields) -> tuple[W, B]:
    """Rm through the barrel shifter by a constant amount."""
    rm = b.register(i.rm)
    amount = i.amount
    if i.shift == 0:
        if amount == 0:
            return rm, b.flag(C)
        return b.lsl(rm, b.const(amount)), b.bit(rm, b.const(32 - amount))
    if i.shift == 3:
        if amount == 0:
            return rotate_through_carry(b, rm), b.bit(rm, b.const(0))
        return b.ror(rm, b.const(amount)), b.bit(rm, b.const(amount - 1))
    amount = amount or 32
    shift = b.lsr if i.shift == 1 else b.asr
    return shift(rm, b.const(amount)), b.bit(rm, b.const(amount - 1))


def rotate_through_carry(b: Builder[W, B], value: W) -> W:
    """RRX: the carry enters at bit 31."""
    return b.or_(b.lsl(b.widen(b.flag(C)), b.const(31)), b.lsr(value, b.const(1)))


def shifted_by_register(b: Builder[W, B], i: Fields) -> tuple[W, B]:
    """Rm through the barrel shifter by the bottom byte of Rs."""
    rm = b.register(i.rm)
    amount = b.and_(b.register(i.rs), b.const(0xFF))
    none = b.is_zero(amount)
    last_out = b.and_(b.sub(amount, b.const(1)), b.const(31))
    if i.shift == 0:
        value = b.lsl(rm, amount)
        carry = b.bit(rm, b.and_(b.sub(b.const(32), amount), b.const(31)))
        carry = b.both(b.below(amount, b.const(33)), carry)
    elif i.shift == 1:
        value = b.lsr(rm, amount)
        carry = b.both(b.below(amount, b.const(33)), b.bit(rm, last_out))
    elif i.shift == 2:
        value = b.asr(rm, amount)
        carry = b.choose(b.below(amount, b.const(32)), b.bit(rm, last_out), b.is_negative(rm))
    else:
        value = b.ror(rm, amount)
        carry = b.bit(rm, last_out)
    return value, b.choose(none, b.flag(C), carry)


# -- the operations (spec cpu.md 5.2)


def data_processing(b: Builder[W, B], i: Fields, operand2: Operand2[W, B]) -> None:
    """Any of the sixteen operations."""
    opcode = i.opcode
    y, shifter_carry = operand2(b, i)
    carry: B
    overflow: B | None = None
    if opcode in (MOV, MVN):
        result = y if opcode == MOV else b.not_(y)
        carry = shifter_carry
    else:
        x = b.register(i.rn)
        if opcode in (AND, TST):
            result, carry = b.and_(x, y), shifter_carry
        elif opcode in (EOR, TEQ):
            result, carry = b.xor(x, y), shifter_carry
        elif opcode == ORR:
            result, carry = b.or_(x, y), shifter_carry
        elif opcode == BIC:
            result, carry = b.and_(x, b.not_(y)), shifter_carry
        elif opcode in (ADD, CMN):
            result, carry, overflow = b.sum(x, y, b.truth(False))
        elif opcode == ADC:
            result, carry, overflow = b.sum(x, y, b.flag(C))
        elif opcode in (SUB, CMP):
            result, carry, overflow = b.difference(x, y, b.truth(True))
        elif opcode == SBC:
            result, carry, overflow = b.difference(x, y, b.flag(C))
        elif opcode == RSB:
            result, carry, overflow = b.difference(y, x, b.truth(True))
        else:
            result, carry, overflow = b.difference(y, x, b.flag(C))
    compares = opcode in _COMPARISONS
    if compares or (i.s and i.rd != 15):
        b.set_flags(n=b.is_negative(result), z=b.is_zero(result), c=carry, v=overflow)
    if not compares:
        b.set_register(i.rd, result)


def with_immediate(b: Builder[W, B], i: Fields) -> None:
    """Data processing with an immediate."""
    data_processing(b, i, immediate_operand)


def with_constant_shift(b: Builder[W, B], i: Fields) -> None:
    """Data processing with a register shifted by a constant."""
    data_processing(b, i, shifted_by_constant)


def with_register_shift(b: Builder[W, B], i: Fields) -> None:
    """Data processing with a register shifted by a register."""
    data_processing(b, i, shifted_by_register)


# -- the forms

_S_SUFFIXES = (("", 0), ("S", 1))


def _operations(opcodes: tuple[int, ...]) -> tuple[Spelling, ...]:
    return tuple(
        Spelling(NAMES[opcode], suffix, {"opcode": opcode, "s": s}, (), _SUBSTITUTES.get(opcode))
        for opcode in opcodes
        for suffix, s in _S_SUFFIXES
    )


_COMPARISON_SPELLINGS = tuple(
    Spelling(NAMES[opcode], suffix, {"opcode": opcode}, (), _SUBSTITUTES.get(opcode))
    for suffix, _ in _S_SUFFIXES
    for opcode in _COMPARISONS
)

# Other words for the same encodings, which a programmer may write and the disassembler never prints.
_NEGATIONS = tuple(
    Spelling(
        "NEG",
        suffix,
        {"opcode": RSB, "s": s, "imm": 0, "rotate": 0},
        ((Reg("rd"), Reg("rn")), (Reg("rd", "rn"),)),
    )
    for suffix, s in _S_SUFFIXES
)
_ADDRESS = (Spelling("ADR", "", {"s": 0, "rn": 15}, ((Reg("rd"), AddressOffset()),)),)
_SHIFTS_BY_CONSTANT = tuple(
    Spelling(
        shift,
        suffix,
        {"opcode": MOV, "s": s},
        ((Reg("rd"), Reg("rm"), ShiftAmount(shift)), (Reg("rd", "rm"), ShiftAmount(shift))),
    )
    for shift in SHIFT_NAMES[:4]
    for suffix, s in _S_SUFFIXES
) + tuple(
    Spelling(
        "RRX",
        suffix,
        {"opcode": MOV, "s": s, "shift": 3, "amount": 0},
        ((Reg("rd"), Reg("rm")), (Reg("rd", "rm"),)),
    )
    for suffix, s in _S_SUFFIXES
)
_SHIFTS_BY_REGISTER = tuple(
    Spelling(
        shift,
        suffix,
        {"opcode": MOV, "s": s, "shift": code},
        ((Reg("rd"), Reg("rm"), Reg("rs")), (Reg("rd", "rm"), Reg("rs"))),
    )
    for code, shift in enumerate(SHIFT_NAMES[:4])
    for suffix, s in _S_SUFFIXES
)
_NO_OPERATION = (Spelling("NOP", "", {"opcode": MOV, "s": 0, "rd": 0, "rm": 0, "shift": 0, "amount": 0}, ((),)),)


def _forms(
    kind: str,
    bits: str,
    operand2: OperandSyntax,
    semantics: Semantics,
    also_operations: tuple[Spelling, ...],
    also_moves: tuple[Spelling, ...],
) -> tuple[Form, ...]:
    """The three groups for one kind of second operand; `bits` is bit 25 and the twelve low bits."""
    bit25, low = bits.split(" ", 1)
    section = "A3.4, A5.1"
    return (
        Form(
            f"Data processing, {kind}",
            section,
            Pattern(f"cond:4 00 {bit25} opcode:4 s:1 rn:4 rd:4 {low}"),
            _operations(_WITH_RESULT) + also_operations,
            ((Reg("rd"), Reg("rn"), operand2), (Reg("rd", "rn"), operand2)),
            semantics,
            OPERATIONS,
            {"opcode": _WITH_RESULT},
        ),
        Form(
            f"Move, {kind}",
            section,
            Pattern(f"cond:4 00 {bit25} opcode:4 s:1 ~0000 rd:4 {low}"),
            _operations(_MOVES) + also_moves,
            ((Reg("rd"), operand2),),
            semantics,
            OPERATIONS,
            {"opcode": _MOVES},
        ),
        Form(
            f"Comparison, {kind}",
            section,
            Pattern(f"cond:4 00 {bit25} opcode:4 1 rn:4 ~0000 {low}"),
            _COMPARISON_SPELLINGS,
            ((Reg("rn"), operand2),),
            semantics,
            OPERATIONS,
            {"opcode": _COMPARISONS},
        ),
    )


FORMS = (
    _forms("immediate", "1 rotate:4 imm:8", RotatedImmediate(), with_immediate, _NEGATIONS + _ADDRESS, ())
    + _forms(
        "register",
        "0 amount:5 shift:2 0 rm:4",
        ShiftByConstant(),
        with_constant_shift,
        (),
        _SHIFTS_BY_CONSTANT + _NO_OPERATION,
    )
    + _forms(
        "register-shifted register",
        "0 rs:4 0 shift:2 1 rm:4",
        ShiftByRegister(),
        with_register_shift,
        (),
        _SHIFTS_BY_REGISTER,
    )
)
