"""One thread that compiles while machines run, for one machine or for all of a server.

Theory of operation. Every machine has a `Background` of its own, which hands its work to the thread they share. Work
that a machine has no native code without comes before work that makes code better. There is never more than a bounded
number of pieces waiting: a background says that it is busy when its own work is not done or when the queue is full,
and machines ask again later. When a machine is gone, its background is closed and what waits of it is dropped; what is
being compiled is finished and thrown away.

The thread is started when there is something to do, and ends when there is not. A process that ends in the usual way
waits for it. Who does not want to wait asks `is_anything_done`, and then leaves by `os._exit`: a compiler must not be
pulled away from under its thread by ending the interpreter.
"""

from __future__ import annotations

import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WAITING = 64
_PIECE = 1 << 20

_running: set[CompilerThread] = set()


def is_anything_done() -> bool:
    """Whether any thread of this process is compiling."""
    return bool(_running)


def read_compiler() -> None:
    """Reads the library of LLVM, if it is installed and not loaded yet. Loading it holds the interpreter lock, and
    would hold it until the disk has answered.
    """
    if "llvmlite" in sys.modules:
        return
    from importlib.machinery import PathFinder
    from pathlib import Path

    spec = PathFinder.find_spec("llvmlite")
    buffer = bytearray(_PIECE)
    for directory in (spec and spec.submodule_search_locations) or ():
        for path in Path(directory, "binding").glob("*.so"):
            try:
                with path.open("rb", buffering=0) as file:
                    while file.readinto(buffer):
                        pass
            except OSError:
                return  # loading it will say what is wrong


class CompilerThread:
    """See the module's docstring. Safe from any thread."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._lock = threading.Lock()
        self._urgent: list[tuple[ThreadBackground, Callable[[], None]]] = []
        self._waiting: list[tuple[ThreadBackground, Callable[[], None]]] = []
        self._most_waiting = most_waiting
        self._is_running = False

    def background(self, *, waits: bool) -> ThreadBackground:
        """For one machine; see `Background.waits`."""
        return ThreadBackground(self, waits=waits)

    @property
    def is_full(self) -> bool:
        """Whether more work would have to wait for too much other work."""
        return len(self._urgent) + len(self._waiting) >= self._most_waiting

    def submit(self, owner: ThreadBackground, work: Callable[[], None], *, is_urgent: bool) -> None:
        """Has `work` done for `owner`, unless it is dropped before."""
        with self._lock:
            if owner.is_closed:
                return
            owner.is_busy_itself = True
            (self._urgent if is_urgent else self._waiting).append((owner, work))
            if not self._is_running:
                self._is_running = True
                _running.add(self)
                threading.Thread(target=self._work, name="compiler", daemon=False).start()

    def drop(self, owner: ThreadBackground) -> None:
        """Drops what waits for `owner`."""
        with self._lock:
            owner.is_closed = True
            self._urgent = [item for item in self._urgent if item[0] is not owner]
            self._waiting = [item for item in self._waiting if item[0] is not owner]

    def _work(self) -> None:
        read_compiler()
        while True:
            with self._lock:
                if not self._urgent and not self._waiting:
                    self._is_running = False
                    _running.discard(self)
                    return
                owner, work = (self._urgent or self._waiting).pop(0)
            work()
            with self._lock:
                owner.is_busy_itself = any(item[0] is owner for item in (*self._urgent, *self._waiting))


class ThreadBackground:
    """The part of one machine in a `CompilerThread`. Implements `emu.isa.engines.native.code.Background`."""

    def __init__(self, thread: CompilerThread | None = None, *, waits: bool = True) -> None:
        """Without `thread`, it has one of its own."""
        self._thread = thread or CompilerThread()
        self.waits = waits
        self.is_busy_itself = self.is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether something is being done for this machine, or too much for others."""
        return self.is_busy_itself or self._thread.is_full

    def submit(self, work: Callable[[], None], *, is_urgent: bool = False) -> None:
        """Has `work`, which raises nothing, done soon."""
        self._thread.submit(self, work, is_urgent=is_urgent)

    def close(self) -> None:
        """The machine is gone: drops what waits for it, and takes no more."""
        self._thread.drop(self)
