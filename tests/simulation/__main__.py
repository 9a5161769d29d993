"""Runs simulations from the command line: `python -m tests.simulation --level both --seed 1 --runs 1000`.

Prints the first seed, what happened how often, and for every life that went wrong its seed and its last minutes. The
exit status is 1 if there was one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from typing import TYPE_CHECKING

from tests.simulation.actors import simulate
from tests.simulation.wire import simulate_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.actors import Life
    from tests.simulation.wire import WireLife

LEVELS: dict[str, Callable[[int], Life | WireLife]] = {"actors": simulate, "wire": simulate_wire}
WIRE_SHARE = 10
"""With both levels, one life in ten is on the wire, which takes about ten times as long."""


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Hunts for lost updates.")
    parser.add_argument("--level", choices=[*LEVELS, "both"], default="both")
    parser.add_argument("--seed", type=int, default=None, help="the first seed; chosen at random if missing")
    parser.add_argument("--runs", type=int, default=1000, help="how many lives")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    failures = 0
    for name, live in LEVELS.items():
        if options.level in (name, "both"):
            share = WIRE_SHARE if options.level == "both" and name == "wire" else 1
            failures += _run(name, live, seed, max(1, options.runs // share))
    return 1 if failures else 0


def _run(name: str, live: Callable[[int], Life | WireLife], seed: int, runs: int) -> int:
    print(f"level {name}: {runs} lives from seed {seed} on", flush=True)
    happened: Counter[str] = Counter()
    failures = 0
    start = time.perf_counter()
    for one in range(seed, seed + runs):
        try:
            happened += live(one).happenings()
        except Exception as error:  # noqa: BLE001 (whatever went wrong is what we are here for)
            failures += 1
            traceback.print_exception(error, file=sys.stdout)
            print(f"seed {one} went wrong: make simulate LEVEL={name} SEED={one} RUNS=1", flush=True)
    for what, times in sorted(happened.items()):
        print(f"  {what:32}{times:10}")
    print(f"level {name}: {failures} of {runs} lives went wrong, {time.perf_counter() - start:.1f} s", flush=True)
    return failures


if __name__ == "__main__":
    raise SystemExit(main())
