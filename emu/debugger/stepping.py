"""Stepping over and out of functions (spec http-api.md 5.8).

Theory of operation. Both are plans: a set of addresses at which the machine has to stop, and what to do there. The
program runs at full speed in between. `arrived` is called in front of the instruction at one of these addresses.

StepOver waits at the return address until the stack pointer is back where it was, so a recursive call that passes the
same place in a deeper frame does not end it.

StepOut needs no record of earlier calls. A function ends with an instruction that writes the PC and is no plain
branch, at its own depth. So the plan stops at all instructions that call or write the PC, lets calls run as in
StepOver, executes the others one at a time, and is done when one of them leads behind a call instruction with the
stack pointer not below where it was. A jump table leads elsewhere and does not end it; nor does a branch into another
function, which returns to our caller.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from emu.isa.analysis.profile import is_call, is_direct_branch
from emu.isa.bits import MASK32, signed

if TYPE_CHECKING:
    from emu.isa.machine import Machine
    from emu.isa.program import Program

_SP, _LR, _PC = 13, 14, 15


class Arrival(Enum):
    """What a plan wants where it stopped the machine."""

    DONE = "done"
    GO_ON = "go_on"
    EXECUTE_ONE = "execute_one"
    """Execute the next instruction alone, then call `executed`."""


class StepOver:
    """Runs until the call that was just taken has returned. See the module's docstring."""

    def __init__(self, return_address: int, stack_pointer: int) -> None:
        self.return_address = return_address
        self.stack_pointer = stack_pointer

    @property
    def stops(self) -> frozenset[int]:
        """Where the machine has to stop."""
        return frozenset((self.return_address,))

    def arrived(self, machine: Machine) -> Arrival:
        """The next instruction is at one of `stops`."""
        return Arrival.DONE if machine.registers[_SP] >= self.stack_pointer else Arrival.GO_ON

    def executed(self, machine: Machine) -> Arrival:
        """The instruction at one of `stops` has been executed alone."""
        return Arrival.GO_ON


class StepOut:
    """Runs until the current function has returned. See the module's docstring."""

    def __init__(self, machine: Machine, program: Program) -> None:
        self._base = frozenset(
            address for address in program.instruction_addresses if _may_leave(_word(machine, address))
        )
        self._stack_pointer = machine.registers[_SP]
        self._inner: StepOver | None = None
        self._call: tuple[int, int] | None = None

    @property
    def stops(self) -> frozenset[int]:
        """Where the machine has to stop."""
        return self._inner.stops if self._inner is not None else self._base

    def arrived(self, machine: Machine) -> Arrival:
        """The next instruction is at one of `stops`."""
        if self._inner is not None:
            if self._inner.arrived(machine) is Arrival.GO_ON:
                return Arrival.GO_ON
            self._inner = None
            if machine.registers[_PC] not in self._base:
                return Arrival.GO_ON
        pc = machine.registers[_PC]
        self._call = (pc, machine.registers[_SP])
        return Arrival.EXECUTE_ONE

    def executed(self, machine: Machine) -> Arrival:
        """The instruction at one of `stops` has been executed alone."""
        assert self._call is not None
        pc, stack_pointer = self._call
        word, following = _word(machine, pc), machine.registers[_PC]
        behind = (pc + 4) & MASK32
        if following == behind or (is_direct_branch(word) and not is_call(word)):
            return Arrival.GO_ON
        if is_call(word):
            self._inner = StepOver(behind, stack_pointer)
            return Arrival.GO_ON
        returned = is_call(_word(machine, (following - 4) & MASK32))
        return Arrival.DONE if returned and machine.registers[_SP] >= self._stack_pointer else Arrival.GO_ON


def is_in_function(machine: Machine, program: Program) -> bool:
    """Whether the PC is in a function that somebody called, judged by the program's call instructions.

    The code around the PC belongs to the last place at or before it that is called or where the program starts. Only if
    that is the start, and nobody calls it, is there no caller.
    """
    if machine.registers[_LR] == 0:
        return False
    pc = machine.registers[_PC]
    called = set()
    for address in program.instruction_addresses:
        word = _word(machine, address)
        if is_call(word) and is_direct_branch(word):
            called.add((address + 8 + signed((word & 0xFFFFFF) << 8) // 64) & MASK32)
    starts = [address for address in (*called, program.entry) if address <= pc]
    return not starts or max(starts) != program.entry or program.entry in called


def _word(machine: Machine, address: int) -> int:
    memory = machine.memory
    if address < memory.size and not address & 3:
        return memory.words[address >> 2]
    return int.from_bytes(memory.peek(address, 4), "little")


def _may_leave(word: int) -> bool:
    """Whether the word calls or may write the PC other than by a plain branch. Says yes a little too often."""
    if is_call(word) or word & 0x0FFFFFF0 == 0x012FFF10:
        return True
    if word & 0x0E108000 == 0x08108000 or word & 0x0C10F000 == 0x0410F000:
        return True
    return word & 0x0C00F000 == 0x0000F000
