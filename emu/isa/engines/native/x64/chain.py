"""From one piece of native code to the next without coming back to Python.

Theory of operation. A table says where the native code for a guest address is; a short loop, itself in machine code,
calls what the table has for the PC, until that is nothing, or the code has asked for its caller, or has done
nothing because the budget does not suffice, or enough calls have been made for now. The loop counts how often each
entry was called, and how many instructions it has executed.

The table has one place for every address modulo its size. Two addresses that share a place take turns: the one that
is asked for is put in again, the other one has to be asked for in Python the next time.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import sys

from emu.isa.engines.native import layout
from emu.isa.engines.native.objects import Arena, Unloadable
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import (
    CONSTANT,
    R8,
    R9,
    R10,
    R12,
    R13,
    R14,
    R15,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    REGISTER,
    RSI,
    RSP,
    Code,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PLACES = 4096
_ENTRY = struct.Struct("<QQqqQ24x")
"""The address plus 1, where its code is, how many instructions that has executed, how often it was called, and where
its counters are."""
_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64)
_SAVED = (RBX, RBP, R12, R13, R14, R15)
_ARGUMENTS = ((RDI, RBX), (RSI, RBP), (RDX, R12), (RCX, R13), (R8, R14), (R9, R15))
_MOST_CALLS = 100_000
"""A call takes a hundred host instructions at most beside what it executes, so these take a few milliseconds."""
_POPCNT = 1 << 23


class Chain:
    """The table and the loop of one machine. Raises Unloadable where there is another kind of computer."""

    def __init__(self) -> None:
        # What Python was built for; asking the system would take a module that can do much more than that.
        if not getattr(sys.implementation, "_multiarch", "").startswith("x86_64-linux") or struct.calcsize("P") != 8:
            raise Unloadable("not Linux on x86-64")
        if not _counts_bits():
            raise Unloadable("an old processor")
        self._table = mmap.mmap(-1, _PLACES * _ENTRY.size)
        self._anchor = (ctypes.c_char * len(self._table)).from_buffer(self._table)
        self.known: dict[int, tuple[int, int]] = {}
        """Where the code for guest addresses is, and where its counters are."""
        self._before: dict[int, int] = {}
        """Instructions executed from addresses before they left the table."""
        self._arena = Arena(mmap.PAGESIZE, 0)
        address, _ = self._arena.place(_loop(ctypes.addressof(self._anchor)), ())
        self.run: Callable[..., int] = _SIGNATURE(address)
        """Executes from the PC in the state; arguments and result are those of the code for a region."""

    def put(self, address: int, code: int, counters: int = 0) -> None:
        """From now on the code for guest address `address` is at host address `code`; its counters, if it does not
        know by itself where these are, at `counters`.
        """
        self.known[address] = code, counters
        at = _at(address)
        key, present, executed, calls, _ = _ENTRY.unpack_from(self._table, at)
        if key != address + 1:
            self._keep(at)
            executed = calls = 0
        if (key, present) != (address + 1, code):
            _ENTRY.pack_into(self._table, at, address + 1, code, executed, calls, counters)

    def refresh(self, address: int) -> None:
        """Puts in again what has been put in before, should it be missing."""
        known = self.known.get(address)
        if known is not None:
            self.put(address, *known)

    def remove(self, address: int) -> None:
        """There is no code for an address any more."""
        if self.known.pop(address, None) is not None:
            at = _at(address)
            if _ENTRY.unpack_from(self._table, at)[0] == address + 1:
                self._keep(at)
                _ENTRY.pack_into(self._table, at, 0, 0, 0, 0, 0)

    def executed(self, address: int) -> int:
        """How many instructions the code for an address has executed since it is in the table."""
        return self.usage(address)[0]

    def totals(self) -> dict[int, int]:
        """How many instructions have ever been executed, by the address that was called."""
        totals = dict(self._before)
        for address in self.known:
            totals[address] = totals.get(address, 0) + self.executed(address)
        return totals

    def _keep(self, at: int) -> None:
        """Something in the table is about to leave it."""
        key, _, executed, _, _ = _ENTRY.unpack_from(self._table, at)
        if key and executed:
            self._before[key - 1] = self._before.get(key - 1, 0) + executed

    def usage(self, address: int) -> tuple[int, int]:
        """(how many instructions the code for an address has executed, in how many calls) since it is in the table."""
        key, _, executed, calls, _ = _ENTRY.unpack_from(self._table, _at(address))
        return (executed, calls) if key == address + 1 else (0, 0)


def _at(address: int) -> int:
    return (address >> 2 & _PLACES - 1) * _ENTRY.size


def _loop(table: int) -> bytes:
    code = Code()
    for register in _SAVED:
        code.push(register)
    code.arithmetic(x.SUB, RSP, (CONSTANT, 24), wide=True)
    for argument, kept in _ARGUMENTS:
        code.move_wide(kept, argument)
    code.set_stack(_MOST_CALLS)
    code.label("next")
    code.move_word(RAX, RBX, 4 * 15)
    code.move(RCX, (REGISTER, RAX))
    code.shift(x.SHR, RCX, 2)
    code.arithmetic(x.AND, RCX, (CONSTANT, _PLACES - 1))
    code.shift(x.SHL, RCX, _ENTRY.size.bit_length() - 1)
    code.constant_wide(R10, table)
    code.arithmetic(x.ADD, R10, (REGISTER, RCX), wide=True)
    code.load_effective(RCX, RAX, 1, wide=True)
    code.compare_memory_wide(RCX, R10, 0)
    code.jump_if(x.NOT_EQUAL, "out")
    code.load_memory_wide(RCX, R10, 32)
    code.store_memory_wide(RBX, 4 * layout.COUNTERS, RCX)
    code.push(R10)
    code.push(R10)  # the stack stays aligned to 16 bytes
    for argument, kept in _ARGUMENTS:
        code.move_wide(argument, kept)
    code.call_through(R10, 8)
    code.pop(R10)
    code.pop(R10)
    code.move_wide(RCX, R15)
    code.arithmetic(x.SUB, RCX, (REGISTER, RAX), wide=True)
    code.add_to(R10, 16, RCX)
    code.move(RDX, (CONSTANT, 1))
    code.add_to(R10, 24, RDX)
    code.move_wide(R15, RAX)
    code.load_memory_wide(RAX, RBX, 4 * layout.IS_COLD)  # and UNWINDS
    code.arithmetic(x.CMP, RAX, (CONSTANT, 0), wide=True)
    code.jump_if(x.NOT_EQUAL, "out")
    code.arithmetic(x.CMP, RCX, (CONSTANT, 0), wide=True)
    code.jump_if(x.EQUAL, "out")
    code.decrement_stack()
    code.jump_if(x.NOT_EQUAL, "next")
    code.label("out")
    code.move_wide(RAX, R15)
    code.arithmetic(x.ADD, RSP, (CONSTANT, 24), wide=True)
    for register in reversed(_SAVED):
        code.pop(register)
    code.ret()
    return code.finish(0)


def _counts_bits() -> bool:
    """Whether the processor has POPCNT, by CPUID."""
    code = Code()
    code.push(RBX)
    code.move(RAX, (CONSTANT, 1))
    code.identify()
    code.move(RAX, (REGISTER, RCX))
    code.pop(RBX)
    code.ret()
    arena = Arena(mmap.PAGESIZE, 0)
    address, _ = arena.place(code.finish(0), ())
    return bool(ctypes.CFUNCTYPE(ctypes.c_uint32)(address)() & _POPCNT)
