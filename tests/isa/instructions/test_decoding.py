"""The decoding table of the specification, said a second time and compared with the patterns of the forms."""

from __future__ import annotations

from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from emu.isa.instructions.decoder import decode
from tests.isa.instructions.words import cases


def family(word: int) -> str:
    """The class of a word: the tests of spec cpu.md section 12 in their order."""
    if word & 0x0FFFFFF0 in (0x012FFF10, 0x012FFF30):
        return "Branch to register"
    if word & 0x0FC000F0 == 0x00000090:
        return "Multiply"
    if word & 0x0F8000F0 == 0x00800090:
        return "Long multiply"
    if word & 0x0E000090 == 0x00000090:
        return _extension(word)
    if word & 0x0FFF0FF0 == 0x016F0F10:
        return "Count leading zeros"
    if word & 0x0FBF0FFF == 0x010F0000:
        return "Status register to register"
    if word & 0x0FB0FFF0 == 0x0120F000:
        return "Register to status register"
    if word & 0x0FB0F000 == 0x0320F000:
        return "Immediate to status register"
    top = word >> 25 & 7
    if top in (0, 1):
        opcode = word >> 21 & 15
        if 8 <= opcode < 12:
            return "Comparison" if word >> 20 & 1 else "Undefined"
        return "Move" if opcode in (13, 15) else "Data processing"
    if top == 3 and word >> 4 & 1:
        return "Undefined"
    if top in (2, 3):
        return "Word or byte transfer"
    if top in (4, 5):
        return "Block transfer" if top == 4 else "Branch"
    return "Service call" if word >> 24 & 15 == 15 else "Undefined"


def _extension(word: int) -> str:
    kind = word >> 5 & 3
    if not kind:
        return "Swap" if word & 0x0FB00FF0 == 0x01000090 else "Undefined"
    if word >> 20 & 1:
        return "Load halfword or signed"
    return "Store halfword" if kind == 1 else "Undefined"


def test_no_two_forms_share_a_word() -> None:
    for (form, mask, value), (other, other_mask, other_value) in combinations(cases(), 2):
        distinguishing = (value ^ other_value) & mask & other_mask
        assert other is form or distinguishing, f"{form.title} and {other.title}"


def check(word: int) -> None:
    assert decode(word).form.title.partition(",")[0] == family(word), f"{word:08X}"


@settings(max_examples=2000)
@given(st.integers(0, 0xFFFFFFFF))
def test_any_word(word: int) -> None:
    check(word)


def test_words_next_to_every_form(seed: int) -> None:
    """Every form's words, and those that differ from them in one bit."""
    random = Random(seed)
    for form, mask, value in cases():
        for _ in range(30):
            word = random.getrandbits(32) & ~mask | value
            assert decode(word).form is form
            for bit in range(32):
                check(word ^ 1 << bit)
