"""The directives: a table from names to functions (spec assembly-language.md sections 8, 9.2 and 11).

Each function gets the first pass, the text of the line, the column behind the directive's name and the column of the
name. It acts at once and raises StatementError if the arguments make no sense.
"""

from __future__ import annotations

from emu.isa.assembler import preprocessing
from emu.isa.assembler.arguments import arguments, comma, constants, end_of_statement, expressions
from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.expressions import Expression, parse
from emu.isa.assembler.lexer import END, LITERAL, NAME, literal, tokens
from emu.isa.assembler.statements import BytesStatement, DataStatement, FillStatement, PoolStatement
from emu.isa.bits import MASK32
from emu.isa.instructions.syntax import rotated_immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.lexer import Token

    Directive: TypeAlias = "Callable[[FirstPass, str, int, int], None]"

MOST_ALIGNMENT = 31
MOST_RESERVED = 1 << 31


# -- data ----------------------------------------------------------------------------------------------------


def _data(width: int) -> Directive:
    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        try:
            values = expressions(arguments(text, end, column, "at least one value"))
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
            found = arguments(text, end, column, "a string")
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
                if not comma(found, position + 1):
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
    values = constants(p, text, end, column, 2, "a size")
    fill = values[1][0] if len(values) > 1 else 0
    _reserve(p, column, values[0][0], bytes((fill & 0xFF,)), values[0][1])


def _fill(p: FirstPass, text: str, end: int, column: int) -> None:
    values = constants(p, text, end, column, 3, "a count")
    count, at = values[0]
    size = values[1][0] if len(values) > 1 else 1
    value = values[2][0] if len(values) > 2 else 0
    if not 0 <= size <= 8:
        p.is_uncertain = True
        raise StatementError("value-range", f"an element has 0 to 8 bytes, not {size}", values[1][1])
    pattern = (value & MASK32).to_bytes(4, "little")[:size].ljust(size, b"\0")
    _reserve(p, column, count * size, pattern or b"\0", at)


# -- the location counter ------------------------------------------------------------------------------------


def _org(p: FirstPass, text: str, end: int, column: int) -> None:
    ((value, at),) = constants(p, text, end, column, 1, "an address")
    if value < 0:
        p.is_uncertain = True
        raise StatementError("value-range", f"{value} is no address", at)
    p.counter = value
    if p.origin is None:
        p.origin = value


def _section(p: FirstPass, _text: str, _end: int, _column: int) -> None:
    """`.text`, `.data`: only the first one matters, as the origin. Sections do not move the location counter."""
    if p.origin is None:
        p.origin = p.counter


def _plain_section(p: FirstPass, text: str, end: int, column: int) -> None:
    end_of_statement(tokens(text, end), 0)
    _section(p, text, end, column)


def _align(p: FirstPass, text: str, end: int, column: int) -> None:
    if end >= len(text.rstrip()):
        p.pad(4, column)
        return
    values = constants(p, text, end, column, 2, "a power of two")
    power, at = values[0]
    if not 0 <= power <= MOST_ALIGNMENT:
        hint = f"for a multiple of {power} write .balign {power}" if power > 0 and power & (power - 1) == 0 else None
        p.is_uncertain = True
        raise StatementError("value-range", f".align takes a power of two from 0 to {MOST_ALIGNMENT}", at, hint)
    p.pad(1 << power, column, values[1][0] if len(values) > 1 else 0)


def _balign(p: FirstPass, text: str, end: int, column: int) -> None:
    values = constants(p, text, end, column, 2, "a number of bytes")
    boundary, at = values[0]
    if not 0 < boundary <= 1 << MOST_ALIGNMENT or boundary & (boundary - 1):
        p.is_uncertain = True
        raise StatementError("value-range", f"{boundary} is not a power of two", at, "write 1, 2, 4, 8, 16 ...")
    p.pad(boundary, column, values[1][0] if len(values) > 1 else 0)


def _ltorg(p: FirstPass, text: str, end: int, column: int) -> None:
    end_of_statement(tokens(text, end), 0)
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


# -- symbols -------------------------------------------------------------------------------------------------


def _define(p: FirstPass, name: str, found: list[Token], position: int, column: int, redefinable: bool) -> None:
    at = found[position][2]
    try:
        value, position = parse(found, position)
        end_of_statement(found, position)
        number = p.constant(value, at)
    except StatementError:
        p.symbols.failed.add(name)
        raise
    p.define(name, number, column, redefinable=redefinable)


def _equ(redefinable: bool) -> Directive:
    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        found = arguments(text, end, column, "a name and a value")
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
    """`.global`: the names are checked, and known to be of use outside."""
    found = arguments(text, end, column, "a name")
    position = 0
    while True:
        kind, name, at = found[position]
        if kind != NAME:
            raise StatementError("syntax", f"expected a name, not '{name}'", at)
        p.exported.add(name)
        if not comma(found, position + 1):
            return
        position += 2


def _ignored(p: FirstPass, text: str, end: int, column: int) -> None:
    """Housekeeping of other assemblers."""


def _code(p: FirstPass, text: str, end: int, column: int) -> None:
    ((bits, at),) = constants(p, text, end, column, 1, "32")
    if bits != 32:
        raise StatementError("value-range", "there is only ARM code here, no Thumb", at, "write .code 32")


def _finish(p: FirstPass, text: str, end: int, _column: int) -> None:
    """`.end`: nothing more is read."""
    end_of_statement(tokens(text, end), 0)
    p.frame = None


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
    ".include": preprocessing.include,
    ".if": preprocessing.if_,
    ".ifdef": preprocessing.ifdef(True),
    ".ifndef": preprocessing.ifdef(False),
    ".else": preprocessing.else_,
    ".endif": preprocessing.endif,
    ".macro": preprocessing.macro,
    ".endm": preprocessing.stray(".macro"),
    ".rept": preprocessing.rept,
    ".endr": preprocessing.stray(".rept"),
}
DIRECTIVES |= dict.fromkeys((".word", ".long", ".int", ".4byte"), _data(4))
DIRECTIVES |= dict.fromkeys((".half", ".short", ".hword", ".2byte"), _data(2))
DIRECTIVES |= dict.fromkeys((".byte",), _data(1))
DIRECTIVES |= dict.fromkeys((".asciz", ".string"), _strings(b"\0"))
DIRECTIVES |= dict.fromkeys((".space", ".skip", ".zero"), _space)
DIRECTIVES |= dict.fromkeys((".ltorg", ".pool"), _ltorg)
DIRECTIVES |= dict.fromkeys((".global", ".globl", ".extern"), _names)
_HOUSEKEEPING = (
    ".syntax .cpu .arch .fpu .arm .type .size .file .ident .thumb_func .eabi_attribute .loc .weak .local .hidden "
    ".protected .internal .fnstart .fnend .cantunwind .save .pad .setfp .cfi_sections .cfi_startproc .cfi_endproc "
    ".cfi_def_cfa .cfi_def_cfa_offset .cfi_def_cfa_register .cfi_adjust_cfa_offset .cfi_offset .cfi_rel_offset "
    ".cfi_restore .cfi_remember_state .cfi_restore_state"
)
"""What compilers and tutorials write for the GNU assembler and its linker, and what says nothing to this machine."""

DIRECTIVES |= dict.fromkeys(_HOUSEKEEPING.split(), _ignored)
