"""The line that is being typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.cli.tui.editing import _KEYS, LONGEST, Editor
from emu.debugger.panels.lines import width


def typed(*keys: str, history: list[str] | None = None) -> Editor:
    editor = Editor(history)
    for key in keys:
        editor.key(key)
    return editor


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        (("a", "b", "left", "c"), "acb", 2),
        (("a", "b", "backspace"), "a", 1),
        (("backspace", "left", "delete"), "", 0),
        (("a", "b", "home", "delete", "end", "c"), "bc", 2),
        (("a", " ", "b", " ", "ctrl w"), "a ", 2),
        (("a", "b", "c", "left", "ctrl u"), "c", 0),
        (("a", "b", "c", "home", "right", "ctrl k"), "a", 1),
        (("a", "b", " ", "c", "d", "meta b", "x"), "ab xcd", 4),
        (("a", "b", " ", "c", "d", "ctrl a", "meta f", "x"), "abx cd", 3),
        (("漢", "é", "left"), "漢é", 1),
        (("f7", "esc", "\x07"), "", 0),
    ],
)
def test_keys_of_line_editors(keys: tuple[str, ...], text: str, cursor: int) -> None:
    editor = typed(*keys)
    assert (editor.text, editor.cursor) == (text, cursor)


def test_earlier_lines_come_back_and_the_new_one_is_not_lost() -> None:
    editor = typed("n", "up", history=["one", "two"])
    assert editor.text == "two"
    assert typed("up", "up", "up", history=["one", "two"]).text == "one"
    editor.key("up")
    editor.key("down")
    assert editor.text == "two"
    editor.key("down")
    assert (editor.text, editor.take(), editor.text) == ("n", "n", "")


def test_a_long_line_is_scrolled_to_the_cursor() -> None:
    editor = typed(*"0123456789" * 3)
    shown, column = editor.shown(20)
    assert shown.endswith("6789")
    assert column == width(shown) < 20
    editor.key("home")
    assert editor.shown(20)[1] == 0


keys = st.one_of(st.sampled_from(sorted(_KEYS)), st.text(min_size=1, max_size=1), st.sampled_from(["漢", "x", " "]))


@given(st.lists(keys, max_size=40), st.integers(2, 30))
def test_no_keys_take_the_cursor_out_of_the_line(pressed: list[str], columns: int) -> None:
    editor = typed(*pressed, history=["print 1", "漢字"])
    assert 0 <= editor.cursor <= len(editor.text) <= LONGEST
    shown, column = editor.shown(columns)
    assert editor.text.endswith(shown)
    assert 0 <= column < columns
