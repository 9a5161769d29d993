"""Strings and buffers in guest memory, where any address may be a bad one."""

from __future__ import annotations

from emu.isa.faults import Fault, FaultKind, MemoryFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.guest import GuestMemory

STRING_LIMIT = 1 << 20
"""Bytes that are searched for the end of a string before it counts as unterminated."""

_ADDRESSES = 1 << 32
_FIRST_LOOK = 128
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
_CONTROLS.update({9: "\\t", 10: "\\n", 13: "\\r"})


class StringFault(Exception):
    """A string that cannot be read to its end. `fault` has the kind STRING and no PC yet."""

    def __init__(self, message: str, target: int) -> None:
        super().__init__(message)
        self.fault = Fault(FaultKind.STRING, message, target=target)


def read_string(memory: GuestMemory, address: int, limit: int = STRING_LIMIT) -> bytes:
    """The bytes from `address` up to, not including, the first 0, which lies within the first `limit` bytes.

    Raises StringFault if a byte is not readable, if there is no 0, or if the address would pass 0xFFFFFFFF.
    """
    length = string_length(memory, address, limit)
    try:
        data = memory.read(address, min(length + 1, _ADDRESSES - address))
    except MemoryFault as error:
        bad = error.fault.target or 0
        raise StringFault(f"string at 0x{address:08X} is not readable: {error.fault.message}", bad) from None
    if length == len(data):
        raise StringFault(f"string at 0x{address:08X} passes the end of the address space", address)
    if length == limit:
        raise StringFault(f"string at 0x{address:08X} has no end within {limit} bytes", address)
    return data[:length]


def string_length(memory: GuestMemory, address: int, limit: int) -> int:
    """How many bytes from `address` on come before the first 0; at most `limit`, at most up to 0xFFFFFFFF.

    Memory that is not mapped counts as 0. Permissions are not looked at.
    """
    limit = min(limit, _ADDRESSES - address)
    length, step = 0, _FIRST_LOOK
    while length < limit:
        step = min(step, limit - length)
        found = memory.peek(address + length, step).find(0)
        if found >= 0:
            return length + found
        length += step
        step *= 4
    return limit


def readable_prefix(memory: GuestMemory, address: int, size: int) -> bytes:
    """The first `size` bytes from `address`, or those before the first that is not readable."""
    size = min(size, _ADDRESSES - address)
    try:
        return memory.read(address, size)
    except MemoryFault as error:
        return memory.read(address, (error.fault.target or 0) - address)


def store_prefix(memory: GuestMemory, address: int, data: bytes) -> bool:
    """Stores `data`, or as much of it as comes before the first byte that is not writable; then the answer is False."""
    try:
        memory.write(address, data)
    except MemoryFault as error:
        memory.write(address, data[: (error.fault.target or 0) - address])
        return False
    return True


def printable(data: bytes) -> str:
    """Guest text for a message on one line: control characters and bytes that are not UTF-8 as escapes."""
    return data.decode("utf-8", "backslashreplace").translate(_CONTROLS)
