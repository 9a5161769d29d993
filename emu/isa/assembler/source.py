"""Source text as lines: bytes to characters, and comments to white space.

Theory of operation. A source is a stream of bytes of any encoding. It is read as UTF-8 with bytes that are not UTF-8
kept as lone surrogates, so that columns count what an editor shows and every byte of a string literal can be given
back unchanged. Comments are taken out of the whole file at once, because a block comment may span lines; what stands
between two tokens of one line becomes as many blanks, so that positions stay what they are in the raw line.
"""

from __future__ import annotations

import re

_NOTABLE = re.compile(r"""^[ \t]*\#|["';]|(?<!\\)@|//|/\*""")

CLOSED, CONTINUES = -1, -2


def decode(data: bytes | str) -> str:
    """Characters for source bytes, reversibly: see `encode`. A byte order mark is dropped."""
    if isinstance(data, str):
        try:
            encoded = data.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            encoded = data.encode("utf-8", "surrogatepass")
    else:
        encoded = bytes(data)
    return encoded.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def encode(text: str) -> bytes:
    """The bytes that `decode` made `text` from."""
    return text.encode("utf-8", "surrogateescape")


def split_lines(text: str) -> list[str]:
    """Lines without their ends: LF, CR LF or CR alone."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


class Source:
    """One file: its name, its raw lines, and the lines without comments."""

    __slots__ = ("name", "raw", "lines", "unterminated")

    def __init__(self, name: str, data: bytes | str) -> None:
        self.name = name
        self.raw = split_lines(decode(data))
        self.unterminated: tuple[int, int] | None = None
        """Line index and column of a block comment without an end."""
        self.lines = self._without_comments()

    def _without_comments(self) -> list[str]:
        lines: list[str] = []
        search = _NOTABLE.search
        opened: tuple[int, int] | None = None
        for index, line in enumerate(self.raw):
            if opened is None:
                found = search(line)
                if found is None:
                    lines.append(line)
                    continue
                start = found.start()
                if line[start] not in "\"'/" or line[start : start + 2] == "//":
                    lines.append(line[:start])
                    continue
            text, column = strip_comments(line, opened is not None)
            if column == CLOSED:
                opened = None
            elif column != CONTINUES:
                opened = (index, column)
            lines.append(text)
        self.unterminated = opened
        return lines


def strip_comments(line: str, inside: bool, comments: list[tuple[int, int]] | None = None) -> tuple[str, int]:
    """The line without comments, and the column where a block comment opens that goes on in the next line.

    `inside` tells that the line begins within a block comment; if that goes on as well, the column is CONTINUES. If the
    next line begins outside, it is CLOSED. `keep` is told the start and end of every comment.
    """
    position = 0
    text = ""
    if inside:
        end = line.find("*/")
        if end < 0:
            if comments is not None:
                comments.append((0, len(line)))
            return "", CONTINUES
        position = end + 2
        text = " " * position
        if comments is not None:
            comments.append((0, position))
    while True:
        found = _NOTABLE.search(line, position)
        if found is None:
            return text + line[position:], CLOSED
        start = found.start()
        mark = line[start]
        if mark in "\"'":
            end = _end_of_literal(line, start)
            text += line[position:end]
            position = end
        elif line.startswith("/*", start):
            end = line.find("*/", start + 2)
            if end < 0:
                if comments is not None:
                    comments.append((start, len(line)))
                return text + line[position:start], start
            text += line[position:start] + " " * (end + 2 - start)
            if comments is not None:
                comments.append((start, end + 2))
            position = end + 2
        else:
            if comments is not None:
                comments.append((start, len(line)))
            return text + line[position:start], CLOSED


def _end_of_literal(line: str, start: int) -> int:
    """The column behind the literal that begins at `start`; the end of the line if it is not closed."""
    quote, position = line[start], start + 1
    while (end := line.find(quote, position)) >= 0:
        backslash = line.find("\\", position, end)
        if backslash < 0:
            return end + 1
        position = backslash + 2
    return len(line)
