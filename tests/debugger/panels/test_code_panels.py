"""Source and Disassembly: where the program is, where it will stop, what things are called."""

from __future__ import annotations

import pytest

from emu.debugger.panels.code import Disassembly, Source
from emu.isa.program import Program
from tests.debugger.conversation import Conversation
from tests.debugger.panels.looking import in_style, shown

CODE = """
_start: MOV   R0, #1
loop:   ADD   R0, R0, #1
again:
other:  B     loop
        .align 2
value:  .word 7
text:   .asciz "hi\\tthere"
"""


@pytest.fixture
def talk() -> Conversation:
    return Conversation(CODE)


def source_of(talk: Conversation, *text: str) -> Source:
    panel = Source(talk.debugger, lambda _name: text)
    panel.follow()
    return panel


def test_source_has_labels_marks_and_data(talk: Conversation) -> None:
    talk.transcript("break loop", "break again", "disable 2", "step")
    panel = source_of(talk)
    assert shown(panel, 20) == [
        ">> _start:", "    0x00008000: MOV   R0, #1",
        ">> loop:", "->* 0x00008004: ADD   R0, R0, #1",
        ">> again:", ">> other:", "  o 0x00008008: B     loop",
        ">> value:", "    0x0000800C: .word 7",
        ">> text:", '    0x00008010: .asciz "hi\\tthere"',
    ]  # fmt: skip
    assert in_style(panel, "current", 20) == ["->", "0x00008004: ", "ADD   R0, R0, #1"]
    assert in_style(panel, "data", 20) == [".word 7", '.asciz "hi\\tthere"']
    assert in_style(panel, "label", 20)[0] == ">> _start:"


def test_the_selected_row_has_an_address_or_none(talk: Conversation) -> None:
    panel = source_of(talk)
    shown(panel)
    assert panel.address_at_cursor() == 0x8000
    panel.scroll(1)
    assert panel.address_at_cursor() is None
    panel.scroll(1)
    assert panel.address_at_cursor() == 0x8004
    panel.end()
    assert panel.address_at_cursor() == 0x8010
    panel.home()
    panel.scroll(-5)
    assert (panel.cursor, panel.top) == (0, 0)


def test_the_window_stays_until_the_pc_leaves_it(talk: Conversation) -> None:
    panel = source_of(talk)
    assert shown(panel, 4)[1].startswith("->")
    talk.say("step")
    panel.follow()
    assert shown(panel, 4)[3].startswith("->")
    talk.say("step")
    panel.follow()
    moved = shown(panel, 4)
    assert [line for line in moved if line.startswith("->")] == ["->  0x00008008: B     loop"]
    panel.home()
    panel.follow(always=True)
    assert shown(panel, 4)[1].startswith("->")


def compiled() -> Program:
    """A program that knows lines, but not their text, as compiled ones do."""
    program = Conversation(CODE).machine.program
    assert program is not None
    lines = [line.replace(file="/src/main.c", text="") for line in program.source_map if line.is_code]
    return program.replace(source_map=tuple(lines))


def test_a_compiled_program_shows_the_text_of_its_file() -> None:
    talk = Conversation(compiled())
    text = ("int main(void)", "{", "\tfirst();", "    second();", "", "    third();", "}")
    numbers = [line.line for line in compiled().source_map]
    panel = source_of(talk, *text)
    assert panel.title() == "Source  main.c"
    lines = shown(panel, 10)
    assert lines[numbers[0] - 1].startswith(f"->  {numbers[0]} ")
    talk.transcript("break loop", "step")
    panel.follow()
    assert next(line for line in shown(panel, 10) if line.startswith("->")).startswith(f"->* {numbers[1]} ")
    assert "        first();" in "\n".join(shown(panel, 10))


def test_without_its_file_a_compiled_program_shows_places() -> None:
    panel = source_of(Conversation(compiled()))
    assert panel.title() == "Source"
    assert shown(panel, 3)[1].startswith("->  0x00008000: main.c:")


def test_disassembly_has_words_statements_and_labels(talk: Conversation) -> None:
    talk.transcript("break loop", "step")
    panel = Disassembly(talk.debugger)
    assert shown(panel, 5) == [
        "    0x00008000 E3A00001 MOV     R0, #1               <_start>",
        "->* 0x00008004 E2800001 ADD     R0, R0, #1           <loop>",
        "    0x00008008 EAFFFFFD B       loop                 <again>",
        "    0x0000800C 00000007 .word   0x00000007           <value>",
        "    0x00008010 74096968 .word   0x74096968           <text>",
    ]
    panel.go(0x20000)
    assert shown(panel, 1) == ["    0x00020000 00000000 ANDEQ   R0, R0, R0"]
    talk.say("set pc = 0x7FFFFFF0")
    panel.follow()
    assert shown(panel, 3) == ["->  0x7FFFFFF0 ????????"]


def test_a_frame_that_is_looked_at_is_shown() -> None:
    talk = Conversation("_start: NOP\n BL f\n NOP\n NOP\n NOP\n NOP\nf: NOP\n BX LR\n")
    talk.transcript("step 2", "up")
    panel = source_of(talk)
    shown(panel, 3)
    assert panel.address_at_cursor() == 0x8004
    talk.say("down")
    panel.follow()
    assert "->  0x00008018: NOP" in shown(panel, 3)


def test_another_program_is_shown_at_once(talk: Conversation) -> None:
    panel = source_of(talk)
    shown(panel)
    talk.files["other.s"] = Conversation("_start: SWI #0\n").debugger.machine.program or ""
    talk.say("load other.s")
    assert shown(panel) == [">> _start:", "->  0x00008000: SWI #0"]


def test_no_program_has_no_source() -> None:
    talk = Conversation(CODE)
    talk.machine.clear()
    assert shown(source_of(talk)) == [" no source"]
