"""What records a session's program for the reports, one class for each kind; see `emu.actors.reports`."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import field, frozen

from emu.isa.analysis import coverage, statistics_text
from emu.isa.analysis.call_stack import CallStack
from emu.isa.analysis.call_trace import ChromeEvents, FoldedStacks
from emu.isa.analysis.execution_trace import ExecutionTrace, MemoryTrace
from emu.isa.analysis.flag_trace import ENTRY_LIMIT, FlagTrace
from emu.isa.analysis.naming import fault_line
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.register_trace import RegisterTrace
from emu.isa.analysis.stack_trace import StackTrace
from emu.isa.analysis.statistics import collect
from emu.isa.analysis.witness import Moment
from emu.isa.instructions.disassembler import disassemble
from emu.isa.registers import PC

if TYPE_CHECKING:
    from emu.actors.core import SessionCore
    from emu.isa.analysis.call_stack import ActiveCall
    from emu.isa.analysis.coverage import Coverage
    from emu.isa.analysis.statistics import Statistics
    from emu.isa.machine import Machine
    from emu.isa.program import Program

Render: TypeAlias = Callable[[], str]


@frozen
class ReportSource:
    """A report that can be made at any time, by any thread; and how many entries were counted and not kept."""

    render: Render
    dropped: int = 0


class Recorder(Protocol):
    """Records one kind of report."""

    @property
    def observes(self) -> bool:
        """Whether `executed` is to be called."""

    def executed(self, moment: Moment) -> None:
        """See `emu.isa.analysis.witness.Observer`."""

    def stop(self) -> None:
        """What was recorded up to now stays."""

    def source(self, format_name: str) -> ReportSource:
        """The report in one of its formats."""


def _ensure_profile(machine: Machine) -> None:
    if machine.profile is None:
        machine.profile = Profile()


# -- statistics and coverage


class StatisticsRecorder:
    """Counts at full speed."""

    observes = False

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._kept: tuple[Statistics, float] | None = None
        self._since = (core.guest.machine.instructions, core.guest.machine.cycles)
        core.execution_seconds = 0.0
        core.machine.profile = Profile()

    def executed(self, moment: Moment) -> None:
        """Not called."""

    def figures(self) -> tuple[Statistics, float]:
        """What was counted, and the milliseconds of execution."""
        if self._kept is not None:
            return self._kept
        figures = collect(self._core.machine)
        instructions, cycles = self._since
        figures = figures.replace(instructions=figures.instructions - instructions, cycles=figures.cycles - cycles)
        return figures, self._core.execution_seconds * 1000

    def stop(self) -> None:
        """See Recorder."""
        self._kept = self.figures()

    def source(self, format_name: str) -> ReportSource:
        """See Recorder."""
        figures, milliseconds = self.figures()
        program = self._core.machine.program
        if format_name == "text":
            return ReportSource(partial(statistics_text.summary, figures, milliseconds, program))
        return ReportSource(partial(statistics_text.rendered, figures, milliseconds, program, format_name))


class CoverageRecorder:
    """Which instructions were executed, how often, and when first and last."""

    observes = True

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._moments = coverage.Moments()
        self._kept: Coverage | None = None
        _ensure_profile(core.machine)

    def executed(self, moment: Moment) -> None:
        """See Recorder."""
        self._moments.executed(moment)

    def _measured(self) -> Coverage:
        if self._kept is not None:
            return self._kept
        if self._core.machine.program is None:
            return coverage.Coverage((), ())
        return coverage.measure(self._core.machine, self._moments)

    def stop(self) -> None:
        """See Recorder."""
        self._kept = self._measured()

    def source(self, format_name: str) -> ReportSource:
        """See Recorder."""
        measured, machine = self._measured(), self._core.machine
        match format_name:
            case "json":
                return ReportSource(lambda: _as_json(coverage.as_dict(measured, machine)))
            case "lcov":
                return ReportSource(partial(coverage.as_lcov, measured, machine))
            case "source":
                files = self._core.source.files if self._core.source is not None else ()
                texts = {file.name: file.text.splitlines() for file in files if file.text}
                return ReportSource(partial(coverage.as_source, measured, machine, texts))
        return ReportSource(partial(coverage.as_text, measured, machine))


# -- traces


@frozen
class TraceRecord:
    """One executed instruction: where, which word, what it changed. `sequence` counts instructions from 1."""

    sequence: int
    cycles: int
    address: int
    word: int
    changes: tuple[tuple[int, int], ...]
    flags: tuple[bool, bool, bool, bool]


class TraceRecorder:
    """The execution trace. When it is full it stops looking: how many entries are missing is known without it."""

    def __init__(self, core: SessionCore) -> None:
        self._machine = core.machine
        self.entries: list[TraceRecord] = []
        self._stopped_at: int | None = None

    @property
    def observes(self) -> bool:
        """See Recorder."""
        return len(self.entries) < ENTRY_LIMIT

    def executed(self, moment: Moment) -> None:
        """See Recorder."""
        if len(self.entries) >= ENTRY_LIMIT:
            return
        # Only what was set can have changed, and the PC.
        old, new, written = moment.old_registers, moment.registers, moment.writes
        changes = [(one, new[one]) for one in sorted({one for one, _ in written}) if one != PC and new[one] != old[one]]
        if new[PC] != (moment.address + 4) & 0xFFFFFFFF:
            changes.append((PC, new[PC]))
        n, z, c, v = moment.flags
        flags = (bool(n), bool(z), bool(c), bool(v))
        entry = TraceRecord(moment.sequence, moment.cycles, moment.address, moment.word, tuple(changes), flags)
        self.entries.append(entry)

    def stop(self) -> None:
        """See Recorder."""
        self._stopped_at = self._machine.instructions

    def source(self, format_name: str) -> ReportSource:
        """See Recorder."""
        dropped = 0
        if not self.observes:
            now = self._machine.instructions if self._stopped_at is None else self._stopped_at
            dropped = max(0, now - self.entries[-1].sequence)
        entries, program, fault = list(self.entries), self._machine.program, fault_line(self._machine)
        render = _trace_as_json if format_name == "json" else _trace_as_text
        return ReportSource(partial(render, entries, program, fault, dropped), dropped)


def _trace_as_text(entries: list[TraceRecord], program: Program | None, fault: str, dropped: int) -> str:
    pieces: list[str] = []
    trace, moment = ExecutionTrace(program, pieces.append), Moment()
    for entry in entries:
        moment.sequence, moment.cycles = entry.sequence, entry.cycles
        moment.address, moment.word, moment.flags = entry.address, entry.word, entry.flags
        moment.writes = list(entry.changes)
        moment.registers = [0] * PC + [(entry.address + 4) & 0xFFFFFFFF]
        moment.old_registers = moment.registers[:]
        for number, value in entry.changes:
            moment.registers[number] = value
            moment.old_registers[number] = ~value
        trace.executed(moment)
    return "".join([*pieces, _dropped_line(dropped), fault])


def _trace_as_json(entries: list[TraceRecord], program: Program | None, _fault: str, dropped: int) -> str:
    names = {symbol.value: symbol.name for symbol in reversed(program.labels())} if program is not None else {}
    texts: dict[tuple[int, int], str] = {}
    rows = []
    for entry in entries:
        place = (entry.address, entry.word)
        text = texts.get(place)
        if text is None:
            text = texts[place] = disassemble(entry.word, entry.address, names).text
        rows.append(
            {
                "sequence": entry.sequence,
                "address": entry.address,
                "opcode": entry.word,
                "disassembly": text,
                "registerChanges": {("PC" if number == PC else f"R{number}"): value for number, value in entry.changes},
                "flags": dict(zip("nzcv", entry.flags, strict=True)),
                "durationNs": 0,
            }
        )
    return json.dumps({"entries": rows, "count": len(rows), "dropped": dropped}) + "\n"


def _dropped_line(dropped: int) -> str:
    return f"Entries dropped: {dropped}\n" if dropped else ""


class MemoryRecorder:
    """The memory trace."""

    observes = True

    def __init__(self, core: SessionCore) -> None:
        self._machine = core.machine
        self._lines: list[str] = []
        self._dropped = 0
        self._trace = MemoryTrace(core.machine.program, self._write)

    def executed(self, moment: Moment) -> None:
        """See Recorder."""
        if len(self._lines) < ENTRY_LIMIT:
            self._trace.executed(moment)
        else:
            self._dropped += len(moment.accesses)

    def _write(self, line: str) -> None:
        if len(self._lines) < ENTRY_LIMIT:
            self._lines.append(line)
        else:
            self._dropped += 1

    def stop(self) -> None:
        """See Recorder."""

    def source(self, format_name: str) -> ReportSource:
        """See Recorder."""
        pieces = [*self._lines, _dropped_line(self._dropped), fault_line(self._machine)]
        return ReportSource(lambda: "".join(pieces), self._dropped)


class CollectedRecorder:
    """The stack, flag and register traces, which collect for themselves."""

    observes = True

    def __init__(self, trace: StackTrace | FlagTrace | RegisterTrace) -> None:
        self._trace = trace
        self.executed: Callable[[Moment], None] = trace.executed

    def stop(self) -> None:
        """See Recorder."""

    def source(self, format_name: str) -> ReportSource:
        """See Recorder."""
        trace = copy(self._trace)
        if isinstance(trace, RegisterTrace):
            # It has no entries, and is made at once: what it has counted goes on changing.
            text = _as_json(trace.as_dict()) if format_name == "json" else trace.as_text()
            return ReportSource(lambda: text)
        if isinstance(trace, FlagTrace):
            trace.counts = list(trace.counts)
        trace.entries = list(trace.entries)  # type: ignore[assignment]  # of its own kind
        kept = trace
        render = (lambda: _as_json(kept.as_dict())) if format_name == "json" else kept.as_text
        return ReportSource(render, kept.dropped)


# -- calls


@frozen
class _Event:
    """A call was entered or left at a time."""

    call: ActiveCall
    time: int
    is_entry: bool


@frozen
class _Calls:
    """What `CallStack` tells, kept. A call whose beginning was not kept is not left either."""

    events: list[_Event] = field(factory=list)
    open: dict[int, ActiveCall] = field(factory=dict)
    """Kept calls that are active, by identity, outermost first."""
    dropped: list[int] = field(factory=lambda: [0])

    def entered(self, frame: ActiveCall, time: int) -> None:
        """See `CallSink`."""
        if len(self.events) >= ENTRY_LIMIT:
            self.dropped[0] += 1
            return
        self.events.append(_Event(frame, time, True))
        self.open[id(frame)] = frame

    def left(self, frame: ActiveCall, time: int) -> None:
        """See `CallSink`."""
        if self.open.pop(id(frame), None) is not None:
            self.events.append(_Event(frame, time, False))


class CallsRecorder:
    """The calls, for viewers of timelines and flame graphs. Time is counted in instructions."""

    observes = True

    def __init__(self, core: SessionCore) -> None:
        self._machine = core.machine
        self._calls = _Calls()
        self._stack = CallStack(core.machine, self._calls)
        self._stopped_at: int | None = None
        self.executed: Callable[[Moment], None] = self._stack.executed

    def stop(self) -> None:
        """See Recorder."""
        self._stopped_at = self._stack.now

    def source(self, format_name: str) -> ReportSource:
        """See Recorder."""
        calls = self._calls
        events, unfinished = list(calls.events), list(calls.open.values())
        now = self._stack.now if self._stopped_at is None else self._stopped_at
        machine, overflowed, dropped = self._machine, self._stack.overflowed, calls.dropped[0]

        def render() -> str:
            pieces: list[str] = []
            write = pieces.append
            sink = (
                ChromeEvents(machine, write, "instructions")
                if format_name == "chrome"
                else FoldedStacks(machine, write)
            )
            for event in events:
                (sink.entered if event.is_entry else sink.left)(event.call, event.time)
            for call in reversed(unfinished):
                sink.left(call, now)
            sink.finish(now, overflowed)
            return "".join(pieces)

        return ReportSource(render, dropped)


def _as_json(report: dict[str, object]) -> str:
    return json.dumps(report, indent=2) + "\n"


RECORDERS: dict[str, Callable[[SessionCore], Recorder]] = {
    "statistics": StatisticsRecorder,
    "coverage": CoverageRecorder,
    "trace": TraceRecorder,
    "memory-trace": MemoryRecorder,
    "stack-trace": lambda core: CollectedRecorder(StackTrace(core.guest.machine)),
    "flag-trace": lambda core: CollectedRecorder(FlagTrace(core.guest.machine)),
    "register-trace": lambda core: CollectedRecorder(RegisterTrace(core.guest.machine)),
    "calls": CallsRecorder,
}
"""By kind of report."""
