"""From the source or the executable of a load command to a program. Pure, and possibly long: run it where it delays
nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from emu.actors.commands import Load, LoadElf
from emu.isa.assembler import Diagnostic, assemble
from emu.isa.elf.errors import ElfError
from emu.isa.elf.loader import load_elf
from emu.isa.program import Program
from emu.services.arguments import ArgumentsTooLong, lay_out
from emu.services.semihosting import command_line

if TYPE_CHECKING:
    from emu.actors.commands import AnyCommand
    from emu.actors.options import SessionOptions
    from emu.isa.layout import Layout

Prepared: TypeAlias = Program | tuple[Diagnostic, ...] | None
"""What was worked out for a command before it reached the core: the program of a load, or what is wrong with it."""

SHORT_SOURCE = 4096
"""Bytes of source that are assembled at once, without a detour."""


class Assembler(Protocol):
    """A program, or the errors that keep the source from being one."""

    def __call__(self, source: bytes, name: str, layout: Layout) -> Program | tuple[Diagnostic, ...]: ...


def assemble_source(source: bytes, name: str, layout: Layout) -> Program | tuple[Diagnostic, ...]:
    """Assembles for a memory map. A source cannot include files: it comes from somewhere else."""
    assembly = assemble(source, name, layout=layout)
    return assembly.program if assembly.program is not None else assembly.errors


def prepare(command: AnyCommand, options: SessionOptions, assembler: Assembler) -> Prepared:
    """The program of a command that loads one; None for any other command."""
    if isinstance(command, Load):
        return assembler(command.source, command.name, options.layout())
    if isinstance(command, LoadElf):
        return load_executable(command, options)
    return None


def is_long(command: AnyCommand) -> bool:
    """Whether `prepare` may take long enough to delay others."""
    return isinstance(command, LoadElf) or (isinstance(command, Load) and len(command.source) > SHORT_SOURCE)


def load_executable(command: LoadElf, options: SessionOptions) -> Program | tuple[Diagnostic, ...]:
    """Reads an executable into the memory that the options give it, with its line table, and tries its arguments."""
    sizes = options.compiled_sizes()
    try:
        program = load_elf(command.image, command.name, memory_size=sizes.memory, stack_size=sizes.stack)
        # Whoever asks for these waits for them to be read: here nobody does.
        len(program.source_map), len(program.symbols), len(program.instruction_addresses)
        _try_arguments(command, program)
    except ElfError as error:
        return _refused(command, error.code, error.message, error.hint or None)
    except ArgumentsTooLong as error:
        return _refused(command, "arguments", str(error), "stackSize gives the program a larger stack")
    except ValueError as error:
        return _refused(command, "arguments", str(error))
    return program


def _try_arguments(command: LoadElf, program: Program) -> None:
    if command.arguments:
        words = encoded(command.arguments)
        command_line(encoded((command.name,))[0], words)
        assert program.memory_map is not None
        top = program.memory_map.stack_top
        lay_out(words, top, top - program.memory_map.stack_start)


def encoded(words: tuple[str, ...]) -> tuple[bytes, ...]:
    """Arguments as a program gets them."""
    return tuple(word.encode("utf-8", "replace") for word in words)


def _refused(command: LoadElf, code: str, message: str, hint: str | None = None) -> tuple[Diagnostic, ...]:
    return (Diagnostic(command.name, 0, 0, "error", f"elf-{code.replace('_', '-')}", message, hint),)
