"""From a file on the command line to a program: a source is assembled, an ELF executable is loaded."""

from __future__ import annotations

import os

from emu.cli import output, sources
from emu.cli.options import Option, read_number
from emu.cli.status import CommandError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.cli.options import Arguments
    from emu.cli.sources import Input
    from emu.isa.assembler import Assembly
    from emu.isa.assembler.diagnostics import Diagnostic
    from emu.isa.layout import Layout
    from emu.isa.program import Program

DEFINE = Option("define", "define a constant for the source, 1 without VALUE", "D", "NAME[=VALUE]", repeats=True)
ENTRY = Option("entry", "start here, whatever the source says", value="ADDRESS", number=True, highest=0xFFFFFFFF)


DEFAULT_MEMORY = 64 << 20
MEMORY = Option(
    "memory",
    f"bytes of memory of a compiled program, up to {1 << 30:#x}; default {DEFAULT_MEMORY:#x}",
    value="BYTES",
    number=True,
    lowest=1 << 16,
    highest=1 << 30,
)


def definitions(arguments: Arguments) -> dict[str, int]:
    """The constants given with -D. Raises UsageError."""
    given = arguments.texts("define")
    if not given:
        return {}
    from emu.isa.assembler.expressions import INT_MIN, UINT_MAX
    from emu.isa.assembler.lexer import register

    values = {}
    for definition in given:
        name, equals, text = definition.partition("=")
        if not name.replace("_", "a").replace(".", "a").isalnum() or not name.isascii() or name[0].isdigit():
            raise UsageError(f"-D needs a name, not {definition!r}", hint="-D LIMIT=10")
        value = read_number(text) if equals else 1
        if value is None:
            raise UsageError(f"-D {name} needs a number, decimal or 0x hexadecimal, not {text!r}")
        if not INT_MIN <= value <= UINT_MAX:
            raise UsageError(f"-D {name} goes from {INT_MIN} to {UINT_MAX:#x}, not {text}")
        if register(name) >= 0 or name == ".":
            raise UsageError(f"-D cannot define {name}, which has its own meaning", hint="-D LIMIT=10")
        values[name] = value
    return values


def assemble_file(path: str, arguments: Arguments) -> Assembly:
    """Reads and assembles, and shows every diagnostic. Raises CommandError unless there is a program."""
    return _assemble(sources.read_source(path), arguments, None)


def _assemble(source: Input, arguments: Arguments, layout: Layout | None) -> Assembly:
    from emu.host.includes import FileLoader
    from emu.isa.assembler import assemble

    assembly = assemble(
        source.data,
        source.name,
        loader=FileLoader(source.path or "."),
        defines=definitions(arguments),
        entry=arguments.number("entry"),
        layout=layout,
    )
    if assembly.diagnostics:
        show_diagnostics(assembly.diagnostics)
    if assembly.program is None:
        raise CommandError("")
    return assembly


def loaded(
    path: str,
    arguments: Arguments,
    layout: Layout | None = None,
    *,
    memory_size: int | None = None,
    stack_size: int | None = None,
) -> Program:
    """The program in a file: an ELF executable, recognized by how it begins, or else a source.

    A source is assembled for `layout` (the standard one if None); the two sizes, in bytes, are for an executable.
    Raises CommandError if there is no program.
    """
    given = sources.read(path)
    if given.data.startswith(sources.ELF):
        return _executable(given, arguments, memory_size, stack_size)
    if memory_size is not None:
        raise UsageError("--memory is for compiled programs", hint="--stack-size gives this one a larger stack")
    program = _assemble(sources.checked_source(given), arguments, layout).program
    assert program is not None
    return program


def _executable(given: Input, arguments: Arguments, memory_size: int | None, stack_size: int | None) -> Program:
    from emu.isa.elf.errors import ElfError
    from emu.isa.elf.loader import STACK_SIZE, load_elf

    if arguments.texts("define"):
        raise UsageError(f"-D is for sources; {given.name} is compiled already")
    try:
        return load_elf(
            given.data,
            given.name,
            memory_size=DEFAULT_MEMORY if memory_size is None else memory_size,
            stack_size=STACK_SIZE if stack_size is None else stack_size,
            entry=arguments.number("entry"),
        )
    except ElfError as error:
        raise CommandError(f"{given.name}: {error.message}", hint=error.hint) from None


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Errors and warnings on standard error, in the order of the source."""
    from emu.isa.assembler.diagnostics import render_all

    text = render_all(diagnostics)
    output.note((coloured(text) if output.colours(output.STDERR) else text) + "\n")


def coloured(text: str) -> str:
    """Rendered diagnostics in colour."""
    return "\n".join(map(_coloured, text.split("\n")))


_COLOURS = {
    ": error: ": output.RED,
    ": warning: ": output.YELLOW,
    ": note: ": output.CYAN,
    "hint: ": output.CYAN,
}


def _coloured(line: str) -> str:
    for word, colour in _COLOURS.items():
        before, found, after = line.partition(word)
        if found and (not before or word[0] == ":"):
            return f"{before}{output.paint(word, colour, on=True)}{after}"
    return output.paint(line, output.GREEN, on=True) if line.strip() == "^" else line


def read_text(path: str, program: Program | None) -> tuple[str, ...] | str:
    """The lines of a text file, looked for beside the program, too; or why there are none."""
    places = [path]
    if program is not None and not os.path.isabs(path):
        places.append(os.path.join(os.path.dirname(program.name), path))
    if program is not None:
        places.append(os.path.join(os.path.dirname(program.name), os.path.basename(path)))
    problem = f"file not found: {path}"
    for place in places:
        try:
            if os.path.isfile(place):
                return tuple(sources.read(place).data.decode("utf-8", "replace").splitlines())
        except CommandError as error:
            problem = error.message or problem
    return problem
