"""The text of DUMP_REGISTERS and DUMP_MEMORY (spec syscalls.md 8.3, 8.4). Programs are compared by it: it is exact."""

from __future__ import annotations

from emu.isa.bits import MASK32, signed
from emu.isa.faults import MemoryFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.services.guest import GuestMemory

DUMP_LIMIT = 1024
"""Most bytes that one memory dump shows."""

_ROW = 16
_PC = 15


def register_dump(registers: Sequence[int], flags: Sequence[bool]) -> str:
    """Registers 0 to 14 by number, the PC, and N, Z, C, V. Values are 32-bit unsigned. Ends with a line feed."""
    lines = ["=== Register Dump ==="]
    lines += [f"R{i:<2} = 0x{registers[i]:08X} ({signed(registers[i])})" for i in range(_PC)]
    lines.append(f"PC  = 0x{registers[_PC]:08X}")
    shown = "".join(name if flag else "-" for name, flag in zip("NZCV", flags, strict=True))
    lines += [f"CPSR = [{shown}]", "=" * 20, ""]
    return "\n".join(lines)


def memory_dump(memory: GuestMemory, address: int, length: int) -> str:
    """At most 1024 of the `length` bytes from `address` on; addresses wrap at 2**32. Ends with a line feed."""
    length = min(length, DUMP_LIMIT)
    lines = [f"=== Memory Dump at 0x{address:08X} (length={length}) ==="]
    for offset in range(0, length, _ROW):
        start = (address + offset) & MASK32
        row = [_byte(memory, (start + i) & MASK32) for i in range(min(_ROW, length - offset))]
        numbers = "".join("?? " if value is None else f"{value:02X} " for value in row)
        characters = "".join(chr(value) if value is not None and 32 <= value < 127 else "." for value in row)
        lines.append(f"{start:08X}: {numbers} |{characters}|")
    lines += ["=" * 39, ""]
    return "\n".join(lines)


def _byte(memory: GuestMemory, address: int) -> int | None:
    try:
        return memory.read(address, 1)[0]
    except MemoryFault:
        return None
