"""What a session can record of its program, and the reports made of it (spec diagnostics.md sections 3 to 9).

Theory of operation. Every kind of report has a recorder. Statistics are counted by the machine's profile at full speed.
All others see each instruction, through `Observed`, which stands in the machine's place while at least one of them is
on; the program is slow then, and as fast as ever when none is. What is recorded begins anew with the program: when it
is loaded, restarted, or run again. It is bounded: `ENTRY_LIMIT` entries are kept, later ones only counted.

The texts are made by `emu.isa.analysis`, as those of `emu run` are. Making one may take long, so `source` gives a
function that works on what was recorded up to now and needs nothing of the session any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emu.actors.recorders import RECORDERS, StatisticsRecorder, TraceRecorder
from emu.isa.analysis.statistics_text import MEDIA_TYPES

if TYPE_CHECKING:
    from emu.actors.core import SessionCore
    from emu.actors.recorders import Recorder, ReportSource, TraceRecord
    from emu.isa.analysis.statistics import Statistics

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

FORMATS: Final[dict[str, dict[str, str]]] = {
    "statistics": {**MEDIA_TYPES, "text": TEXT},
    "coverage": {"text": TEXT, "json": JSON, "lcov": TEXT, "source": TEXT},
    "trace": {"text": TEXT, "json": JSON},
    "memory-trace": {"text": TEXT},
    "stack-trace": {"text": TEXT, "json": JSON},
    "flag-trace": {"text": TEXT, "json": JSON},
    "register-trace": {"text": TEXT, "json": JSON},
    "calls": {"chrome": JSON, "folded": TEXT},
}
"""The formats of each kind with their media types; the first is what one gets without asking."""


class NoReport(Exception):
    """Nothing was ever recorded for this kind of report."""


class Reports:
    """All recorders of one session. See the module's docstring."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._recorders: dict[str, Recorder] = {}
        self._active: set[str] = set()

    def is_on(self, kind: str) -> bool:
        """Whether a kind is being recorded."""
        return kind in self._active

    def enable(self, kind: str) -> None:
        """Records from now on, from nothing."""
        self._active.add(kind)
        self._recorders[kind] = RECORDERS[kind](self._core)
        self._observe()

    def disable(self, kind: str) -> None:
        """Records no longer; what was recorded stays."""
        if kind in self._active:
            self._active.remove(kind)
            self._recorders[kind].stop()
            self._observe()
        if not self._active & {"statistics", "coverage"}:
            self._core.machine.profile = None

    def begin(self, *, is_other: bool = False) -> None:
        """The program stands at its beginning: what is being recorded begins anew.

        If it is another program, what was recorded of the old one is forgotten; its figures stay.
        """
        if is_other:
            kept = self._active | {"statistics"}
            self._recorders = {kind: recorder for kind, recorder in self._recorders.items() if kind in kept}
        for kind in sorted(self._active):
            self._recorders[kind] = RECORDERS[kind](self._core)
        self._observe()

    def clear(self) -> None:
        """Records nothing any more, and forgets everything."""
        self._active.clear()
        self._recorders.clear()
        self._core.machine.profile = None
        self._observe()

    def _observe(self) -> None:
        recorders = [self._recorders[kind] for kind in sorted(self._active)]
        self._core.guest.observe([recorder for recorder in recorders if recorder.observes])

    def source(self, kind: str, format_name: str) -> ReportSource:
        """A report. Raises NoReport."""
        recorder = self._recorders.get(kind)
        if recorder is None:
            raise NoReport(kind)
        return recorder.source(format_name)

    def traced(self) -> list[TraceRecord]:
        """The entries of the execution trace; none if it was never on."""
        recorder = self._recorders.get("trace")
        return list(recorder.entries) if isinstance(recorder, TraceRecorder) else []

    def figures(self) -> tuple[Statistics, float] | None:
        """The statistics, and the milliseconds that they cover; None if they were never on."""
        recorder = self._recorders.get("statistics")
        return recorder.figures() if isinstance(recorder, StatisticsRecorder) else None


assert set(RECORDERS) == set(FORMATS)
