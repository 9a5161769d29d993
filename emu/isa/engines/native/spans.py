"""Where loads are expected to go."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.engines.lifting import Step, Value
    from emu.isa.memory import Memory


class ExpectedSpans:
    """Guesses from what registers hold now. Whoever changes the guards of loads has to drop all native code."""

    def __init__(self, memory: Memory, registers: Sequence[int]) -> None:
        self.all = memory.readable_spans()
        self._registers = tuple(registers)

    def expected(self, step: Step) -> tuple[int, int] | None:
        """(the first address, the last one) of what the load `step` most likely reads and may read without a closer
        look, or None.
        """
        size = step.size * len(step.values)
        span = self._span(step.address)
        if span is None or span[1] - span[0] < size:
            return None
        return span[0], span[1] - size

    def _span(self, address: Value) -> tuple[int, int] | None:
        """Judged by what the parts of the address are now; the largest span if they do not tell."""
        for guess in _sources(address):
            number = guess.number if guess.op == "const" else None
            if guess.op == "register" and guess.args[0] < len(self._registers):
                number = self._registers[guess.args[0]]
            if number is not None:
                for span in self.all:
                    if span[0] <= number < span[1]:
                        return span
        return max(self.all, key=lambda span: span[1] - span[0], default=None)


def _sources(value: Value) -> list[Value]:
    """The registers and constants that a value is made of, the leftmost first."""
    if value.op in ("register", "const"):
        return [value]
    return [source for arg in value.args if hasattr(arg, "op") for source in _sources(arg)]
