"""Capstone reads words as we do: what it writes, our assembler turns back into the word."""

from __future__ import annotations

import re
from importlib import import_module
from random import Random
from typing import Any

from emu.isa.assembler import assemble
from tests.isa.assembler.gnu import canonical
from tests.isa.instructions.words import one_of_each

BASE = 0x8000

_capstone: Any = import_module("capstone")

RESPELLINGS = (
    (r"\bapsr_nzcvqg\b", "cpsr_fs"),
    (r"\bapsr_g\b", "cpsr_s"),
    (r"\bapsr_nzcvq\b", "cpsr_f"),
    (r"\bapsr\b", "cpsr"),
    (r"^((?:ldr|str)(?:[a-z]*) .*)#-0x0\b", r"\1#-0"),
)
"""The newer name of the flags."""


def readings(words: list[int]) -> list[str]:
    """Capstone's text for words from `BASE` upwards; empty where it sees no instruction."""
    engine = _capstone.Cs(_capstone.CS_ARCH_ARM, _capstone.CS_MODE_ARM)
    texts = []
    for index, word in enumerate(words):
        found = list(engine.disasm(word.to_bytes(4, "little"), BASE + 4 * index))
        text = f"{found[0].mnemonic} {found[0].op_str}" if found else ""
        for pattern, replacement in RESPELLINGS:
            text = re.sub(pattern, replacement, text)
        texts.append(text)
    return texts


def plus_zero(word: int) -> int:
    """The word with a minus zero offset made plus zero. In our dialect offsets are numbers: only the latter exists."""
    is_word_or_byte = word & 0x0E000FFF == 0x04000000
    is_half_or_signed = word & 0x0E400F9F == 0x00400090 and word & 0x60
    return word | 1 << 23 if is_word_or_byte or is_half_or_signed else word


def test_capstone_reads_every_form_alike(seed: int) -> None:
    chosen = one_of_each(Random(seed), 60)
    texts = readings([word for _, word in chosen])
    assembly = assemble(f".org {BASE}\n" + "\n".join(texts))
    problems = [
        (texts[diagnostic.line - 2], diagnostic.message)
        for diagnostic in assembly.diagnostics
        if diagnostic.severity == "error"
    ]
    assert assembly.program is not None, problems
    data = b"".join(segment.data for segment in assembly.program.segments)
    for index, ((form, word), text) in enumerate(zip(chosen, texts, strict=True)):
        again = int.from_bytes(data[4 * index : 4 * index + 4], "little")
        assert canonical(plus_zero(again)) == canonical(plus_zero(word)), (
            f"EMU_SEED={seed}: {form.title}: {word:08X} is {text!r} for Capstone, which is {again:08X}"
        )
