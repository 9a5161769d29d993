"""Styled text, and text from a program made harmless."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Style: TypeAlias = Literal[
    "text", "dim", "label", "data", "current", "breakpoint", "disabled", "changed", "flag", "address", "error", "echo",
    "stderr", "stop", "title", "rule", "focus", "selected", "hint", "key",
]  # fmt: skip
"""What a piece of text is."""

Span: TypeAlias = "tuple[Style, str]"
Line: TypeAlias = "tuple[Span, ...]"

TAB = 8


def line(text: str, style: Style = "text") -> Line:
    """A line in one style."""
    return ((style, text),)


def plain(of: Line) -> str:
    """The text of a line."""
    return "".join(text for _, text in of)


def safe(text: str) -> str:
    """`text` with everything that could move a cursor, or change how the text around it is read, made visible.

    Tabs become blanks. What is left takes room on the screen as `width` says.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _visible(char) for char in text.expandtabs(TAB))


def _visible(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """Columns that printable text takes."""
    return len(text) if text.isascii() else _wide_width(text)


@lru_cache(maxsize=4096)
def _wide_width(text: str) -> int:
    return sum(map(_char_width, text))


@lru_cache(maxsize=4096)
def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(of: Line, columns: int) -> list[Line]:
    """The line in pieces of at most `columns` columns, one at least."""
    if sum(width(text) for _, text in of) <= columns:
        return [of]
    rows: list[Line] = []
    row: list[Span] = []
    left = columns
    for style, text in of:
        piece = ""
        for char in text:
            needed = _char_width(char)
            if needed > left:
                rows.append((*row, (style, piece)))
                row, piece, left = [], "", columns
            piece += char
            left -= needed
        row.append((style, piece))
    rows.append(tuple(row))
    return rows


def joined(pieces: Iterable[Span]) -> Line:
    """Neighbours of one style as one piece, empty ones left out."""
    result: list[Span] = []
    for style, text in pieces:
        if result and result[-1][0] == style:
            result[-1] = (style, result[-1][1] + text)
        elif text:
            result.append((style, text))
    return tuple(result)


def fitted(of: Line, columns: int, fill: Style = "text") -> Line:
    """The line cut off or filled up to exactly so many columns."""
    result: list[Span] = []
    left = columns
    for style, text in of:
        if width(text) > left:
            kept = ""
            for char in text:
                if _char_width(char) > left:
                    break
                kept += char
                left -= _char_width(char)
            result.append((style, kept))
            break
        result.append((style, text))
        left -= width(text)
    return joined([*result, (fill, " " * left)])
