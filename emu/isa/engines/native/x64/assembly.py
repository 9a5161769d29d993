"""Grows machine code for x86-64: bytes, labels, and the forms that operands take (Intel SDM volume 2, chapter 2)."""

from __future__ import annotations

import struct

from emu.isa.bits import MASK32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_DISTANCE = struct.Struct("<i")
"""From the end of an instruction, where it is the last part of it, to what it names."""


class Assembly:
    """A piece of machine code. Labels are any strings; jumps may name those that come later."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self._labels: dict[str, int] = {}
        self._jumps: list[tuple[int, str]] = []
        self._slots: list[tuple[int, int]] = []
        self._serial = 0

    @property
    def position(self) -> int:
        """How long the code is."""
        return len(self.bytes)

    def new_label(self) -> str:
        """A label that no other is equal to."""
        self._serial += 1
        return f".{self._serial}"

    def label(self, name: str) -> None:
        """`name` is here."""
        self._labels[name] = len(self.bytes)

    def place(self, name: str) -> int:
        """The offset of a label."""
        return self._labels[name]

    def append(self, code: bytes, labels: Mapping[str, int]) -> None:
        """Code that needs nothing from outside, with labels at these places in it."""
        for name, place in labels.items():
            self._labels[name] = len(self.bytes) + place
        self.bytes += code

    def repeat(self, start: int, end: int) -> None:
        """The code between two positions once more; there are no labels in it, and no jumps."""
        offset = len(self.bytes) - start
        self.bytes += self.bytes[start:end]
        self._slots += [(at + offset, slot) for at, slot in self._slots if start <= at < end]

    def finish(self, slots_at: int) -> bytes:
        """The code, with its jumps; it expects its slots (see `compare_with_slot`) from offset `slots_at` on."""
        code, labels, put = self.bytes, self._labels, _DISTANCE.pack_into
        for at, name in self._jumps:
            put(code, at, labels[name] - at - 4)
        for at, slot in self._slots:
            put(code, at, slots_at + 8 * slot - at - 4)
        return bytes(code)

    # -- the forms of operands ------------------------------------------------------------------------------------

    def _registers(self, opcode: bytes, reg: int, rm: int, wide: bool = False, byte: bool = False) -> None:
        rex = 0x40 | wide << 3 | reg >> 3 << 2 | rm >> 3
        if rex != 0x40 or byte:
            self.bytes.append(rex)
        self.bytes += opcode
        self.bytes.append(0xC0 | (reg & 7) << 3 | rm & 7)

    def _based(self, opcode: bytes, reg: int, base: int, offset: int, wide: bool = False) -> None:
        """`base` is not RSP or R12, which need another form."""
        rex = 0x40 | wide << 3 | reg >> 3 << 2 | base >> 3
        if rex != 0x40:
            self.bytes.append(rex)
        self.bytes += opcode
        if -128 <= offset < 128:
            self.bytes += bytes((0x40 | (reg & 7) << 3 | base & 7, offset & 0xFF))
        else:
            self.bytes.append(0x80 | (reg & 7) << 3 | base & 7)
            self.bytes += (offset & MASK32).to_bytes(4, "little")

    def _indexed(self, opcode: bytes, reg: int, base: int, index: int, offset: int = 0, byte: bool = False) -> None:
        rex = 0x40 | reg >> 3 << 2 | index >> 3 << 1 | base >> 3
        if rex != 0x40 or byte:
            self.bytes.append(rex)
        self.bytes += opcode
        self.bytes += bytes((0x44 | (reg & 7) << 3, (index & 7) << 3 | base & 7, offset & 0xFF))
