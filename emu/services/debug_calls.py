"""Calls 0xF0 to 0xF4: what helps to find a mistake (spec syscalls.md section 8)."""

from __future__ import annotations

from emu.isa.faults import Fault, FaultKind
from emu.services.dumps import memory_dump, register_dump
from emu.services.effects import Stream, Write
from emu.services.guest import BreakpointCall, Failed
from emu.services.swi import Service
from emu.services.text import printable, read_string, readable_prefix, string_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.guest import Guest
    from emu.services.services import Services
    from emu.services.swi import Printing, Result

_PC = 15
_ASSERTION_LIMIT = 1024


def debug_print(_services: Services, guest: Guest) -> Printing:
    """DEBUG_PRINT."""
    return Write(Stream.STDERR, b"[DEBUG] " + read_string(guest.memory, guest.registers[0]) + b"\n")


def breakpoint_call(_services: Services, _guest: Guest) -> Result:
    """BREAKPOINT."""
    return BreakpointCall()


def dump_registers(_services: Services, guest: Guest) -> Printing:
    """DUMP_REGISTERS."""
    return Write(Stream.STDOUT, register_dump(guest.registers, guest.flags).encode())


def dump_memory(_services: Services, guest: Guest) -> Printing:
    """DUMP_MEMORY."""
    return Write(Stream.STDOUT, memory_dump(guest.memory, guest.registers[0], guest.registers[1]).encode())


def check(_services: Services, guest: Guest) -> Result:
    """ASSERT. A message that cannot be read is cut where it cannot."""
    if guest.registers[0]:
        return None
    address, pc = guest.registers[1], guest.registers[_PC]
    length = string_length(guest.memory, address, _ASSERTION_LIMIT)
    text = printable(readable_prefix(guest.memory, address, length))
    message = f"ASSERTION FAILED: {text}" if text else "ASSERTION FAILED"
    return Failed(Fault(FaultKind.ASSERTION, f"{message} (PC=0x{pc:08X})", pc))


DEBUG_CALLS = (
    Service(0xF0, "DEBUG_PRINT", "R0 address", "", "Writes a string and a line feed to the error stream.", debug_print),
    Service(0xF1, "BREAKPOINT", "", "stops", "Stops the program for the debugger.", breakpoint_call),
    Service(0xF2, "DUMP_REGISTERS", "", "", "Writes all registers and flags.", dump_registers),
    Service(
        0xF3,
        "DUMP_MEMORY",
        "R0 address, R1 length",
        "",
        "Writes at most 1024 bytes of memory as hexadecimal numbers and characters.",
        dump_memory,
    ),
    Service(
        0xF4,
        "ASSERT",
        "R0 condition, R1 message",
        "fault if R0 is 0",
        "Ends the program with a message if the condition is 0.",
        check,
    ),
)
