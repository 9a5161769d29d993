"""From the source of a Load command to a program. Pure, and possibly long: run it where it delays nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from emu.isa.assembler import assemble

if TYPE_CHECKING:
    from emu.isa.assembler import Diagnostic
    from emu.isa.layout import Layout
    from emu.isa.program import Program


class Assembler(Protocol):
    """A program, or the errors that keep the source from being one."""

    def __call__(self, source: bytes, name: str, layout: Layout) -> Program | tuple[Diagnostic, ...]: ...


def assemble_source(source: bytes, name: str, layout: Layout) -> Program | tuple[Diagnostic, ...]:
    """Assembles for a memory map. A source cannot include files: it comes from somewhere else."""
    assembly = assemble(source, name, layout=layout)
    return assembly.program if assembly.program is not None else assembly.errors
