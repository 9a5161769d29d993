"""Commands that are executed once, however often they are sent (spec delivery.md section 3).

A command with a key runs in a task of its own, so that a client which loses its connection does not take the command
with it. Whoever sends the same command again waits for that task, or gets its answer at once. An answer is kept while
its key is among the newest, and at least for some minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emu.gateway.http import Answer

KEPT_KEYS = 1000
KEPT_SECONDS = 600.0
MOST_KEYS = 8000
"""A flood of keys shortens the minutes, never the number."""

LONGEST_KEY = 128

TRY_AGAIN = 503
"""The status of a command that was not carried out at all: not an answer to keep."""


class OtherCommand(Exception):
    """The key belongs to a command with another method, path or body."""


class Unanswered(Exception):
    """The server was stopped before the command had an answer."""


def is_key(text: str) -> bool:
    """Whether `text` can be a key: 1 to 128 printable ASCII characters."""
    return 1 <= len(text) <= LONGEST_KEY and text.isascii() and text.isprintable()


class _Entry:
    def __init__(self, fingerprint: bytes) -> None:
        self.fingerprint = fingerprint
        self.born = trio.current_time()
        self.done = trio.Event()
        self.answer: Answer | None = None


class Answered:
    """The keys of one session."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def once(
        self,
        key: str,
        fingerprint: bytes,
        work: Callable[[], Awaitable[Answer]],
        start_soon: Callable[[Callable[[], Awaitable[None]]], None],
    ) -> Answer:
        """The answer of `work`, which raises nothing, executed now or earlier. Raises OtherCommand or Unanswered."""
        entry = self._entries.get(key)
        if entry is None:
            self._forget()
            entry = self._entries[key] = _Entry(fingerprint)
            start_soon(lambda: _execute(entry, work))
        elif entry.fingerprint != fingerprint:
            raise OtherCommand
        await entry.done.wait()
        if entry.answer is None:
            raise Unanswered
        if entry.answer.status == TRY_AGAIN and self._entries.get(key) is entry:
            del self._entries[key]
        return entry.answer

    def _forget(self) -> None:
        horizon = trio.current_time() - KEPT_SECONDS
        while len(self._entries) >= KEPT_KEYS:
            oldest = next(iter(self._entries.values()))
            if (not oldest.done.is_set() or oldest.born > horizon) and len(self._entries) < MOST_KEYS:
                return
            self._entries.popitem(last=False)


async def _execute(entry: _Entry, work: Callable[[], Awaitable[Answer]]) -> None:
    try:
        entry.answer = await work()
    finally:
        entry.done.set()
