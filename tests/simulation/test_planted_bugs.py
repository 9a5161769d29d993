"""Bugs of the kinds that lose updates, planted one at a time: the simulation must find each before its silence means
anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from emu.actors import core as core_module
from emu.actors.events import Closed, Event, StateChanged, Status
from emu.actors.log import Cursor, EventLog, LogError, Trimmed
from emu.actors.session import Session
from emu.actors.supervisor import Supervisor
from emu.actors.world import Recording
from tests.simulation.actors import simulate
from tests.simulation.oracle import Chapter, Lost
from tests.simulation.schedule import Stuck
from tests.simulation.subscribers import Subscriber

if TYPE_CHECKING:
    from emu.actors.events import Payload
    from emu.actors.world import Question
    from emu.services.effects import Answer

RUNS = 200
"""Lives in which a planted bug has to show."""


def found(subscriber: type[Subscriber] = Subscriber) -> BaseException:
    """What the first life that goes wrong says. The seeds are fixed: a planted bug is found or not."""
    for seed in range(RUNS):
        try:
            simulate(seed, subscriber)
        except (Lost, Stuck, LogError, ExceptionGroup) as error:
            first: BaseException = error
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            return first
    raise AssertionError(f"{RUNS} lives did not show the planted bug")


# -- bugs of the log


def test_events_dropped_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest event is given up although an attached cursor has not passed it, and the reader is not told."""
    monkeypatch.setattr(EventLog, "_is_needed", lambda log, seq: False)
    read = EventLog.read

    def from_what_is_left(log: EventLog, after: int, limit: int) -> list[Event]:
        try:
            return read(log, after, limit)
        except Trimmed as trimmed:
            return read(log, trimmed.low - 1, limit)

    monkeypatch.setattr(EventLog, "read", from_what_is_left)
    assert isinstance(found(), Lost)


def test_a_cursor_that_does_not_hold_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventLog, "_is_needed", lambda log, seq: False)
    assert isinstance(found(), LogError | Lost)


def test_a_lost_wakeup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who already waits is not woken by the end of the session."""
    append = EventLog.append

    def quietly(log: EventLog, payload: Payload) -> Event:
        news, log._news = log._news, None if isinstance(payload, Closed) else log._news
        event = append(log, payload)
        if isinstance(payload, Closed):
            log._news = news
        return event

    monkeypatch.setattr(EventLog, "append", quietly)
    assert isinstance(found(), Stuck)


def test_a_log_forgotten_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is cleared of a session that has ended, though a subscriber has not come to its end."""
    from emu.actors.spill import Spooler

    monkeypatch.setattr(Spooler, "_unread", lambda spooler: next(iter(spooler._ended), None))
    assert isinstance(found(), Trimmed)


def test_a_position_that_runs_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that is advanced lets go of one event too many."""
    advance = Cursor.advance

    def hastily(cursor: Cursor, seq: int) -> None:
        log = cursor._log
        advance(cursor, seq if log is None else min(seq + 1, log.high))

    monkeypatch.setattr(Cursor, "advance", hastily)
    assert isinstance(found(), LogError | Lost)


# -- bugs of subscriptions


class Racing(Subscriber):
    """Takes the snapshot, and attaches a moment later."""

    async def prepare(self, session: Session) -> Chapter:
        chapter = self.begin(session)
        if chapter.mode == "snapshot":
            await trio.lowlevel.checkpoint()
            chapter.start = session.log.high
        return chapter


class Repeating(Subscriber):
    """Sends the event at the cursor once more."""

    def begin(self, session: Session) -> Chapter:
        chapter = super().begin(session)
        if chapter.mode == "resume" and chapter.start > session.log.low:
            chapter.start -= 1
        return chapter


class Miscounting(Subscriber):
    """Names the event before as the predecessor, whether it was sent or not."""

    def predecessor(self, previous: int, seq: int) -> int:
        return seq - 1


class Silent(Subscriber):
    """Continues where it can and does not say that something is missing."""

    def begin(self, session: Session) -> Chapter:
        chapter = super().begin(session)
        if chapter.reason == "trimmed":
            chapter.mode, chapter.start = "resume", session.log.low - 1
        return chapter


@pytest.mark.parametrize("faulty", [Racing, Repeating, Miscounting, Silent])
def test_a_faulty_subscription(faulty: type[Subscriber]) -> None:
    assert isinstance(found(faulty), Lost)


# -- bugs of the session


def test_a_stop_that_is_answered_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    enter = core_module.SessionCore.enter

    def late(core: core_module.SessionCore, status: Status, *, error: str | None = None) -> None:
        if status is Status.HALTED and core.status is Status.RUNNING:
            core.publish(core.state_now())
        enter(core, status, error=error)

    monkeypatch.setattr(core_module.SessionCore, "interrupt", lambda core, why=None: core.publish(core.state_now()))
    monkeypatch.setattr(core_module.SessionCore, "enter", late)
    assert isinstance(found(), Lost)


def test_an_answer_from_outside_that_is_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recording, "answer", _unrecorded)
    assert "replay" in str(found())


def _unrecorded(recording: Recording, question: Question) -> Answer:
    return recording._world.answer(question)


def test_an_event_outside_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that depends on when somebody looked: the replay cannot know it."""
    picture = Session.picture

    def peeking(session: Session) -> StateChanged:
        if not session.log.is_closed:
            session.log.append(picture(session))
        return picture(session)

    monkeypatch.setattr(Session, "picture", peeking)
    assert "replay" in str(found())


def test_a_deletion_that_does_not_wait_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hasty(supervisor: Supervisor, session_id: str) -> bool:
        supervisor._sessions.pop(session_id, None)
        await trio.lowlevel.checkpoint()
        return True

    monkeypatch.setattr(Supervisor, "delete", hasty)
    assert isinstance(found(), Lost | Stuck)
