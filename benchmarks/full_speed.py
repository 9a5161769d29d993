"""When a program runs at its full speed, counted from the start of the process: `python -m benchmarks.full_speed`.

Speed is instructions for the processor's time that the program got; the answer is in wall-clock time, because that is
what somebody waits.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import compiled
from benchmarks.processes import Length, Processes
from benchmarks.workloads import WORKLOADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

INSTRUCTIONS = 3_000_000_000
"""So many that nothing gets faster any more in the second half of them."""

NEARLY = 0.9
"""The part of the final speed that counts as full speed."""

SPAN = 0.04
"""Seconds of the processor's over which speed is measured: some ten native calls."""


class Run:
    """What `benchmarks.progress` has seen of a run."""

    def __init__(self, processes: Processes, program: Path, *words: str) -> None:
        began = time.perf_counter()
        module = [sys.executable, "-m", "benchmarks.progress", str(began)]
        said = processes.said([*module, "run", "--explain-engine", str(program), *words])
        seen = json.loads(said.splitlines()[-1])
        self._samples: list[tuple[float, float, int]] = [(at, used, count) for at, used, count in seen["samples"]]
        self.first_better: float = min((at for at, _ in seen["installed"]), default=math.nan)
        """Seconds until LLVM's code came into use, compiled just now or found in the cache."""

    def at_full_speed(self) -> float:
        """Seconds until it was nearly as fast as in its second half, which begins half way to its end."""
        speeds = list(self._speeds())
        half = self._samples[-1][0] / 2
        final = statistics.median(speed for at, speed in speeds if at > half)
        return next(at for at, speed in speeds if speed >= NEARLY * final)

    def _speeds(self) -> Iterator[tuple[float, float]]:
        """(seconds, instructions in a second of the processor's that begins then)."""
        last = 0
        for at, used, count in self._samples:
            while last < len(self._samples) and self._samples[last][1] < used + SPAN:
                last += 1
            if last == len(self._samples):
                return
            _, used_then, count_then = self._samples[last]
            yield at, (count_then - count) / (used_then - used)


def main(processes: Processes, *, quick: bool) -> None:
    """Measures and prints: with an empty cache, and with what the run before has left in it."""
    times = 1 if quick else 3
    print(f"ms from the start of the process until {NEARLY:.0%} of the final speed, and until LLVM's code is in use")
    print(f"{'':16}{'cold':>8}{'LLVM':>8}{'warm':>8}{'LLVM':>8}   (goal: 300 when warm)")
    programs: dict[str, tuple[Path, tuple[str, ...]]] = {}
    for name in WORKLOADS:
        programs[name] = processes.workload(name, Length(name).rounds(INSTRUCTIONS)), ()
    for name in compiled.PROGRAMS:
        path, rounds = compiled.of_length(name, INSTRUCTIONS)
        programs[f"{name}.c"] = path, (str(rounds),)
    for name, (path, words) in programs.items():
        best = [math.inf] * 4
        for _ in range(times):
            processes.cool()
            figures = []
            for _ in range(2):
                run = Run(processes, path, *words)
                figures += [run.at_full_speed(), run.first_better]
            best = [min(pair) for pair in zip(figures, best, strict=True)]
        print(f"{name:16}" + "".join(f"{seconds * 1000:8.0f}" for seconds in best), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        main(Processes(Path(directory)), quick="--quick" in sys.argv)
