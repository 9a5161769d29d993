"""`emu run --explain-engine`: what became hot, when it was translated, how long that took, and how much ran where."""

from __future__ import annotations

from time import perf_counter

from emu.isa.places import address_name
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.machine import Machine

_STAGES = {
    "python": "Python function",
    "cached": "native, from the cache",
    "quick": "native, quick code",
    "good": "native, well compiled",
    "full": "native, fully compiled",
}
_SHOWN = 40
"""Translations that are told of; better code goes before quick code."""

_SHOWN_PLACES = 10


class Event(Record):
    """One translation that came into use. Times in seconds; `compiling` is 0 where nothing was compiled."""

    seconds: float
    instructions: int
    start: int
    stage: str
    size: int
    compiling: float


class EngineExplanation:
    """Implements `emu.isa.engines.native.code.Observer` and tells about it afterwards."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._began = perf_counter()
        self._compiling: dict[tuple[int, str], float] = {}
        self._times: dict[tuple[int, str], float] = {}
        self._events: list[Event] = []
        machine.observer = self

    def compiling(self, start: int, stage: str) -> None:
        """See `Observer`."""
        self._compiling[start, stage] = perf_counter()

    def compiled(self, start: int, stage: str) -> None:
        """See `Observer`."""
        self._times[start, stage] = perf_counter() - self._compiling.pop((start, stage))

    def installed(self, start: int, stage: str, size: int, instructions: int) -> None:
        """See `Observer`."""
        seconds = perf_counter() - self._began
        self._events.append(Event(seconds, instructions, start, stage, size, self._times.get((start, stage), 0.0)))

    def text(self) -> str:
        """Lines to print after the run."""
        native = [event for event in self._events if event.stage != "python"]
        python = len(self._events) - len(native)
        lines = ["engine: what became hot, and when"]
        if native:
            lines.append(f"{'at ms':>9} {'instructions':>16}  {'region':28} {'size':>5}  {'compiling':>10}  how")
        for event in _most_telling(native):
            name = address_name(self._machine.program, event.start)
            took = f"{event.compiling * 1000:.1f} ms" if event.compiling else "-"
            lines.append(
                f"{event.seconds * 1000:9.1f} {event.instructions:16,}  {name:28} {event.size:5}  {took:>10}  "
                f"{_STAGES[event.stage]}"
            )
        if len(native) > _SHOWN:
            lines.append(f"          and {len(native) - _SHOWN} more")
        lines += self._places()
        lines.append(f"engine: {python} Python functions and {len(native)} native regions came into use")
        lines += self._shares()
        return "\n".join(lines) + "\n"

    def _places(self) -> list[str]:
        """Where in native code most instructions were executed."""
        usage = self._machine.engine.native_usage()
        if not usage:
            return []
        stages = {event.start: event.stage for event in self._events if event.stage != "python"}
        lines = ["engine: where native code was entered, and how much it executed from there"]
        for start, executed in sorted(usage.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_PLACES]:
            name = address_name(self._machine.program, start)
            share = executed / self._machine.instructions
            lines.append(f"{executed:26,}  {name:28} {share:17.4%}  {_STAGES[stages.get(start, 'quick')]}")
        if len(usage) > _SHOWN_PLACES:
            lines.append(f"          and {len(usage) - _SHOWN_PLACES} more")
        return lines

    def _shares(self) -> list[str]:
        total = self._machine.instructions
        python, native = self._machine.translated
        executed = (total - python - native, python, native)
        kinds = ("interpreted", "in Python functions", "natively")
        lines = []
        for kind, count in zip(kinds, executed, strict=True):
            share = count / total if total else 0.0
            lines.append(f"engine: {count:16,} instructions {kind:20} {share:10.4%}")
        return lines


def _most_telling(events: list[Event]) -> list[Event]:
    """Those that are shown, in order of time."""
    better = [event for event in events if event.stage != "quick"][:_SHOWN]
    quick = [event for event in events if event.stage == "quick"][: _SHOWN - len(better)]
    return sorted([*better, *quick], key=lambda event: event.seconds)
