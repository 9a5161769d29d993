"""Lives of a whole server in memory, with bad networks: whatever the connection does, nobody misses or repeats
anything.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.wire import simulate_wire

RUNS = 200
CHUNK = 50

EXPECTED = (
    "listener: library", "listener: legacy", "listener: poll", "listener: sse",
    "fault: cut", "fault: cut request", "fault: stall", "fault: reset",
    "update: snapshot", "update: closed", "update: output", "commands",
)  # fmt: skip


@pytest.mark.parametrize("chunk", range(RUNS // CHUNK))
def test_nothing_is_lost_on_the_wire(chunk: int, first_seed: int) -> None:
    happened: Counter[str] = Counter()
    for run in range(CHUNK):
        happened += simulate_wire(first_seed + chunk * CHUNK + run).happenings()
    never = [name for name in EXPECTED if not happened[name]]
    assert not never, f"{CHUNK} lives, and this never happened"


@pytest.mark.parametrize("seed", range(2))
def test_a_seed_reproduces_its_run(seed: int) -> None:
    first, second = simulate_wire(seed), simulate_wire(seed)
    assert first.notes == second.notes
    assert first.truth.events == second.truth.events
    assert [[one.heard for one in many] for many in first.listeners] == [
        [one.heard for one in many] for many in second.listeners
    ]
