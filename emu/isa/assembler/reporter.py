"""Collecting diagnostics, and postponing those whose wording depends on what the rest of the source defines."""

from __future__ import annotations

from emu.isa.assembler.diagnostics import Note
from emu.isa.assembler.symbols import Known, NotYetDefined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.diagnostics import Diagnostic, StatementError
    from emu.isa.assembler.frames import Frame
    from emu.isa.assembler.symbols import Definition, SymbolTable

_MOST_SUGGESTIONS = 100


class TooManyDiagnostics(Exception):
    """There is no point in going on."""


class Reporter:
    """All diagnostics of one assembly."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.diagnostics: list[Diagnostic] = []
        self.has_errors = False
        self._postponed: list[tuple[Frame, int, NotYetDefined]] = []
        self._suggestions = 0

    def error(self, frame: Frame, index: int, error: StatementError, column: int = 0) -> None:
        """Reports `error`, whose column is relative to `column`, at line `index` of `frame`."""
        if isinstance(error, Known):
            self.has_errors = True
            return
        error.column += column
        if isinstance(error, NotYetDefined):
            self.has_errors = True
            self._postponed.append((frame, index, error))
            return
        self.add(frame.diagnostic(index, error.column, "error", error.code, error.message, error.hint, error.notes))

    def warning(self, frame: Frame, index: int, column: int, code: str, message: str, hint: str | None = None) -> None:
        """Reports something that is legal and probably wrong."""
        self.add(frame.diagnostic(index, column, "warning", code, message, hint))

    def add(self, diagnostic: Diagnostic) -> None:
        """Adds one diagnostic. Raises TooManyDiagnostics at the limit; warnings beyond it are dropped."""
        if len(self.diagnostics) < self.limit:
            self.diagnostics.append(diagnostic)
        if diagnostic.severity == "error":
            self.has_errors = True
            if len(self.diagnostics) >= self.limit:
                self.diagnostics[-1] = diagnostic
                raise TooManyDiagnostics

    def settle(self, symbols: SymbolTable) -> None:
        """Reports what was postponed, now that all names are known."""
        postponed, self._postponed = self._postponed, []
        for frame, index, error in postponed:
            definition = symbols.definitions.get(error.name)
            if definition is None and error.name in symbols.failed:
                # Its definition comes later and is wrong itself, perhaps because it depends on this one.
                self.add(frame.diagnostic(index, error.column, "error", error.code, error.message))
            elif definition is None:
                message, hint = f"undefined symbol {error.name}", self.suggestion(error.name, symbols)
                self.add(frame.diagnostic(index, error.column, "error", "undefined-symbol", message, hint))
            else:
                notes = (definition_note(definition, "defined here"),)
                hint = "the place of everything behind this line depends on it: define it first"
                self.add(frame.diagnostic(index, error.column, "error", error.code, error.message, hint, notes))

    def may_suggest(self) -> bool:
        """Whether looking for what was meant is still worth the time. Every call counts."""
        self._suggestions += 1
        return self._suggestions <= _MOST_SUGGESTIONS

    def suggestion(self, name: str, symbols: SymbolTable) -> str | None:
        """The defined name that was probably meant."""
        if not self.may_suggest():
            return None
        from emu.isa.assembler.suggest import did_you_mean

        return did_you_mean(name, symbols.names())

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All diagnostics by file in order of appearance, line and column."""
        if len(self.diagnostics) < 2:
            return tuple(self.diagnostics)
        files: dict[str, int] = {}
        for diagnostic in self.diagnostics:
            files.setdefault(diagnostic.file, len(files))
        unique = dict.fromkeys(self.diagnostics)
        return tuple(sorted(unique, key=lambda d: (files[d.file], d.line, d.column)))


def definition_note(definition: Definition, message: str) -> Note:
    """A note that points to a definition."""
    if definition.frame is None:
        return Note(f"{message}, outside the source", "<command line>", 1, 1)
    place = definition.frame.location(definition.index, definition.column)
    return Note(message, place.file, place.line, place.column)
