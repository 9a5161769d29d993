"""What can go wrong inside a running program (spec cpu.md section 11). A fault is data; a program cannot catch it."""

from __future__ import annotations

from enum import Enum

from emu.isa.values import Record


class FaultKind(Enum):
    """Why the machine cannot go on. The value is the stable name that programs and wire formats see."""

    CYCLE_LIMIT = "cycle_limit"
    NOT_MAPPED = "not_mapped"
    NO_READ = "no_read_permission"
    NO_WRITE = "no_write_permission"
    NO_EXECUTE = "no_execute_permission"
    UNALIGNED = "unaligned_access"
    ADDRESS_WRAP = "address_wrap"
    UNDEFINED = "undefined_instruction"
    COPROCESSOR = "coprocessor_instruction"
    MULTIPLY_REGISTERS = "multiply_registers"
    EMPTY_LIST = "empty_register_list"
    PC_OPERAND = "pc_operand"
    STACK_GUARD = "stack_guard"
    UNKNOWN_SERVICE = "unknown_service"
    STRING = "string"
    ASSERTION = "assertion"


class Fault(Record):
    """One fault. `pc` is the address of the faulting instruction, `target` the data address involved, if any."""

    kind: FaultKind
    message: str
    pc: int = 0
    target: int | None = None


class GuestFault(Exception):
    """Raised inside the machine while an instruction executes; `Machine.run` turns it into a stop."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class MemoryFault(GuestFault):
    """An access that the memory map forbids. `fault.target` is the first offending address."""
