"""Clocks behind GET_TIME. A clock is a function without arguments: milliseconds since 1970-01-01 UTC."""

from __future__ import annotations

import time


def system_clock() -> int:
    """The time of day, in milliseconds."""
    return time.time_ns() // 1_000_000


class FixedClock:
    """A clock that moves only by its own step: the same run sees the same times."""

    def __init__(self, start: int = 0, step: int = 0) -> None:
        """`start` is the first reading in milliseconds; each reading is `step` milliseconds after the last."""
        self.now = start
        self.step = step

    def __call__(self) -> int:
        """The next reading, in milliseconds."""
        now = self.now
        self.now += self.step
        return now
