"""Where a program's arguments lie before it starts (spec syscalls.md section 7, GET_ARGUMENTS).

At the top of the stack, from high addresses to low: the strings, each with a 0 byte, then the array of their addresses,
at a multiple of 8 which is also the initial stack pointer.
"""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = 4
_STACK_ALIGNMENT = 8


class ArgumentBlock(Record):
    """`data` belongs at `address`, which is the address of the array and the initial stack pointer in one."""

    address: int
    data: bytes


class ArgumentsTooLong(ValueError):
    """The arguments do not fit the stack."""


def lay_out(arguments: Sequence[bytes], top: int, room: int) -> ArgumentBlock:
    """The block for at least one argument below `top`, using at most `room` bytes.

    Raises ArgumentsTooLong if it needs more, and ValueError if an argument contains a 0 byte.
    """
    if any(b"\0" in argument for argument in arguments):
        raise ValueError("an argument contains a 0 byte")
    strings = b"".join(argument + b"\0" for argument in arguments)
    array_size = _WORD * len(arguments)
    address = (top - array_size - len(strings)) & -_STACK_ALIGNMENT
    if top - address > room:
        raise ArgumentsTooLong(f"the arguments need {top - address} bytes, the stack has {room}")
    pointers = bytearray()
    position = address + array_size
    for argument in arguments:
        pointers += position.to_bytes(_WORD, "little")
        position += len(argument) + 1
    return ArgumentBlock(address, bytes(pointers) + strings)
