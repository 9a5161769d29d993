"""A run with all its reports, beside the same run told again."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from emu.isa.analysis import coverage
from emu.isa.analysis.execution_trace import ExecutionTrace, MemoryTrace
from emu.isa.analysis.flag_trace import FlagTrace
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.register_trace import RegisterTrace
from emu.isa.analysis.stack_trace import StackTrace
from emu.isa.analysis.witness import Observed
from emu.isa.instructions.disassembler import disassemble
from emu.isa.machine import Machine
from emu.isa.places import address_name
from emu.isa.program import Program
from emu.isa.stops import Faulted
from emu.services.driver import drive
from emu.services.services import Services
from tests.isa.analysis.recount import Recounted, Story, perform

LIMIT = 3_000
"""Instructions of a run."""


@frozen
class Run:
    """The reports of a run, and the same run recounted."""

    program: Program
    machine: Machine
    lines: list[str]
    accesses: list[str]
    moments: coverage.Moments
    flags: FlagTrace
    stack: StackTrace
    registers: RegisterTrace
    story: Story

    @property
    def steps(self) -> list[Recounted]:
        return self.story.steps

    @property
    def fault(self) -> dict[str, Any] | None:
        outcome = self.story.machine.outcome
        if not isinstance(outcome, Faulted):
            return None
        return {"PC": outcome.fault.pc, "Kind": outcome.fault.kind.value, "Message": outcome.fault.message}

    @property
    def fault_line(self) -> str:
        fault = self.fault
        if fault is None:
            return ""
        return f"FAULT at {self.place(fault['PC'])} (0x{fault['PC']:08X}): {fault['Message']}\n"

    def place(self, address: int) -> str:
        return address_name(self.program, address)

    def text(self, step: Recounted) -> str:
        labels = {symbol.value: symbol.name for symbol in self.program.symbols.values()}
        return disassemble(step.word, step.address, labels).text


def driven(program: Program, engine: str, limit: int = LIMIT) -> Machine:
    """A machine that has run with a profile, at the speed of its engine."""
    machine = Machine(engine=engine)
    machine.load(program)
    machine.profile = Profile()
    services = Services()
    drive(machine, services, lambda effect: perform(effect, services), limit)
    return machine


def reports_of(program: Program, story: Story) -> Run:
    machine = Machine(engine="interpreter")
    machine.load(program)
    machine.profile = Profile()
    lines: list[str] = []
    accesses: list[str] = []
    moments = coverage.Moments()
    flags, stack, registers = FlagTrace(machine), StackTrace(machine), RegisterTrace(machine)
    traces = ExecutionTrace(program, lines.append), MemoryTrace(program, accesses.append)
    services = Services()
    observed = Observed(machine, (*traces, moments, flags, stack, registers))
    drive(observed, services, lambda effect: perform(effect, services), LIMIT)
    return Run(program, machine, lines, accesses, moments, flags, stack, registers, story)
