"""The directives: a table from names to functions (spec assembly-language.md sections 8, 9.2 and 11).

Each function gets the first pass, the text of the line, the column behind the directive's name and the column of the name.
It acts at once and raises StatementError if the arguments make no sense.
"""

from __future__ import annotations

import re

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.expressions import Expression, parse
from emu.isa.assembler.frames import FILE, Condition
from emu.isa.assembler.lexer import END, LITERAL, NAME, literal, tokens
from emu.isa.assembler.statements import BytesStatement, DataStatement, FillStatement, PoolStatement
from emu.isa.bits import MASK32
from emu.isa.instructions.syntax import rotated_immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from emu.isa.assembler.expressions import Expr
    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.lexer import Token

    Directive: TypeAlias = "Callable[[FirstPass, str, int, int], None]"

MOST_ALIGNMENT = 31
MOST_RESERVED = 1 << 31


# -- reading arguments --------------------------------------------------------------------------------------------------


def _arguments(text: str, end: int, column: int, what: str) -> list[Token]:
    """The tokens of the arguments, of which there must be some."""
    found = tokens(text, end)
    if found[0][0] == END:
        raise StatementError("operand-count", f"{text[column:end].strip()} needs {what}", column)
    return found


def _end(found: list[Token], position: int) -> None:
    kind, text, column = found[position]
    if kind != END:
        raise StatementError("syntax", f"expected the end of the statement, not '{text}'", column)


def _comma(found: list[Token], position: int) -> bool:
    """Whether another argument follows."""
    kind, text, column = found[position]
    if kind == END:
        return False
    if text != ",":
        raise StatementError("syntax", f"expected a comma or the end of the statement, not '{text}'", column)
    if found[position + 1][0] == END:
        raise StatementError("syntax", "there is nothing after this comma", column)
    return True


def _expressions(found: list[Token]) -> list[tuple[Expr, int]]:
    values: list[tuple[Expr, int]] = []
    position = 0
    while True:
        column = found[position][2]
        value, position = parse(found, position)
        values.append((value, column))
        if not _comma(found, position):
            return values
        position += 1


def _constants(p: FirstPass, text: str, end: int, column: int, most: int, what: str) -> list[tuple[int, int]]:
    """One to `most` values that are known now, with their columns. If one is not, nothing behind has a sure place."""
    try:
        values = _expressions(_arguments(text, end, column, what))
        if len(values) > most:
            name = text[column:end].strip()
            raise StatementError("operand-count", f"{name} takes no more than {most} arguments", values[most][1])
        return [(p.constant(value, at), at) for value, at in values]
    except StatementError:
        p.is_uncertain = True
        raise


# -- data ---------------------------------------------------------------------------------------------------------------


def _data(width: int) -> Directive:
    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        try:
            values = _expressions(_arguments(text, end, column, "at least one value"))
        except StatementError:
            p.add(FillStatement(p.place(column), p.counter, len(p.statements), _guess(text, end, width), b"\0"))
            raise
        if p.counter % width and not p.is_uncertain:
            name = text[column:end].strip()
            frame, index, _ = p.place(column)
            message = f"{name} at 0x{p.counter:08X}, which is not a multiple of {width}"
            hint = f"put .balign {width} before it; loads from this address fail"
            p.reporter.warning(frame, index, column, "unaligned-data", message, hint)
        p.add(DataStatement(p.place(column), p.counter, len(p.statements), width, values))

    return directive


def _guess(text: str, end: int, width: int) -> int:
    """How much room a faulty list of values was meant to take."""
    return width * (text.count(",", end) + 1)


def _strings(terminator: bytes) -> Directive:
    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        try:
            found = _arguments(text, end, column, "a string")
            position, data = 0, b""
            while True:
                kind, word, at = found[position]
                if kind != LITERAL:
                    raise StatementError("syntax", f"expected a string, not '{word}'", at, "a string stands in quotes")
                piece, invalid = literal(word)
                data += piece + terminator
                if invalid >= 0:
                    frame, index, _ = p.place(column)
                    message = "invalid escape sequence: the backslash stays in the text"
                    p.reporter.warning(
                        frame, index, at + invalid, "invalid-escape", message, "write \\\\ for a backslash"
                    )
                if not _comma(found, position + 1):
                    break
                position += 2
        except StatementError:
            p.is_uncertain = True
            raise
        p.add(BytesStatement(p.place(column), p.counter, len(p.statements), data))

    return directive


def _reserve(p: FirstPass, column: int, size: int, pattern: bytes, at: int) -> None:
    if not 0 <= size <= MOST_RESERVED:
        p.is_uncertain = True
        raise StatementError("value-range", f"cannot reserve {size} bytes", at)
    p.add(FillStatement(p.place(column), p.counter, len(p.statements), size, pattern))


def _space(p: FirstPass, text: str, end: int, column: int) -> None:
    values = _constants(p, text, end, column, 2, "a size")
    fill = values[1][0] if len(values) > 1 else 0
    _reserve(p, column, values[0][0], bytes((fill & 0xFF,)), values[0][1])


def _fill(p: FirstPass, text: str, end: int, column: int) -> None:
    values = _constants(p, text, end, column, 3, "a count")
    count, at = values[0]
    size = values[1][0] if len(values) > 1 else 1
    value = values[2][0] if len(values) > 2 else 0
    if not 0 <= size <= 8:
        p.is_uncertain = True
        raise StatementError("value-range", f"an element has 0 to 8 bytes, not {size}", values[1][1])
    pattern = (value & MASK32).to_bytes(4, "little")[:size].ljust(size, b"\0")
    _reserve(p, column, count * size, pattern or b"\0", at)


# -- the location counter -----------------------------------------------------------------------------------------------


def _org(p: FirstPass, text: str, end: int, column: int) -> None:
    ((value, at),) = _constants(p, text, end, column, 1, "an address")
    if value < 0:
        p.is_uncertain = True
        raise StatementError("value-range", f"{value} is no address", at)
    p.counter = value
    if p.origin is None:
        p.origin = value


def _section(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.text`, `.data`: only the first one matters, as the origin. Sections do not move the location counter."""
    if p.origin is None:
        p.origin = p.counter


def _plain_section(p: FirstPass, text: str, end: int, column: int) -> None:
    _end(tokens(text, end), 0)
    _section(p, text, end, column)


def _align(p: FirstPass, text: str, end: int, column: int) -> None:
    if end >= len(text.rstrip()):
        p.pad(4, column)
        return
    values = _constants(p, text, end, column, 2, "a power of two")
    power, at = values[0]
    if not 0 <= power <= MOST_ALIGNMENT:
        hint = f"for a multiple of {power} write .balign {power}" if power > 0 and power & (power - 1) == 0 else None
        p.is_uncertain = True
        raise StatementError("value-range", f".align takes a power of two from 0 to {MOST_ALIGNMENT}", at, hint)
    p.pad(1 << power, column, values[1][0] if len(values) > 1 else 0)


def _balign(p: FirstPass, text: str, end: int, column: int) -> None:
    values = _constants(p, text, end, column, 2, "a number of bytes")
    boundary, at = values[0]
    if not 0 < boundary <= 1 << MOST_ALIGNMENT or boundary & (boundary - 1):
        p.is_uncertain = True
        raise StatementError("value-range", f"{boundary} is not a power of two", at, "write 1, 2, 4, 8, 16 ...")
    p.pad(boundary, column, values[1][0] if len(values) > 1 else 0)


def _ltorg(p: FirstPass, text: str, end: int, column: int) -> None:
    _end(tokens(text, end), 0)
    p.pad(4, column)
    keys: set[object] = set()
    for use in p.pending:
        expression = use.parsed.literal if use.parsed is not None else None
        if isinstance(expression, Expression):
            local = expression.is_local() or any(
                (known := p.symbols.definitions.get(name)) is not None and known.redefinable
                for name, _ in expression.names()
            )
            keys.add((expression.key(), use.serial if local else -1))
        elif expression is not None:
            value = expression & MASK32
            if rotated_immediate(value) is None and rotated_immediate(value ^ MASK32) is None:
                keys.add(value)
    p.add(PoolStatement(p.place(column), p.counter, len(p.statements), 4 * len(keys), p.pending))
    p.pending = []


# -- symbols ------------------------------------------------------------------------------------------------------------


def _define(p: FirstPass, name: str, found: list[Token], position: int, column: int, redefinable: bool) -> None:
    at = found[position][2]
    try:
        value, position = parse(found, position)
        _end(found, position)
        number = p.constant(value, at)
    except StatementError:
        p.symbols.failed.add(name)
        raise
    p.define(name, number & MASK32, column, redefinable=redefinable)


def _equ(redefinable: bool) -> Directive:
    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        found = _arguments(text, end, column, "a name and a value")
        kind, name, at = found[0]
        if kind != NAME:
            raise StatementError("syntax", f"expected a name, not '{name}'", at)
        position = 2 if found[1][1] == "," else 1
        if found[position][0] == END:
            p.symbols.failed.add(name)
            raise StatementError(
                "operand-count", f"{name} needs a value", at, f"write {text[column:end].strip()} {name}, value"
            )
        _define(p, name, found, position, at, redefinable)

    return directive


def _assignment(p: FirstPass, text: str, end: int, column: int) -> None:
    """`NAME = value`; `end` is the column of the equals sign."""
    found = tokens(text, end)
    name = text[column:end].rstrip()
    if found[1][0] == END:
        p.symbols.failed.add(name)
        raise StatementError("operand-count", f"{name} needs a value", column, f"write {name} = value")
    _define(p, name, found, 1, column, True)


def _names(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.global`: the names are checked, nothing more."""
    found = _arguments(text, end, column, "a name")
    position = 0
    while True:
        kind, name, at = found[position]
        if kind != NAME:
            raise StatementError("syntax", f"expected a name, not '{name}'", at)
        if not _comma(found, position + 1):
            return
        position += 2


def _ignored(p: FirstPass, text: str, end: int, column: int) -> None:
    """Housekeeping of other assemblers."""


def _code(p: FirstPass, text: str, end: int, column: int) -> None:
    ((bits, at),) = _constants(p, text, end, column, 1, "32")
    if bits != 32:
        raise StatementError("value-range", "there is only ARM code here, no Thumb", at, "write .code 32")


def _finish(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.end`: nothing more is read."""
    _end(tokens(text, end), 0)
    p.frame = None


# -- files, conditions, macros ------------------------------------------------------------------------------------------

_PATH = re.compile(r"""[ \t]*(?:"([^"]*)"|'([^']*)'|<([^>]*)>)[ \t]*""")


def _include(p: FirstPass, text: str, end: int, column: int) -> None:
    p.is_uncertain = True
    found = _PATH.match(text, end)
    path = found[found.lastindex] if found is not None and found.lastindex else ""
    if found is None or not path:
        raise StatementError("include", ".include needs a file name", column, 'write .include "file.s"')
    at = found.start(found.lastindex or 0) - 1
    _end(tokens(text, found.end()), 0)
    assert p.frame is not None
    if p.loader is None:
        raise StatementError("include", "this source has no directory that files could be included from", at)
    if "\0" in path:
        raise StatementError("include", "a file name cannot hold a zero byte", at)
    loaded = p.loader.load(path, p.frame.source.name)
    from emu.isa.assembler.loading import LoadError

    if isinstance(loaded, LoadError):
        raise StatementError("include", loaded.message, at, loaded.hint)
    depth, frame = 0, p.frame
    while True:
        if frame.kind == FILE:
            depth += 1
            if frame.name == loaded.identity:
                raise StatementError("include", f"{loaded.name} is being included already: it would never end", at)
        if frame.parent is None:
            break
        frame = frame.parent
    if frame.source.name == loaded.name:
        raise StatementError("include", f"{loaded.name} is the source itself: it would never end", at)
    if depth > p.limits.include_depth:
        raise StatementError("limit", f"files are included deeper than {p.limits.include_depth}", at)
    p.is_uncertain = p.reporter.has_errors
    frame = p.open(loaded.data, loaded.name, loaded.identity, p.frame)
    frame.call_column = at
    p.frame = frame


def _if(p: FirstPass, text: str, end: int, column: int) -> None:
    def test() -> bool:
        found = _arguments(text, end, column, "an expression")
        at = found[0][2]
        value, position = parse(found, 0)
        _end(found, position)
        return p.constant(value, at) != 0

    _open_block(p, column, test)


def _ifdef(is_wanted: bool) -> Directive:
    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        def test() -> bool:
            found = _arguments(text, end, column, "a name")
            kind, name, at = found[0]
            if kind != NAME:
                raise StatementError("conditional", f"expected a name, not '{name}'", at)
            _end(found, 1)
            is_defined = name in p.injected or name in p.symbols.definitions or name in p.macros
            return is_defined == is_wanted

        _open_block(p, column, test)

    return directive


def _open_block(p: FirstPass, column: int, test: Callable[[], bool]) -> None:
    frame = p.frame
    assert frame is not None
    condition = Condition(frame.index, column, not frame.skipping, False)
    frame.conditions.append(condition)
    try:
        condition.active = condition.outer and test()
    except StatementError:
        # Neither branch can be trusted: what they would define is unknown, so neither is assembled.
        condition.outer = False
        p.is_uncertain = True
        raise
    finally:
        frame.skipping = not condition.active


def _else(p: FirstPass, text: str, end: int, column: int) -> None:
    frame = p.frame
    assert frame is not None
    if not frame.conditions:
        raise StatementError("conditional", ".else without .if", column)
    condition = frame.conditions[-1]
    if condition.has_else:
        raise StatementError("conditional", "this block has an .else already", column)
    condition.has_else = True
    condition.active = not condition.active
    frame.skipping = not (condition.outer and condition.active)
    _end(tokens(text, end), 0)


def _endif(p: FirstPass, text: str, end: int, column: int) -> None:
    frame = p.frame
    assert frame is not None
    if not frame.conditions:
        raise StatementError("conditional", ".endif without .if", column)
    condition = frame.conditions.pop()
    frame.skipping = bool(frame.conditions) and not (frame.conditions[-1].outer and frame.conditions[-1].active)
    del condition
    _end(tokens(text, end), 0)


def _macro(p: FirstPass, text: str, end: int, column: int) -> None:
    from emu.isa.assembler.diagnostics import Note
    from emu.isa.assembler.macros import Macro, body, declaration

    frame = p.frame
    assert frame is not None
    opening = frame.index
    try:
        lines = body(frame, ("macro",), "endm")
    except StatementError as error:
        error.column = column
        raise
    name, parameters, at = declaration(text, end)
    place = frame.location(opening, at)
    note = Note("the macro was defined here", place.file, place.line, place.column)
    known = p.macros.get(name)
    if known is not None:
        error = StatementError("macro", f"the macro {name} is already defined", at)
        error.notes = (known.note.replace(message="first defined here"),)
        raise error
    p.macros[name] = Macro(name, parameters, frame.source, frame.line(opening + 1), lines, note)


def _rept(p: FirstPass, text: str, end: int, column: int) -> None:
    from emu.isa.assembler.macros import body, repeat

    frame = p.frame
    assert frame is not None
    opening = frame.index
    try:
        lines = body(frame, ("rept",), "endr")
    except StatementError as error:
        error.column = column
        raise
    ((count, at),) = _constants(p, text, end, column, 1, "a number")
    if count < 0 or count * max(len(lines), 1) > p.limits.lines:
        raise StatementError("limit", f"cannot repeat {len(lines)} lines {count} times", at)
    if count:
        p.frame = repeat(lines, frame, opening + 1, column, count)


def _stray(opener: str) -> Directive:
    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        raise StatementError("macro", f"{text[column:end].strip()} without {opener}", column)

    return directive


CONDITIONALS = {".if", ".ifdef", ".ifndef", ".else", ".endif"}
"""What is looked at even where nothing is assembled."""

DIRECTIVES: dict[str, Directive] = {
    "=": _assignment,
    ".org": _org,
    ".text": _plain_section,
    ".data": _plain_section,
    ".bss": _plain_section,
    ".section": _section,
    ".equ": _equ(False),
    ".set": _equ(True),
    ".ascii": _strings(b""),
    ".align": _align,
    ".p2align": _align,
    ".balign": _balign,
    ".fill": _fill,
    ".code": _code,
    ".end": _finish,
    ".include": _include,
    ".if": _if,
    ".ifdef": _ifdef(True),
    ".ifndef": _ifdef(False),
    ".else": _else,
    ".endif": _endif,
    ".macro": _macro,
    ".endm": _stray(".macro"),
    ".rept": _rept,
    ".endr": _stray(".rept"),
}
DIRECTIVES |= dict.fromkeys((".word", ".long", ".int", ".4byte"), _data(4))
DIRECTIVES |= dict.fromkeys((".half", ".short", ".hword", ".2byte"), _data(2))
DIRECTIVES |= dict.fromkeys((".byte",), _data(1))
DIRECTIVES |= dict.fromkeys((".asciz", ".string"), _strings(b"\0"))
DIRECTIVES |= dict.fromkeys((".space", ".skip", ".zero"), _space)
DIRECTIVES |= dict.fromkeys((".ltorg", ".pool"), _ltorg)
DIRECTIVES |= dict.fromkeys((".global", ".globl", ".extern"), _names)
DIRECTIVES |= dict.fromkeys(
    (".syntax", ".cpu", ".arch", ".fpu", ".arm", ".type", ".size", ".file", ".ident", ".thumb_func"), _ignored
)
