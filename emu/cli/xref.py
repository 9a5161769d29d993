"""`emu xref`: where the names of a source are defined, and where they are used."""

from __future__ import annotations

from emu.cli import output, programs, sources
from emu.cli.options import Command, Example, Operand, Option
from emu.cli.status import FAILURE, SUCCESS, CommandError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments
    from emu.isa.analysis.xref import CrossReference, SymbolUse
    from emu.isa.assembler import Assembly

COMMAND = Command(
    "xref",
    "Lists the names in a source: what each is, the line that defines it, and the lines that call it, branch to it, "
    "load or store it, or use it as data. With a NAME, shows these lines. Nothing is run.",
    options=(
        Option("functions", "only what is called"),
        Option("data", "only labels of data"),
        Option("undefined", "only what is used and defined nowhere"),
        Option("unused", "only what is defined and used nowhere"),
        Option("json", "an object with symbols and a summary"),
        programs.DEFINE,
    ),
    operands=(
        Operand("FILE", "a source; - reads it from standard input"),
        Operand("NAME", "a name in it", optional=True, repeats=True, completes=""),
    ),
    examples=(
        Example("emu xref sieve.s", "every name and the lines that use it"),
        Example("emu xref sieve.s cross_out", "one name, with the text of these lines"),
        Example("emu xref --unused sieve.s", "what could be removed"),
        Example("emu xref --functions --json sieve.s", "the functions, for a program"),
    ),
    notes="A source with errors is told of what can be read, with exit status 1 unless all that it lacks is names.",
)


def execute(arguments: Arguments) -> int:
    """Shows the table, or what was asked for."""
    from emu.isa.analysis.xref import QUERIES, as_dict, as_text, cross_reference, symbol_text

    names = arguments.operands[1:]
    queries = [query for query in QUERIES if arguments.switch(query)]
    if names and queries:
        raise UsageError(f"--{queries[0]} and a NAME cannot go together")
    assembly = _assembled(arguments.operands[0], arguments)
    report = cross_reference(assembly)
    chosen: list[SymbolUse] | None = None
    if names:
        chosen = [_known(report, name) for name in names]
    elif queries:
        wanted = {symbol.name for query in queries for symbol in report.query(query)}
        chosen = [symbol for symbol in report.symbols if symbol.name in wanted]
    if arguments.switch("json"):
        import json

        output.write(json.dumps(as_dict(report, chosen), indent=2) + "\n")
    elif names:
        output.write("\n".join(symbol_text(symbol) for symbol in chosen or ()))
    else:
        output.write(as_text(report, chosen))
    return FAILURE if _wrong(assembly) else SUCCESS


def _wrong(assembly: Assembly) -> bool:
    """Whether the source has an error that is not told by the cross reference itself."""
    return any(error.code != "undefined-symbol" for error in assembly.errors)


def _assembled(path: str, arguments: Arguments) -> Assembly:
    from emu.host.includes import FileLoader
    from emu.isa.assembler import assemble

    source = sources.read_source(path)
    loader = FileLoader(source.path or ".")
    assembly = assemble(source.data, source.name, loader=loader, defines=programs.definitions(arguments))
    if _wrong(assembly):
        programs.show_diagnostics(assembly.diagnostics)
    return assembly


def _known(report: CrossReference, name: str) -> SymbolUse:
    symbol = report.symbol(name)
    if symbol is None:
        from emu.isa.assembler.suggest import did_you_mean

        hint = did_you_mean(name, [symbol.name for symbol in report.symbols])
        raise CommandError(f"there is no name {name} in this source", hint=hint or "")
    return symbol
