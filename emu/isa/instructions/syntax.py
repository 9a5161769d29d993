"""Operand syntaxes: which operands an instruction takes, and how each of them maps to fields.

Every class stands for one operand position. `accepts` looks at the kind of an operand only, `encode` turns its
numbers into fields or raises EncodingError, `decode` is the way back. `notation` is how the manual writes the
operand.
"""

from __future__ import annotations

from emu.isa.bits import MASK32, rotate_right, signed
from emu.isa.instructions.errors import EncodingError, NotEncodable
from emu.isa.instructions.operands import (
    SHIFT_NAMES,
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.operands import Operand

PC = 15


def rotated_immediate(value: int) -> tuple[int, int] | None:
    """(rotation field, 8-bit value) for a 32-bit unsigned value, or None (spec assembly-language.md 6.2)."""
    if value <= 0xFF:
        return 0, value
    for field in range(15, 0, -1):
        byte = rotate_right(value, 32 - 2 * field)
        if byte <= 0xFF:
            return field, byte
    return None


class OperandSyntax:
    """One operand position of an instruction."""

    notation = "?"
    wanted = "an operand"

    def accepts(self, operand: Operand) -> bool:
        """Whether the operand is of a kind that may stand here."""
        raise NotImplementedError

    def advice(self, operand: Operand) -> str | None:
        """How to write what was probably meant by an operand that is not accepted, where that can be told."""
        return None

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        """The fields for an accepted operand of an instruction at `address`. Raises EncodingError."""
        raise NotImplementedError

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        """The operand that the fields of the instruction at `address` stand for."""
        raise NotImplementedError


class Reg(OperandSyntax):
    """A register. The same number goes into every named field."""

    wanted = "a register"

    def __init__(self, *fields: str) -> None:
        self.fields = fields
        self.notation = "<" + fields[0].capitalize().replace("lo", "Lo").replace("hi", "Hi") + ">"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, Register) and not operand.writeback

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, Register)
        return dict.fromkeys(self.fields, operand.number)

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return Register(fields[self.fields[0]])


class RotatedImmediate(OperandSyntax):
    """`#const`: 8 bits rotated right by an even amount."""

    notation = "#<const>"
    wanted = "an immediate"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, Immediate)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, Immediate)
        if operand.rotation is not None:
            if not 0 <= operand.value <= 0xFF or operand.rotation & 1 or not 0 <= operand.rotation <= 30:
                raise EncodingError(
                    "immediate", "an explicit rotation takes a value of 0 to 255 and an even amount of 0 to 30"
                )
            return {"rotate": operand.rotation >> 1, "imm": operand.value}
        value = operand.value & MASK32
        found = rotated_immediate(value)
        if found is None:
            raise NotEncodable(value)
        return {"rotate": found[0], "imm": found[1]}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        rotate, byte = fields["rotate"], fields["imm"]
        value = rotate_right(byte, 2 * rotate)
        if rotated_immediate(value) == (rotate, byte):
            return Immediate(value)
        return Immediate(byte, 2 * rotate)


_SHIFT_RANGES = {"LSL": (0, 31), "LSR": (1, 32), "ASR": (1, 32), "ROR": (1, 31)}


def encode_shift(shift: str, amount: int | None) -> tuple[int, int]:
    """(shift type, amount field) of a constant shift. Raises EncodingError out of range."""
    if shift == "RRX":
        return 3, 0
    assert amount is not None
    if amount == 0:
        return 0, 0
    low, high = _SHIFT_RANGES[shift]
    if not low <= amount <= high:
        raise EncodingError("shift", f"{shift} takes an amount of {low} to {high}, not {amount}")
    return SHIFT_NAMES.index(shift), amount & 31


def decode_shift(shift: int, amount: int) -> tuple[str, int | None]:
    """The shift that (type, amount field) stand for; the amount is None for RRX."""
    if amount == 0 and shift == 3:
        return "RRX", None
    return SHIFT_NAMES[shift], 32 if amount == 0 and shift else amount


class ShiftByConstant(OperandSyntax):
    """`Rm` or `Rm, LSL #n` or `Rm, RRX`."""

    notation = "<Rm>{, <shift> #<amount>}"
    wanted = "a register, perhaps shifted"

    def accepts(self, operand: Operand) -> bool:
        if isinstance(operand, Register):
            return not operand.writeback
        return isinstance(operand, ShiftedRegister) and operand.rs is None

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        if isinstance(operand, Register):
            return {"rm": operand.number, "shift": 0, "amount": 0}
        assert isinstance(operand, ShiftedRegister)
        shift, amount = encode_shift(operand.shift, operand.amount)
        return {"rm": operand.rm, "shift": shift, "amount": amount}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        if fields["shift"] == 0 and fields["amount"] == 0:
            return Register(fields["rm"])
        return ShiftedRegister(fields["rm"], *decode_shift(fields["shift"], fields["amount"]))


class ShiftByRegister(OperandSyntax):
    """`Rm, LSL Rs`."""

    notation = "<Rm>, <shift> <Rs>"
    wanted = ShiftByConstant.wanted

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, ShiftedRegister) and operand.rs is not None

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, ShiftedRegister) and operand.rs is not None
        return {"rm": operand.rm, "shift": SHIFT_NAMES.index(operand.shift), "rs": operand.rs}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return ShiftedRegister(fields["rm"], SHIFT_NAMES[fields["shift"]], None, fields["rs"])


class ShiftAmount(OperandSyntax):
    """`#n` where the mnemonic itself names the shift (`LSL Rd, Rm, #n`)."""

    notation = "#<amount>"
    wanted = "a shift amount"

    def __init__(self, shift: str) -> None:
        self.shift = shift

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, Immediate)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, Immediate)
        shift, amount = encode_shift(self.shift, operand.value)
        return {"shift": shift, "amount": amount}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return Immediate(decode_shift(fields["shift"], fields["amount"])[1] or 0)


def _encode_indexing(operand: Memory, subtract: bool) -> dict[str, int]:
    return {
        "rn": operand.base,
        "p": int(operand.mode != "post"),
        "w": int(operand.mode == "pre"),
        "u": int(not subtract),
    }


def _decode_mode(fields: dict[str, int]) -> str:
    if not fields["p"]:
        return "post"
    return "pre" if fields["w"] else "offset"


def pc_relative(target: int, address: int, limit: int) -> Memory:
    """`[PC, #d]` for a target address. Raises EncodingError beyond `limit` bytes from address + 8."""
    distance = signed(target - (address + 8))
    if abs(distance) > limit:
        raise EncodingError(
            "offset",
            f"0x{target:08X} is {distance} bytes from the PC; this transfer reaches {limit}",
            "load the address with LDR Rd, =label first",
        )
    return Memory(PC, ImmediateOffset(abs(distance), distance < 0))


def _in_brackets(operand: Operand) -> str | None:
    if isinstance(operand, Register):
        name = REGISTER_NAMES[operand.number]
        return f"for the memory at the address in {name} write [{name}]"
    return None


class ImmediateAddress(OperandSyntax):
    """`[Rn, #n]` in all three indexing modes, or a label that the PC can reach."""

    notation = "<address>"
    wanted = "an address in brackets"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, Target) or (
            isinstance(operand, Memory) and isinstance(operand.offset, ImmediateOffset)
        )

    def advice(self, operand: Operand) -> str | None:
        """A register without its brackets."""
        return _in_brackets(operand)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        memory = pc_relative(operand.address, address, self.limit) if isinstance(operand, Target) else operand
        assert isinstance(memory, Memory) and isinstance(memory.offset, ImmediateOffset)
        value = memory.offset.value
        if value > self.limit:
            raise EncodingError(
                "offset",
                f"offset {'-' if memory.offset.subtract else ''}{value} is out of range: "
                f"this transfer takes -{self.limit} to +{self.limit}",
                "add the offset to a register first",
            )
        return {**_encode_indexing(memory, memory.offset.subtract), **self._offset_fields(value)}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        offset = ImmediateOffset(self._offset(fields), not fields["u"])
        return Memory(fields["rn"], offset, _decode_mode(fields))

    def _offset_fields(self, value: int) -> dict[str, int]:
        return {"offset": value}

    def _offset(self, fields: dict[str, int]) -> int:
        return fields["offset"]


class SplitImmediateAddress(ImmediateAddress):
    """The same for halfword transfers, whose 8-bit offset is split into two fields."""

    def _offset_fields(self, value: int) -> dict[str, int]:
        return {"high": value >> 4, "low": value & 15}

    def _offset(self, fields: dict[str, int]) -> int:
        return fields["high"] << 4 | fields["low"]


class RegisterAddress(OperandSyntax):
    """`[Rn, Rm]`, for word and byte transfers also `[Rn, Rm, LSL #n]`, in all three indexing modes."""

    notation = "<address>"
    wanted = "an address in brackets"

    def __init__(self, shifted: bool) -> None:
        self.shifted = shifted

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, Memory) and isinstance(operand.offset, RegisterOffset)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, Memory) and isinstance(operand.offset, RegisterOffset)
        offset = operand.offset
        fields = {**_encode_indexing(operand, offset.subtract), "rm": offset.rm}
        if self.shifted:
            fields["shift"], fields["amount"] = encode_shift(offset.shift, offset.amount)
        elif offset.shift != "LSL" or offset.amount:
            raise EncodingError("offset", "halfword and signed transfers cannot shift their offset register")
        return fields

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        shift, amount = decode_shift(fields["shift"], fields["amount"]) if self.shifted else ("LSL", 0)
        offset = RegisterOffset(fields["rm"], not fields["u"], shift, amount or 0)
        return Memory(fields["rn"], offset, _decode_mode(fields))


class Indirect(OperandSyntax):
    """`[Rn]` and nothing else."""

    notation = "[<Rn>]"
    wanted = "[Rn]"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, Memory)

    def advice(self, operand: Operand) -> str | None:
        """A register without its brackets."""
        return _in_brackets(operand)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, Memory)
        if operand.mode != "offset" or operand.offset != ImmediateOffset(0):
            raise EncodingError("offset", "this instruction takes a plain [Rn], without offset or writeback")
        return {"rn": operand.base}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return Memory(fields["rn"], ImmediateOffset(0))


class BlockBase(OperandSyntax):
    """`Rn` or `Rn!` in front of a register list."""

    notation = "<Rn>{!}"
    wanted = "a base register"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, Register)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, Register)
        return {"rn": operand.number, "w": int(operand.writeback)}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return Register(fields["rn"], bool(fields["w"]))


class RegisterSet(OperandSyntax):
    """`{R0, R2-R5}` with an optional `^`; one register without braces will do."""

    notation = "<registers>{^}"
    wanted = "a register list"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, RegisterList) or (isinstance(operand, Register) and not operand.writeback)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        if isinstance(operand, Register):
            return {"list": 1 << operand.number, "s": 0}
        assert isinstance(operand, RegisterList)
        if not operand.mask:
            raise EncodingError("register-list", "a register list cannot be empty")
        return {"list": operand.mask, "s": int(operand.user_bank)}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return RegisterList(fields["list"], bool(fields["s"]))


class BranchTarget(OperandSyntax):
    """A label or address that a 24-bit signed word offset reaches."""

    notation = "<target>"
    wanted = "a branch target"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, (Target, Immediate))

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, (Target, Immediate))
        target = (operand.address if isinstance(operand, Target) else operand.value) & MASK32
        distance = signed(target - (address + 8))
        if distance & 3:
            raise EncodingError(
                "branch", f"branch target 0x{target:08X} is not a multiple of 4", "put .align 2 before the label"
            )
        if not -(1 << 25) <= distance < (1 << 25):
            raise EncodingError(
                "branch", f"branch target 0x{target:08X} is {distance} bytes away; a branch reaches about 32 MiB"
            )
        return {"offset": (distance >> 2) & 0xFFFFFF}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return Target((address + 8 + 4 * signed(fields["offset"], 24)) & MASK32)


class AddressOffset(OperandSyntax):
    """The address operand of ADR: becomes an immediate added to the PC, or with another opcode, taken from it."""

    notation = "<label>"
    wanted = "a label"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, (Target, Immediate))

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, (Target, Immediate))
        target = (operand.address if isinstance(operand, Target) else operand.value) & MASK32
        distance = signed(target - (address + 8))
        found = rotated_immediate(abs(distance))
        if found is None:
            raise EncodingError(
                "offset",
                f"ADR cannot encode the distance {distance} to 0x{target:08X}",
                f"use LDR Rd, =0x{target:X}",
            )
        return {"opcode": 4 if distance >= 0 else 2, "rotate": found[0], "imm": found[1]}


class ServiceNumber(OperandSyntax):
    """The 24-bit number of a SWI."""

    notation = "#<number>"
    wanted = "a service number"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, (Immediate, Target))

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, (Immediate, Target))
        value = operand.address if isinstance(operand, Target) else operand.value
        if not 0 <= value <= 0xFFFFFF:
            raise EncodingError("service-number", f"a SWI number is 0 to 0xFFFFFF, not {value}")
        return {"number": value}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return Immediate(fields["number"])


class StatusSource(OperandSyntax):
    """`CPSR` or `SPSR` as the source of MRS."""

    notation = "CPSR|SPSR"
    wanted = "CPSR or SPSR"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, StatusRegister) and operand.fields is None

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, StatusRegister)
        return {"r": int(operand.saved)}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return StatusRegister(bool(fields["r"]))


class StatusTarget(OperandSyntax):
    """`CPSR` or `CPSR_f` and so on as the target of MSR. Without fields, flags and control are meant."""

    notation = "CPSR|SPSR{_<fields>}"
    wanted = "CPSR or SPSR"

    def accepts(self, operand: Operand) -> bool:
        return isinstance(operand, StatusRegister)

    def encode(self, operand: Operand, address: int) -> dict[str, int]:
        assert isinstance(operand, StatusRegister)
        return {"r": int(operand.saved), "fields": 9 if operand.fields is None else operand.fields}

    def decode(self, fields: dict[str, int], address: int) -> Operand:
        return StatusRegister(bool(fields["r"]), fields["fields"])
