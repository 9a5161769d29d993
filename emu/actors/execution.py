"""How the pieces of running programs are executed: a policy handed to the supervisor.

Theory of operation. Each session has a `Worker`; while its program runs, the actor calls `turn` over and over, and
looks at its inbox in between. A turn executes a piece, concludes it, and is always a checkpoint. If it is not this
session's turn yet, `turn` waits, but for no longer than until there is mail.

* `Inline` executes a fixed number of instructions in the Trio thread: everything is a function of the scheduler's
  choices, time does not matter. With `seconds` each piece also takes that much of Trio's clock.
* `Cooperative` executes in the Trio thread, too, but by time: one session after the other, one short piece for each
  round of the scheduler, however many sessions run. Pure Python code gains nothing from threads, and a thread that
  does not let go of the interpreter delays every system call of the others by its switch interval.
* `Threads` executes in worker threads, as many at a time as there are places. It is right for an engine that releases
  the interpreter lock.

Both timed policies share a `Turnstile`: a queue with a number of places, first come, first served. Waiting in it is
not a blocking call: who gets a place is poked. So a session that waits among hundreds still answers its inbox at once.
"""

from __future__ import annotations

import os
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, TypeVar

import trio
from attrs import frozen

from emu.host.background import CompilerThread
from emu.host.code_cache import DiskCodeCache
from emu.isa.engines import native

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.actors.core import Piece, SessionCore
    from emu.host.background import ThreadBackground
    from emu.isa.engines.native.code import CodeCache
    from emu.isa.machine import Machine

T = TypeVar("T")

_UNLIMITED = 1 << 40
"""Instructions that no timed piece comes to."""


class Inbox(Protocol):
    """What a worker needs of a session's mailbox."""

    @property
    def has_mail(self) -> bool:
        """Whether the actor has something better to do."""

    def poke(self) -> None:
        """Wakes the actor."""

    async def wait(self, deadline: float = ...) -> None:
        """Sleeps until there is mail, a poke, or the deadline."""


class Worker(Protocol):
    """Executes for one session."""

    async def turn(self, core: SessionCore) -> None:
        """One turn, or a wait for it. Always a checkpoint."""

    def rest(self) -> None:
        """The program does not run: no place in a queue is needed."""

    def end(self) -> None:
        """The session is over. Nothing is executed any more."""


class ExecutionPolicy(Protocol):
    """Executes for all sessions of a supervisor."""

    def worker(self, inbox: Inbox) -> Worker:
        """The worker of a new session."""

    async def compute(self, work: Callable[[], T], *, is_short: bool) -> T:
        """Calls something that needs no session but may take long, where it delays nobody. Always a checkpoint."""


class _InlineWorker:
    def __init__(self, instructions: int, seconds: float, inbox: Inbox) -> None:
        self._instructions = instructions
        self._seconds = seconds
        self._inbox = inbox

    async def turn(self, core: SessionCore) -> None:
        core.conclude(core.execute(self._instructions, _never))
        if self._seconds and core.can_execute:
            await self._inbox.wait(trio.current_time() + self._seconds)
        else:
            await trio.lowlevel.checkpoint()

    def rest(self) -> None:
        pass

    def end(self) -> None:
        pass


class Inline:
    """A fixed number of instructions for each turn. Deterministic; for tests and replays."""

    def __init__(self, instructions: int = 10_000, *, seconds: float = 0.0) -> None:
        """`seconds` is what a turn takes of Trio's clock; 0 for no time at all."""
        if instructions < 1:
            raise ValueError("a turn has at least one instruction")
        self.instructions = instructions
        self.seconds = seconds

    def worker(self, inbox: Inbox) -> Worker:
        """See ExecutionPolicy."""
        return _InlineWorker(self.instructions, self.seconds, inbox)

    async def compute(self, work: Callable[[], T], *, is_short: bool) -> T:
        """See ExecutionPolicy. In place."""
        await trio.lowlevel.checkpoint()
        return work()


class Ticket:
    """A place in the queue of a turnstile, or behind it."""

    __slots__ = ("granted", "left", "wake")

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.granted = False
        self.left = False


@frozen
class TurnstileStatistics:
    """A turnstile at one moment."""

    places: int
    inside: int
    waiting: int


class Turnstile:
    """Lets a number of holders in at a time, first come, first served. Synchronous throughout."""

    def __init__(self, places: int) -> None:
        if places < 1:
            raise ValueError("a turnstile has at least one place")
        self._places = places
        self._inside = 0
        self._queue: deque[Ticket] = deque()

    def enter(self, wake: Callable[[], None]) -> Ticket:
        """A ticket: granted at once if there is a place and nobody waits, else later, with a call of `wake`."""
        ticket = Ticket(wake)
        if self._inside < self._places:
            self._inside += 1
            ticket.granted = True
        else:
            self._queue.append(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Gives the place back, or stops waiting for it. Leaving twice is fine."""
        if ticket.left:
            return
        ticket.left = True
        if not ticket.granted:
            self._queue.remove(ticket)
            return
        if self._queue:
            following = self._queue.popleft()
            following.granted = True
            following.wake()
        else:
            self._inside -= 1

    def statistics(self) -> TurnstileStatistics:
        """The figures now."""
        return TurnstileStatistics(self._places, self._inside, len(self._queue))


class _TimedWorker:
    """Short pieces in the Trio thread; long ones where the policy says."""

    def __init__(
        self,
        turnstile: Turnstile,
        inbox: Inbox,
        seconds: float,
        *,
        threads: trio.CapacityLimiter | None,
        compiling: Compiling | None = None,
    ) -> None:
        self._turnstile = turnstile
        self._inbox = inbox
        self._seconds = seconds
        self._threads = threads
        self._compiling = compiling
        self._background: ThreadBackground | None = None
        self._ticket: Ticket | None = None
        self._is_fresh = True

    async def turn(self, core: SessionCore) -> None:
        if self._ticket is None:
            self._ticket = self._turnstile.enter(self._inbox.poke)
        if not self._ticket.granted:
            await self._inbox.wait()
            return
        try:
            if self._threads is None or self._is_fresh:
                # Most programs are over before a thread would have begun with them.
                core.machine.makes_native = False
                self._is_fresh = self._execute_here(core)
                core.machine.makes_native = True
                await trio.lowlevel.checkpoint()
            else:
                if self._compiling is not None and self._background is None:
                    self._background = self._compiling.join(core.machine)
                piece = await trio.to_thread.run_sync(self._piece, core, limiter=self._threads)
                core.conclude(piece)
                self._is_fresh = not piece.is_cut
        finally:
            self.rest()

    def rest(self) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            self._turnstile.leave(ticket)

    def end(self) -> None:
        self.rest()
        if self._background is not None:
            self._background.close()

    def _execute_here(self, core: SessionCore) -> bool:
        """One piece after the other until the time is over. Whether the next is the first of a run again."""
        start = perf_counter()
        deadline = start + min(self._seconds, Cooperative.SECONDS)
        fresh = False
        while core.can_execute and not fresh and perf_counter() < deadline:
            piece = core.execute(_UNLIMITED, lambda: perf_counter() >= deadline)
            core.conclude(piece)
            fresh = not core.can_execute
        core.execution_seconds += perf_counter() - start
        return fresh

    def _piece(self, core: SessionCore) -> Piece:
        start = perf_counter()
        deadline = start + self._seconds
        inbox = self._inbox
        piece = core.execute(_UNLIMITED, lambda: inbox.has_mail or perf_counter() >= deadline)
        core.execution_seconds += perf_counter() - start
        return piece


class Cooperative:
    """Timed pieces in the Trio thread, one for each round of the scheduler."""

    SECONDS = 0.002

    def __init__(self, seconds: float = SECONDS) -> None:
        """`seconds` is how long a piece takes."""
        self.seconds = seconds
        self.turnstile = Turnstile(1)
        self._limiter: trio.CapacityLimiter | None = None

    def worker(self, inbox: Inbox) -> Worker:
        """See ExecutionPolicy."""
        return _TimedWorker(self.turnstile, inbox, self.seconds, threads=None)

    async def compute(self, work: Callable[[], T], *, is_short: bool) -> T:
        """See ExecutionPolicy. Long work goes to a thread."""
        if is_short:
            await trio.lowlevel.checkpoint()
            return work()
        if self._limiter is None:
            self._limiter = trio.CapacityLimiter(os.cpu_count() or 1)
        return await trio.to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)


class Compiling:
    """What the native engines of all sessions share: one thread that compiles, and a place to keep code, if any."""

    def __init__(self, cache: CodeCache | None = None) -> None:
        self._cache = cache
        self._thread = CompilerThread()

    def join(self, machine: Machine) -> ThreadBackground:
        """From now on the machine's code is made and kept here. Close the answer when the machine is gone."""
        machine.code_cache = self._cache
        machine.background = background = self._thread.background(waits=False)
        return background


class Threads:
    """Timed pieces in worker threads. The first piece of a run is short and executed in the Trio thread.

    Native code is compiled in one thread for all sessions, while they go on: so a session always answers at once.
    """

    SECONDS = 0.010

    def __init__(
        self, places: int | None = None, *, seconds: float = SECONDS, compiling: Compiling | None = None
    ) -> None:
        """`places` is how many programs execute at the same time; None for as many as there are processors."""
        self.places = places or os.cpu_count() or 1
        self.seconds = seconds
        self.turnstile = Turnstile(self.places)
        self._compiling = compiling or Compiling()
        self._limiter: trio.CapacityLimiter | None = None

    def worker(self, inbox: Inbox) -> Worker:
        """See ExecutionPolicy."""
        return _TimedWorker(self.turnstile, inbox, self.seconds, threads=self._threads(), compiling=self._compiling)

    async def compute(self, work: Callable[[], T], *, is_short: bool) -> T:
        """See ExecutionPolicy. Long work goes to a thread."""
        if is_short:
            await trio.lowlevel.checkpoint()
            return work()
        return await trio.to_thread.run_sync(work, limiter=self._threads(), abandon_on_cancel=True)

    def _threads(self) -> trio.CapacityLimiter:
        if self._limiter is None:
            # Execution itself is limited by the turnstile; the rest is for assembling and for the disk.
            self._limiter = trio.CapacityLimiter(self.places + (os.cpu_count() or 1))
        return self._limiter


def suited() -> ExecutionPolicy:
    """The policy for this computer: threads where hot code becomes native, and lets go of the interpreter."""
    return Threads(compiling=Compiling(DiskCodeCache())) if native.is_possible() else Cooperative()


def _never() -> bool:
    return False
