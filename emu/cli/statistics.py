"""The figures of a run: where they go, and that they are gathered (spec diagnostics.md section 5)."""

from __future__ import annotations

import time

from emu.cli import output
from emu.cli.status import UsageError
from emu.isa.analysis import statistics_text
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.statistics import collect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.machine import Machine


class StatisticsReport:
    """Counts from its creation to `finish`, which writes the reports, after a fault as well."""

    def __init__(self, machine: Machine, file: str | None, file_format: str, *, shown: bool) -> None:
        """`file` gets the figures in `file_format`; it is created now, so that nothing runs in vain.

        `shown` puts a summary on standard error. Raises CommandError if the file cannot be created.
        """
        if file == "-":
            raise UsageError(
                "figures never go to standard output, which is the program's",
                hint="--stats shows them on standard error",
            )
        if file is not None:
            output.save(file, b"")
        self._machine = machine
        self._file = file
        self._format = file_format
        self._shown = shown
        machine.profile = Profile()
        self._start = time.perf_counter()

    def files(self) -> str:
        """For --verbose: where the figures go."""
        return "" if self._file is None else output.table([("stats", output.printable(self._file))])

    def finish(self) -> None:
        """The run is over. Raises CommandError if the file cannot be written."""
        milliseconds = (time.perf_counter() - self._start) * 1000
        statistics = collect(self._machine)
        if self._shown:
            text = statistics_text.summary(statistics, milliseconds, self._machine.program)
            output.note("\n" + text)
        if self._file is not None:
            text = statistics_text.rendered(statistics, milliseconds, self._machine.program, self._format)
            output.save(self._file, text.encode("utf-8", "replace"))
