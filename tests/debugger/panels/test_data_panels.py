"""Registers, Memory and Stack: values, and what the last command has done to them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emu.debugger.panels.changes import Changes
from emu.debugger.panels.data import Memory, Registers, Stack
from tests.debugger.conversation import Conversation
from tests.debugger.panels.looking import do, in_style, shown

CODE = """
_start: MOV   R2, #0x20000
        MOVS  R3, #0
        BL    store
        STR   R3, [R2, #0x104]
        STMIA R2, {R0-R3}
        SWI   #0
store:  PUSH  {R2, LR}
        STRB  R2, [R2, #5]
        POP   {R2, PC}
"""


@pytest.fixture
def talk() -> Conversation:
    return Conversation(CODE)


def test_registers_fill_the_width_and_mark_what_changed(talk: Conversation) -> None:
    changes = Changes(talk.machine)
    panel = Registers(talk.debugger, changes)
    do(talk, changes, "step")
    assert shown(panel) == [
        "R0  00000000   R1  00000000   R2  00020000", "R3  00000000   R4  00000000   R5  00000000",
        "R6  00000000   R7  00000000   R8  00000000", "R9  00000000   R10 00000000   R11 00000000",
        "R12 00000000   SP  00050000   LR  00000000", "PC  00008004   CPSR 00000000  Flags: nzcv", "Cyc: 1",
    ]  # fmt: skip
    assert in_style(panel, "changed") == ["00020000", "00008004"]
    assert len(shown(panel, 20, 31)) == 10
    do(talk, changes, "step")
    assert (in_style(panel, "changed"), in_style(panel, "flag")) == (["00008008"], ["Z"])


def test_a_command_that_changes_nothing_leaves_the_marks(talk: Conversation) -> None:
    changes = Changes(talk.machine)
    panel = Registers(talk.debugger, changes)
    do(talk, changes, "step")
    do(talk, changes, "print r0")
    assert in_style(panel, "changed") == ["00020000", "00008004"]
    do(talk, changes, "set r0 = 5")
    assert in_style(panel, "changed") == ["00000005"]


def test_memory_has_characters_and_follows_what_is_written(talk: Conversation) -> None:
    changes = Changes(talk.machine)
    panel = Memory(talk.debugger, changes)
    assert panel.title() == "Memory  0x00008000"
    assert shown(panel, 1, 80)[0].startswith("00008000 80 2B A0 E3")
    do(talk, changes, "step 4")
    panel.follow()
    assert panel.title() == "Memory  0x00008000", "the stack is shown elsewhere"
    do(talk, changes, "step")
    panel.follow()
    assert shown(panel, 1, 80) == ["00020000 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................"]
    assert in_style(panel, "changed", 4, 80) == ["00", "."], "a byte that was written with what was there"
    talk.say("set [0x20001].b = 'A'")
    assert shown(panel, 1, 80)[0].endswith(".A..............")


def test_memory_stays_where_it_was_told_to(talk: Conversation) -> None:
    changes = Changes(talk.machine)
    panel = Memory(talk.debugger, changes)
    panel.go(0x8014)
    do(talk, changes, "step 8")
    panel.follow()
    assert (panel.address, panel.title()) == (0x8010, "Memory  0x00008010 (stays)")


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (74, "00008000 80 2B A0 E3 00 30 B0 E3 02 00 00 EB 04 31 82 E5  .+...0.......1.."),
        (62, "00008000 802BA0E3 0030B0E3 020000EB 043182E5  .+...0.......1.."),
        (45, "00008000 80 2B A0 E3 00 30 B0 E3  .+...0.."),
        (20, "00008000 802BA0E3  .+.."),
    ],
)
def test_memory_takes_the_room_there_is(talk: Conversation, columns: int, line: str) -> None:
    panel = Memory(talk.debugger, Changes(talk.machine))
    assert shown(panel, 1, columns) == [line]
    assert len(line) <= max(columns, 23)


def test_memory_goes_on_in_the_next_region_and_shows_what_is_not_mapped(talk: Conversation) -> None:
    panel = Memory(talk.debugger, Changes(talk.machine))
    shown(panel, 8, 80)
    panel.end()
    assert shown(panel, 8, 80)[-1].startswith("00017FF0")
    panel.scroll(1)
    assert shown(panel, 8, 80)[0].startswith("00020000")
    panel.scroll(-1)
    assert shown(panel, 8, 80)[-1].startswith("00017FF0")
    panel.go(0x100000)
    assert shown(panel, 1, 80)[0].startswith("00100000 ?? ??")


def test_the_stack_begins_at_sp_and_knows_addresses(talk: Conversation) -> None:
    changes = Changes(talk.machine)
    panel = Stack(talk.debugger, changes)
    assert shown(panel, 2) == ["-> 0x00050000: ????????", "   0x00050004: ????????"]
    talk.say("step 3")
    do(talk, changes, "step")
    panel.follow()
    assert shown(panel, 3) == [
        "-> 0x0004FFF8: 0x00020000", "   0x0004FFFC: 0x0000800C <_start+12>", "   0x00050000: ????????",
    ]  # fmt: skip
    assert in_style(panel, "changed") == ["0x00020000", "0x0000800C"]
    panel.scroll(-1)
    assert shown(panel, 2)[0] == "   0x0004FFF4: 0x00000000"


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_what_was_written_is_what_a_comparison_byte_by_byte_finds(rng: random.Random) -> None:
    talk = Conversation(CODE)
    memory = talk.machine.memory
    changes = Changes(talk.machine)
    for _ in range(2):
        before = memory.peek(0x20000, 0x10000)
        changes.begin()
        for _ in range(rng.randrange(6)):
            memory.poke(0x20000 + rng.randrange(0xFFF0), rng.randbytes(rng.randrange(9)))
        changes.end()
        after = memory.peek(0x20000, 0x10000)
        expected = [0x20000 + n for n in range(0x10000) if before[n] != after[n]]
        if expected:
            assert [address for address in range(0x20000, 0x30000) if changes.written(address)] == expected
            assert changes.first_written((0x40000, 0x50000)) == expected[0]
            assert changes.first_written((0x20000, 0x30000)) is None
