"""Reading the arguments of directives."""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.expressions import parse
from emu.isa.assembler.lexer import END, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.expressions import Expr
    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.lexer import Token


def arguments(text: str, end: int, column: int, what: str) -> list[Token]:
    """The tokens of the arguments, of which there must be some. Raises StatementError."""
    found = tokens(text, end)
    if found[0][0] == END:
        raise StatementError("operand-count", f"{text[column:end].strip()} needs {what}", column)
    return found


def end_of_statement(found: list[Token], position: int) -> None:
    """Checks that nothing follows. Raises StatementError."""
    kind, text, column = found[position]
    if kind != END:
        raise StatementError("syntax", f"expected the end of the statement, not '{text}'", column)


def comma(found: list[Token], position: int) -> bool:
    """Whether another argument follows. Raises StatementError."""
    kind, text, column = found[position]
    if kind == END:
        return False
    if text != ",":
        raise StatementError("syntax", f"expected a comma or the end of the statement, not '{text}'", column)
    if found[position + 1][0] == END:
        raise StatementError("syntax", "there is nothing after this comma", column)
    return True


def expressions(found: list[Token]) -> list[tuple[Expr, int]]:
    """Expressions separated by commas, with their columns. Raises StatementError."""
    values: list[tuple[Expr, int]] = []
    position = 0
    while True:
        column = found[position][2]
        value, position = parse(found, position)
        values.append((value, column))
        if not comma(found, position):
            return values
        position += 1


def constants(p: FirstPass, text: str, end: int, column: int, most: int, what: str) -> list[tuple[int, int]]:
    """One to `most` values that are known now, with their columns. Raises StatementError.

    If one is not known, nothing behind the directive has a sure place.
    """
    try:
        values = expressions(arguments(text, end, column, what))
        if len(values) > most:
            name = text[column:end].strip()
            raise StatementError(
                "operand-count", f"{name} takes at most {most} value{'' if most == 1 else 's'}", values[most][1]
            )
        return [(p.constant(value, at), at) for value, at in values]
    except StatementError:
        p.is_uncertain = True
        raise
