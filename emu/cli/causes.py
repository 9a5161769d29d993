"""Why a program probably met its fault: what a beginner would ask next, in a few words after the message."""

from __future__ import annotations

from emu.isa.faults import FaultKind
from emu.isa.places import source_line
from emu.isa.registers import PC, SP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.faults import Fault
    from emu.isa.machine import Machine
    from emu.isa.program import Program

_NEAR_SP = 64
"""Bytes: an access so near to SP is a push or a local variable."""

_OF_MEMORY = (FaultKind.NOT_MAPPED, FaultKind.NO_READ, FaultKind.NO_WRITE, FaultKind.NO_EXECUTE)


def probable_cause(machine: Machine, fault: Fault) -> str:
    """`; ` and the probable cause, or nothing where none can be told."""
    program = machine.program
    if program is None or not program.source_map:
        return ""
    if source_line(program, fault.pc) is None:
        return _outside(program, machine, fault)
    sp, stack_start = machine.registers[SP], machine.memory_map.stack_start
    if (
        fault.kind in _OF_MEMORY
        and fault.target is not None
        and sp < stack_start
        and abs(fault.target - sp) <= _NEAR_SP
    ):
        return f"; the stack is full: it begins at 0x{stack_start:08X} and SP is 0x{sp:08X}"
    return ""


def _outside(program: Program, machine: Machine, fault: Fault) -> str:
    """Something is executed that is not in the source."""
    if fault.pc == 0:
        return "; a program ends with SWI #0, there is nobody it could return to"
    if fault.pc != machine.registers[PC] or not program.instruction_addresses:
        return ""
    last = source_line(program, max(program.instruction_addresses))
    if last is None or fault.pc < last.address:
        return ""
    return f"; the program ran on past its last instruction, in line {last.line}: a program ends with SWI #0"
