"""Loads and stores of one word, byte or halfword (ARM ARM A3.11, A5.2, A5.3; spec cpu.md section 7)."""

from __future__ import annotations

from emu.isa.instructions.data_processing import rotate_through_carry
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import ImmediateAddress, Reg, RegisterAddress, SplitImmediateAddress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W

PC = 15


def shifted_offset(b: Builder[W, B], i: Fields) -> W:
    """The offset register through the barrel shifter, which here has no effect on the carry."""
    rm = b.register(i.rm)
    if i.shift == 0:
        return b.lsl(rm, b.const(i.amount)) if i.amount else rm
    if i.shift == 3:
        return b.ror(rm, b.const(i.amount)) if i.amount else rotate_through_carry(b, rm)
    shift = b.lsr if i.shift == 1 else b.asr
    return shift(rm, b.const(i.amount or 32))


def transfer(b: Builder[W, B], i: Fields, offset: W, size: int, is_signed: bool = False) -> None:
    """The access and the writeback, for any size and any addressing mode."""
    base = b.register(i.rn)
    moved = b.address(base, offset, i.u == 0)
    address = moved if i.p else base
    writes_back = (not i.p or i.w) and i.rn != PC
    if i.l:
        value = b.load(address, size, is_signed)
        if writes_back and i.rn != i.rd:
            b.set_register(i.rn, moved)
        b.set_register(i.rd, value)
    else:
        b.store(address, size, b.register(i.rd))
        if writes_back:
            b.set_register(i.rn, moved)


def word_or_byte_immediate(b: Builder[W, B], i: Fields) -> None:
    """LDR, STR, LDRB, STRB with a 12-bit offset."""
    transfer(b, i, b.const(i.offset), 1 if i.byte else 4)


def word_or_byte_register(b: Builder[W, B], i: Fields) -> None:
    """LDR, STR, LDRB, STRB with a shifted register as offset."""
    transfer(b, i, shifted_offset(b, i), 1 if i.byte else 4)


def half_or_signed_immediate(b: Builder[W, B], i: Fields) -> None:
    """LDRH, STRH, LDRSB, LDRSH with an 8-bit offset."""
    _half_or_signed(b, i, b.const(i.high << 4 | i.low))


def half_or_signed_register(b: Builder[W, B], i: Fields) -> None:
    """LDRH, STRH, LDRSB, LDRSH with a register as offset."""
    _half_or_signed(b, i, b.register(i.rm))


def _half_or_signed(b: Builder[W, B], i: Fields, offset: W) -> None:
    transfer(b, i, offset, 1 if i.kind == 2 else 2, i.kind != 1)


_OPERATIONS = {
    "LDR": "Rd := word at address",
    "STR": "word at address := Rd",
    "LDRB": "Rd := byte at address",
    "STRB": "byte at address := low byte of Rd",
    "LDRH": "Rd := halfword at address",
    "STRH": "halfword at address := low half of Rd",
    "LDRSB": "Rd := byte at address, sign-extended",
    "LDRSH": "Rd := halfword at address, sign-extended",
}

# T forms (user-mode transfers) differ from post-indexed ones by W = 1 only; there is one mode here, so they act alike.
_WORD_OR_BYTE = tuple(
    Spelling(base, suffix + user, {"l": load, "byte": byte} | ({"p": 0, "w": 1} if user else {}))
    for user in ("T", "")
    for base, load in (("LDR", 1), ("STR", 0))
    for suffix, byte in (("", 0), ("B", 1))
)
_STORE_HALF = (Spelling("STR", "H", {"l": 0, "kind": 1}),)
_LOAD_HALF_OR_SIGNED = tuple(
    Spelling("LDR", suffix, {"l": 1, "kind": kind}) for suffix, kind in (("H", 1), ("SB", 2), ("SH", 3))
)


def _half_forms(kind: str, bit22: str, bits: str, address: SplitImmediateAddress | RegisterAddress) -> tuple[Form, ...]:
    high, low = bits.split()
    semantics = half_or_signed_immediate if bit22 == "1" else half_or_signed_register
    return tuple(
        Form(
            f"{title}, {kind}",
            "A3.11.3, A5.3",
            Pattern(f"cond:4 000 p:1 u:1 {bit22} w:1 l:1 rn:4 rd:4 {high} 1 kind:2 1 {low}"),
            spellings,
            ((Reg("rd"), address),),
            semantics,
            _OPERATIONS,
            {"l": (load,), "kind": kinds},
        )
        for title, load, kinds, spellings in (
            ("Load halfword or signed", 1, (1, 2, 3), _LOAD_HALF_OR_SIGNED),
            ("Store halfword", 0, (1,), _STORE_HALF),
        )
    )


FORMS = (
    Form(
        "Word or byte transfer, immediate offset",
        "A3.11.2, A5.2",
        Pattern("cond:4 010 p:1 u:1 byte:1 w:1 l:1 rn:4 rd:4 offset:12"),
        _WORD_OR_BYTE,
        ((Reg("rd"), ImmediateAddress(4095)),),
        word_or_byte_immediate,
        _OPERATIONS,
    ),
    Form(
        "Word or byte transfer, register offset",
        "A3.11.2, A5.2",
        Pattern("cond:4 011 p:1 u:1 byte:1 w:1 l:1 rn:4 rd:4 amount:5 shift:2 0 rm:4"),
        _WORD_OR_BYTE,
        ((Reg("rd"), RegisterAddress(shifted=True)),),
        word_or_byte_register,
        _OPERATIONS,
    ),
    *_half_forms("immediate offset", "1", "high:4 low:4", SplitImmediateAddress(255)),
    *_half_forms("register offset", "0", "~0000 rm:4", RegisterAddress(shifted=False)),
)
