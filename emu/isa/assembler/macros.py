"""Macros and repetitions: collecting bodies and expanding them (spec assembly-language.md section 12)."""

from __future__ import annotations

import re

from emu.isa.assembler.diagnostics import Note, StatementError
from emu.isa.assembler.frames import MACRO, REPETITION, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.limits import Limits
    from emu.isa.assembler.source import Source

_IDENTIFIER = re.compile(r"[A-Za-z_.][A-Za-z0-9_.]*")
_DIRECTIVE = re.compile(r"[ \t]*(?:(?:[A-Za-z_.][A-Za-z0-9_.]*|[0-9]+)[ \t]*:[ \t]*)*\.([A-Za-z]+)(?![A-Za-z0-9_.:])")


class Macro:
    """A macro's definition."""

    __slots__ = ("name", "parameters", "source", "first", "lines", "note", "pattern")

    def __init__(self, name: str, parameters: list[str], source: Source, first: int, lines: list[str], note: Note):
        self.name = name
        self.parameters = parameters
        self.source = source
        self.first = first
        self.lines = lines
        self.note = note
        """Where it was defined."""
        # Longest name first, so that \count is not read as \co and "unt".
        names = "|".join(re.escape(name) for name in sorted(parameters, key=len, reverse=True))
        parameter = rf"|\\\{{({names})\}}|\\({names})" if names else ""
        self.pattern = re.compile(rf"\\\\|\\\(\)|\\@{parameter}")


def body(frame: Frame, opening: tuple[str, ...], closing: str) -> list[str]:
    """The lines up to the directive `closing` that belongs to the current line; the frame goes on behind it.

    Blocks that begin with a directive in `opening` nest. Raises StatementError if the block is not closed.
    """
    depth = 1
    start = frame.index + 1
    for index in range(start, len(frame.lines)):
        line = frame.lines[index]
        found = _DIRECTIVE.match(line) if "." in line else None
        if found is None:
            continue
        word = found[1].lower()
        if word in opening:
            depth += 1
        elif word == closing:
            depth -= 1
            if not depth:
                frame.index = index
                return list(frame.lines[start:index])
    frame.index = len(frame.lines)
    raise StatementError("macro", f"there is no .{closing} for this .{opening[0]}", -1)


def declaration(text: str, column: int) -> tuple[str, list[str], int]:
    """Name, parameters and column of the name in what follows `.macro`. Raises StatementError."""
    column += len(text[column:]) - len(text[column:].lstrip(" \t"))
    found = _IDENTIFIER.match(text, column)
    if found is None:
        at = column if text[column:] else -1
        raise StatementError("macro", "a macro needs a name", at, "write .macro NAME first, second")
    parameters: list[str] = []
    position = found.end()
    for piece in re.finditer(r"[^ \t,]+", text[position:].partition("=")[0] + text[position:].partition("=")[1]):
        at = position + piece.start()
        name = piece[0]
        if _IDENTIFIER.fullmatch(name) is None:
            hint = "parameters have no default values" if "=" in name else None
            raise StatementError("macro", f"'{name}' is not a parameter name", at, hint)
        if name in parameters:
            raise StatementError("macro", f"the parameter {name} occurs twice", at)
        parameters.append(name)
    return found[0], parameters, found.start()


def arguments(text: str, column: int) -> list[str]:
    """What follows a macro's name, split at commas outside quotes and brackets."""
    if not text[column:].strip():
        return []
    found: list[str] = []
    depth, quote, start, position = 0, "", column, column
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth <= 0:
            found.append(text[start:position].strip())
            start = position + 1
        position += 1
    found.append(text[start:].strip())
    return found


def expand(macro: Macro, values: list[str], parent: Frame, column: int, counter: int, limits: Limits) -> Frame:
    """A frame with the macro's lines. Raises StatementError for a wrong count, recursion, and too much text."""
    if len(values) != len(macro.parameters):
        wanted, given = len(macro.parameters), len(values)
        what = f"{wanted} argument{'' if wanted == 1 else 's'}"
        error = StatementError("macro", f"{macro.name} takes {what}, not {given}", column)
        error.notes = (macro.note,)
        raise error
    _check_chain(macro, parent, column, limits)
    named = dict(zip(macro.parameters, values, strict=True))
    maps: dict[int, list[tuple[int, int, int]]] = {}
    lines: list[str] = []
    for index, line in enumerate(macro.lines):
        if "\\" in line:
            line, places = _substitute(macro, line, named, counter, column, limits)
            if places:
                maps[index] = places
        lines.append(line)
    frame = Frame(macro.source, lines, macro.first, MACRO, macro.name, parent)
    frame.call_column = column
    frame.maps = maps
    return frame


def _substitute(
    macro: Macro, line: str, named: dict[str, str], counter: int, column: int, limits: Limits
) -> tuple[str, list[tuple[int, int, int]]]:
    pieces: list[str] = []
    places: list[tuple[int, int, int]] = []
    position = length = 0
    for match in macro.pattern.finditer(line):
        text = match[0]
        if text == "\\\\":
            continue
        if text == "\\()":
            value = ""
        elif text == "\\@":
            value = str(counter)
        else:
            value = named[match[match.lastindex or 0]]
        before = line[position : match.start()]
        pieces += (before, value)
        length += len(before)
        places.append((length, len(value), match.start()))
        length += len(value)
        if length > limits.line_length:
            raise StatementError("limit", f"a line of {macro.name} gets longer than {limits.line_length}", column)
        position = match.end()
    pieces.append(line[position:])
    return "".join(pieces), places


def _check_chain(macro: Macro, parent: Frame, column: int, limits: Limits) -> None:
    chain = [macro.name]
    frame: Frame | None = parent
    while frame is not None:
        if frame.kind == MACRO:
            chain.append(frame.name)
            if frame.name == macro.name:
                way = " -> ".join(reversed(chain))
                raise StatementError("macro", f"the macro {macro.name} uses itself: {way}", column)
        frame = frame.parent
    if len(chain) > limits.macro_depth:
        raise StatementError("limit", f"macros are nested deeper than {limits.macro_depth}", column)


def repeat(lines: list[str], frame: Frame, first_index: int, column: int, count: int) -> Frame:
    """A frame that reads `lines`, which began at line `first_index` of `frame`, `count` times over."""
    repetition = Repetition(frame, lines, first_index, count)
    repetition.call_column = column
    return repetition


class Repetition(Frame):
    """The body of a `.rept`, read `remaining` more times."""

    __slots__ = ("remaining",)

    def __init__(self, parent: Frame, lines: list[str], first_index: int, count: int) -> None:
        super().__init__(parent.source, lines, parent.line(first_index), REPETITION, ".rept", parent)
        self.call_index = first_index - 1
        self.maps = {index - first_index: places for index, places in parent.maps.items() if first_index <= index}
        self.remaining = count - 1

    def repeats(self) -> bool:
        self.remaining -= 1
        return self.remaining >= 0
