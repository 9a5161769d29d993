"""The flags and the sixteen conditions (ARM ARM A3.2, spec cpu.md section 4)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

N, Z, C, V = 0, 1, 2, 3
"""Positions in a flags list, in the order in which the CPSR holds them from bit 31 down."""

FLAG_NAMES = "NZCV"

CONDITION_NAMES = ("EQ", "NE", "CS", "CC", "MI", "PL", "VS", "VC", "HI", "LS", "GE", "LT", "GT", "LE", "", "NV")
"""The suffix that the disassembler prints for each condition code; always is empty."""

CONDITION_SUFFIXES = {name: code for code, name in enumerate(CONDITION_NAMES) if name and name != "NV"} | {
    "HS": 2,
    "LO": 3,
    "AL": 14,
}
"""Every suffix that the assembler accepts."""

ALWAYS = 14
NEVER = 15

CONDITION_TESTS: tuple[Callable[[Sequence[int]], int | bool], ...] = (
    lambda f: f[1],
    lambda f: not f[1],
    lambda f: f[2],
    lambda f: not f[2],
    lambda f: f[0],
    lambda f: not f[0],
    lambda f: f[3],
    lambda f: not f[3],
    lambda f: f[2] and not f[1],
    lambda f: not f[2] or f[1],
    lambda f: f[0] == f[3],
    lambda f: f[0] != f[3],
    lambda f: not f[1] and f[0] == f[3],
    lambda f: f[1] or f[0] != f[3],
    lambda f: True,
    lambda f: False,
)
"""Whether a condition holds for a list of flags in the order N Z C V."""

FLAGS_READ: tuple[tuple[int, ...], ...] = (
    (Z,), (Z,), (C,), (C,), (N,), (N,), (V,), (V,), (Z, C), (Z, C), (N, V), (N, V), (N, Z, V), (N, Z, V), (), (),
)  # fmt: skip
"""The flags that each condition looks at."""


def flags_text(flags: Sequence[int]) -> str:
    """`NZCV` with `-` in place of each clear flag."""
    return "".join(name if flag else "-" for name, flag in zip(FLAG_NAMES, flags, strict=True))
