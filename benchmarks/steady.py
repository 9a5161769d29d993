"""Speed when everything hot is compiled, inside this process."""

from __future__ import annotations

import math
import time
from threading import Thread

from benchmarks.engines import FOREVER
from benchmarks.processes import workload
from emu.host.background import ThreadBackground
from emu.isa.analysis.profile import Profile
from emu.isa.machine import Machine

SECONDS = 0.4
"""How long a measurement takes at least: what lasts a few milliseconds measures the scheduler."""


WARM_SECONDS, STILL = 4.0, 4
"""How long code may be compiled in the background, and during how many slices nothing must have been."""


def warm_machine(name: str, engine: str, slice_size: int, *, profiled: bool = False, guarded: bool = False) -> Machine:
    """A machine in whose program everything hot is compiled."""
    machine = Machine(engine=engine, stack_guard=guarded)
    machine.load(workload(name, FOREVER))
    if profiled:
        machine.profile = Profile()
    if engine == "native":
        machine.background = background = ThreadBackground()
        end = time.perf_counter() + WARM_SECONDS
        still = 0
        while still < STILL and time.perf_counter() < end:
            machine.run(slice_size)
            still = 0 if background.is_busy else still + 1
    for _ in range(2):
        machine.run(slice_size)
    return machine


def best_seconds(machine: Machine, count: int, times: int = 3) -> float:
    """The shortest of some times that a machine takes for so many instructions."""
    best = math.inf
    for _ in range(times):
        start = time.perf_counter()
        machine.run(count)
        best = min(best, time.perf_counter() - start)
    return best


def steady(name: str, engine: str, slice_size: int) -> float:
    """Million instructions per second once everything hot is compiled."""
    return slice_size / best_seconds(warm_machine(name, engine, slice_size), slice_size) / 1e6


def counting(names: list[str], slice_size: int) -> None:
    """What statistics and the stack guard cost.

    The three are measured in turns, because computers have moods, and by the processor's time, which others use, too.
    """
    print("slower by statistics and by the stack guard, steady (goal: at most 1.20 times)")
    for name in names:
        machines = [
            warm_machine(name, "native", slice_size, profiled=profiled, guarded=guarded)
            for profiled, guarded in ((False, False), (True, False), (False, True))
        ]
        best = [math.inf] * 3
        for _ in range(8):
            for number, machine in enumerate(machines):
                start = time.thread_time()
                machine.run(slice_size)
                best[number] = min(best[number], time.thread_time() - start)
        plain, counted, guarded_time = best
        print(f"{name:16} counted {counted / plain:6.2f}   guarded {guarded_time / plain:6.2f}", flush=True)


def threads() -> None:
    """One machine, then two at once on two threads; wall-clock time, and the processor's time that each had."""
    machines = [warm_machine("byte sieve", "native", 20_000_000) for _ in range(2)]
    count = max(20_000_000, round(20_000_000 * SECONDS / best_seconds(machines[0], 20_000_000)))
    used: list[float] = []

    def run(machine: Machine) -> None:
        start = time.thread_time()
        machine.run(count)
        used.append(time.thread_time() - start)

    alone = together = math.inf
    shares = []
    for _ in range(3):
        start = time.perf_counter()
        run(machines[0])
        alone = min(alone, time.perf_counter() - start)
        used.clear()
        both = [Thread(target=run, args=(machine,)) for machine in machines]
        start = time.perf_counter()
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        elapsed = time.perf_counter() - start
        together = min(together, elapsed)
        shares.append(sum(used) / elapsed)
    print(
        f"two machines on two threads: {2 * alone / together:.2f} times one (goal: 1.7), "
        f"while they had {max(shares):.2f} processors"
    )
