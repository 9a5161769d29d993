"""The GNU assembler as an oracle."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from emu.isa.bits import rotate_right

AS, OBJCOPY = "arm-none-eabi-as", "arm-none-eabi-objcopy"

needs_gnu = pytest.mark.skipif(
    shutil.which(AS) is None or shutil.which(OBJCOPY) is None, reason="the GNU assembler for ARM is not installed"
)


def gnu_image(source: str, folder: Path) -> bytes:
    """The bytes of the text section that GNU as makes of a source."""
    (folder / "source.s").write_text(f".syntax unified\n.arm\n{source}")
    subprocess.run([AS, "-march=armv5te", "-o", "object.o", "source.s"], cwd=folder, check=True, capture_output=True)
    command = [OBJCOPY, "-O", "binary", "-j", ".text", "object.o", "image.bin"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "image.bin").read_bytes()


def words(image: bytes) -> list[int]:
    """An image as little-endian words."""
    return [int.from_bytes(image[at : at + 4], "little") for at in range(0, len(image), 4)]


def canonical(word: int) -> int:
    """The word with the smallest rotation of a data-processing immediate, which is the one GNU chooses."""
    if word & 0x0E000000 != 0x02000000:
        return word
    value = rotate_right(word & 0xFF, word >> 7 & 30)
    for rotation in range(16):
        byte = rotate_right(value, 32 - 2 * rotation)
        if byte <= 0xFF:
            return word & ~0xFFF | rotation << 8 | byte
    raise AssertionError(f"{word:08X}")
