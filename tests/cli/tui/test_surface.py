"""Pictures as urwid sees them: exactly as wide as the screen, whatever is in them."""

from __future__ import annotations

import pytest
import urwid
from hypothesis import given
from hypothesis import strategies as st
from urwid.util import set_temporary_encoding

from emu.cli.tui.pictures import Picture
from emu.cli.tui.surface import PALETTE, Surface
from emu.debugger.panels.lines import line

texts = st.text(
    st.characters() | st.sampled_from("\x1b\t\n\u202e\u0301\ufe0f漢─│\U0001f468\u200d\U0001f469"), max_size=40
)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@given(st.lists(texts, min_size=1, max_size=4), st.integers(1, 40), st.integers(1, 5))
def test_any_picture_fits_any_screen(encoding: str, rows: list[str], columns: int, height: int) -> None:
    surface = Surface(lambda _columns, _rows: None)
    surface.show(Picture(columns, [line(text, "changed") for text in rows], (columns - 1, 0)))
    with set_temporary_encoding(encoding):
        canvas = surface.render((columns, height), focus=True)
    assert (canvas.cols(), canvas.rows()) == (columns, height)
    assert b"\x1b" not in b"".join(canvas.text)


def test_a_new_size_is_told_once_it_is_seen() -> None:
    told: list[tuple[int, int]] = []
    surface = Surface(lambda columns, rows: told.append((columns, rows)))
    surface.render((5, 1))
    surface.show(Picture(5, [line("hello")], None))
    surface.render((5, 1))
    surface.render((6, 1))
    assert told == [(5, 1), (6, 1)]


def test_every_style_has_colours_that_urwid_knows() -> None:
    for foreground, background, mono in PALETTE.values():
        urwid.AttrSpec(foreground, background)
        urwid.AttrSpec(mono, "default", colors=1)
