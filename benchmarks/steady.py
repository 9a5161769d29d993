"""Speed when everything hot is compiled, inside this process."""

from __future__ import annotations

import hashlib
import math
import statistics
import time
from functools import partial
from threading import Barrier, Thread

from benchmarks.engines import FOREVER
from benchmarks.processes import workload
from emu.host.background import ThreadBackground
from emu.isa.analysis.profile import Profile
from emu.isa.engines.native.improving import WORTH_COMPILING
from emu.isa.machine import Machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS = 0.4
"""How long a measurement takes at least: what lasts a few milliseconds measures the scheduler."""


FREE = 1.8
"""What two threads that share nothing must get of two processors, for others that get less to be to blame."""

WARM_SECONDS, STILL = 4.0, 4
"""How long code may be compiled in the background, and during how many slices nothing must have been."""

WARM = 4 * WORTH_COMPILING
"""Instructions before which nothing is warm: nobody even thinks of compiling anything in the first quarter of them."""


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
        while (machine.instructions < WARM or still < STILL) and time.perf_counter() < end:
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
    """Whether two machines in two threads hinder each other.

    How many processors two threads get depends on what else the computer does, so the same is measured in turns with
    two threads that hold no lock of the interpreter's, and work is counted for the processor's time that it took.
    """
    machines = [warm_machine("byte sieve", "native", 20_000_000) for _ in range(2)]
    count = max(20_000_000, round(20_000_000 * SECONDS / best_seconds(machines[0], 20_000_000)))
    work = [partial(machine.run, count) for machine in machines]
    rounds = max(1, round(10_000 * SECONDS / _times([partial(_hash, 10_000)])[0]))
    alone = used = math.inf
    shares: list[tuple[float, float]] = []
    for _ in range(5):
        alone = min(alone, _times(work[:1])[1])
        seconds, both = _times(work)
        used = min(used, both)
        free_seconds, free = _times([partial(_hash, rounds)] * 2)
        shares.append((both / seconds, free / free_seconds))
    for_their_time = 2 * alone / used
    of_the_free = statistics.median(ours / free for ours, free in shares)
    had, had_free = (max(column) for column in zip(*shares, strict=True))
    print(
        f"two machines on two threads: {had * for_their_time:.2f} times one (goal: 1.7)\n"
        f"    they had {had:.2f} processors at best; two threads that share no lock had {had_free:.2f}, "
        f"{1 / of_the_free:.2f} times as much\n"
        f"    for each processor that they had, they did {for_their_time:.2f} times the work of one alone"
    )
    if had_free < FREE:
        print("    so the computer was too busy to tell whether they hinder each other")


def _hash(rounds: int) -> None:
    """Works for a while without the interpreter's lock."""
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", rounds)


def _times(work: Sequence[Callable[[], object]]) -> tuple[float, float]:
    """(wall-clock time, processor's time) of pieces of work that are done at once, each in a thread of its own."""
    used: list[float] = []
    ready = Barrier(len(work) + 1)

    def run(piece: Callable[[], object]) -> None:
        ready.wait()
        start = time.thread_time()
        piece()
        used.append(time.thread_time() - start)

    running = [Thread(target=run, args=(piece,)) for piece in work]
    for thread in running:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in running:
        thread.join()
    return time.perf_counter() - start, sum(used)
