"""Bit patterns of instructions, written the way the manual draws them.

A pattern is a string of items from bit 31 down to bit 0, separated by blanks: literal bits (`0`, `01011`), and fields
as `name:width`. A literal may be written `~0` or `~1111`: bits that the architecture wants to have this value (SBZ,
SBO) but that decoding does not check. Example: `"cond:4 000 1010 1 rn:4 ~0000 amount:5 shift:2 0 rm:4"`.
"""

from __future__ import annotations

from emu.isa.values import Record


class Field(Record):
    """A named run of bits: `width` bits from bit `low` up."""

    name: str
    low: int
    width: int


class Pattern:
    """A parsed bit pattern. Raises ValueError if it does not describe exactly 32 bits."""

    __slots__ = ("_splits", "fields", "mask", "should_be", "should_mask", "text", "value")

    def __init__(self, text: str) -> None:
        self.text = text
        position = 32
        fields: list[Field] = []
        mask = value = should_mask = should_be = 0
        for item in text.split():
            name, colon, width_text = item.partition(":")
            width = int(width_text) if colon else len(item.lstrip("~"))
            position -= width
            if colon:
                fields.append(Field(name, position, width))
                continue
            ones = ((1 << width) - 1) << position
            bits = int(item.lstrip("~"), 2) << position
            if item.startswith("~"):
                should_mask |= ones
                should_be |= bits
            else:
                mask |= ones
                value |= bits
        if position != 0:
            raise ValueError(f"pattern describes {32 - position} bits, not 32: {text!r}")
        self.fields = tuple(fields)
        self._splits = [(field.name, field.low, (1 << field.width) - 1) for field in fields]
        self.mask = mask
        self.value = value
        self.should_mask = should_mask
        self.should_be = should_be

    def split(self, word: int) -> dict[str, int]:
        """The values of all fields in `word`."""
        return {name: word >> low & ones for name, low, ones in self._splits}

    def join(self, values: dict[str, int]) -> int:
        """The word with the given field values; fields not named are 0. Raises ValueError if one does not fit."""
        word = self.value | self.should_be
        for field in self.fields:
            value = values.get(field.name, 0)
            if value < 0 or value >> field.width:
                raise ValueError(f"{field.name}={value} does not fit {field.width} bits")
            word |= value << field.low
        return word
