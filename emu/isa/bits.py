"""Arithmetic on 32-bit unsigned integers."""

from __future__ import annotations

MASK32 = 0xFFFFFFFF
SIGN32 = 0x80000000


def signed(value: int, bits: int = 32) -> int:
    """The two's complement reading of the low `bits` bits of `value`."""
    sign = 1 << (bits - 1)
    value &= (1 << bits) - 1
    return (value ^ sign) - sign


def rotate_right(value: int, amount: int) -> int:
    """`value` (32-bit unsigned) rotated right by `amount` modulo 32 bits."""
    amount &= 31
    return ((value >> amount) | (value << (32 - amount))) & MASK32
