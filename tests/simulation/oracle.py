"""What every subscriber must have seen, and the check that it did.

The truth about a session is written down where events are born, in `EventLog.append`, and nowhere else. A subscriber
writes a story of one chapter per subscription. The story is right if every chapter begins where the one before it
stopped, or with an explicit reset or snapshot, and contains exactly the events of the truth from there on, in order,
once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from attrs import define, field, frozen

from emu.actors.events import KINDS, Closed, Event, Output, Payload, StateChanged
from emu.actors.log import EventLog

ALL_KINDS = frozenset(KINDS.values())

Item = TypeVar("Item")


class Lost(AssertionError):
    """A subscriber did not see exactly what happened."""


@frozen
class Snapshot:
    """What a subscription began with. A truncated console text is the tail of what was written."""

    picture: StateChanged | None
    console: str
    is_truncated: bool


@define
class Chapter:
    """One subscription of a subscriber: from `start`, the last event before it, to wherever it broke off."""

    epoch: str
    mode: str
    start: int
    asked: tuple[str, int] | None = None
    """The cursor that was presented."""
    reason: str | None = None
    """Why the cursor was not continued, with mode `reset`."""
    low: int = 1
    high: int = 0
    snapshot: Snapshot | None = None
    events: list[tuple[int, Event]] = field(factory=list)
    """Each event with the number that it named as its predecessor."""
    must_end: bool = False
    """The subscriber stayed until the stream was over, so the last event is `closed`."""

    @property
    def cursor(self) -> tuple[str, int]:
        """Where the next chapter goes on."""
        return self.epoch, self.events[-1][1].seq if self.events else self.start


@define
class Story:
    """All that one subscriber saw of one session."""

    name: str
    kinds: frozenset[str] = ALL_KINDS
    chapters: list[Chapter] = field(factory=list)


class Truth:
    """Every event of every log, by epoch."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {}

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Writes down what is appended to any log meanwhile."""
        append = EventLog.append

        def recorded(log: EventLog, payload: Payload) -> Event:
            event = append(log, payload)
            self.events.setdefault(log.epoch, []).append(Event(len(self.events.get(log.epoch, ())) + 1, payload))
            return event

        EventLog.append = recorded  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            EventLog.append = append  # type: ignore[method-assign]

    def of(self, epoch: str) -> list[Event]:
        """The events of a log."""
        return self.events.get(epoch, [])

    # -- checking

    def check_log(self, epoch: str) -> None:
        """The log itself: nothing follows `closed`. Dense numbers are by construction, and compared below."""
        for event in self.of(epoch)[:-1]:
            if isinstance(event.payload, Closed):
                raise Lost(f"event {event.seq} is the end, but more follows")

    def check(self, story: Story) -> None:
        """Raises Lost with the first place where the story differs from the truth."""
        previous: Chapter | None = None
        for number, chapter in enumerate(story.chapters):
            try:
                self._check_beginning(chapter, previous)
                self._check_events(chapter, story.kinds)
            except Lost as error:
                raise Lost(f"{story.name}, chapter {number} ({chapter.mode} from {chapter.start}): {error}") from None
            previous = chapter

    def _check_beginning(self, chapter: Chapter, previous: Chapter | None) -> None:
        if previous is not None and chapter.mode in ("resume", "replay") and chapter.asked != previous.cursor:
            raise Lost(f"was continued after {chapter.asked}, which is not {previous.cursor}")
        if chapter.mode in ("resume", "replay"):
            expected = chapter.asked or (chapter.epoch, 0)
            if (chapter.epoch, chapter.start) != expected:
                raise Lost(f"goes on after {(chapter.epoch, chapter.start)} instead of {expected}")
        elif chapter.mode == "reset":
            self._check_reset(chapter)
        if chapter.mode in ("snapshot", "reset"):
            self._check_snapshot(chapter)

    @staticmethod
    def _check_reset(chapter: Chapter) -> None:
        epoch, seq = chapter.asked or (chapter.epoch, 0)
        right = {
            "epoch": epoch != chapter.epoch,
            "trimmed": epoch == chapter.epoch and seq + 1 < chapter.low,
            "ahead": epoch == chapter.epoch and seq > chapter.high,
        }
        if not right.get(chapter.reason or "", False):
            raise Lost(f"was reset ({chapter.reason}) although {seq} lies in {chapter.low}..{chapter.high}")

    def _check_snapshot(self, chapter: Chapter) -> None:
        snapshot = chapter.snapshot
        if snapshot is None:
            raise Lost("there is no snapshot")
        registers = snapshot.picture.registers if snapshot.picture is not None else ()
        self.check_snapshot(chapter.epoch, chapter.start, registers, snapshot.console, snapshot.is_truncated)

    def check_snapshot(
        self, epoch: str, seq: int, registers: tuple[int, ...], console: str, is_truncated: bool
    ) -> None:
        """Raises Lost if a snapshot is not what the events up to `seq` come to."""
        before = self.of(epoch)[:seq]
        written = "".join(event.payload.content for event in before if isinstance(event.payload, Output))
        right = written.endswith(console) if is_truncated else written == console
        if not right:
            raise Lost(f"the console of the snapshot at {seq} is {console[-80:]!r}, not {written[-80:]!r}")
        states = [event.payload for event in before if isinstance(event.payload, StateChanged)]
        if states and registers != states[-1].registers:
            raise Lost(f"the registers of the snapshot at {seq} are {registers}, not {states[-1]}")

    def _check_events(self, chapter: Chapter, kinds: frozenset[str]) -> None:
        happened = self.of(chapter.epoch)
        last = chapter.events[-1][1].seq if chapter.events else chapter.start
        end = len(happened) if chapter.must_end else last
        expected = [event for event in happened[chapter.start : end] if event.kind in kinds or event.kind == "closed"]
        seen = [event for _, event in chapter.events]
        if seen != expected:
            raise Lost(difference(seen, expected))
        before = chapter.start
        for prev, event in chapter.events:
            if prev != before:
                raise Lost(f"event {event.seq} names {prev} as its predecessor, not {before}")
            before = event.seq
        if chapter.must_end and (not happened or not isinstance(happened[-1].payload, Closed)):
            raise Lost("the stream ended, but the session has not")


def difference(seen: list[Event], expected: list[Event]) -> str:
    """The first place where two lists of events differ, for people."""
    for index in range(max(len(seen), len(expected))):
        here = seen[index] if index < len(seen) else None
        there = expected[index] if index < len(expected) else None
        if here != there:
            return f"saw {here} in place {index}, where {there} belongs"
    return "saw the same"
