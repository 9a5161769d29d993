"""The event log against a model of it: numbers without holes, nothing lost to an attached cursor, bounded otherwise."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from emu.actors import commands as c
from emu.actors.events import Closed, CloseReason, Event, Notice, Output, Payload, StateChanged, Status
from emu.actors.execution import Inline
from emu.actors.log import Ahead, Cursor, EventLog, OnDisk, Retention, Trimmed, weight
from emu.actors.spill import MemorySpill, Spooler, SqliteSpill, pack, unpack
from emu.actors.supervisor import SupervisorConfig
from tests.actors.rig import CHATTER, a_session, told

STATE = StateChanged(Status.ERROR, tuple(range(16)), (True, False, True, False), 7, 6, "why", None, (0x20000, 4))


def holds(log: EventLog) -> bool:
    return log.must_hold


def output(number: int) -> Output:
    """An event that can be told from its neighbours."""
    return Output("stdout", f"{number} ")


def test_numbers_start_at_one_and_have_no_holes() -> None:
    log = EventLog()
    assert (log.low, log.high, log.read(0, 10)) == (1, 0, [])
    assert [log.append(output(n)).seq for n in range(5)] == [1, 2, 3, 4, 5]
    assert [event.seq for event in log.read(2, 2)] == [3, 4]
    with pytest.raises(Ahead):
        log.read(6, 1)


def test_nothing_follows_closed() -> None:
    log = EventLog()
    log.append(Closed(CloseReason.DELETED))
    assert log.is_closed
    with pytest.raises(RuntimeError):
        log.append(output(1))


def test_what_nobody_needs_is_forgotten_at_the_limit() -> None:
    log = EventLog(Retention(events=3))
    for number in range(10):
        log.append(output(number))
    assert (log.low, log.high, log.must_hold) == (8, 10, False)
    for position in (0, 6):
        with pytest.raises(Trimmed) as caught:
            log.attach("late", position)
        assert (caught.value.low, caught.value.high) == (8, 10)
    assert [event.seq for event in log.read(log.attach("in time", 7).position, 10)] == [8, 9, 10]


def test_bytes_are_a_limit_of_their_own() -> None:
    log = EventLog(Retention(bytes=10_000))
    for _ in range(100):
        log.append(Output("stdout", "x" * 1000))
    assert log.memory_bytes <= 10_000
    assert log.memory_events == 10_000 // weight(Output("stdout", "x" * 1000))


def test_an_attached_cursor_is_never_overrun_and_holds_until_half_is_passed() -> None:
    calls = []
    log = EventLog(Retention(events=10), on_change=lambda: calls.append(log.must_hold))
    cursor = log.attach("slow", 0)
    for number in range(10):
        log.append(output(number))
    assert not holds(log)
    log.append(output(10))
    assert holds(log)
    cursor.advance(5)
    assert holds(log)
    assert calls == []
    cursor.advance(6)
    assert calls == [False]
    assert [event.seq for event in log.read(6, 100)] == [7, 8, 9, 10, 11]


def test_letting_the_slowest_go_releases() -> None:
    log = EventLog(Retention(events=2))
    slow, fast = log.attach("slow", 0), log.attach("fast", 0)
    for number in range(5):
        log.append(output(number))
    fast.advance(5)
    assert holds(log)
    slow.detach()
    slow.detach()
    assert not holds(log)
    assert (log.low, slow.is_attached, fast.is_attached) == (4, False, True)


def test_a_log_that_is_twice_full_says_so() -> None:
    log = EventLog(Retention(events=4))
    log.attach("stalled", 0)
    for number in range(8):
        log.append(output(number))
        assert not log.is_full
    log.append(output(8))
    assert log.is_full


def test_statistics_name_the_limits_and_the_lag() -> None:
    retention = Retention(events=50, bytes=5000)
    log = EventLog(retention, epoch="e")
    log.attach("a", 0)
    for number in range(3):
        log.append(output(number))
    statistics = log.statistics()
    assert (statistics.retention, statistics.lag, statistics.epoch, statistics.high) == (retention, 3, "e", 3)


class LogMachine(RuleBasedStateMachine):
    """Random appends and cursors. The model is the list of everything that was ever appended."""

    cursors: Bundle[Cursor] = Bundle("cursors")

    def __init__(self) -> None:
        super().__init__()
        self.log = EventLog(Retention(events=8, bytes=2000))
        self.model: list[Event] = []
        self.attached: list[Cursor] = []

    @precondition(lambda self: not self.log.must_hold)
    @rule(size=st.integers(1, 400))
    def append(self, size: int) -> None:
        self.model.append(self.log.append(Output("stdout", "x" * size)))

    @rule(target=cursors, back=st.integers(0, 20))
    def attach(self, back: int) -> Cursor:
        position = max(self.log.low - 1, self.log.high - back)
        cursor = self.log.attach("c", position)
        self.attached.append(cursor)
        return cursor

    @rule(cursor=cursors, by=st.integers(0, 6))
    def advance(self, cursor: Cursor, by: int) -> None:
        cursor.advance(min(self.log.high, cursor.position + by))

    @rule(cursor=consumes(cursors))
    def detach(self, cursor: Cursor) -> None:
        cursor.detach()
        self.attached.remove(cursor)

    @invariant()
    def every_cursor_can_go_on_without_a_hole(self) -> None:
        for cursor in self.attached:
            events = self.log.read(cursor.position, 1000)
            assert events == self.model[cursor.position :]

    @invariant()
    def what_is_kept_is_bounded(self) -> None:
        assert self.log.memory_events <= 9
        assert self.log.memory_bytes <= 2000 + 400 + 160
        slowest = min((cursor.position for cursor in self.attached), default=None)
        assert self.log.slowest == slowest
        if self.log.must_hold:
            assert slowest is not None
            assert slowest < self.log.high

    @invariant()
    def low_and_high_are_true(self) -> None:
        assert self.log.high == len(self.model)
        assert self.log.read(self.log.low - 1, 1000) == self.model[self.log.low - 1 :]


TestLogModel = LogMachine.TestCase
TestLogModel.settings = settings(max_examples=60, stateful_step_count=60)


async def test_waiters_are_woken_once_for_a_burst(autojump_clock: trio.testing.MockClock) -> None:
    log = EventLog()
    seen: list[list[int]] = []

    async def read() -> None:
        position = 0
        while not log.is_closed or position < log.high:
            await log.wait_beyond(position)
            batch = [event.seq for event in log.read(position, 100)]
            position = batch[-1]
            seen.append(batch)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        for number in range(3):
            log.append(output(number))
        await trio.testing.wait_all_tasks_blocked()
        log.append(Closed(CloseReason.DELETED))
    assert seen == [[1, 2, 3], [4]]
    await log.wait_beyond(100)


async def test_a_program_is_held_until_its_slowest_subscriber_moves(autojump_clock: trio.testing.MockClock) -> None:
    config = SupervisorConfig(retention=Retention(events=30))
    async with a_session(CHATTER, Inline(20, seconds=0.01), config=config) as session:
        cursor = session.log.attach("slow", session.log.high)
        await session.ask(c.Run())
        await trio.sleep(10)
        high = session.log.high
        assert session.log.read(high - 1, 1)[0].payload == Notice("held")
        await trio.sleep(3600)
        assert session.log.high == high
        received = session.log.read(cursor.position, 1000)
        assert [event.seq for event in received] == list(range(3, high + 1))
        cursor.advance(high)
        await trio.sleep(0.05)
        assert told(session, high)[0] == "!released"
        assert "!held" not in told(session, high)
        await trio.sleep(10)
        await session.ask(c.Stop())
        assert told(session, session.log.high - 3) == ["!released", "halted", "!halted"]
        cursor.detach()


async def test_commands_cannot_grow_a_log_that_nobody_reads_without_end(
    autojump_clock: trio.testing.MockClock,
) -> None:
    config = SupervisorConfig(retention=Retention(events=10))
    async with a_session(CHATTER, Inline(1, seconds=1), config=config) as session:
        cursor = session.log.attach("stalled", 1)
        refusal = None
        for _ in range(100):
            try:
                await session.ask(c.Step())
            except c.CommandFailed as failure:
                refusal = failure.refusal
                break
        assert refusal is c.Refusal.HELD
        assert session.log.memory_events <= 22
        await session.ask(c.Stop())
        cursor.detach()
        await session.ask(c.Step())


# -- the spill


@given(st.sampled_from([output(1), STATE, Notice("error", "text", 7, "main"), Closed(CloseReason.FAILED)]))
def test_a_stored_payload_is_the_same_payload(payload: Output | StateChanged | Notice | Closed) -> None:
    assert unpack(pack(payload)) == payload


async def fill(log: EventLog, spooler: Spooler, count: int) -> list[Event]:
    """Appends as a session would: not while the log holds."""
    log.on_overflow = lambda: spooler.overflowed(log)
    events = []
    for number in range(count):
        while log.must_hold:  # noqa: ASYNC110 - a plain writer: the actor that does it right has tests of its own
            await trio.sleep(0.01)
        events.append(log.append(output(number)))
        if number % 10 == 0:
            await trio.lowlevel.checkpoint()
    return events


async def read_all(log: EventLog, limit: int = 7) -> list[Event]:
    """Everything that is retained."""
    events: list[Event] = []
    position = log.low - 1
    while position < log.high:
        batch = await log.fetch(position, limit)
        events += batch
        position = batch[-1].seq
    return events


async def test_what_memory_does_not_hold_comes_from_the_spill(autojump_clock: trio.testing.MockClock) -> None:
    spill = MemorySpill(delay=0.5)
    spooler = Spooler(spill)
    log = EventLog(Retention(events=20), spill=spill)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spooler.run)
        events = await fill(log, spooler, 300)
        await trio.sleep(100)
        assert log.memory_events <= 20
        assert log.low == 1
        with pytest.raises(OnDisk):
            log.read(0, 1)
        assert await read_all(log) == events
        nursery.cancel_scope.cancel()


async def test_a_failing_disk_holds_and_loses_nothing(autojump_clock: trio.testing.MockClock) -> None:
    spill = MemorySpill()
    spill.failing = True
    spooler = Spooler(spill)
    log = EventLog(Retention(events=10), spill=spill)
    events: list[Event] = []

    async def write() -> None:
        events.extend(await fill(log, spooler, 100))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(spooler.run)
        nursery.start_soon(write)
        await trio.sleep(60)
        assert holds(log)
        assert log.memory_events <= 21
        spill.failing = False
        await trio.sleep(60)
        assert len(events) == 100
        assert await read_all(log) == events
        assert spooler.statistics().failures > 10
        nursery.cancel_scope.cancel()


async def test_a_full_disk_forgets_what_nobody_needs_and_keeps_what_somebody_does(
    autojump_clock: trio.testing.MockClock,
) -> None:
    spill = MemorySpill()
    spooler = Spooler(spill)
    log = EventLog(Retention(events=10, disk_bytes=2000), spill=spill)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spooler.run)
        await fill(log, spooler, 100)
        await trio.sleep(1)
        assert log.low > 50
        assert min(spill.logs[log.epoch]) == log.low
        cursor = log.attach("slow", log.low - 1)
        with trio.move_on_after(60):
            await fill(log, spooler, 1000)
        assert holds(log)
        assert [event.seq for event in await read_all(log)] == list(range(cursor.position + 1, log.high + 1))
        cursor.advance(log.high)
        assert not holds(log)
        nursery.cancel_scope.cancel()


async def test_an_ended_log_stays_readable_until_its_last_reader_has_gone(
    autojump_clock: trio.testing.MockClock,
) -> None:
    spill = MemorySpill()
    spooler = Spooler(spill)
    log = EventLog(Retention(events=5), spill=spill)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spooler.run)
        cursor = log.attach("slow", 0)
        events = await fill(log, spooler, 50)
        await trio.sleep(1)
        spooler.forget(log)
        await trio.sleep(60)
        assert await read_all(log) == events
        cursor.detach()
        await trio.sleep(60)
        assert spill.logs == {}
        nursery.cancel_scope.cancel()


async def test_sqlite_keeps_events_as_the_model_does(tmp_path: object) -> None:
    spill = SqliteSpill(f"{tmp_path}/events.sqlite")
    payloads: list[Payload] = [output(1), STATE, Notice("held"), Closed(CloseReason.SHUTDOWN)]
    events = [Event(seq, payload) for seq, payload in enumerate(payloads, 1)]
    await spill.write("a", events)
    await spill.write("a", events[:2])
    await spill.write("b", events[:1])
    assert await spill.read("a", 0, 10) == events
    assert await spill.read("a", 1, 2) == events[1:3]
    await spill.trim("a", 3)
    assert await spill.read("a", 0, 10) == events[2:]
    await spill.forget("a")
    assert await spill.read("a", 0, 10) == []
    assert await spill.read("b", 0, 10) == events[:1]
    await spill.close()
    await spill.close()
