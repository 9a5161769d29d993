"""Multiplication: 32-bit results, and 64-bit results in two registers (ARM ARM A3.5)."""

from __future__ import annotations

from emu.isa.faults import FaultKind
from emu.isa.instructions.errors import EncodingError
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import Reg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W

PC = 15


def multiply(b: Builder[W, B], i: Fields) -> None:
    """MUL and MLA. Cycles: 2 plus the number of non-zero 2-bit digits of Rs, at most 16 (spec cpu.md section 10)."""
    used = (i.rd, i.rm, i.rs, i.rn) if i.accumulate else (i.rd, i.rm, i.rs)
    if PC in used or i.rd == i.rm:
        b.fault(FaultKind.MULTIPLY_REGISTERS)
        return
    rs = b.register(i.rs)
    result = b.mul(b.register(i.rm), rs)
    if i.accumulate:
        result = b.add(result, b.register(i.rn))
    digits = b.count_ones(b.and_(b.or_(rs, b.lsr(rs, b.const(1))), b.const(0x55555555)))
    extra = b.select(b.below(digits, b.const(14)), b.add(digits, b.const(1)), b.const(15))
    b.add_cycles(extra)
    if i.s:
        b.set_flags(n=b.is_negative(result), z=b.is_zero(result))
    b.set_register(i.rd, result)


def multiply_long(b: Builder[W, B], i: Fields) -> None:
    """UMULL, UMLAL, SMULL, SMLAL. Three cycles, four when accumulating."""
    used = (i.rdhi, i.rdlo, i.rm, i.rs)
    if PC in used or i.rdhi == i.rdlo or i.rm in (i.rdhi, i.rdlo):
        b.fault(FaultKind.MULTIPLY_REGISTERS)
        return
    low, high = b.multiply_long(b.register(i.rm), b.register(i.rs), i.signed == 1)
    if i.accumulate:
        low, carry, _ = b.sum(low, b.register(i.rdlo), b.truth(False))
        high, _, _ = b.sum(high, b.register(i.rdhi), carry)
    b.add_cycles(b.const(3 if i.accumulate else 2))
    if i.s:
        b.set_flags(n=b.is_negative(high), z=b.is_zero(b.or_(low, high)))
    b.set_register(i.rdlo, low)
    b.set_register(i.rdhi, high)


def _mend_multiply(fields: dict[str, int]) -> None:
    if fields["rd"] == fields["rm"] and not fields["accumulate"] and fields["rs"] != fields["rd"]:
        fields["rm"], fields["rs"] = fields["rs"], fields["rm"]
    if fields["rd"] == fields["rm"]:
        hint = "copy Rm to another register first"
        if fields["rs"] != fields["rd"]:
            hint = "write Rm and Rs the other way round: the product is the same"
        raise EncodingError("multiply", "Rd and Rm must be different registers", hint, 0)
    if PC in (fields["rd"], fields["rm"], fields["rs"]) or (fields["accumulate"] and fields["rn"] == PC):
        raise EncodingError("multiply", "PC cannot be an operand of a multiplication")


def _check_long(fields: dict[str, int]) -> None:
    low, high, rm = fields["rdlo"], fields["rdhi"], fields["rm"]
    if low == high or rm in (low, high):
        raise EncodingError("multiply", "RdLo, RdHi and Rm must be three different registers")
    if PC in (low, high, rm, fields["rs"]):
        raise EncodingError("multiply", "PC cannot be an operand of a multiplication")


_S = (("", 0), ("S", 1))

FORMS = (
    Form(
        "Multiply",
        "A4.1.40, A4.1.34",
        Pattern("cond:4 000000 accumulate:1 s:1 rd:4 rn:4 rs:4 1001 rm:4"),
        tuple(
            Spelling("MUL", suffix, {"accumulate": 0, "s": s, "rn": 0}, ((Reg("rd"), Reg("rm"), Reg("rs")),))
            for suffix, s in _S
        )
        + tuple(Spelling("MLA", suffix, {"accumulate": 1, "s": s}) for suffix, s in _S)
        # A MUL with bits in the unused Rn field still has a name, though no encoding of its own.
        + tuple(
            Spelling("MUL", suffix, {"accumulate": 0, "s": s}, ((Reg("rd"), Reg("rm"), Reg("rs")),)) for suffix, s in _S
        ),
        ((Reg("rd"), Reg("rm"), Reg("rs"), Reg("rn")),),
        multiply,
        {"MUL": "Rd := Rm * Rs", "MLA": "Rd := Rm * Rs + Rn"},
        adjust=_mend_multiply,
    ),
    Form(
        "Long multiply",
        "A4.1.66, A4.1.65, A4.1.45, A4.1.44",
        Pattern("cond:4 00001 signed:1 accumulate:1 s:1 rdhi:4 rdlo:4 rs:4 1001 rm:4"),
        tuple(
            Spelling(word, suffix, {"signed": signed, "accumulate": accumulate, "s": s})
            for word, signed, accumulate in (("UMULL", 0, 0), ("UMLAL", 0, 1), ("SMULL", 1, 0), ("SMLAL", 1, 1))
            for suffix, s in _S
        ),
        ((Reg("rdlo"), Reg("rdhi"), Reg("rm"), Reg("rs")),),
        multiply_long,
        {
            "UMULL": "RdHi:RdLo := Rm * Rs, unsigned",
            "UMLAL": "RdHi:RdLo := RdHi:RdLo + Rm * Rs, unsigned",
            "SMULL": "RdHi:RdLo := Rm * Rs, signed",
            "SMLAL": "RdHi:RdLo := RdHi:RdLo + Rm * Rs, signed",
        },
        adjust=_check_long,
    ),
)
