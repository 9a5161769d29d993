"""Assembly as a way to write tests of the machine."""

from __future__ import annotations

from emu.isa.assembler import assemble
from emu.isa.machine import Machine
from emu.isa.program import Program


def program(source: str) -> Program:
    """Assembles; the test fails with the messages if that is not possible. Code starts at 0x8000."""
    assembly = assemble(".org 0x8000\n" + source)
    assert assembly.program is not None, [diagnostic.message for diagnostic in assembly.diagnostics]
    return assembly.program


def machine(source: str, *, engine: str = "auto", stack_guard: bool = False) -> Machine:
    """A machine that has loaded the program."""
    result = Machine(engine=engine, stack_guard=stack_guard)
    result.load(program(source))
    return result
