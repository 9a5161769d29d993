"""The canonical layout of a source (spec diagnostics.md section 13).

Theory of operation. A source is formatted line by line, since a statement is a line. Only what cannot change the
meaning is touched: white space between tokens, the letter case of mnemonics, registers, shifts and directives, the
marker of a comment. Names, numbers and literals stay as they are written, and so do the arguments of macros, lines
with macro parameters in them, and lines that a block comment reaches into. A line that makes no sense by itself - it
may stand in a block that is never assembled - stays as it is. Whether the source as a whole has syntax errors is for
the assembler to say; it gets to see included files as empty ones, so only the source's own text is judged.

A word that is a mnemonic is taken for one unless the source itself defines a macro of that name.
"""

from __future__ import annotations

import re
from enum import Enum

from emu.isa.assembler.assemble import assemble
from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.directives import DIRECTIVES
from emu.isa.assembler.lexer import END, LABEL, LITERAL, NAME, NUMBER, WORD, register, tokens
from emu.isa.assembler.loading import LoadedFile
from emu.isa.assembler.macros import arguments
from emu.isa.assembler.source import CLOSED, decode, encode, split_lines, strip_comments
from emu.isa.instructions import lookup
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from emu.isa.assembler.diagnostics import Diagnostic
    from emu.isa.assembler.lexer import Token


class Style(Enum):
    """Where things go."""

    DEFAULT = "default"
    COMPACT = "compact"
    EXPANDED = "expanded"


class FormatResult(Record):
    """The formatted source, or the syntax errors that keep it from being formatted."""

    text: bytes | None
    diagnostics: tuple[Diagnostic, ...] = ()


_COLUMNS = {Style.DEFAULT: (8, 16, 40), Style.COMPACT: (0, 0, 0), Style.EXPANDED: (12, 24, 50)}
_SHIFTS = {"LSL", "LSR", "ASR", "ROR", "RRX", "ASL"}
_MACRO = re.compile(r"[ \t]*\.macro[ \t]+([A-Za-z_.][A-Za-z0-9_.]*)", re.IGNORECASE)
_SYNTAX = {
    "syntax", "unexpected-character", "unterminated-literal", "unterminated-comment", "number", "literal",
    "invalid-escape", "unknown-directive", "conditional", "limit",
}  # fmt: skip
_VERBATIM = {
    ".include", ".macro", ".section", ".syntax", ".cpu", ".arch", ".fpu", ".type", ".size", ".file", ".ident",
    ".thumb_func", ".arm",
}  # fmt: skip
"""Directives whose arguments have rules of their own, or none."""


class _EmptyFiles:
    """A loader that finds every file, and nothing in it."""

    def __init__(self) -> None:
        self.count = 0

    def load(self, path: str, including: str) -> LoadedFile:
        self.count += 1
        return LoadedFile(f"{path} ({self.count})", f"\0{self.count}", b"")


def format_source(text: bytes, name: str, style: Style = Style.DEFAULT) -> FormatResult:
    """The source in canonical layout: it assembles to the identical image, and formatting it again changes nothing.

    `name` is what the diagnostics call the source. Line ends become LF.
    """
    loader = _EmptyFiles()
    errors = [d for d in assemble(text, name, loader=loader).diagnostics if d.is_error]
    wrong = _SYNTAX if loader.count else _SYNTAX | {"unknown-instruction", "macro"}
    found = tuple(d for d in errors if d.code in wrong)
    if found:
        return FormatResult(None, found)
    return FormatResult(encode(_Formatter(split_lines(decode(text)), style).run()))


class _Formatter:
    def __init__(self, lines: list[str], style: Style) -> None:
        self.lines = lines
        self.style = style
        self.columns = _COLUMNS[style]
        self.macros = {found[1] for line in lines if (found := _MACRO.match(line)) is not None}

    def run(self) -> str:
        formatted: list[str] = []
        inside = False
        for raw in self.lines:
            comments: list[tuple[int, int]] = []
            code, column = strip_comments(raw, inside, comments)
            reaches = inside or column != CLOSED
            inside = column != CLOSED
            formatted.append(raw.rstrip() if reaches else self.line(raw, code, comments))
        return "".join([line + "\n" for line in formatted])

    def line(self, raw: str, code: str, comments: list[tuple[int, int]]) -> str:
        """One line on which comments begin and end."""
        if not comments:
            return self.statement(code, "")
        start, end = comments[-1]
        if len(comments) > 1 or raw[end:].strip():
            return raw.rstrip()
        comment = _comment(raw[start:end])
        if not code.strip():
            indent = "" if not start else " " * max(self.columns[0], 1)
            return indent + _indented_as(raw[start:end], comment)
        return self.statement(code, comment)

    def statement(self, code: str, comment: str) -> str:
        """Labels, statement and comment, each in its column."""
        try:
            labels, word, operands = self.parts(code)
        except StatementError:
            return code.rstrip() + (" " + comment if comment else "")
        instruction_column, operand_column, comment_column = self.columns
        text = labels
        if word:
            first = word.removeprefix("\0")
            text = self.at(text, instruction_column, first) if labels or first == word else first
        if operands:
            text = self.at(text, operand_column, operands)
        if comment:
            text = self.at(text, comment_column, comment)
        return text.rstrip()

    def at(self, text: str, column: int, more: str) -> str:
        """`text` and `more`, which begins at `column` or one blank behind."""
        if not text:
            return " " * max(column, 1) + more
        return text.ljust(column - 1) + " " + more if len(text) < column else text + " " + more

    def parts(self, code: str) -> tuple[str, str, str]:
        """Labels, mnemonic or directive, operands. A mnemonic that begins with a zero byte goes into column 0."""
        labels: list[str] = []
        position = 0
        while (label := LABEL.match(code, position)) is not None:
            labels.append(label[1] + ":")
            position = label.end()
        found = WORD.match(code, position)
        assert found is not None
        word, rest = found[1], code[found.end() :].strip()
        before = " ".join(labels)
        if word is None or "\\" in _outside_literals(code):
            # The text depends on macro arguments: it keeps its form and, if it begins there, the first column.
            kept = code[position:].strip()
            return before, "\0" + kept if kept and not labels and not code[:1].isspace() else kept, ""
        if word in self.macros:
            return before, word, ", ".join(arguments(rest, 0))
        if rest.startswith("="):
            return before, f"\0{word} = {self.operands(rest[1:], '')}", ""
        if word[0] == "." and len(word) > 1:
            lower = word.lower()
            if lower not in DIRECTIVES or lower in self.macros:
                return before, word, rest
            return before, lower, rest if lower in _VERBATIM else self.operands(rest, "")
        mnemonic = _mnemonic(word, self.macros)
        if mnemonic is None:
            return before, word, ", ".join(arguments(rest, 0))
        return before, mnemonic, self.operands(rest, mnemonic)

    def operands(self, text: str, mnemonic: str) -> str:
        """Operands with a comma and a blank between them; those of an instruction in upper case where that is safe."""
        found = tokens(text)
        pieces: list[str] = []
        operand = 0
        for index, token in enumerate(found[:-1]):
            kind, word, _ = token
            if word == ",":
                operand += 1
            if index and _is_apart(found, index):
                pieces.append(" ")
            if mnemonic and kind == NAME:
                word = _cased(found, index, operand, mnemonic)
            pieces.append(word)
        return "".join(pieces)


def _comment(text: str) -> str:
    """A comment with the canonical marker."""
    if text.startswith("/*"):
        content = text[2:-2].strip()
    else:
        content = text.lstrip().removeprefix("//") if text.lstrip().startswith("//") else text.lstrip()[1:]
        if content.startswith(";"):
            return ";" + content.rstrip()
        content = content.strip()
    return "; " + content if content else ";"


def _indented_as(text: str, comment: str) -> str:
    """A comment on a line of its own, its words as far in as they were: they may be part of a table or a drawing."""
    inside = text.lstrip(";@/") if text[:2] != "/*" else ""
    depth = len(inside) - len(inside.lstrip(" "))
    return "; " + " " * (depth - 1) + comment[2:] if depth > 1 and comment.startswith("; ") else comment


def _outside_literals(code: str) -> str:
    if "\\" not in code:
        return ""
    return re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "", code)


def _mnemonic(word: str, macros: Container[str]) -> str | None:
    """The mnemonic as base, condition, S, where a size or mode stays with the base. None if it is none."""
    known = lookup(word) if len(word) <= 16 else None
    if known is None:
        return None
    upper = word.upper()
    rest = upper[len(known.base) :]
    suffix = known.suffix
    condition = rest.removeprefix(suffix) if rest.startswith(suffix) else rest.removesuffix(suffix)
    canonical = known.base + (condition + suffix if suffix == "S" else suffix + condition)
    if lookup(canonical) != known:
        canonical = upper
    return word if canonical in macros else canonical


def _cased(found: list[Token], index: int, operand: int, mnemonic: str) -> str:
    """A name in the operands of an instruction: upper case if it can be nothing but a register, shift or CPSR."""
    word = found[index][1]
    upper = word.upper()
    if register(word) >= 0:
        return upper
    before = found[index - 1][1] if index else ""
    if (
        upper in _SHIFTS
        and before == ","
        and index >= 2
        and register(found[index - 2][1]) >= 0
        and (operand > 1 or found[index + 1][0] != END)
        and (found[index + 1][1] in ("#", "]", "") or found[index + 1][0] in (NAME, NUMBER, LITERAL))
    ):
        return upper
    if mnemonic[:3] in ("MRS", "MSR") and upper[:4] in ("CPSR", "SPSR") and before in ("", ","):
        return upper[:4] + word[4:].lower()
    return word


def _is_apart(found: list[Token], index: int) -> bool:
    """Whether a blank stands before a token."""
    _, word, column = found[index]
    previous_kind, previous, at = found[index - 1]
    if previous == ",":
        return True
    if word in (",", "]", "}", "!") or previous in ("[", "{", "#", "="):
        return False
    if word == "#" and previous_kind == NAME:
        return True
    return at + len(previous) < column
