"""What a form's declaration says to people: its spellings with their operands and meanings, as rows of a table."""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.form import Form

ALIAS = "a convenient spelling of one above"


class Row(Record):
    """Spellings that take the same operands and mean the same."""

    names: tuple[str, ...]
    operands: tuple[str, ...]
    """The ways to write the operands, `<Rd>, #<const>` for instance; none where there are no operands."""
    meaning: str


def rows(form: Form) -> tuple[Row, ...]:
    """The spellings of `form`, those that differ in their names only in one row, in the order of the declaration."""
    found: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for spelling in form.spellings:
        syntaxes = spelling.syntaxes or form.syntaxes
        operands = tuple(", ".join(part.notation for part in syntax) for syntax in syntaxes if syntax)
        meaning = form.operation if isinstance(form.operation, str) else form.operation.get(spelling.base, ALIAS)
        names = found.setdefault((operands, meaning), [])
        if spelling.base + spelling.suffix not in names:
            names.append(spelling.base + spelling.suffix)
    return tuple(Row(tuple(names), operands, meaning) for (operands, meaning), names in found.items())
