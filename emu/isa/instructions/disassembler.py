"""From words to assembly text. What it prints assembles to the identical word."""

from __future__ import annotations

from emu.isa.conditions import CONDITION_NAMES, NEVER
from emu.isa.instructions.decoder import decode
from emu.isa.instructions.encoder import Mnemonic, encode
from emu.isa.instructions.errors import EncodingError
from emu.isa.instructions.operands import (
    Immediate,
    ImmediateOffset,
    Memory,
    Register,
    RegisterList,
    RegisterOffset,
    ShiftedRegister,
    StatusRegister,
    Target,
)
from emu.isa.registers import REGISTER_NAMES
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.isa.instructions.form import Form, Spelling
    from emu.isa.instructions.operands import Operand


class Disassembly(Record):
    """One word as text. Words that no statement encodes have the mnemonic `.word` and a `remark` on what they do."""

    mnemonic: str
    operands: str
    name: str
    remark: str = ""

    @property
    def text(self) -> str:
        """The statement, with one blank after the mnemonic."""
        return f"{self.mnemonic} {self.operands}".rstrip()


def disassemble(word: int, address: int = 0, symbols: Mapping[int, str] | None = None) -> Disassembly:
    """The statement for `word` at `address` (both 32-bit unsigned), branch targets by their names in `symbols`."""
    instruction = decode(word)
    form = instruction.form
    if not form.spellings:
        return Disassembly(".word", f"0x{word:08X}", "undefined", "undefined instruction")
    fields = instruction.field_values()
    spelling = form.spelling_of(fields)
    return _written(word, address, form, spelling, fields, symbols or {})


def instruction_name(word: int) -> str:
    """The mnemonic without condition and S, as statistics count it; `undefined` for words that are no instruction."""
    instruction = decode(word)
    if not instruction.form.spellings:
        return "undefined"
    return instruction.form.spelling_of(instruction.field_values()).name


def _written(
    word: int, address: int, form: Form, spelling: Spelling, fields: dict[str, int], symbols: Mapping[int, str]
) -> Disassembly:
    syntax = (spelling.syntaxes or form.syntaxes)[0]
    operands = [_plain(position.decode(fields, address)) for position in syntax]
    condition = fields["cond"]
    mnemonic = spelling.base + CONDITION_NAMES[condition] + spelling.suffix
    text = ", ".join(operand_text(operand, symbols) for operand in operands)
    can_be_written = condition != NEVER and fields.get("fields") != 0
    if can_be_written and _encodes_to(word, Mnemonic(spelling.base, spelling.suffix, condition), operands, address):
        return Disassembly(mnemonic, text, spelling.name)
    remark = "never executed" if condition == NEVER else f"unusual encoding of {mnemonic} {text}"
    return Disassembly(".word", f"0x{word:08X}", spelling.name, remark)


def _plain(operand: Operand) -> Operand:
    """The operand as a programmer can write it: an offset of minus zero is read as zero."""
    match operand:
        case Memory(base, ImmediateOffset(0, True), mode):
            return Memory(base, ImmediateOffset(0), mode)
    return operand


def _encodes_to(word: int, mnemonic: Mnemonic, operands: list[Operand], address: int) -> bool:
    try:
        return encode(mnemonic, operands, address) == word
    except EncodingError:
        return False


def _number(value: int) -> str:
    return str(value) if value < 1024 else f"0x{value:X}"


def _shift_text(shift: str, amount: int | None) -> str:
    return shift if shift == "RRX" else f"{shift} #{amount}"


def _register_list_text(operand: RegisterList) -> str:
    parts = []
    number = 0
    while number < 16:
        if not operand.mask >> number & 1:
            number += 1
            continue
        last = number
        # SP, LR and PC stand apart: a range that runs into them is hard to read.
        while last < 12 and operand.mask >> (last + 1) & 1:
            last += 1
        first_name = REGISTER_NAMES[number]
        parts.append(first_name if last == number else f"{first_name}-{REGISTER_NAMES[last]}")
        number = last + 1
    return "{" + ", ".join(parts) + "}" + ("^" if operand.user_bank else "")


def _memory_text(operand: Memory) -> str:
    base = REGISTER_NAMES[operand.base]
    offset = operand.offset
    sign = "-" if offset.subtract else ""
    if isinstance(offset, ImmediateOffset):
        inner = "" if offset.value == 0 and not offset.subtract else f", #{sign}{offset.value}"
    else:
        assert isinstance(offset, RegisterOffset)
        inner = f", {sign}{REGISTER_NAMES[offset.rm]}"
        if offset.shift != "LSL" or offset.amount:
            inner += ", " + _shift_text(offset.shift, offset.amount)
    if operand.mode == "post":
        return f"[{base}]{inner or ', #0'}"
    if operand.mode == "pre":
        return f"[{base}{inner or ', #0'}]!"
    return f"[{base}{inner}]"


def operand_text(operand: Operand, symbols: Mapping[int, str] | None = None) -> str:
    """One operand in canonical form: registers and shifts in capitals, small numbers decimal, others hexadecimal."""
    match operand:
        case Register(number, writeback):
            return REGISTER_NAMES[number] + ("!" if writeback else "")
        case Immediate(value, rotation):
            return f"#{_number(value)}" if rotation is None else f"#{value}, #{rotation}"
        case ShiftedRegister(rm, shift, amount, rs):
            how = f"{shift} {REGISTER_NAMES[rs]}" if rs is not None else _shift_text(shift, amount)
            return f"{REGISTER_NAMES[rm]}, {how}"
        case Memory():
            return _memory_text(operand)
        case RegisterList():
            return _register_list_text(operand)
        case Target(address):
            return (symbols or {}).get(address) or f"0x{address:08X}"
        case StatusRegister(saved, fields):
            name = "SPSR" if saved else "CPSR"
            if fields is None:
                return name
            return (
                name + "_" + "".join(letter for bit, letter in ((8, "f"), (4, "s"), (2, "x"), (1, "c")) if fields & bit)
            )
    raise TypeError(operand)
