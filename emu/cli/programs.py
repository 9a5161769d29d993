"""From a source on the command line to an assembled program."""

from __future__ import annotations

from emu.cli import output, sources
from emu.cli.options import Option, read_number
from emu.cli.status import CommandError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.cli.options import Arguments
    from emu.isa.assembler import Assembly
    from emu.isa.assembler.diagnostics import Diagnostic
    from emu.isa.layout import Layout
    from emu.isa.program import Program

DEFINE = Option("define", "define a constant for the source, 1 without VALUE", "D", "NAME[=VALUE]", repeats=True)
ENTRY = Option("entry", "start here, whatever the source says", value="ADDRESS", number=True, highest=0xFFFFFFFF)


def definitions(arguments: Arguments) -> dict[str, int]:
    """The constants given with -D. Raises UsageError."""
    values = {}
    for definition in arguments.texts("define"):
        name, equals, text = definition.partition("=")
        if not name.replace("_", "a").replace(".", "a").isalnum() or not name.isascii() or name[0].isdigit():
            raise UsageError(f"-D needs a name, not {definition!r}", hint="-D LIMIT=10")
        value = read_number(text) if equals else 1
        if value is None:
            raise UsageError(f"-D {name} needs a number, decimal or 0x hexadecimal, not {text!r}")
        values[name] = value
    return values


def assemble_file(path: str, arguments: Arguments, layout: Layout | None = None) -> Assembly:
    """Reads and assembles for a memory map (the standard one if None), and shows every diagnostic.

    Raises CommandError unless there is a program.
    """
    from emu.host.includes import FileLoader
    from emu.isa.assembler import assemble

    source = sources.read_source(path)
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


def assembled(path: str, arguments: Arguments, layout: Layout | None = None) -> Program:
    """The program in a source file, for a memory map. Raises CommandError if there is none."""
    program = assemble_file(path, arguments, layout).program
    assert program is not None
    return program


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Errors and warnings on standard error, in the order of the source."""
    from emu.isa.assembler.diagnostics import render_all

    text = render_all(diagnostics)
    if output.colours(output.STDERR):
        text = "\n".join(map(_coloured, text.split("\n")))
    output.note(text + "\n")


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
