"""`assemble`: from source text to a program, or to the reasons why there is none."""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.first_pass import FirstPass
from emu.isa.assembler.image import build, check_mapped, check_overlap, entry_point
from emu.isa.assembler.limits import Limits
from emu.isa.assembler.literals import place_literals
from emu.isa.assembler.reporter import TooManyDiagnostics
from emu.isa.assembler.second_pass import SecondPass
from emu.isa.bits import MASK32
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.isa.assembler.diagnostics import Diagnostic
    from emu.isa.assembler.loading import IncludeLoader
    from emu.isa.layout import Layout
    from emu.isa.program import Program

_NO_DEFINES: Mapping[str, int] = {}
_STANDARD_LIMITS = Limits()


class Assembly(Record):
    """What became of a source. `program` is None exactly if one of the `diagnostics` is an error.

    `passes` is the first pass as it ended, with statements, symbols and sources, for tools that look at the source.
    """

    program: Program | None
    diagnostics: tuple[Diagnostic, ...]
    passes: FirstPass

    @property
    def ok(self) -> bool:
        """Whether there is a program."""
        return self.program is not None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that are errors."""
        return tuple(d for d in self.diagnostics if d.is_error)


def assemble(
    text: bytes | str,
    name: str = "<source>",
    *,
    loader: IncludeLoader | None = None,
    defines: Mapping[str, int] = _NO_DEFINES,
    entry: int | None = None,
    limits: Limits = _STANDARD_LIMITS,
    layout: Layout | None = None,
) -> Assembly:
    """Assembles a source (spec assembly-language.md). Never raises for what the source says.

    `name` is what messages call the source; `loader` finds included files; `defines` are constants given from outside;
    `entry` overrides the entry point; `layout` is the memory map that the image must fit (default: the standard one of
    spec cpu.md 2.1).
    """
    first = FirstPass(text, name, loader, defines, limits)
    reporter = first.reporter
    program: Program | None = None
    try:
        program = _assemble(first, name, entry, layout)
    except TooManyDiagnostics:
        pass
    return Assembly(program, reporter.sorted(), first)


def _assemble(first: FirstPass, name: str, entry: int | None, layout: Layout | None) -> Program | None:
    reporter = first.reporter
    first.run()
    literals = place_literals(first)
    start = entry_point(first, None if entry is None else entry & MASK32)
    if not first.is_uncertain:
        check_overlap(first.statements, reporter)
        check_mapped(first.statements, start[0], layout, reporter)
        size = sum([statement.size for statement in first.statements])
        if size > first.limits.image_bytes and not reporter.has_errors:
            statement = max(first.statements, key=lambda s: s.size)
            error = StatementError("limit", f"the image has {size} bytes, more than can be handled", statement.column)
            reporter.error(statement.frame, statement.index, error)
    second = SecondPass(first, literals)
    second.run()
    if reporter.has_errors:
        return None
    return build(first, second.chunks, name, start)
