"""Sources behind GET_RANDOM. A source is a function without arguments: a uniformly distributed 32-bit number."""

from __future__ import annotations

import os

_MASK64 = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def system_random() -> int:
    """32 bits from the operating system."""
    return int.from_bytes(os.urandom(4), "little")


class SeededRandom:
    """SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014), the upper half.

    The same seed gives the same numbers on every machine and with every version of Python. The standard library's
    generator is not used because importing it costs more than a short program takes to run.
    """

    def __init__(self, seed: int) -> None:
        """`seed` is any integer; its low 64 bits count."""
        self.state = seed & _MASK64

    def next64(self) -> int:
        """The next 64-bit number."""
        self.state = (self.state + _GOLDEN) & _MASK64
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK64
        return mixed ^ (mixed >> 31)

    def __call__(self) -> int:
        """The next 32-bit number."""
        return self.next64() >> 32
