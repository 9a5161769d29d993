"""The reference that random programs are compared with: Unicorn as an ARM926 in user mode."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from emu.isa.program import Program
from tests.isa.programs import CODE, CODE_END, DATA, DATA_END

# Its annotations are incomplete: imported this way, everything of it is untyped.
_unicorn = import_module("unicorn")
_arm = import_module("unicorn.arm_const")

CPSR, REG_PC, REG_SP = _arm.UC_ARM_REG_CPSR, _arm.UC_ARM_REG_PC, _arm.UC_ARM_REG_SP
USER_MODE = 0x10
_REGISTERS = [*range(_arm.UC_ARM_REG_R0, _arm.UC_ARM_REG_R0 + 13), REG_SP, _arm.UC_ARM_REG_LR, REG_PC]


class UnicornMachine:
    """A program, loaded as into a machine after a restart."""

    def __init__(self, program: Program) -> None:
        self._uc: Any = _unicorn.Uc(_unicorn.UC_ARCH_ARM, _unicorn.UC_MODE_ARM)
        self._uc.ctl_set_cpu_model(_arm.UC_CPU_ARM_926)
        self._uc.mem_map(CODE, CODE_END - CODE)
        self._uc.mem_map(DATA, DATA_END - DATA)
        self._uc.reg_write(CPSR, USER_MODE)
        for segment in program.segments:
            self._uc.mem_write(segment.address, segment.data)
        self._uc.reg_write(REG_SP, DATA_END)
        self._uc.reg_write(REG_PC, program.entry)

    def run(self, count: int, until: int) -> None:
        """Executes at most `count` instructions (0: no limit), stopping before the one at `until`."""
        pc = self._uc.reg_read(REG_PC)
        if pc != until:
            self._uc.emu_start(pc, until, count=count)

    def registers(self) -> list[int]:
        return [int(value) for value in self._uc.reg_read_batch(_REGISTERS)]

    def flags(self) -> list[bool]:
        cpsr = self._uc.reg_read(CPSR)
        return [bool(cpsr >> bit & 1) for bit in (31, 30, 29, 28)]

    def memory(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        return [bytes(self._uc.mem_read(start, end - start)) for start, end in ranges]
