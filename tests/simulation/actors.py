"""One simulated life of a supervisor: sessions, operators and subscribers, all drawn from one seed.

Everything real is the real thing: supervisor, session actors, event logs, spooler, machines. Only the disk is a
dictionary (slow and failing at times), time is virtual, and the outside world of the programs is repeatable.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache, partial
from random import Random
from typing import TYPE_CHECKING

import trio

from emu.actors.assembling import assemble_source
from emu.actors.events import Closed, Notice, StateChanged
from emu.actors.execution import Inline
from emu.actors.log import Retention
from emu.actors.options import SessionOptions
from emu.actors.replay import ReplayDiverged, replay
from emu.actors.spill import MemorySpill
from emu.actors.supervisor import Supervisor, SupervisorConfig, open_supervisor, repeatable_ports
from tests.simulation.operators import Operator
from tests.simulation.oracle import Lost, Truth, difference
from tests.simulation.schedule import run_seeded
from tests.simulation.subscribers import Subscriber

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.actors.events import Event
    from emu.actors.session import Session

assembled = lru_cache(maxsize=256)(assemble_source)


class CountingSpill(MemorySpill):
    """A disk in memory that counts what is read."""

    events_read = 0

    async def read(self, epoch: str, after: int, limit: int) -> list[Event]:
        events = await super().read(epoch, after, limit)
        self.events_read += len(events)
        return events


class Life:
    """One run. `seed` decides everything; `notes` say what happened, for people."""

    def __init__(self, seed: int, subscriber: type[Subscriber] = Subscriber) -> None:
        """`subscriber` may be a faulty one, to see whether that is noticed."""
        self.seed = seed
        self._subscriber = subscriber
        self.notes: list[str] = []
        self.truth = Truth()
        self.sessions: list[Session] = []
        self.subscribers: list[Subscriber] = []
        self.read_from_disk = 0
        self._random = self.random("life")

    def random(self, name: str) -> Random:
        """Random numbers of one participant, independent of how often the others draw."""
        return Random(f"{self.seed}/{name}")

    def note(self, text: str) -> None:
        """Adds a line to what happened."""
        self.notes.append(f"{trio.current_time():10.4f} {text}")

    # -- the run

    async def run(self) -> None:
        """Lives, ends, and checks what everybody saw. Raises Lost."""
        random = self._random
        with self.truth.recording():
            spill = CountingSpill(random.choice([0.0, 0.001, 2.0])) if random.random() < 0.5 else None
            async with open_supervisor(
                SupervisorConfig(retention=self._retention(), inbox_capacity=random.choice([1, 2, 64])),
                Inline(random.choice([1, 3, 10, 100, 1000]), seconds=random.choice([0.01, 0.05])),
                ports=repeatable_ports(self.seed),
                spill=spill,
                assembler=assembled,
            ) as supervisor:
                await self._live(supervisor, spill)
        if spill is not None:
            self.read_from_disk = spill.events_read
        self.check()

    def _retention(self) -> Retention:
        random = self._random
        return Retention(
            events=random.choice([1, 2, 5, 30, 20_000]),
            bytes=random.choice([3_000, 20_000, 8 << 20, 8 << 20]),
            disk_bytes=random.choice([0, 5_000, 64 << 20]),
        )

    async def _live(self, supervisor: Supervisor, spill: MemorySpill | None) -> None:
        random = self._random
        async with trio.open_nursery() as audience:
            async with trio.open_nursery() as staff:
                if spill is not None and random.random() < 0.3:
                    staff.start_soon(self._trouble, spill)
                for number in range(random.choice([1, 1, 2, 3])):
                    session = await supervisor.create(SessionOptions())
                    self.sessions.append(session)
                    self._populate(number, session, supervisor, audience, staff)
            self.note("shutdown")
            if spill is not None:
                spill.failing = False
            await supervisor.shutdown()

    def _populate(
        self, number: int, session: Session, supervisor: Supervisor, audience: trio.Nursery, staff: trio.Nursery
    ) -> None:
        random = self._random
        for index in range(random.choice([1, 1, 2])):
            name = f"operator {number}.{index}"
            staff.start_soon(Operator(name, self.random(name), session, self.truth, self.note).run)
        for index in range(random.choice([1, 2, 3, 5])):
            name = f"subscriber {number}.{index}"
            find: Callable[[], Session | None] = partial(supervisor.find, session.id)
            subscriber = self._subscriber(name, self.random(name), find, self.note)
            self.subscribers.append(subscriber)
            audience.start_soon(subscriber.run)
        if random.random() < 0.3:
            staff.start_soon(self._delete, supervisor, session, random.choice([0.0, 0.01, 0.3]))

    async def _delete(self, supervisor: Supervisor, session: Session, after: float) -> None:
        await trio.sleep(after)
        self.note(f"delete at {session.log.high}")
        await supervisor.delete(session.id)
        if not session.log.is_closed:
            raise Lost("a deleted session is not closed")

    async def _trouble(self, spill: MemorySpill) -> None:
        await trio.sleep(self._random.choice([0.0, 0.05]))
        spill.failing = True
        await trio.sleep(1.5)
        spill.failing = False

    # -- what happened

    def happenings(self) -> Counter[str]:
        """How often the things happened that the simulation is meant to make happen."""
        count: Counter[str] = Counter()
        for subscriber in self.subscribers:
            for chapter in subscriber.story.chapters:
                count[f"chapter: {chapter.reason or chapter.mode}"] += 1
                count["deliveries"] += len(chapter.events)
                count["ends delivered"] += chapter.must_end
        for events in self.truth.events.values():
            for event in events:
                payload = event.payload
                count[f"event: {event.kind}"] += 1
                if isinstance(payload, StateChanged):
                    count[f"state: {payload.status.value}"] += 1
                elif isinstance(payload, Notice):
                    count[f"notice: {payload.name}"] += 1
                elif isinstance(payload, Closed):
                    count[f"closed: {payload.reason.value}"] += 1
        count["from disk"] += self.read_from_disk
        return count

    # -- the checks

    def check(self) -> None:
        """Every story against the truth, every journal against the log."""
        for subscriber in self.subscribers:
            self.truth.check(subscriber.story)
        for number, session in enumerate(self.sessions):
            self.truth.check_log(session.log.epoch)
            if session.failure is not None:
                raise Lost(f"session {number} failed: {session.failure!r}") from session.failure
            check_replay(number, session, self.truth)


def check_replay(number: int, session: Session, truth: Truth) -> None:
    """Raises Lost unless the journal of an ended session gives the same events, registers and memory again."""
    try:
        replayed = replay(session.journal, assembler=assembled)
    except ReplayDiverged as error:
        raise Lost(f"the replay of session {number} diverged: {error}") from error
    happened = truth.of(session.log.epoch)
    if list(replayed.events) != happened:
        raise Lost(f"the replay of session {number}: {difference(list(replayed.events), happened)}")
    ours, theirs = session._core.machine, replayed.core.machine
    if ours.registers != theirs.registers or ours.flags != theirs.flags or ours.cycles != theirs.cycles:
        raise Lost(f"the replay of session {number} ends with other registers")
    for region in ours.layout.regions():
        size = region.end - region.start
        if ours.memory.peek(region.start, size) != theirs.memory.peek(region.start, size):
            raise Lost(f"the replay of session {number} ends with other memory at 0x{region.start:08X}")


def simulate(seed: int, subscriber: type[Subscriber] = Subscriber) -> Life:
    """One life. Raises Lost, Stuck, or whatever else went wrong, with what happened as a note of the exception."""
    life = Life(seed, subscriber)
    try:
        run_seeded(seed, life.run)
    except BaseException as error:
        error.add_note(f"seed {seed}: make simulate SEED={seed} RUNS=1")
        error.add_note("\n".join(life.notes[-40:]))
        raise
    return life
