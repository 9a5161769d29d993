"""Two thousand lives of a supervisor in every test run: each subscriber saw exactly what happened, each journal
replays it.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.actors import simulate
from tests.simulation.schedule import run_seeded

RUNS = 2000
CHUNK = 250

EXPECTED = (
    "chapter: snapshot", "chapter: resume", "chapter: trimmed", "chapter: ahead", "chapter: epoch", "from disk",
    "ends delivered", "closed: deleted", "closed: shutdown",
    "notice: held", "notice: released", "notice: breakpoint_hit",
    "state: idle", "state: running", "state: waiting_for_input", "state: breakpoint", "state: halted", "state: error",
)  # fmt: skip


@pytest.mark.parametrize("chunk", range(RUNS // CHUNK))
def test_nothing_is_lost(chunk: int, first_seed: int) -> None:
    happened: Counter[str] = Counter()
    for run in range(CHUNK):
        happened += simulate(first_seed + chunk * CHUNK + run).happenings()
    never = [name for name in EXPECTED if not happened[name]]
    assert not never, f"{CHUNK} lives, and this never happened"


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_reproduces_its_run(seed: int) -> None:
    first, second = simulate(seed), simulate(seed)
    assert first.notes == second.notes
    assert first.truth.events == second.truth.events


def test_different_seeds_are_different_schedules() -> None:
    """Two tasks that are ready at the same time run in an order that the seed decides."""
    orders = {run_seeded(seed, _order) for seed in range(50)}
    assert orders == {"abc", "acb", "bac", "bca", "cab", "cba"}


async def _order() -> str:
    import trio

    order: list[str] = []

    async def run(name: str) -> None:
        await trio.lowlevel.checkpoint()
        order.append(name)

    async with trio.open_nursery() as nursery:
        for name in "abc":
            nursery.start_soon(run, name)
    return "".join(order)
