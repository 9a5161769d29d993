"""Calls 0x20 to 0x22: the heap (spec syscalls.md section 6)."""

from __future__ import annotations

from emu.services.swi import Service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.guest import Guest
    from emu.services.services import Services
    from emu.services.swi import Result


def allocate(services: Services, guest: Guest) -> Result:
    """ALLOCATE. The block is zeroed now: a stray store may have reached it before it was handed out."""
    address = services.heap.allocate(guest.registers[0])
    if address:
        guest.memory.write(address, bytes(services.heap.size_of(address)))
    return address


def free(services: Services, guest: Guest) -> Result:
    """FREE. Address 0 is no error."""
    address = guest.registers[0]
    if address == 0:
        return 0
    size = services.heap.free(address)
    if size == 0:
        return -1
    guest.memory.write(address, bytes(size))
    return 0


def reallocate(services: Services, guest: Guest) -> Result:
    """REALLOCATE. Always a new block; the old one lives on if there is none to be had."""
    heap, memory = services.heap, guest.memory
    old, size = guest.registers[0], guest.registers[1]
    old_size = heap.size_of(old)
    if old and not old_size:
        return 0
    new = heap.allocate(size)
    if new:
        content = memory.read(old, min(old_size, size))
        memory.write(new, content.ljust(heap.size_of(new), b"\0"))
        if heap.free(old):
            memory.write(old, bytes(old_size))
    return new


HEAP_CALLS = (
    Service(
        0x20,
        "ALLOCATE",
        "R0 size",
        "R0 address, or 0",
        "Reserves a block of memory, a multiple of 4 bytes, all zero.",
        allocate,
    ),
    Service(0x21, "FREE", "R0 address", "R0 0, or -1", "Gives a block back.", free),
    Service(
        0x22,
        "REALLOCATE",
        "R0 address, R1 size",
        "R0 address, or 0",
        "Moves a block to a new one of another size.",
        reallocate,
    ),
)
