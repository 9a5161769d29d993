"""What the disassembler writes, the assembler turns into the same word: for every word there is."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from emu.isa.assembler import assemble
from emu.isa.conditions import CONDITION_NAMES
from emu.isa.instructions.decoder import decode
from emu.isa.instructions.disassembler import disassemble
from tests.isa.instructions.words import cases, one_of_each, random_word

BASE = 0x8000


def assembled(statements: list[str]) -> list[int]:
    """The words of statements from `BASE` upwards."""
    assembly = assemble(f".org {BASE}\n" + "\n".join(statements))
    assert assembly.program is not None, [
        (statements[diagnostic.line - 2], diagnostic.message)
        for diagnostic in assembly.diagnostics
        if diagnostic.severity == "error"
    ]
    data = b"".join(segment.data for segment in assembly.program.segments)
    return [int.from_bytes(data[index : index + 4], "little") for index in range(0, len(data), 4)]


def check(words: list[int]) -> list[str]:
    """Disassembles and assembles words at consecutive addresses; gives the text."""
    texts = [disassemble(word, BASE + 4 * index).text for index, word in enumerate(words)]
    for word, text, again in zip(words, texts, assembled(texts), strict=True):
        assert again == word, f"{word:08X} is written {text}, which is {again:08X}"
    return texts


def test_every_form(seed: int) -> None:
    """Words that the architecture defines have a statement of their own."""
    words = [word for _, word in one_of_each(Random(seed), 40)]
    for word, text in zip(words, check(words), strict=True):
        assert not text.startswith(".word") or is_unusual(word), f"EMU_SEED={seed}: {word:08X} has no statement"


def is_unusual(word: int) -> bool:
    """An offset of minus zero: adding zero is the same, and that is how it is written."""
    i = vars(decode(word).fields)
    if "p" not in i or "list" in i or i["u"]:
        return False
    return not (i["offset"] if "offset" in i else i.get("high", 1) << 4 | i.get("low", 1))


def test_every_condition() -> None:
    texts = check([condition << 28 | 0x00810002 for condition in range(15)])
    assert texts == [f"ADD{name} R0, R1, R2" for name in CONDITION_NAMES[:15]]


@given(st.randoms(use_true_random=False))
def test_words_with_odd_bits(random: Random) -> None:
    """Bits that should be zero and are not, forbidden registers: such words are written as data, or exactly."""
    check([random_word(random, form, mask, value) ^ (1 << random.randrange(28)) for form, mask, value in cases()])


@settings(max_examples=300)
@given(st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=50))
def test_any_words(words: list[int]) -> None:
    check(words)


@given(st.integers(0, 0xFFFFFFFF))
def test_decoding_loses_nothing(word: int) -> None:
    """The fields of a form, and what the pattern fixes, are the whole word."""
    instruction = decode(word)
    pattern = instruction.form.pattern
    joined = pattern.join(instruction.field_values())
    assert (joined ^ word) & ~pattern.should_mask == 0
