"""The assembler: source text in, a program and diagnostics out (spec assembly-language.md).

It works in two passes. The first reads the source, expands includes, conditions and macros, and gives every statement
its address; the second computes the expressions and encodes.
"""

from __future__ import annotations

from emu.isa.assembler.assemble import Assembly, assemble
from emu.isa.assembler.diagnostics import Diagnostic, Note, render_all
from emu.isa.assembler.limits import Limits
from emu.isa.assembler.loading import LoadedFile, LoadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.loading import IncludeLoader

__all__ = [
    "Assembly", "Diagnostic", "IncludeLoader", "Limits", "LoadError", "LoadedFile", "Note", "assemble", "render_all",
]  # fmt: skip
