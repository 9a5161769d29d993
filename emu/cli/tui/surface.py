"""A picture on a terminal: one widget that shows what it is given."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import urwid
from urwid.util import rle_subseg

from emu.debugger.panels.lines import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Literal, TypeAlias

    from emu.cli.tui.pictures import Picture
    from emu.debugger.panels.lines import Line, Style

    Size: TypeAlias = tuple[()] | tuple[int] | tuple[int, int]
    Charset: TypeAlias = Literal["0", "U"] | None

PALETTE: dict[Style, tuple[str, str, str]] = {
    "text": ("default", "default", "default"),
    "dim": ("dark gray", "default", "default"),
    "label": ("dark green", "default", "bold"),
    "data": ("dark green", "default", "default"),
    "current": ("yellow", "default", "bold"),
    "breakpoint": ("light red", "default", "bold"),
    "disabled": ("dark gray", "default", "default"),
    "changed": ("light green", "default", "bold,underline"),
    "flag": ("yellow", "default", "bold"),
    "address": ("dark cyan", "default", "default"),
    "error": ("light red", "default", "bold"),
    "echo": ("dark cyan", "default", "default"),
    "stderr": ("light red", "default", "default"),
    "stop": ("yellow", "default", "bold"),
    "title": ("default,bold", "default", "bold"),
    "rule": ("dark gray", "default", "default"),
    "focus": ("black,bold", "dark cyan", "standout"),
    "selected": ("black", "light gray", "standout"),
    "hint": ("default", "default", "default"),
    "key": ("black", "light gray", "standout"),
}
"""Foreground, background, and what a terminal without colours shows instead."""


class Surface(urwid.Widget):
    """Shows the last picture; `resized` is called when the terminal has another size than the picture."""

    _sizing = frozenset((urwid.BOX,))
    _selectable = True

    def __init__(self, resized: Callable[[int, int], None]) -> None:
        super().__init__()
        self._resized = resized
        self._picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        """From now on this is to be seen."""
        self._picture = picture
        self._invalidate()

    def render(self, size: Size, focus: bool = False) -> urwid.Canvas:
        """See urwid.Widget. A picture of another size is cut off or filled up until there is one of the right size."""
        assert len(size) == 2
        columns, rows = size
        picture = self._picture
        if picture is None or (picture.columns, len(picture.lines)) != size:
            self._resized(columns, rows)
            picture = self._picture
        lines = picture.lines[:rows] if picture is not None else []
        cursor = picture.cursor if picture is not None and focus else None
        if cursor is not None and (cursor[0] >= columns or cursor[1] >= rows):
            cursor = None
        encoded = [_encoded(each, columns) for each in [*lines, *[()] * (rows - len(lines))]]
        texts, attributes, charsets = map(list, zip(*encoded, strict=True))
        return urwid.TextCanvas(texts, attributes, charsets, cursor=cursor, maxcol=columns)

    def keypress(self, size: Size, key: str) -> str | None:
        """See urwid.Widget. Keys are read before they come here."""
        return key


def _encoded(of: Line, columns: int) -> tuple[bytes, list[tuple[Hashable, int]], list[tuple[Charset, int]]]:
    """Bytes for the terminal, their attributes and their character sets, as many columns as urwid reckons them."""
    text = b""
    runs: list[tuple[Hashable, int]] = []
    charsets: list[tuple[Charset, int]] = []
    left = columns
    for style, piece in of:
        encoded, charset = urwid.apply_target_encoding(safe(piece))
        end, used = urwid.calc_text_pos(encoded, 0, len(encoded), left)
        text += encoded[:end]
        runs.append((style, end))
        charsets += rle_subseg(charset, 0, end)
        left -= used
    charsets.append((None, left))
    return text + b" " * left, runs, charsets


def use_colours() -> bool:
    """Whether the terminal shall be coloured."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in (None, "", "dumb", "vt100")
