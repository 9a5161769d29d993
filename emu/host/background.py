"""One thread that compiles while machines run. It is started when there is something to do, and ends when there is not.

The process does not end before the thread has: what it compiles is kept for the next run.
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class ThreadBackground:
    """Implements `emu.isa.engines.native.code.Background`. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []
        self._is_running = False

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._is_running

    def submit(self, work: Callable[[], None]) -> None:
        """Has `work`, which raises nothing, done after everything submitted before."""
        with self._lock:
            self._waiting.append(work)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._work, name="compiler", daemon=False).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    return
                work = self._waiting.pop(0)
            work()
