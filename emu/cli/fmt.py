"""`emu fmt`: source text in the canonical layout."""

from __future__ import annotations

from emu.cli import output, programs, sources
from emu.cli.options import Command, Example, Operand, Option
from emu.cli.status import FAILURE, SUCCESS, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments

COMMAND = Command(
    "fmt",
    "Lays sources out in the canonical form and writes them to standard output: labels in the first column, mnemonics, "
    "operands and comments below each other, mnemonics and registers in upper case. Comments and empty lines stay. The "
    "formatted source assembles to the identical image, and formatting it again changes nothing. A source with errors "
    "is left alone.",
    options=(
        Option("in-place", "write each FILE back, if that changes it", short="i"),
        Option("check", "write nothing; exit status 1 if a FILE is not in canonical form"),
        Option("diff", "show what would change, and nothing else"),
        Option("style", "columns; default: default", value="STYLE", choices=("default", "compact", "expanded")),
    ),
    operands=(Operand("FILE", "a source; - reads it from standard input", repeats=True),),
    examples=(
        Example("emu fmt sieve.s", "show the formatted source"),
        Example("emu fmt -i samples/sieve.s samples/hello.s", "format files"),
        Example("emu fmt --check --diff sieve.s", "what is not canonical, for a check before a merge"),
    ),
)


def execute(arguments: Arguments) -> int:
    """Formats every file; goes on to the next one after a source with errors."""
    in_place = arguments.switch("in-place")
    if in_place and "-" in arguments.operands:
        raise UsageError("--in-place needs a file: standard input cannot be written back")
    status = SUCCESS
    for path in arguments.operands:
        if not _format(path, arguments):
            status = FAILURE
    return status


def _format(path: str, arguments: Arguments) -> bool:
    """Whether all is well with one file."""
    from emu.isa.analysis.formatter import Style, format_source

    source = sources.read_source(path)
    result = format_source(source.data, source.name, Style(arguments.text("style") or "default"))
    if result.text is None:
        programs.show_diagnostics(result.diagnostics)
        return False
    changed = result.text != source.data
    check, diff = arguments.switch("check"), arguments.switch("diff")
    if diff and changed:
        output.write(_difference(source.name, source.data, result.text))
    if check:
        if changed:
            output.note(f"{output.printable(source.name)}: not in canonical form\n")
        return not changed
    if arguments.switch("in-place"):
        if changed:
            output.save(path, result.text)
    elif not diff:
        output.write(result.text)
    return True


def _difference(name: str, before: bytes, after: bytes) -> str:
    import difflib

    old, new = (text.decode("utf-8", "surrogateescape").splitlines(keepends=True) for text in (before, after))
    coloured = output.colours(output.STDOUT)
    shown = ""
    for line in difflib.unified_diff(old, new, name, f"{name} (formatted)"):
        end = "" if line.endswith("\n") else "\n\\ no line end at the end of the file\n"
        colour = {"+": output.GREEN, "-": output.RED, "@": output.CYAN}.get(line[0], "")
        shown += output.paint(line.rstrip("\n"), colour, on=coloured and bool(colour)) + (end or "\n")
    return shown
