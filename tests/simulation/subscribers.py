"""Subscribers at the level of the actors: each follows a session through the event log, as restlessly as its seed says.

A subscriber reads in batches of any size, dawdles, stalls, breaks off in the middle of a wait and comes back with its
cursor, or comes back with a cursor that cannot be continued. What it saw becomes its story.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import trio
from attrs import frozen

from emu.actors.events import Closed
from emu.actors.log import LogError
from emu.actors.spill import SpillFailed
from tests.simulation.oracle import ALL_KINDS, Chapter, Snapshot, Story

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from emu.actors.log import Cursor
    from emu.actors.session import Session

MOST_CHAPTERS = 12
"""A subscriber that has come and gone so often stays."""


@frozen
class Temper:
    """How a subscriber behaves. Times are virtual seconds, chances are per batch."""

    kinds: frozenset[str]
    from_start: bool
    batch: int
    dawdle_chance: float
    dawdle: float
    stall_chance: float
    leave_chance: float
    cut_after: float
    away: float
    wild_chance: float
    """Chance of coming back with a cursor of another epoch or from the future."""

    @classmethod
    def draw(cls, random: Random) -> Temper:
        """Any of them."""
        kinds = random.choice([ALL_KINDS, ALL_KINDS, frozenset({"state"}), frozenset({"output"}), frozenset({"event"})])
        return cls(
            kinds=kinds,
            from_start=random.random() < 0.5,
            batch=random.choice([1, 2, 7, 64, 1000]),
            dawdle_chance=random.choice([0.0, 0.2, 0.8]),
            dawdle=random.choice([0.0, 0.01, 1.0]),
            stall_chance=random.choice([0.0, 0.0, 0.05]),
            leave_chance=random.choice([0.0, 0.05, 0.4]),
            cut_after=random.choice([inf, 0.003, 0.2, 5.0]),
            away=random.choice([0.0, 0.02, 3.0]),
            wild_chance=random.choice([0.0, 0.0, 0.3]),
        )


class Subscriber:
    """Follows one session until it is closed or gone."""

    def __init__(
        self, name: str, random: Random, find: Callable[[], Session | None], note: Callable[[str], None]
    ) -> None:
        self.temper = Temper.draw(random)
        self.story = Story(name, self.temper.kinds)
        self._random = random
        self._find = find
        self._note = note

    async def run(self) -> None:
        """Until the end of the session was delivered, or the session is not there any more."""
        await trio.sleep(self._random.choice([0.0, 0.0, 0.001, 0.5]))
        while (session := self._find()) is not None:
            chapter = await self.prepare(session)
            self.story.chapters.append(chapter)
            self._note(f"{self.story.name} {chapter.mode} from {chapter.start} of {session.log.high}")
            cursor = session.log.attach(self.story.name, chapter.start)
            restless = len(self.story.chapters) < MOST_CHAPTERS
            cut_after = self.temper.cut_after if restless else inf
            try:
                with trio.CancelScope(deadline=trio.current_time() + cut_after):
                    await self._follow(session, chapter, cursor)
            except SpillFailed:
                self._note(f"{self.story.name} lost its connection: the disk failed")
                await trio.sleep(1)
            finally:
                cursor.detach()
            if chapter.must_end:
                return
            self._note(f"{self.story.name} left at {chapter.cursor[1]} of {session.log.high}")
            await trio.sleep(self.temper.away * self._random.random())

    async def prepare(self, session: Session) -> Chapter:
        """The beginning of a subscription, which nothing may interrupt."""
        return self.begin(session)

    def predecessor(self, previous: int, seq: int) -> int:
        """What an event names as the one before it."""
        return previous

    def begin(self, session: Session) -> Chapter:
        """Opens a subscription. No checkpoint: picture, console and position are of one moment."""
        log = session.log
        asked = self._cursor(log.epoch)
        chapter = Chapter(log.epoch, "resume", 0, asked, low=log.low, high=log.high)
        if asked is None and not self.temper.from_start:
            chapter.mode = "snapshot"
        elif asked is not None and asked[0] != log.epoch:
            chapter.mode, chapter.reason = "reset", "epoch"
        else:
            chapter.start = asked[1] if asked is not None else 0
            try:
                log.check(chapter.start)
            except LogError:
                chapter.mode, chapter.reason = "reset", "ahead" if chapter.start > log.high else "trimmed"
        if chapter.mode != "resume":
            console = session.console()
            chapter.start = log.high
            chapter.snapshot = Snapshot(session.picture(), console.text, console.dropped > 0)
        return chapter

    def _cursor(self, epoch: str) -> tuple[str, int] | None:
        if not self.story.chapters:
            return None
        if self._random.random() < self.temper.wild_chance:
            return self._random.choice([("another", 1), (epoch, self.story.chapters[-1].high + 1_000_000)])
        return self.story.chapters[-1].cursor

    async def _follow(self, session: Session, chapter: Chapter, cursor: Cursor) -> None:
        random, temper, log = self._random, self.temper, session.log
        position = previous = chapter.start
        while True:
            await log.wait_beyond(position)
            events = await log.fetch(position, temper.batch)
            for event in events:
                if event.kind in temper.kinds or event.kind == "closed":
                    chapter.events.append((self.predecessor(previous, event.seq), event))
                    previous = event.seq
                position = event.seq
            if events and isinstance(events[-1].payload, Closed):
                chapter.must_end = True
                return
            if random.random() < temper.leave_chance and len(self.story.chapters) < MOST_CHAPTERS:
                return
            if random.random() < temper.stall_chance:
                await trio.sleep(30)
            elif random.random() < temper.dawdle_chance:
                await trio.sleep(temper.dawdle * random.random())
            cursor.advance(position)
