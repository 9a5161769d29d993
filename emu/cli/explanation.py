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
        for event in native[:_SHOWN]:
            name = address_name(self._machine.program, event.start)
            took = f"{event.compiling * 1000:.1f} ms" if event.compiling else "-"
            lines.append(
                f"{event.seconds * 1000:9.1f} {event.instructions:16,}  {name:28} {event.size:5}  {took:>10}  "
                f"{_STAGES[event.stage]}"
            )
        if len(native) > _SHOWN:
            lines.append(f"          and {len(native) - _SHOWN} more")
        lines.append(f"engine: {python} Python functions and {len(native)} native regions came into use")
        lines += self._shares()
        return "\n".join(lines) + "\n"

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
