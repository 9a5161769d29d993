"""How a run gets faster: `python -m benchmarks.progress BEGAN run --explain-engine FILE ARGUMENTS`.

Does what `emu run` does, and writes what it has seen as one line of JSON to standard error, in place of the
explanation. BEGAN is what the clock of the process that started this one said at that moment: it is one clock for all.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from emu.cli import explanation, main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.machine import Machine

EVERY_SECONDS = 0.001
BETTER = ("good", "full", "cached")


class Progress(explanation.EngineExplanation):
    """Looks now and then how far the machine has come, and how much of a processor's time that has taken."""

    began = 0.0

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._samples: list[tuple[float, float, int]] = []
        self._installed: list[tuple[float, int]] = []
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._ended = threading.Event()
        self._look()
        threading.Thread(target=self._watch, daemon=True).start()

    def installed(self, start: int, stage: str, size: int, instructions: int) -> None:
        """See `Observer`."""
        if stage in BETTER:
            self._installed.append((time.perf_counter() - self.began, start))

    def text(self) -> str:
        """What has been seen: samples as (seconds since the beginning, seconds of a processor, instructions), and when
        better code came into use, as (seconds, the address it is for).
        """
        self._ended.set()
        self._look()
        return json.dumps({"samples": self._samples, "installed": self._installed}) + "\n"

    def _watch(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        now, used = time.perf_counter() - self.began, time.clock_gettime(self._clock)
        instructions = self._machine.instructions
        if not self._samples or self._samples[-1][2] != instructions:
            self._samples.append((now, used, instructions))


if __name__ == "__main__":
    Progress.began = float(sys.argv.pop(1))
    explanation.EngineExplanation = Progress  # type: ignore[misc]  # the run makes its own, of whatever is called so
    sys.exit(main.main())
