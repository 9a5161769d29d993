"""Directives that decide what is read: files, conditions, macros and repetitions (spec sections 11 and 12)."""

from __future__ import annotations

from emu.isa.assembler.arguments import arguments, constants, end_of_statement
from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.expressions import parse
from emu.isa.assembler.frames import FILE, Condition
from emu.isa.assembler.lexer import NAME, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.assembler.directives import Directive
    from emu.isa.assembler.first_pass import FirstPass


def include(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.include "file"`: goes on in that file."""
    p.is_uncertain = True
    opening = text[end : end + 1]
    stop = text.find(">" if opening == "<" else opening, end + 1) if opening and opening in "\"'<" else -1
    path = text[end + 1 : stop]
    if stop < 0 or not path:
        raise StatementError("include", ".include needs a file name", column, 'write .include "file.s"')
    at = end
    end_of_statement(tokens(text, stop + 1), 0)
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


def if_(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.if expr`."""

    def test() -> bool:
        found = arguments(text, end, column, "an expression")
        at = found[0][2]
        value, position = parse(found, 0)
        end_of_statement(found, position)
        return p.constant(value, at) != 0

    _open_block(p, column, test)


def ifdef(is_wanted: bool) -> Directive:
    """`.ifdef NAME`, or with False `.ifndef NAME`."""

    def directive(p: FirstPass, text: str, end: int, column: int) -> None:
        def test() -> bool:
            found = arguments(text, end, column, "a name")
            kind, name, at = found[0]
            if kind != NAME:
                raise StatementError("conditional", f"expected a name, not '{name}'", at)
            end_of_statement(found, 1)
            p.mention(name, at)
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


def else_(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.else`."""
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
    end_of_statement(tokens(text, end), 0)


def endif(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.endif`."""
    frame = p.frame
    assert frame is not None
    if not frame.conditions:
        raise StatementError("conditional", ".endif without .if", column)
    frame.conditions.pop()
    frame.skipping = bool(frame.conditions) and not (frame.conditions[-1].outer and frame.conditions[-1].active)
    end_of_statement(tokens(text, end), 0)


def macro(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.macro NAME parameters`: takes the lines up to `.endm`."""
    from emu.isa.assembler.diagnostics import Note
    from emu.isa.assembler.macros import Macro, body, declaration

    frame = p.frame
    assert frame is not None
    opening = frame.index
    try:
        lines = body(frame, ("macro",), "endm")
        name, parameters, at = declaration(text, end)
    except StatementError as error:
        error.column = column if error.column < 0 else error.column
        raise
    place = frame.location(opening, at)
    note = Note("the macro was defined here", place.file, place.line, place.column)
    known = p.macros.get(name)
    if known is not None:
        duplicate = StatementError("macro", f"the macro {name} is already defined", at)
        duplicate.notes = (known.note.replace(message="first defined here"),)
        raise duplicate
    p.macros[name] = Macro(name, parameters, frame.source, frame.line(opening + 1), lines, note)


def rept(p: FirstPass, text: str, end: int, column: int) -> None:
    """`.rept count`: reads the lines up to `.endr` so many times."""
    from emu.isa.assembler.macros import body, repeat

    frame = p.frame
    assert frame is not None
    opening = frame.index
    try:
        lines = body(frame, ("rept",), "endr")
    except StatementError as error:
        error.column = column
        raise
    ((count, at),) = constants(p, text, end, column, 1, "a number")
    if count < 0 or count * max(len(lines), 1) > p.limits.lines:
        raise StatementError("limit", f"cannot repeat {len(lines)} lines {count} times", at)
    if count and lines:
        p.frame = repeat(lines, frame, opening + 1, column, count)


def stray(opener: str) -> Directive:
    """What closes a block, where none is open."""

    def directive(_p: FirstPass, text: str, end: int, column: int) -> None:
        raise StatementError("macro", f"{text[column:end].strip()} without {opener}", column)

    return directive
