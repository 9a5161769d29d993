"""Our words are those of GNU as, for every form and every spelling."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from emu.isa.instructions.disassembler import disassemble
from tests.isa.assembler.gnu import canonical
from tests.isa.instructions.words import one_of_each

BASE = 0x8000

pytestmark = pytest.mark.skipif(shutil.which("arm-none-eabi-as") is None, reason="arm-none-eabi-as is not installed")


def gnu_words(statements: list[str], directory: Path, *, syntax: str) -> list[int]:
    """The words that GNU as makes of statements."""
    source, module, image = (directory / name for name in ("a.s", "a.o", "a.bin"))
    source.write_text(f".syntax {syntax}\n" + "\n".join(statements) + "\n")
    command = ["arm-none-eabi-as", "-march=armv5te", "-W", "-o", str(module), str(source)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, _explain(made.stderr, statements)
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", str(module), str(image)], check=True)
    data = image.read_bytes()
    return [int.from_bytes(data[index : index + 4], "little") for index in range(0, len(data), 4)]


def _explain(messages: str, statements: list[str]) -> str:
    lines = re.findall(r":(\d+): Error: (.*)", messages)
    return "\n".join(f"{statements[int(line) - 2]}: {message}" for line, message in lines[:20])


def is_writable(word: int) -> bool:
    """Whether GNU as has a statement for the word: it always chooses the rotation itself, and takes what is added to
    the PC for a distance.
    """
    text = disassemble(word).text
    own_rotation = re.search(r"#\d+, #\d+$", text) and "[" not in text
    return not (own_rotation or text.startswith(".word") or re.match(r"(ADD|SUB)\S* \S+ PC, #", text))


def test_every_form(seed: int, tmp_path: Path) -> None:
    """Every form, with random registers, conditions and numbers."""
    words = [word for _, word in one_of_each(Random(seed), 30) if is_writable(word)]
    texts = []
    for index, word in enumerate(words):
        address = BASE + 4 * index
        written = disassemble(word, address)
        text = written.text
        if written.name in ("B", "BL"):
            text = f"{written.mnemonic} . + ({written.operands} - {address})"
        texts.append(text)
    for word, text, theirs in zip(words, texts, gnu_words(texts, tmp_path, syntax="divided"), strict=True):
        assert theirs == canonical(word), f"EMU_SEED={seed}: {text} is {word:08X} here and {theirs:08X} for GNU as"
