"""The `x` command: memory in many shapes (spec debugger.md section 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from emu.debugger.interface import DebuggerError
from emu.isa.bits import signed
from emu.isa.faults import MemoryFault
from emu.isa.places import address_name

if TYPE_CHECKING:
    from emu.isa.machine import Machine

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
        elif char in "xduotacs" and not letter and not unit:
            letter = char
        else:
            raise DebuggerError(f"invalid format: /{text} (formats are x d u o t a c s, units b h w)")
    count = int(match[1][:9] or "1")
    if not 1 <= count <= MOST_UNITS:
        raise DebuggerError(f"count must be between 1 and {MOST_UNITS}")
    letter = letter or "x"
    return Shape(count, letter, 4 if letter == "a" else _SIZES[unit or ("b" if letter in "cs" else "w")])


def examine(machine: Machine, address: int, shape: Shape) -> str:
    """The lines to show. Raises DebuggerError where memory cannot be read."""
    if shape.letter == "s":
        return _strings(machine, address, shape.count)
    if address % shape.size:
        raise DebuggerError(f"failed to read memory at 0x{address:08X}: unaligned access")
    lines = []
    per_line = 1 if shape.letter == "a" else _LINE // shape.size
    for first in range(0, shape.count, per_line):
        start = address + first * shape.size
        units = [
            _unit(machine, start + number * shape.size, shape) for number in range(min(per_line, shape.count - first))
        ]
        lines.append(f"0x{start & 0xFFFFFFFF:08X}: {' '.join(units)}")
    return "\n".join(lines)


def _read(machine: Machine, address: int, size: int) -> bytes:
    try:
        machine.memory.require_mapped(address, size)
    except MemoryFault as error:
        raise DebuggerError(f"failed to read memory at 0x{address:08X}: {error.fault.message}") from None
    return machine.memory.peek(address, size)


def _unit(machine: Machine, address: int, shape: Shape) -> str:
    bits = 8 * shape.size
    value = int.from_bytes(_read(machine, address, shape.size), "little")
    match shape.letter:
        case "d":
            return str(signed(value, bits))
        case "u":
            return str(value)
        case "o":
            return f"0{value:o}"
        case "t":
            return f"{value:0{bits}b}"
        case "c":
            return _character(value & 0xFF)
        case "a":
            name = address_name(machine.program, value)
            return f"0x{value:08X}" + (f" {name}" if not name.startswith("0x") else "")
    return f"0x{value:0{2 * shape.size}X}"


def _character(code: int) -> str:
    return repr(chr(code)) if code < 128 else f"'\\x{code:02x}'"


def _strings(machine: Machine, address: int, count: int) -> str:
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
    return "\n".join(lines)
