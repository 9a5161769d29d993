"""What a linter finds, as data (spec diagnostics.md section 12)."""

from __future__ import annotations

import re

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.isa.assembler.diagnostics import Note
    from emu.isa.assembler.source import Source
    from emu.isa.assembler.statements import Statement

ERROR, WARNING, INFO = LEVELS = ("error", "warning", "info")

_ALLOWED = re.compile(r"\blint:\s*allow\s+([A-Z_]+(?:\s*,\s*[A-Z_]+)*)")


class Fix(Record):
    """A change that would settle a finding: `text` for columns `column` to `end_column` (from 1, the end excluded) of
    a line. A line feed at the end of `text` makes a line of its own in front.
    """

    line: int
    column: int
    end_column: int
    text: str
    description: str


class Finding(Record):
    """One finding. `line` and `column` count from 1; `level` is one of `LEVELS`; `code` is stable, in capitals."""

    file: str
    line: int
    column: int
    level: str
    code: str
    message: str
    hint: str | None = None
    fix: Fix | None = None
    source_line: str = ""
    notes: tuple[Note, ...] = ()


class Findings:
    """Collects findings: one for a place and a code, none where the source allows it.

    `; lint: allow CODE` in a comment allows it on that line.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._found: dict[tuple[str, int, int, str], Finding] = {}

    def at(
        self, statement: Statement, level: str, code: str, message: str, hint: str | None = None, fix: Fix | None = None
    ) -> None:
        """Adds a finding at the first word of a statement."""
        place = statement.frame.location(statement.index, statement.column)
        self.add(Finding(place.file, place.line, place.column, level, code, message, hint, fix))

    def add(self, finding: Finding) -> None:
        """Adds a finding."""
        source = self._sources.get(finding.file)
        raw = source.raw[finding.line - 1] if source is not None and finding.line <= len(source.raw) else ""
        allowed = _ALLOWED.search(raw)
        if allowed is not None and finding.level != ERROR and finding.code in re.split(r"\s*,\s*", allowed[1]):
            return
        key = finding.file, finding.line, finding.column, finding.code
        self._found.setdefault(key, finding.replace(source_line=raw))

    def sorted(self) -> tuple[Finding, ...]:
        """By file in the order in which they were read, line and column."""
        files = {name: number for number, name in enumerate(self._sources)}
        return tuple(
            sorted(self._found.values(), key=lambda f: (files.get(f.file, len(files)), f.line, f.column, f.code))
        )
