"""What the assembler has to say about a source: errors and warnings with a place, a reason and a way out."""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDEST = 160
_LONGEST = 400

SHOWN = 20
"""Errors shown in full by `render_all` unless told otherwise."""


class Note(Record):
    """A second place that explains the first: an earlier definition, the call of a macro. `line`, `column` from 1."""

    message: str
    file: str
    line: int
    column: int


class Diagnostic(Record):
    """One error or warning. `line` and `column` count from 1; `severity` is "error" or "warning".

    `code` is a stable name in lower case with hyphens, `message` a sentence for the programmer, `hint` a way out if
    there is one, `source_line` the raw text of the line.
    """

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str
    hint: str | None = None
    source_line: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether it keeps the source from becoming a program."""
        return self.severity == "error"

    def render(self) -> str:
        """`FILE:LINE:COLUMN: severity: message`, the line with a caret beneath it, the hint and the notes."""
        place = f"{printable(self.file)}:{self.line}:{self.column}"
        message = self.message if len(self.message) <= _LONGEST else self.message[:_LONGEST] + "..."
        parts = [f"{place}: {self.severity}: {printable(message)}"]
        if self.source_line.strip():
            shown, caret = _window(self.source_line, self.column - 1)
            parts += [shown, caret]
        if self.hint is not None:
            parts.append(f"hint: {printable(self.hint)}")
        parts += [f"{printable(n.file)}:{n.line}:{n.column}: note: {printable(n.message)}" for n in self.notes]
        return "\n".join(parts)


class StatementError(Exception):
    """A statement that makes no sense. Raised by parsers and evaluators, reported by the pass that runs them.

    `column` counts from 0 within the text that was being read.
    """

    def __init__(self, code: str, message: str, column: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.column = column
        self.hint = hint
        self.notes: tuple[Note, ...] = ()
        self.met_alias = False
        """Whether the text could mean something else once all names of the program are known."""


def render_all(diagnostics: Sequence[Diagnostic], limit: int = SHOWN) -> str:
    """The first `limit` diagnostics in full, how many more there are, and a count of errors and warnings."""
    parts = [diagnostic.render() for diagnostic in diagnostics[:limit]]
    if len(diagnostics) > limit:
        parts.append(f"... and {len(diagnostics) - limit} more")
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    counts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    if len(diagnostics) > 1:
        parts.append(", ".join(counts))
    return "\n".join(parts)


def printable(text: str) -> str:
    """`text` with everything a terminal would not show as one visible character written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join([_shown(character) for character in text])


def _shown(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02X}"
    if character.isprintable():
        return character
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{{{code:X}}}"


def _window(line: str, column: int) -> tuple[str, str]:
    """The line as it can be shown, cut around `column` if it is very long, and the caret line for it."""
    column = min(column, len(line))
    before, after = line[:column], line[column:].rstrip()
    if len(before) + len(after) > _WIDEST:
        if len(before) > _WIDEST // 2:
            before = "..." + before[-_WIDEST // 2 :]
        if len(before) + len(after) > _WIDEST:
            after = after[: _WIDEST - len(before)] + "..."
    shown, indent = "", ""
    for character in before:
        if character == "\t":
            shown, indent = shown + "\t", indent + "\t"
        else:
            piece = _shown(character)
            shown, indent = shown + piece, indent + " " * len(piece)
    return shown + "".join([c if c == "\t" else _shown(c) for c in after]), indent + "^"
