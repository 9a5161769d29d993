"""How much of anything a source may ask for, so that no source can hang or exhaust its host."""

from __future__ import annotations

from emu.isa.values import Record


class Limits(Record):
    """Bounds of one assembly. Passing one is an error in the source, never an exception."""

    source_bytes: int = 16 << 20
    """Bytes of all source files together."""
    lines: int = 500_000
    """Lines read, every expansion of a macro and every repetition counted."""
    expanded_characters: int = 32 << 20
    """Characters that macros may expand to, all together."""
    line_length: int = 100_000
    """Characters of one line after the expansion of macro arguments."""
    include_depth: int = 100
    macro_depth: int = 100
    image_bytes: int = 32 << 20
    """Bytes of the image with all reserved space."""
    diagnostics: int = 2_000
    """Errors and warnings collected before assembly gives up."""
