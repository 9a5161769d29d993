"""The calls of a run for viewers: as a trace of events, and as folded stacks for flame graphs.

The events are in the JSON object format that Chrome's tracing and Perfetto read (Trace Event Format, 2016): a begin
event `B` and an end event `E` for every call, in order of time, with the clock of the machine as microseconds. They are
written as they happen. Folded stacks are one line for each way to a function, `main;work;step 42`, where the number is
the time spent in the last function of the way itself.

Both are the same for every run of a program with the same input.
"""

from __future__ import annotations

from emu.isa.analysis.call_stack import CallStack
from emu.isa.analysis.naming import Names
from emu.isa.stops import Faulted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emu.isa.analysis.call_stack import ActiveCall
    from emu.isa.analysis.witness import Moment
    from emu.isa.machine import Machine

FORMATS = ("chrome", "folded")

MOST_STACKS = 200_000
"""Different ways to a function that are told apart."""

_MOST_TEXTS = 1 << 16


class CallTrace:
    """One run's calls in one of `FORMATS`; an observer."""

    def __init__(
        self, machine: Machine, write: Callable[[str], None], format_name: str = "chrome", *, count_cycles: bool = False
    ) -> None:
        """`write` gets the text in pieces. The machine stands where the program begins."""
        self._machine = machine
        self._sink: ChromeEvents | FoldedStacks
        if format_name == "chrome":
            self._sink = ChromeEvents(machine, write, "cycles" if count_cycles else "instructions")
        else:
            self._sink = FoldedStacks(machine, write)
        self._stack = CallStack(machine, self._sink, count_cycles=count_cycles)
        self.executed: Callable[[Moment], None] = self._stack.executed

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return self._stack.calls

    def finish(self) -> None:
        """The run is over, however it ended: writes what is not written yet."""
        time = self._stack.now
        self._stack.finish()
        self._sink.finish(time, self._stack.overflowed)


class ChromeEvents:
    """Writes the events of calls."""

    def __init__(self, machine: Machine, write: Callable[[str], None], clock: str) -> None:
        self._machine = machine
        self._write = write
        self._names = Names(machine.program)
        self._beginnings: dict[tuple[int, int], str] = {}
        name = machine.program.name if machine.program is not None else "program"
        write('{"displayTimeUnit": "ns", "otherData": {"clock": ' + _text(f"{clock}, one as a microsecond") + "},\n")
        write('"traceEvents": [\n')
        write('{"name": "process_name", "ph": "M", "pid": 1, "tid": 1, "args": {"name": ' + _text(name) + "}},\n")
        write('{"name": "thread_name", "ph": "M", "pid": 1, "tid": 1, "args": {"name": "calls"}}')

    def entered(self, frame: ActiveCall, time: int) -> None:
        """See `CallSink`."""
        key = frame.function, frame.call_site
        beginning = self._beginnings.get(key)
        if beginning is None:
            if len(self._beginnings) >= _MOST_TEXTS:
                self._beginnings.clear()
            beginning = self._beginnings[key] = self._beginning(frame)
        self._write(f"{beginning}{time}}}")

    def _beginning(self, frame: ActiveCall) -> str:
        details = [f'"address": "0x{frame.function:08X}"']
        if frame.call_site >= 0:
            details.append(f'"from": {_text(self._names.place(frame.call_site))}')
            line = self._names.line(frame.call_site)
            if line is not None:
                details.append(f'"line": {_text(f"{line.file}:{line.line}")}')
        name = _text(self._names.place(frame.function))
        return (
            f',\n{{"name": {name}, "cat": "call", "ph": "B", "pid": 1, "tid": 1, '
            f'"args": {{{", ".join(details)}}}, "ts": '
        )

    def left(self, frame: ActiveCall, time: int) -> None:
        """See `CallSink`."""
        self._write(f',\n{{"ph": "E", "pid": 1, "tid": 1, "ts": {time}}}')

    def finish(self, time: int, overflowed: int) -> None:
        """Closes the list; a fault is an event of its own."""
        outcome = self._machine.outcome
        if isinstance(outcome, Faulted):
            place = self._names.place(outcome.fault.pc)
            name = _text(f"fault at {place}: {outcome.fault.message}")
            self._write(f',\n{{"name": {name}, "cat": "fault", "ph": "i", "s": "g", "pid": 1, "tid": 1, "ts": {time}}}')
        if overflowed:
            name = _text(f"{overflowed} calls were nested too deeply to be shown")
            self._write(f',\n{{"name": {name}, "cat": "limit", "ph": "i", "s": "g", "pid": 1, "tid": 1, "ts": {time}}}')
        self._write("\n]}\n")


class _Way:
    """A node of the tree of ways: a function called on the way that its parent is."""

    __slots__ = ("children", "function", "parent", "time")

    def __init__(self, function: int, parent: _Way | None) -> None:
        self.function = function
        self.parent = parent
        self.time = 0
        self.children: dict[int, _Way] = {}


class FoldedStacks:
    """Adds up the time spent on each way."""

    def __init__(self, machine: Machine, write: Callable[[str], None]) -> None:
        self._write = write
        self._names = Names(machine.program)
        self._roots: dict[int, _Way] = {}
        self._way: _Way | None = None
        self._since = 0
        self._count = 0
        self._unfollowed = 0
        """Active calls for which there was no room."""

    def _charge(self, time: int) -> None:
        if self._way is not None:
            self._way.time += time - self._since
        self._since = time

    def entered(self, frame: ActiveCall, time: int) -> None:
        """See `CallSink`."""
        self._charge(time)
        siblings = self._way.children if self._way is not None else self._roots
        way = siblings.get(frame.function)
        if way is None or self._unfollowed:
            if self._count >= MOST_STACKS or self._unfollowed:
                self._unfollowed += 1
                return
            way = siblings[frame.function] = _Way(frame.function, self._way)
            self._count += 1
        self._way = way

    def left(self, frame: ActiveCall, time: int) -> None:
        """See `CallSink`."""
        self._charge(time)
        if self._unfollowed:
            self._unfollowed -= 1
        elif self._way is not None:
            self._way = self._way.parent

    def finish(self, time: int, overflowed: int) -> None:
        """Writes the lines, sorted."""
        for line in sorted(self._lines()):
            self._write(line)

    def _lines(self) -> Iterator[str]:
        pending = [(way, self._name(way)) for way in self._roots.values()]
        while pending:
            way, path = pending.pop()
            if way.time:
                yield f"{path} {way.time}\n"
            pending += [(child, f"{path};{self._name(child)}") for child in way.children.values()]

    def _name(self, way: _Way) -> str:
        return self._names.place(way.function).replace(";", ":")


def _text(value: str) -> str:
    """A JSON string."""
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    import json

    return json.dumps(value)
