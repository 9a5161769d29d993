"""Ways to run that end by themselves: steps, steps over and out of functions, to a place (spec http-api.md 5.8).

Theory of operation. Each is a plan: a set of addresses at which the machine has to stop, and what to do there. The
program runs at full speed in between. `begin` is called in front of the first instruction, `arrived` in front of the
instruction at one of the addresses, `executed` behind an instruction that the plan wanted to be executed alone.

Over executes one instruction alone; if that was a call, Return waits at the return address until the stack pointer is
back where it was, so a recursive call that passes the same place in a deeper frame does not end it.

StepOut needs no record of earlier calls. A function ends with an instruction that writes the PC and is no plain
branch, at its own depth. So the plan stops at all instructions that call or write the PC, waits for the Return of
calls, executes the others one at a time, and is done when one of them leads behind a call instruction with the
stack pointer not below where it was. A jump table leads elsewhere and does not end it; nor does a branch into another
function, which returns to our caller.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from emu.isa.analysis.profile import is_call, is_call_after, is_direct_branch
from emu.isa.bits import MASK32, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.machine import Machine
    from emu.isa.program import Program

_SP, _LR, _PC = 13, 14, 15


class Arrival(Enum):
    """What a plan wants where it stopped the machine."""

    DONE = "done"
    GO_ON = "go_on"
    EXECUTE_ONE = "execute_one"
    """Execute the next instruction alone, then call `executed`."""
    STEP_ON = "step_on"
    """Likewise, and a breakpoint on it does not count: a step begins here."""


class Plan(Protocol):
    """See the module's docstring."""

    @property
    def stops(self) -> frozenset[int]:
        """Where the machine has to stop."""

    @property
    def done(self) -> str:
        """What is said when the plan is done."""

    @property
    def is_single(self) -> bool:
        """Whether it has come to no more than one instruction so far."""

    def begin(self, machine: Machine) -> Arrival:
        """The machine is about to go on: GO_ON or EXECUTE_ONE."""

    def arrived(self, machine: Machine) -> Arrival:
        """The next instruction is at one of `stops`."""

    def executed(self, machine: Machine) -> Arrival:
        """An instruction has been executed alone."""


class Steps:
    """A number of instructions, one by one."""

    stops: frozenset[int] = frozenset()
    done = "single step"

    def __init__(self, count: int = 1) -> None:
        self._left = count
        self.is_single = count == 1

    def begin(self, _machine: Machine) -> Arrival:
        """See Plan."""
        return Arrival.EXECUTE_ONE

    def arrived(self, _machine: Machine) -> Arrival:
        """See Plan."""
        return Arrival.GO_ON

    def executed(self, _machine: Machine) -> Arrival:
        """See Plan."""
        self._left -= 1
        return Arrival.EXECUTE_ONE if self._left > 0 else Arrival.DONE


class RunTo:
    """Ends in front of the instruction at one address."""

    done = "place reached"
    is_single = False

    def __init__(self, address: int) -> None:
        self.stops = frozenset((address,))

    def begin(self, _machine: Machine) -> Arrival:
        """See Plan."""
        return Arrival.GO_ON

    def arrived(self, _machine: Machine) -> Arrival:
        """See Plan."""
        return Arrival.DONE

    def executed(self, _machine: Machine) -> Arrival:
        """See Plan."""
        return Arrival.GO_ON


class Return:
    """Waits until a call that was taken has returned; a part of other plans."""

    def __init__(self, return_address: int, stack_pointer: int) -> None:
        self._stack_pointer = stack_pointer
        self.stops = frozenset((return_address,))

    def arrived(self, machine: Machine) -> bool:
        """Whether this arrival at the return address is the one."""
        return machine.registers[_SP] >= self._stack_pointer


class Over:
    """A number of instructions, each call as a whole."""

    def __init__(self, count: int = 1) -> None:
        self._left = count
        self._from = (0, 0, False)
        self._inner: Return | None = None
        self.is_single = count == 1
        self.done = Steps.done

    @property
    def stops(self) -> frozenset[int]:
        """See Plan."""
        return self._inner.stops if self._inner is not None else frozenset()

    def begin(self, machine: Machine) -> Arrival:
        """See Plan."""
        pc = machine.registers[_PC]
        self._from = (pc, machine.registers[_SP], is_call_at(machine, pc))
        return Arrival.EXECUTE_ONE

    def arrived(self, machine: Machine) -> Arrival:
        """See Plan."""
        assert self._inner is not None
        if not self._inner.arrived(machine):
            return Arrival.GO_ON
        self._inner = None
        return Arrival.STEP_ON if self._one_more(machine) is Arrival.EXECUTE_ONE else Arrival.DONE

    def executed(self, machine: Machine) -> Arrival:
        """See Plan."""
        pc, stack_pointer, is_a_call = self._from
        behind = (pc + 4) & MASK32
        self.done = Steps.done
        if not is_a_call or machine.registers[_PC] == behind:
            return self._one_more(machine)
        self.is_single = False
        self.done = "step over complete"
        self._inner = Return(behind, stack_pointer)
        return Arrival.GO_ON

    def _one_more(self, machine: Machine) -> Arrival:
        self._left -= 1
        return self.begin(machine) if self._left > 0 else Arrival.DONE


class NextLine(Over):
    """Instructions, each call as a whole, until the next one belongs to another source line."""

    def __init__(self, describe: Callable[[int], str | None]) -> None:
        """`describe` names the line of an address; None where none is known, which is no line to stop at."""
        super().__init__()
        self.is_single = False
        self._describe = describe
        self.enters: Callable[[int], bool] | None = None
        """Whether a function that begins at an address is entered, and not run to its end."""
        self._started_at: str | None = None
        self._has_begun = False

    def begin(self, machine: Machine) -> Arrival:
        """See Plan."""
        if not self._has_begun:
            self._has_begun = True
            self._started_at = self._describe(machine.registers[_PC])
        return super().begin(machine)

    def executed(self, machine: Machine) -> Arrival:
        """See Plan."""
        pc, _, is_a_call = self._from
        following = machine.registers[_PC]
        if is_a_call and following != pc + 4 and self.enters is not None and self.enters(following):
            self.done = self._describe(following) or self.done
            return Arrival.DONE
        return super().executed(machine)

    def _one_more(self, machine: Machine) -> Arrival:
        now = self._describe(machine.registers[_PC])
        if now is None or now == self._started_at:
            return self.begin(machine)
        self.done = now
        return Arrival.DONE


class StepOut:
    """Runs until the current function has returned. See the module's docstring."""

    done = "function returned"
    is_single = False

    def __init__(self, machine: Machine, program: Program) -> None:
        self._base = frozenset(
            address for address in program.instruction_addresses if _may_leave(_word(machine, address))
        )
        self._stack_pointer = machine.registers[_SP]
        self._inner: Return | None = None
        self._call = (0, 0)

    @property
    def stops(self) -> frozenset[int]:
        """See Plan."""
        return self._inner.stops if self._inner is not None else self._base

    def begin(self, machine: Machine) -> Arrival:
        """See Plan."""
        return self.arrived(machine) if machine.registers[_PC] in self._base else Arrival.GO_ON

    def arrived(self, machine: Machine) -> Arrival:
        """See Plan."""
        pc = machine.registers[_PC]
        if self._inner is not None:
            if not self._inner.arrived(machine):
                return Arrival.GO_ON
            self._inner = None
            if pc not in self._base:
                return Arrival.GO_ON
        self._call = (pc, machine.registers[_SP])
        return Arrival.EXECUTE_ONE

    def executed(self, machine: Machine) -> Arrival:
        """See Plan."""
        pc, stack_pointer = self._call
        word, following = _word(machine, pc), machine.registers[_PC]
        behind = (pc + 4) & MASK32
        if following == behind or (is_direct_branch(word) and not is_call(word)):
            return Arrival.GO_ON
        if is_call_at(machine, pc):
            self._inner = Return(behind, stack_pointer)
            return Arrival.GO_ON
        returned = is_call_at(machine, (following - 4) & MASK32)
        return Arrival.DONE if returned and machine.registers[_SP] >= self._stack_pointer else Arrival.GO_ON


def is_call_at(machine: Machine, address: int) -> bool:
    """Whether the instruction at `address` is a call, be it by a register or a table behind `MOV LR, PC`."""
    return is_call_after(_word(machine, (address - 4) & MASK32), _word(machine, address))


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
