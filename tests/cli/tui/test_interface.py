"""Keys and clicks without a terminal: what they ask for, and the picture afterwards."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emu.cli.tui import layout
from emu.cli.tui.actions import EndInput, Execute, Feed, Interrupt, Redraw, Toggle
from emu.cli.tui.interface import _GLOBAL_KEYS, _MOVES, FOCUS_ORDER, Interface
from emu.debugger.panels.lines import plain, width
from tests.debugger.conversation import Conversation

CODE = """
_start: MOV   R0, #1
loop:   ADD   R0, R0, #1
        B     loop
other:  NOP
"""


class Desk:
    """An interface with somebody in front of it."""

    def __init__(self, size: tuple[int, int] = (160, 50)) -> None:
        self.talk = Conversation(CODE)
        self.interface = Interface(self.talk.debugger, ["print 1"], lambda _name: ())
        self.size = size
        self.look()

    def look(self) -> list[str]:
        """The rows of the screen."""
        picture = self.interface.draw(*self.size)
        rows = [plain(line) for line in picture.lines]
        assert len(rows) == self.size[1]
        assert {width(row) for row in rows} == {self.size[0]}
        return rows

    def press(self, *keys: str) -> object:
        """What the last key asks for. Commands are carried out."""
        action: object = None
        for key in keys:
            action = self.interface.key(key)
            if isinstance(action, Execute):
                self.interface.changes.begin()
                self.interface.status.say(self.talk.say(action.line))
                self.interface.stopped()
            self.look()
        return action

    def row(self, text: str) -> int:
        """The first row with a text."""
        return next(number for number, row in enumerate(self.look()) if text in row)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_function_keys_ask_for_commands(desk: Desk) -> None:
    assert desk.interface.key("f5") == Execute("run")
    assert desk.press("f11") == Execute("step")
    assert desk.interface.key("f5") == Execute("continue")
    assert desk.press("f10") == Execute("next")
    assert desk.interface.key("shift f11") == Execute("finish")
    assert desk.interface.key("f9") == Toggle(0x8008)
    assert (desk.interface.key("ctrl c"), desk.interface.key("ctrl l")) == (Interrupt(), Redraw())


def test_in_the_text_of_a_compiled_program_steps_are_lines(desk: Desk) -> None:
    assert (desk.interface.key("f10"), desk.interface.key("f11")) == (Execute("next"), Execute("step"))
    desk.press("tab")
    assert desk.interface.key("f10") == Execute("next"), "this one is assembly"
    desk.interface.source.has_text = True
    assert (desk.interface.key("f10"), desk.interface.key("f11")) == (Execute("nextline"), Execute("stepline"))


def test_the_focus_goes_round_and_back(desk: Desk) -> None:
    assert desk.interface.focus == layout.COMMAND
    seen = []
    for _ in FOCUS_ORDER:
        desk.press("tab")
        seen.append(desk.interface.focus)
    assert seen == list(FOCUS_ORDER)
    desk.press("shift tab")
    assert desk.interface.focus == layout.INPUT


def test_f9_takes_the_selected_line(desk: Desk) -> None:
    desk.press("tab", "down", "down")
    assert desk.interface.key("f9") == Toggle(0x8004)
    desk.press("up")
    assert desk.interface.key("f9") is None, "a label is no place of its own"
    desk.press("tab", "down", "down")
    assert desk.interface.key("f9") == Toggle(0x8008)


def test_typing_goes_to_the_command_wherever_the_focus_is(desk: Desk) -> None:
    desk.press("tab", "p")
    assert (desk.interface.focus, desk.interface.command.text) == (layout.COMMAND, "p")
    desk.press(*" 6*7")
    assert desk.press("enter") == Execute("p 6*7")
    assert "$1 = 0x0000002A (42)" in desk.look()[desk.row("$1")]
    assert desk.interface.history == ["print 1", "p 6*7"]
    desk.press("up")
    assert desk.interface.command.text == "p 6*7"


def test_tab_completes(desk: Desk) -> None:
    desk.press(*"disas", "tab", *"oth", "tab")
    assert desk.interface.command.text == "disassemble other "
    desk.interface.command.set("info s")
    desk.press("tab")
    assert "stack  symbol  symbols" in "\n".join(desk.look())
    desk.interface.command.set("frob")
    desk.press("tab")
    assert desk.interface.command.text == "frob"


def test_input_is_for_the_program(desk: Desk) -> None:
    desk.press("shift tab")
    assert desk.press("4", "2", "enter") == Feed("42")
    assert desk.press("ctrl d") == EndInput()
    assert desk.press("x", "ctrl d") is None


def test_the_focus_follows_the_wait_for_input_and_comes_back(desk: Desk) -> None:
    desk.interface.waits(True)
    assert desk.interface.focus == layout.INPUT
    assert "Program Input (waiting) >" in desk.look()[-3]
    desk.interface.waits(False)
    assert desk.interface.focus == layout.COMMAND
    desk.press("p")
    desk.interface.waits(True)
    assert desk.interface.focus == layout.COMMAND, "somebody is typing a command"


def test_help_lies_over_everything_until_a_key(desk: Desk) -> None:
    for size in ((160, 50), (80, 24)):
        desk.size = size
        desk.press("f1")
        assert "Keys and commands" in "\n".join(desk.look())
        desk.press("down", "page down", "page up", "up")
        assert "F1          this page" in "\n".join(desk.look())
        assert desk.press("q") is None
        assert "Keys and commands" not in "\n".join(desk.look())
    assert desk.interface.command.text == ""


def test_clicks_focus_select_and_toggle(desk: Desk) -> None:
    row = desk.row("0x00008004: ADD")
    assert desk.interface.mouse("mouse press", 1, 1, row) == Toggle(0x8004)
    assert desk.interface.mouse("mouse release", 0, 1, row) is None
    assert desk.interface.mouse("mouse press", 1, 20, row) is None
    assert desk.interface.focus == layout.SOURCE
    assert desk.interface.source.address_at_cursor() == 0x8004
    assert desk.interface.mouse("mouse press", 1, 1, desk.row(">> loop:")) is None
    assert desk.interface.mouse("mouse press", 1, 1, desk.row("->  0x00008000 E3A00001")) == Toggle(0x8000)
    assert desk.interface.mouse("mouse press", 1, 120, 2) is None
    assert desk.interface.focus == layout.DISASSEMBLY, "registers cannot be focused"


def test_the_wheel_scrolls_what_is_below_it(desk: Desk) -> None:
    focus = desk.interface.focus
    row = desk.row("─ Disassembly") + 1
    desk.interface.mouse("mouse press", 5, 10, row)
    assert "0x0000800C" in desk.look()[row]
    desk.interface.mouse("mouse press", 4, 10, row)
    assert "0x00008000" in desk.look()[row]
    assert desk.interface.focus == focus


def test_a_narrow_screen_has_a_deck_of_panels() -> None:
    desk = Desk((80, 24))
    row = desk.row("─ Disassembly ─ Memory")
    desk.interface.mouse("mouse press", 1, desk.look()[row].index("Stack"), row)
    assert "-> 0x00050000: ????????" in desk.look()[row + 1]
    desk.press("shift tab")
    assert desk.look()[row + 1].startswith("00008000 "), "the one before is Memory"


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (1, 1), (40, 100)])
def test_too_small_a_screen_says_what_is_needed(size: tuple[int, int]) -> None:
    interface = Interface(Conversation(CODE).debugger, [], lambda _name: ())
    picture = interface.draw(*size)
    assert len(picture.lines) == size[1]
    assert "80 columns and 24 rows" in plain(picture.lines[0])


pressed = st.lists(st.sampled_from([*_GLOBAL_KEYS, *_MOVES, "tab", "shift tab", "enter", "esc", "p", "1", "ctrl d"]))


@settings(max_examples=25)
@given(pressed, st.integers(80, 260), st.integers(24, 90))
def test_any_keys_at_any_size_leave_a_whole_picture(keys: list[str], columns: int, rows: int) -> None:
    desk = Desk((columns, rows))
    for key in keys:
        desk.interface.key(key)
        desk.look()
    for place in layout.arrange(columns, rows, points=3, on_top=layout.STACK):
        assert place.height >= 1
        assert place.x + place.width <= columns
        assert place.y + place.height <= rows


values = st.integers(0, 0xFFFFFFFF) | st.sampled_from([0, 1, 0x8000, 0x17FFC, 0x4FFFC, 0x50000, 0xFFFFFFFC, 0xFFFFFFFF])


@settings(max_examples=15)
@given(values, values, values, st.sampled_from([(80, 24), (160, 50)]))
def test_any_registers_leave_a_whole_picture(pc: int, sp: int, place: int, size: tuple[int, int]) -> None:
    desk = Desk(size)
    desk.press("tab")
    desk.talk.transcript(f"set pc = {pc}", f"set sp = {sp}")
    desk.interface.memory.go(place)
    desk.interface.stopped()
    shown = ""
    for focus in (layout.SOURCE, layout.DISASSEMBLY, layout.MEMORY, layout.STACK):
        desk.interface.focus = desk.interface._on_top = focus
        for key in ("f6", "down", "page up", "end", "page down", "home", "up", "up"):
            desk.interface.key(key)
            shown = "\n".join(desk.look())
            assert not re.search(r"\b(0x)?[0-9A-F]{9}\b|-[0-9A-F]{8}", shown), "an address that does not exist"
    assert f"PC  {pc:08X}" in shown
