"""Runs an async function so that one number decides everything: the order of tasks, and through it every race.

Trio orders the tasks that are ready at random. Here the random numbers come from a seed, the clock is virtual and
jumps when nobody has anything to do, and a run that can never end (a lost wake-up) reaches the end of its virtual
time instead of hanging.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import trio
import trio._core._run as scheduler
import trio.testing

Result = TypeVar("Result")

LONGEST = 100_000.0
"""Virtual seconds after which a run counts as stuck."""


class Stuck(AssertionError):
    """Somebody waits for something that never happens."""


@contextmanager
def seeded_scheduler(seed: int) -> Iterator[None]:
    """While this is entered, `trio.run` orders its tasks as the seed says."""
    before = scheduler._r, scheduler._ALLOW_DETERMINISTIC_SCHEDULING
    scheduler._r = random.Random(seed)
    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    try:
        yield
    finally:
        scheduler._r, scheduler._ALLOW_DETERMINISTIC_SCHEDULING = before  # type: ignore[misc]


def run_seeded(seed: int, main: Callable[[], Awaitable[Result]]) -> Result:
    """The result of `main` under the schedule of a seed. Raises Stuck if it does not end."""

    async def bounded() -> Result:
        with trio.move_on_after(LONGEST) as scope:
            return await main()
        assert scope.cancelled_caught
        raise Stuck("the run did not come to its end")

    with seeded_scheduler(seed):
        return trio.run(bounded, clock=trio.testing.MockClock(autojump_threshold=0))
