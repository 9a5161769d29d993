"""The reports of a run (spec diagnostics.md sections 3, 4 and 6 to 9, and calls): their files, formats and observers.

Theory of operation. All files are created before the program starts, so that nothing runs in vain. The traces of
execution, memory and calls go to their files as the program runs, in pieces of a fixed size; the other reports collect
figures and a bounded number of entries, and are written at the end, after a fault as well. Whatever needs to see single
instructions is an observer of `Observed`; coverage without times is counted by the profile at full speed.
"""

from __future__ import annotations

import os
from time import perf_counter_ns

from emu.cli import output, report, trace_options
from emu.cli.status import CommandError, UsageError
from emu.isa.analysis import coverage
from emu.isa.analysis.call_trace import CallTrace
from emu.isa.analysis.execution_trace import TRACE_NAMES, BadFilter, ExecutionTrace, MemoryTrace, parse_filter
from emu.isa.analysis.flag_trace import FlagTrace
from emu.isa.analysis.naming import fault_line
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.register_trace import RegisterTrace
from emu.isa.analysis.stack_trace import StackTrace
from emu.isa.analysis.witness import Observed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments
    from emu.isa.analysis.witness import Observer
    from emu.isa.machine import Machine

_PIECE = 1 << 16
"""Characters that are collected before they are written."""

_TIMED = ("text", "json")
"""The formats of the coverage report that tell when an instruction was first and last executed."""

_DEFAULT_FILES = {
    "trace": "trace.log",
    "mem-trace": "memtrace.log",
    "coverage": "coverage",
    "stack-trace": "stack_trace",
    "flag-trace": "flag_trace",
    "register-trace": "register_trace",
    "call-trace": "calls",
}
_SUFFIXES = {
    "text": ".txt", "json": ".json", "lcov": ".info", "source": ".s.cov", "chrome": ".json", "folded": ".folded",
}  # fmt: skip


class ReportFile:
    """A file that is created at once and takes text in pieces. Raises CommandError when it takes no more."""

    def __init__(self, path: str) -> None:
        if path == "-":
            raise UsageError("reports never go to standard output, which is the program's", hint="name a file")
        self.path = path
        self._pieces: list[str] = []
        self._size = 0
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
        except (OSError, ValueError) as failure:
            raise CommandError(f"cannot write {path}: {output.reason(failure)}") from None

    def write(self, text: str) -> None:
        """Appends text."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size >= _PIECE:
            self._flush()

    def close(self) -> None:
        """Writes what was collected and closes the file."""
        try:
            self._flush()
        finally:
            os.close(self._descriptor)

    def _flush(self) -> None:
        data = memoryview(output.encoded("".join(self._pieces)))
        self._pieces.clear()
        self._size = 0
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as failure:
            raise CommandError(f"cannot write {self.path}: {output.reason(failure)}") from None


def single_steps(arguments: Arguments) -> bool:
    """Whether a report wants to see every instruction, so that the machine has to interpret."""
    full_speed = {name for name in trace_options.NAMES if name.startswith("coverage")}
    if any(arguments.text(name) is not None for name in trace_options.NAMES if name not in full_speed):
        return True
    return _is_on("coverage", arguments) and (arguments.text("coverage-format") or "text") in _TIMED


class Traces:
    """The reports of one run."""

    def __init__(self, arguments: Arguments, machine: Machine) -> None:
        """Creates the files. The machine has loaded its program. Raises CommandError."""
        self._machine = machine
        self._files: dict[str, ReportFile] = {}
        self._formats: dict[str, str] = {}
        self._observers: list[Observer] = []
        self._streams: list[ReportFile] = []
        self._reports: dict[str, FlagTrace | StackTrace | RegisterTrace] = {}
        self._moments: coverage.Moments | None = None
        self._covered: coverage.Coverage | None = None
        registers = _registers(arguments)
        for name in _DEFAULT_FILES:
            self._open(name, arguments)
        start = perf_counter_ns()
        program = machine.program
        if (file := self._files.get("trace")) is not None:
            clock = (lambda: perf_counter_ns() - start) if arguments.switch("trace-time") else None
            self._stream(ExecutionTrace(program, file.write, registers, clock), file)
        self._memory: MemoryTrace | None = None
        if (file := self._files.get("mem-trace")) is not None:
            self._memory = MemoryTrace(program, file.write)
            self._stream(self._memory, file)
        if "coverage" in self._files:
            if machine.profile is None:
                machine.profile = Profile()
            if self._formats["coverage"] in _TIMED:
                self._moments = coverage.Moments()
                self._observers.append(self._moments)
        for name, kind in (("stack-trace", StackTrace), ("flag-trace", FlagTrace), ("register-trace", RegisterTrace)):
            if name in self._files:
                trace = self._reports[name] = kind(machine)
                self._observers.append(trace)
        self._calls: CallTrace | None = None
        if (file := self._files.get("call-trace")) is not None:
            cycles = arguments.text("call-trace-clock") == "cycles"
            self._calls = CallTrace(machine, file.write, self._formats["call-trace"], count_cycles=cycles)
            self._observers.append(self._calls)

    def _open(self, name: str, arguments: Arguments) -> None:
        if not _is_on(name, arguments):
            return
        chosen = arguments.text(f"{name}-format") if f"{name}-format" in trace_options.NAMES else None
        self._formats[name] = chosen = chosen or ("chrome" if name == "call-trace" else "text")
        default = _DEFAULT_FILES[name]
        path = arguments.text(f"{name}-file") or (default if "." in default else default + _SUFFIXES[chosen])
        for other in self._files.values():
            if other.path == path:
                raise UsageError(f"two reports cannot go to the same file: {path}")
        self._files[name] = ReportFile(path)

    def _stream(self, trace: ExecutionTrace | MemoryTrace, file: ReportFile) -> None:
        self._observers.append(trace)
        self._streams.append(file)

    def driven(self) -> Machine | Observed:
        """What to drive: the machine itself where no report wants to see single instructions."""
        return Observed(self._machine, self._observers) if self._observers else self._machine

    def files(self) -> str:
        """For --verbose: a line per report and where it goes."""
        return output.table([(name, output.printable(file.path)) for name, file in self._files.items()])

    def summary(self) -> str:
        """For --verbose, after the run: a line per report with its most telling figures."""
        rows = []
        if "trace" in self._files:
            rows.append(("trace", report.count(self._machine.instructions, "instruction")))
        if (memory := self._memory) is not None:
            rows.append(("mem-trace", f"{report.count(memory.reads, 'read')}, {report.count(memory.writes, 'write')}"))
        if (covered := self._covered) is not None:
            share = f"{len(covered.executed):,} of {report.count(len(covered.points), 'instruction')}"
            rows.append(("coverage", f"{share}, {covered.percent:.2f} %"))
        for name, trace in self._reports.items():
            rows.append((name, trace.summary()))
        if self._calls is not None:
            rows.append(("call-trace", report.count(self._calls.calls, "call")))
        return output.table(rows)

    def finish(self) -> None:
        """The run is over, however it ended: writes what is not written yet. Raises CommandError."""
        for file in self._streams:
            file.write(fault_line(self._machine))
        for name, trace in self._reports.items():
            text = _json(trace.as_dict()) if self._formats[name] == "json" else trace.as_text()
            self._files[name].write(text)
        if self._calls is not None:
            self._calls.finish()
        if "coverage" in self._files:
            self._files["coverage"].write(self._coverage())
        for file in self._files.values():
            file.close()

    def _coverage(self) -> str:
        machine = self._machine
        measured = self._covered = coverage.measure(machine, self._moments)
        match self._formats["coverage"]:
            case "json":
                return _json(coverage.as_dict(measured, machine))
            case "lcov":
                return coverage.as_lcov(measured, machine)
            case "source":
                names = {line.file for line in measured.lines}
                return coverage.as_source(measured, machine, {name: text for name in names if (text := _lines(name))})
        return coverage.as_text(measured, machine)


def _is_on(name: str, arguments: Arguments) -> bool:
    """Whether a report is asked for, be it by one of its details."""
    return any(
        arguments.text(option) is not None
        for option in trace_options.NAMES
        if option == name or option.startswith(f"{name}-")
    )


def _registers(arguments: Arguments) -> tuple[tuple[int, str], ...]:
    text = arguments.text("trace-filter")
    if text is None:
        return tuple(enumerate(TRACE_NAMES))
    try:
        return parse_filter(text)
    except BadFilter as bad:
        raise UsageError(
            f"--trace-filter is a list of registers; {str(bad)!r} is none", hint="--trace-filter R0,R1,SP,PC"
        ) from None


def _lines(path: str) -> list[str]:
    """The lines of a source file, none if it cannot be read any more."""
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "surrogateescape").splitlines()
    except (OSError, ValueError):
        return []


def _json(value: dict[str, object]) -> str:
    import json

    return json.dumps(value, indent=2) + "\n"
