"""The `x` command: memory in many shapes (spec debugger.md section 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from emu.debugger.code import disassembly
from emu.debugger.interface import DebuggerError
from emu.isa.bits import signed
from emu.isa.faults import MemoryFault
from emu.isa.places import address_name

if TYPE_CHECKING:
    from emu.debugger.code import Index
    from emu.isa.machine import Machine
    from emu.isa.program import Program

MOST_UNITS = 4096
_LINE = 16
_SIZES = {"b": 1, "h": 2, "w": 4}
_LONGEST_STRING = 4096


@frozen
class Shape:
    """How many units of which size, and how to show them."""

    count: int = 1
    letter: str = "x"
    size: int = 4


def parse_shape(text: str) -> Shape:
    """The shape in `4xw` (count, format, unit, each of them optional). Raises DebuggerError."""
    match = re.fullmatch(r"([0-9]*)([a-z]*)", text.lower())
    if match is None:
        raise DebuggerError(f"invalid format: /{text}")
    letter = unit = ""
    for char in match[2]:
        if char in _SIZES and not unit:
            unit = char
        elif char in "xduotacsi" and not letter and not unit:
            letter = char
        else:
            raise DebuggerError(f"invalid format: /{text} (formats are x d u o t a c s i, units b h w)")
    count = int(match[1][:9] or "1")
    if not 1 <= count <= MOST_UNITS:
        raise DebuggerError(f"count must be between 1 and {MOST_UNITS}")
    letter = letter or "x"
    return Shape(count, letter, 4 if letter in "ai" else _SIZES[unit or ("b" if letter in "cs" else "w")])


def parse_letter(text: str) -> str:
    """The letter in `/x`, for a single value: one of x d u o t a c. Raises DebuggerError."""
    if len(text) != 1 or text.lower() not in "xduotac":
        raise DebuggerError(f"invalid format: /{text} (formats are x d u o t a c)")
    return text.lower()


def examine(machine: Machine, address: int, shape: Shape, index: Index) -> tuple[str, int]:
    """The lines to show, and the address behind them. Raises DebuggerError where memory cannot be read."""
    if shape.letter == "s":
        return _strings(machine, address, shape.count)
    if address % shape.size:
        raise DebuggerError(f"failed to read memory at 0x{address:08X}: unaligned access")
    count = _readable(machine, address, shape)
    end = address + count * shape.size
    lines = []
    if shape.letter == "i":
        lines.append(disassembly(machine, index, address, count))
    per_line = 1 if shape.letter == "a" else _LINE // shape.size
    for first in range(0, count if shape.letter != "i" else 0, per_line):
        start = address + first * shape.size
        units = [_unit(machine, start + number * shape.size, shape) for number in range(min(per_line, count - first))]
        lines.append(f"0x{start & 0xFFFFFFFF:08X}: {' '.join(units)}")
    if count < shape.count:
        lines.append(f"0x{end & 0xFFFFFFFF:08X}: not mapped")
    return "\n".join(lines), end & 0xFFFFFFFF


def _readable(machine: Machine, address: int, shape: Shape) -> int:
    """How many of the units are mapped. Raises DebuggerError if none is."""
    _read(machine, address, shape.size)
    for number in range(1, shape.count):
        first = address + number * shape.size
        if machine.memory.region_at(first) is None or machine.memory.region_at(first + shape.size - 1) is None:
            return number
    return shape.count


def _read(machine: Machine, address: int, size: int) -> bytes:
    try:
        machine.memory.require_mapped(address, size)
    except MemoryFault as error:
        raise DebuggerError(f"failed to read memory at 0x{address:08X}: {error.fault.message}") from None
    return machine.memory.peek(address, size)


def _unit(machine: Machine, address: int, shape: Shape) -> str:
    value = int.from_bytes(_read(machine, address, shape.size), "little")
    return shown(value, shape.letter, shape.size, machine.program)


def shown(value: int, letter: str, size: int, program: Program | None) -> str:
    """One value of `size` bytes in the format that the letter names."""
    match letter:
        case "d":
            return str(signed(value, 8 * size))
        case "u":
            return str(value)
        case "o":
            return f"0{value:o}"
        case "t":
            return f"{value:0{8 * size}b}"
        case "c":
            return _character(value & 0xFF)
        case "a":
            name = address_name(program, value)
            return f"0x{value:08X}" + (f" {name}" if not name.startswith("0x") else "")
    return f"0x{value:0{2 * size}X}"


def _character(code: int) -> str:
    return repr(chr(code)) if code < 128 else f"'\\x{code:02x}'"


def _strings(machine: Machine, address: int, count: int) -> tuple[str, int]:
    lines = []
    for _ in range(count):
        data = bytearray()
        _read(machine, address, 1)
        while len(data) < _LONGEST_STRING and machine.memory.region_at(address + len(data)) is not None:
            byte = machine.memory.peek(address + len(data), 1)[0]
            if not byte:
                break
            data.append(byte)
        text = "".join(_character(byte)[1:-1] if byte != 0x27 else "'" for byte in data).replace('"', '\\"')
        lines.append(f'0x{address:08X}: "{text}"')
        address += len(data) + 1
    return "\n".join(lines), address
