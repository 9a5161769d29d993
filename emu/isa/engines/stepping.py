"""The engine that translates nothing: the yardstick that the others are compared with."""

from __future__ import annotations

from emu.isa.engines.counters import INTERPRETED_EFFORT
from emu.isa.registers import PC
from emu.isa.stops import BreakpointHit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.machine import Machine
    from emu.isa.stops import Stop


class SteppingEngine:
    """Interprets every instruction."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def run(self, budget: int, leaving_breakpoint: bool) -> Stop | None:
        """See `machine.Engine`."""
        machine = self._machine
        for _ in range(min(budget, 1 + machine.effort // INTERPRETED_EFFORT)):
            if machine.pause_requested:
                break
            pc = machine.registers[PC]
            if pc in machine.breakpoints and not leaving_breakpoint:
                return BreakpointHit(pc)
            leaving_breakpoint = False
            stop = machine.step_once()
            if stop is not None:
                return stop
        return None

    def forget(self, start: int, end: int) -> None:
        """Nothing is remembered."""

    def forget_all(self) -> None:
        """Nothing is remembered."""

    def native_usage(self) -> dict[int, int]:
        """See `machine.Engine`. Nothing is native."""
        return {}
