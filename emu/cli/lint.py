"""`emu lint`: what is wrong with sources, and what is probably not meant."""

from __future__ import annotations

from emu.cli import output, programs, sources
from emu.cli.options import Command, Example, Operand, Option
from emu.cli.status import FAILURE, SUCCESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments
    from emu.isa.analysis.lint import Finding, LintOptions

COMMAND = Command(
    "lint",
    "Looks for errors and for what is legal and probably not meant: labels that nobody uses, code that is never "
    "reached, execution that runs into data or a literal pool, a return address that was overwritten. The comment "
    "`; lint: allow CODE` on a line allows what is found there. Nothing is run and nothing is changed.",
    options=(
        Option("format", "how findings are shown; default text", value="FORMAT",
               choices=("text", "json", "github", "sarif")),
        Option("warnings-as-errors", "warnings make the exit status 1, too", short="W"),
        Option("no-unused-labels", "do not look for labels that nothing refers to"),
        Option("no-reachability", "do not look at where execution can go"),
        Option("no-register-use", "do not look at how registers are used"),
        Option("no-suggestions", "leave out hints and fixes"),
        programs.DEFINE,
        programs.ENTRY,
    ),
    operands=(Operand("FILE", "a source; - reads it from standard input", repeats=True),),
    examples=(
        Example("emu lint sieve.s", "what is found, each with its place and a way out"),
        Example("emu lint -W samples/sieve.s samples/hello.s", "several files, for a check before a merge"),
        Example("emu lint --format json sieve.s", "for an editor"),
        Example("emu lint --format github sieve.s", "for a workflow of GitHub Actions"),
    ),
    notes="Exit status: 0 nothing but warnings, 1 an error in a source, 2 wrong usage.",
)  # fmt: skip


def execute(arguments: Arguments) -> int:
    """Shows the findings in all files."""
    from emu.isa.analysis.lint import failed
    from emu.isa.analysis.lint_formats import as_text, rendered

    options = _options(arguments)
    findings: list[Finding] = []
    for path in arguments.operands:
        findings += _lint(path, arguments, options)
    format_name = arguments.text("format") or "text"
    if format_name == "text":
        text = as_text(findings)
        output.write(programs.coloured(text) if output.colours(output.STDOUT) else text)
    else:
        output.write(rendered(findings, format_name))
    return FAILURE if failed(findings) else SUCCESS


def _options(arguments: Arguments) -> LintOptions:
    from emu.isa.analysis.lint import LintOptions

    return LintOptions(
        unused_labels=not arguments.switch("no-unused-labels"),
        reachability=not arguments.switch("no-reachability"),
        register_use=not arguments.switch("no-register-use"),
        suggestions=not arguments.switch("no-suggestions"),
        warnings_as_errors=arguments.switch("warnings-as-errors"),
    )


def _lint(path: str, arguments: Arguments, options: LintOptions) -> tuple[Finding, ...]:
    from emu.host.includes import FileLoader
    from emu.isa.analysis.lint import lint

    source = sources.read_source(path)
    return lint(
        source.data,
        source.name,
        options,
        loader=FileLoader(source.path or "."),
        defines=programs.definitions(arguments),
        entry=arguments.number("entry"),
    )
