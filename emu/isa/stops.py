"""Why `Machine.run` returned: a closed union, told apart by type."""

from __future__ import annotations

from emu.isa.faults import Fault
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias


class LimitReached(Record):
    """The given number of instructions was executed, or a pause was asked for; the machine can go on."""


class ServiceCall(Record):
    """The next instruction is a SWI whose condition holds. Nothing of it has been executed or counted."""

    number: int
    address: int


class BreakpointHit(Record):
    """The next instruction carries a breakpoint and has not been executed."""

    address: int


class WatchHit(Record):
    """One access that a watchpoint asked for. `pc` is the instruction that made it."""

    watchpoint: int
    pc: int
    address: int
    size: int
    is_write: bool


class WatchpointHit(Record):
    """The instruction just executed touched watched memory; the PC is already at the next one."""

    hits: tuple[WatchHit, ...]


class Faulted(Record):
    """The machine is in its error state. Registers and flags are as they were before the faulting instruction."""

    fault: Fault


class Halted(Record):
    """The program has ended. `exit_code` is a signed 32-bit number."""

    exit_code: int


if TYPE_CHECKING:
    Stop: TypeAlias = LimitReached | ServiceCall | BreakpointHit | WatchpointHit | Faulted | Halted
