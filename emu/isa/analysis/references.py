"""Who uses which name of a source, where and for what.

Theory of operation. The assembler keeps its statements with the expressions in them, and the names that directives
needed at once; this module only walks over both. So macros are seen as they were expanded, `name+4` is a use of `name`,
and what is a register for the assembler is none here either. Statements with syntax errors have no expressions.
"""

from __future__ import annotations

from emu.isa.assembler.expressions import Expression
from emu.isa.assembler.operands import Pending, PendingTarget
from emu.isa.assembler.statements import DataStatement, InstructionStatement, PoolStatement
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.frames import Frame
    from emu.isa.assembler.statements import Statement
    from emu.isa.assembler.symbols import Definition
    from emu.isa.program import Location

CALL, BRANCH, LOAD, STORE, DATA = KINDS = ("call", "branch", "load", "store", "data")
"""What a name is used for. DATA is everything else: a value in `.word`, an immediate, an offset, a condition."""

_BRANCHES = {"BL": CALL, "BLX": CALL, "B": BRANCH}
_TRANSFERS = {"LDR": LOAD, "STR": STORE}


class Reference(Record):
    """One use of a name. `frame`, `index` and `column` (from 0) are where; `serial` the statement, -1 for none."""

    name: str
    kind: str
    frame: Frame
    index: int
    column: int
    serial: int = -1

    @property
    def location(self) -> Location:
        """The place in the source as the programmer wrote it."""
        return self.frame.location(self.index, self.column)


def references(first: FirstPass) -> list[Reference]:
    """Every use of a name in an assembled source, statements first, each group in the order of the source."""
    found: list[Reference] = []
    for statement in first.statements:
        if isinstance(statement, InstructionStatement):
            found += _of_instruction(statement)
        elif isinstance(statement, DataStatement):
            for value, _ in statement.values:
                found += _named(value, DATA, statement, 0)
    found += [Reference(name, DATA, frame, index, column) for name, frame, index, column in first.mentions]
    return found


def _of_instruction(statement: InstructionStatement) -> Iterator[Reference]:
    parsed = statement.parsed
    if parsed is None:
        return
    base = parsed.mnemonic.base
    if parsed.literal is not None:
        yield from _named(parsed.literal, LOAD, statement, statement.column)
    for operand in parsed.operands:
        if not isinstance(operand, Pending):
            continue
        kind = DATA
        if isinstance(operand, PendingTarget):
            kind = _BRANCHES.get(base) or _TRANSFERS.get(base) or LOAD
        yield from _named(operand.expression, kind, statement, statement.column)


def _named(value: object, kind: str, statement: Statement, column: int) -> Iterator[Reference]:
    if isinstance(value, Expression):
        for name, at in value.names():
            yield Reference(name, kind, statement.frame, statement.index, column + at, statement.serial)


def following(first: FirstPass, definition: Definition) -> Statement | None:
    """What a label stands in front of: the next statement that is neither padding nor a pool, if there is one."""
    statements = first.statements
    for number in range(definition.serial, len(statements)):
        if isinstance(statements[number], PoolStatement):
            return None
        if statements[number].is_mapped:
            return statements[number]
    return None
