"""How long and how often a client tries again."""

from __future__ import annotations

import trio
from attrs import frozen

from emu.client.errors import ConnectionLost


@frozen
class Patience:
    """Pauses in seconds between attempts: `first`, then twice as long each time up to `most`; `total` altogether.

    `total` counts from the last success, by Trio's clock; 0 never tries again.
    """

    first: float = 0.02
    most: float = 2.0
    total: float = 60.0

    def begin(self) -> Wait:
        """A fresh count of attempts."""
        return Wait(self)


class Wait:
    """The attempts since the last success."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._next = patience.first
        self._end = trio.current_time() + patience.total

    async def pause(self, cause: BaseException | None) -> None:
        """Waits before the next attempt. Raises ConnectionLost instead if the time is over."""
        if trio.current_time() + self._next > self._end:
            raise ConnectionLost(f"no connection to the server for {self._patience.total:g} s") from cause
        await trio.sleep(self._next)
        self._next = min(self._next * 2, self._patience.most)
