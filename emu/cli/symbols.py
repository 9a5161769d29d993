"""`emu symbols`: the names in a program."""

from __future__ import annotations

from emu.cli import output, programs
from emu.cli.options import Command, Example, Operand, Option
from emu.cli.status import SUCCESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments
    from emu.isa.program import Program, Symbol

COMMAND = Command(
    "symbols",
    "Lists the labels and constants of a source or of a compiled program (an ELF executable), sorted by value, then by "
    "name. Nothing is run.",
    options=(
        Option("json", "an array of objects with name, kind, value, file, line, column and names_code"),
        programs.DEFINE,
        programs.ENTRY,
    ),
    operands=(Operand("FILE", "a source or an ELF executable; - reads it from standard input"),),
    examples=(
        Example("emu symbols sieve.s", "a table"),
        Example("emu symbols --json sieve.s", "for programs"),
        Example("emu symbols -D SIZE=100 sieve.s", "with a constant defined"),
    ),
)


def execute(arguments: Arguments) -> int:
    """Prints the table."""
    program = programs.loaded(arguments.operands[0], arguments)
    output.write(as_json(program) if arguments.switch("json") else as_table(program))
    return SUCCESS


def as_table(program: Program) -> str:
    """The table of spec debugger.md section 1."""
    symbols = in_order(program)
    if not symbols:
        return "No symbols defined\n"
    lines = ["Symbol Table", "============", "", _row("Name", "Type", "Address", "Status"), "-" * 80]
    lines += [_row(s.name, kind(s), f"0x{s.value:08X}", "Defined") for s in symbols]
    return "\n".join((*lines, "", f"Total symbols: {len(symbols)}")) + "\n"


def as_json(program: Program) -> str:
    """The same for programs."""
    import json

    return json.dumps(as_rows(program), indent=2) + "\n"


def as_rows(program: Program) -> list[dict[str, object]]:
    """One object per symbol, ready for JSON."""
    return [
        {
            "name": symbol.name,
            "kind": kind(symbol).lower(),
            "value": symbol.value,
            "file": symbol.location.file,
            "line": symbol.location.line,
            "column": symbol.location.column,
            "names_code": symbol.names_code,
        }
        for symbol in in_order(program)
    ]


def in_order(program: Program) -> list[Symbol]:
    """By value, then by name."""
    return sorted(program.symbols.values(), key=lambda symbol: (symbol.value, symbol.name))


def kind(symbol: Symbol) -> str:
    """Label or Constant."""
    return "Label" if symbol.is_label else "Constant"


def _row(name: str, type_name: str, address: str, status: str) -> str:
    return f"{name:<30} {type_name:<12} {address:<10} {status}"
