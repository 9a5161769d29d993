"""Logs and lists: what the debugger said, what the program wrote, where it will stop."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from emu.debugger.panels.lines import fitted, plain, safe, width, wrapped
from emu.debugger.panels.texts import LONGEST_LINE, MOST_LINES, Log, Points
from tests.debugger.conversation import Conversation
from tests.debugger.panels.looking import in_style, shown


def test_output_ends_its_lines_where_the_program_does() -> None:
    log = Log("Output")
    for data in (b"one\ntw", b"o\r\n", b"\n", b"thr", b"ee"):
        log.write(data)
    assert shown(log) == ["one", "two", "", "three"]
    log.say("told")
    assert shown(log)[-2:] == ["three", "told"]


def test_characters_may_be_cut_anywhere() -> None:
    log = Log("Output")
    for byte in "ä漢\U0001f600!\n".encode() + b"\xff\x80\n":
        log.write(bytes([byte]))
    assert shown(log) == ["ä漢\U0001f600!", "\\xff\\x80"]


def test_what_controls_terminals_is_made_visible() -> None:
    log = Log("Output")
    log.write(b"\x1b[31mred\x07\x9b\tx\x7f [red]\r-\xe2\x80\xae\n")
    assert shown(log) == ["\\x1b[31mred\\x07\\x9b      x\\x7f [red]\\x0d-\\u202e"]


def test_errors_and_echo_keep_their_styles_within_a_line() -> None:
    log = Log("Output")
    log.write(b"a number? ")
    log.write(b"12\n", "echo")
    log.write(b"bad\n", "stderr", is_error=True)
    assert (in_style(log, "echo"), in_style(log, "stderr")) == (["12"], ["bad"])
    assert shown(log) == ["a number? 12", "bad"]


def test_a_log_shows_its_end_unless_somebody_looks_back() -> None:
    log = Log("Output")
    log.write(b"".join(b"%d\n" % number for number in range(100)))
    assert shown(log, 3) == ["97", "98", "99"]
    log.page(-1)
    log.write(b"100\n")
    assert shown(log, 3) == ["95", "96", "97"]
    log.end()
    log.write(b"101\n")
    assert shown(log, 3) == ["99", "100", "101"]


def test_long_lines_are_wrapped_to_any_width() -> None:
    log = Log("Output")
    log.write("漢字かな".encode())
    assert shown(log, 9, 5) == ["漢字", "かな"]
    assert shown(log, 9, 3) == ["漢", "字", "か", "な"]
    assert shown(log, 9, 80) == ["漢字かな"]


def test_a_log_has_a_limit() -> None:
    log = Log("Output")
    log.write(b"x" * (LONGEST_LINE * 2 + 1))
    log.write(b"\n" + b"y\n" * (MOST_LINES + 5))
    assert shown(log, 3)[-1] == "y"
    assert log.bounds()[1] < 2 * MOST_LINES


def test_points_tell_labels_conditions_and_hits() -> None:
    talk = Conversation("_start: MOV R0, #1\nloop: B loop\n")
    panel = Points(talk.debugger)
    assert shown(panel) == ["none; F9 or `break PLACE` sets one"]
    talk.transcript("break loop if r0 == 1", "tbreak _start", "disable 2", "watch r0", "run")
    talk.say("continue")
    assert shown(panel) == [
        "* 1: 0x00008004 enabled if r0 == 1 (hit 1 times) <loop>",
        "o 2: 0x00008000 disabled (temporary) <_start>",
        "w 1: r0 write enabled (hit 1 times, last value: 0x00000001)",
    ]


texts = st.text(st.characters() | st.sampled_from("\x1b\t\n\u202e\u0301漢\U0001f600"))


@given(texts)
def test_safe_text_has_nothing_that_a_terminal_obeys(text: str) -> None:
    made = safe(text)
    assert all(unicodedata.category(char)[0] != "C" and char not in "\u2028\u2029" for char in made)


@given(texts, st.integers(2, 30))
def test_lines_are_cut_and_wrapped_to_their_width(text: str, columns: int) -> None:
    made = safe(text)
    rows = wrapped((("text", made),), columns)
    assert "".join(plain(row) for row in rows) == made
    assert all(width(plain(row)) <= columns for row in rows)
    assert width(plain(fitted((("text", made),), columns))) == columns
