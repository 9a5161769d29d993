"""From one piece of native code to the next without coming back to Python.

Theory of operation. A table says where the native code for a guest address is; a short loop, itself in machine code,
calls what the table has for the PC, until that is nothing, or the code has asked for its caller, or has done
nothing because the budget does not suffice, or enough calls have been made for now. The loop counts how often each
entry was called, and how many instructions it has executed.

Quick code is called with the state in RDI, guest memory in RSI, the guards of stores in RBP, the budget in R9, which it
returns there, and may change all other registers. It finds flags and leaves them in any of the forms that the state
knows (`layout`). Code of LLVM's wants them in their four words, and is called as C functions are: a *bridge* before it
makes one of the other.

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
from emu.isa.engines.native.x64.explicit import explicitly, write_explicitly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PLACES = 4096
_ENTRY = struct.Struct("<QQqq")
"""The address plus 1, where its code is, how many instructions that has executed, and how often it was called."""
_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64)
_SAVED = (RBX, RBP, R12, R13, R14, R15)
_LEFT, _BUDGET, _PLACE, _FRAME = 0, 8, 16, 24
"""Places on the stack: how many calls may still be made, the budget at the call, the entry that was called; their size,
which leaves the stack aligned for a call.
"""
_MOST_CALLS = 100_000
"""A call takes fifty host instructions at most beside what it executes, so these take a few milliseconds."""
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
        self.known: dict[int, int] = {}
        """Where the code for guest addresses is."""
        self._before: dict[int, int] = {}
        """Instructions executed from addresses before they left the table."""
        self._arena = Arena(mmap.PAGESIZE, 0)
        address, _ = self._arena.place(_loop(ctypes.addressof(self._anchor)), ())
        self.run: Callable[..., int] = _SIGNATURE(address)
        """Executes from the PC in the state; arguments and result are those of the code for a region."""

    def put(self, address: int, code: int) -> None:
        """From now on the code for guest address `address` is at host address `code`."""
        self.known[address] = code
        at = _at(address)
        key, present, executed, calls = _ENTRY.unpack_from(self._table, at)
        if key != address + 1:
            self._keep(at)
            executed = calls = 0
        if (key, present) != (address + 1, code):
            _ENTRY.pack_into(self._table, at, address + 1, code, executed, calls)

    def refresh(self, address: int) -> None:
        """Puts in again what has been put in before, should it be missing."""
        known = self.known.get(address)
        if known is not None:
            self.put(address, known)

    def remove(self, address: int) -> None:
        """There is no code for an address any more."""
        if self.known.pop(address, None) is not None:
            at = _at(address)
            if _ENTRY.unpack_from(self._table, at)[0] == address + 1:
                self._keep(at)
                _ENTRY.pack_into(self._table, at, 0, 0, 0, 0)

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
        key, _, executed, _ = _ENTRY.unpack_from(self._table, at)
        if key and executed:
            self._before[key - 1] = self._before.get(key - 1, 0) + executed

    def usage(self, address: int) -> tuple[int, int]:
        """(how many instructions the code for an address has executed, in how many calls) since it is in the table."""
        key, _, executed, calls = _ENTRY.unpack_from(self._table, _at(address))
        return (executed, calls) if key == address + 1 else (0, 0)


def _at(address: int) -> int:
    return (address >> 2 & _PLACES - 1) * _ENTRY.size


def _loop(table: int) -> bytes:
    code = Code()
    for register in _SAVED:
        code.push(register)
    code.arithmetic(x.SUB, RSP, (CONSTANT, _FRAME), wide=True)
    code.move_wide(RBP, RCX)
    code.store_stack_constant(_LEFT, _MOST_CALLS)
    code.label("next")
    code.move_word(RAX, RDI, 4 * 15)
    code.move(RCX, (REGISTER, RAX))
    code.shift(x.SHR, RCX, 2)
    code.arithmetic(x.AND, RCX, (CONSTANT, _PLACES - 1))
    code.shift(x.SHL, RCX, _ENTRY.size.bit_length() - 1)
    code.constant_wide(RDX, table)
    code.arithmetic(x.ADD, RDX, (REGISTER, RCX), wide=True)
    code.load_effective(RAX, RAX, 1, wide=True)
    code.compare_memory_wide(RAX, RDX, 0)
    code.jump_if(x.NOT_EQUAL, "out")
    code.store_stack(_PLACE, RDX)
    code.store_stack(_BUDGET, R9)
    code.call_through(RDX, 8)
    code.load_stack(RDX, _PLACE)
    code.load_stack(RCX, _BUDGET)
    code.arithmetic(x.SUB, RCX, (REGISTER, R9), wide=True)
    code.jump_if(x.EQUAL, "out")
    code.add_to(RDX, 16, RCX)
    code.move(RAX, (CONSTANT, 1))
    code.add_to(RDX, 24, RAX)
    code.arithmetic_state(x.CMP, 4 * layout.IS_COLD, 0, wide=True)  # and UNWINDS
    code.jump_if(x.NOT_EQUAL, "out")
    code.decrement_stack()
    code.jump_if(x.NOT_EQUAL, "next")
    code.label("out")
    write_explicitly(code)
    code.move_wide(RAX, R9)
    code.arithmetic(x.ADD, RSP, (CONSTANT, _FRAME), wide=True)
    for register in reversed(_SAVED):
        code.pop(register)
    code.ret()
    explicitly(code)
    return code.finish(0)


def bridge(address: int, counters: int) -> Code:
    """What the chain calls instead of LLVM's code at a host address, which has its counters at another."""
    code = Code()
    write_explicitly(code)
    code.push(RDI)
    code.push(RSI)
    code.arithmetic(x.SUB, RSP, (CONSTANT, 8), wide=True)
    if counters:
        code.constant_wide(RAX, counters)
        code.store_memory_wide(RDI, 4 * layout.COUNTERS, RAX)
    code.load_wide(RDX, 4 * layout.LOAD_GUARD)
    code.move_wide(RCX, RBP)
    code.load_wide(R8, 4 * layout.CODE_MAP)
    code.constant_wide(RAX, address)
    code.call_to(RAX)
    code.arithmetic(x.ADD, RSP, (CONSTANT, 8), wide=True)
    code.pop(RSI)
    code.pop(RDI)
    code.move_wide(R9, RAX)
    code.ret()
    explicitly(code)
    return code


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
