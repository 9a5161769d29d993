"""Native speed beside other emulators: `python -m benchmarks.native [--quick]`.

Every figure is taken in one run on one computer, so that ratios mean something. "Total" is the wall-clock time of a
whole process, from nothing to exit; "steady" leaves start and compilation out: for qemu-arm it is the difference
between a long and a short run. Where a tool is not installed, its figures are nan.
"""

from __future__ import annotations

import math
import resource
import statistics
import sys
import tempfile
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks import compiled, compiling, full_speed
from benchmarks.processes import Length, Processes, workload
from benchmarks.steady import counting, steady, threads
from benchmarks.workloads import WORKLOADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FULL, QUICK = 1_000_000_000, 20_000_000
SHORT = 100_000_000
STEADY_SLICE = 200_000_000
TEN = ".org 0x8000\n_start: " + "MOV R0, #1\n" * 8 + "MOV R0, #0\nSWI #0\n"


def unicorn(name: str, length: Length) -> float:
    """Million instructions per second without interruption."""
    from benchmarks.engines import Unicorn

    rounds = 1
    while (seconds := Unicorn(workload(name, rounds)).run()) < 0.3:
        rounds *= 4
    return length.instructions(rounds) / seconds / 1e6


def speeds(processes: Processes, full: int) -> None:
    """The table of speeds, and what the goals say about it."""
    heads = ["python", "unicorn", "qemu", "qemu st.", "total", "steady", "warm", "total/qemu", "steady/qemu"]
    print(f"million instructions per second; programs of {full / 1e6:.0f} million")
    print(f"{'':16}" + "".join(f"{head:>12}" for head in heads))
    ratios: list[tuple[float, float]] = []
    for name in WORKLOADS:
        length = Length(name)
        rounds = length.rounds(full)
        count = length.instructions(rounds) / 1e6
        python = steady(name, "python", 500_000)
        rival = unicorn(name, length) if find_spec("unicorn") else math.nan
        processes.cool()
        total, warm = (count / processes.ours(name, rounds) for _ in range(2))
        fast = steady(name, "native", min(full, STEADY_SLICE))
        qemu = qemu_steady = math.nan
        if processes.has_tools:
            seconds = processes.qemu(name, rounds)
            qemu, qemu_steady = count / seconds, count / max(1e-6, seconds - processes.qemu(name, 1))
        ratios.append((total / qemu, fast / qemu_steady))
        figures = [python, rival, qemu, qemu_steady, total, fast, warm, *ratios[-1]]
        print(f"{name:16}" + "".join(f"{figure:12.2f}" for figure in figures), flush=True)
    worst = min(total for total, _ in ratios)
    mean = statistics.geometric_mean([ratio for _, ratio in ratios]) if processes.has_tools else math.nan
    print(f"total/qemu: worst {worst:.2f} (goal: at least 1); steady/qemu: geometric mean {mean:.2f} (goal: 2)")


def short_programs(processes: Processes, short: int) -> None:
    """Programs that are over soon, with and without what an earlier run has compiled."""
    print(f"programs of {short / 1e6:.0f} million instructions: total/qemu cold, warm (goal: at least 0.5)")
    for name in WORKLOADS:
        length = Length(name)
        rounds = length.rounds(short)
        processes.cool()
        cold, warm = (processes.ours(name, rounds) for _ in range(2))
        rival = processes.qemu(name, rounds) if processes.has_tools else math.nan
        print(f"{name:16}{cold * 1000:9.0f} ms{warm * 1000:9.0f} ms {rival / cold:9.2f}{rival / warm:9.2f}", flush=True)


def counted_totals(processes: Processes, full: int) -> None:
    """Whole runs with and without statistics and the stack guard, from an empty cache."""
    print(f"slower in total, programs of {full / 1e6:.0f} million (goal: at most 1.20 times); wall, processor's time")
    runs: dict[str, Callable[[tuple[str, ...]], float]] = {}
    for name in WORKLOADS:
        runs[name] = partial(_ours, processes, name, Length(name).rounds(full))
    for name in compiled.PROGRAMS:
        path, rounds = compiled.of_length(name, full)
        runs[name + ".c"] = partial(_compiled, processes, path, rounds)
    for name, run in runs.items():
        best = [(math.inf, math.inf)] * 3
        for _ in range(3):
            for number, options in enumerate(((), ("--stats",), ("--stack-guard",))):
                processes.cool()
                before = _children()
                wall = run(options)
                best[number] = min(best[number][0], wall), min(best[number][1], _children() - before)
        (plain, plain_own), counted, guarded = best
        print(
            f"{name:16}{plain:8.2f} s   counted {counted[0] / plain:6.2f} {counted[1] / plain_own:6.2f}"
            f"   guarded {guarded[0] / plain:6.2f} {guarded[1] / plain_own:6.2f}",
            flush=True,
        )


def _ours(processes: Processes, name: str, rounds: int, options: tuple[str, ...]) -> float:
    return processes.ours(name, rounds, *options)


def _compiled(processes: Processes, path: Path, rounds: int, options: tuple[str, ...]) -> float:
    return processes.emu(path, str(rounds), options=options)


def _children() -> float:
    """The processor's time that finished processes have taken, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def starts(processes: Processes, rounds: int) -> None:
    """What the native engine costs a program that does not need it."""
    pairs = [
        tuple(processes.emu(TEN, options=("--engine", engine)) for engine in ("python", "auto")) for _ in range(rounds)
    ]
    python, auto = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    print(
        f"ten instructions: auto {auto:.1f} ms, python {python:.1f} ms, difference {auto - python:+.1f} ms (goal: 10)"
    )


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    if find_spec("llvmlite") is None:
        print("native engine: llvmlite is not installed")
        return
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    full, short, slice_size = (QUICK, QUICK // 2, QUICK) if quick else (FULL, SHORT, STEADY_SLICE)
    with tempfile.TemporaryDirectory() as directory:
        processes = Processes(Path(directory))
        parts: list[Callable[[], None]] = [
            lambda: speeds(processes, full),
            lambda: short_programs(processes, short),
            lambda: compiled.main(processes, quick=quick),
            lambda: starts(processes, 5 if quick else 15),
            lambda: counted_totals(processes, short),
            lambda: counted_totals(processes, full),
            lambda: counting(list(WORKLOADS), max(slice_size, 50_000_000)),
            compiling.latencies,
            lambda: full_speed.main(processes, quick=quick),
            lambda: compiling.interpreted_share(full),
            threads,
        ]
        for part in parts:
            start = time.perf_counter()
            part()
            print(f"({time.perf_counter() - start:.0f} s)\n", flush=True)


if __name__ == "__main__":
    main()
