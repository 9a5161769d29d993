"""Determinism: a journal gives the same registers, memory and events again, whatever was done to the session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from emu.actors import commands as c
from emu.actors.execution import Cooperative, Inline
from emu.actors.journal import Commanded, Executed, Journal
from emu.actors.log import Retention
from emu.actors.options import SessionOptions
from emu.actors.replay import ReplayDiverged, replay
from emu.actors.session import Session
from emu.actors.supervisor import SupervisorConfig
from tests.actors.rig import CALLS, CHATTER, DOUBLE, ENDLESS, FAULT, HELLO, ask_until, load, supervised

WORLDLY = """
_start: LDR R4, =0x20000
again:  SWI #0x30
        STR R0, [R4], #4
        SWI #0x31
        STR R0, [R4], #4
        LDR R0, =name
        MOV R1, #2
        SWI #0x10
        MOV R5, R0
        MOV R0, R5
        LDR R1, =name
        MOV R2, #8
        SWI #0x13
        MOV R0, R5
        SWI #0x11
        LDR R0, =name
        MOV R1, #0
        SWI #0x10
        MOV R5, R0
        LDR R1, =0x21000
        MOV R2, #64
        SWI #0x12
        SWI #3
        MOV R0, R5
        SWI #0x11
        LDR R0, =0x20080
        CMP R4, R0
        BNE again
        SWI #0
name:   .asciz "numbers"
"""

PROGRAMS = [HELLO, ENDLESS, CHATTER, DOUBLE, FAULT, CALLS, WORLDLY, "_start: SWI #0xF1\n B _start\n", "_start: FOO\n"]


def same_machine(session: Session) -> None:
    """Replays the journal of a session and compares everything."""
    replayed = replay(session.journal)
    core = session._core
    assert list(replayed.events) == session.log.read(0, 1_000_000)
    assert replayed.core.state_now() == core.state_now()
    assert replayed.core.machine.memory.snapshot() == core.machine.memory.snapshot()
    assert replayed.core.guest.services.snapshot() == core.guest.services.snapshot()
    assert replayed.core.console.text() == session.console()
    assert replayed.core.control.history.values == core.control.history.values
    assert replayed.core.journal.answers == session.journal.answers


commands = st.one_of(
    st.sampled_from(
        [
            c.Run(), c.Run(), c.Stop(), c.Step(), c.Step(), c.StepOver(), c.StepOut(), c.Restart(), c.Reset(),
            c.CloseInput(), c.SetTrace(True), c.SetStatistics(True), c.SetStatistics(False), c.Evaluate("r0 + $1"),
            c.Evaluate("1"), c.SetWatchpoint(0x20000), c.SetWatchpoint(0x4FFF8, "write"), c.RemoveWatchpoint(1),
        ]
    ),
    st.sampled_from(PROGRAMS).map(lambda source: c.Load(b".org 0x8000\n" + source.encode())),
    st.sampled_from(["7\n", "7", "", "x\ny\n", "é"]).map(c.SendInput),
    st.integers(0x7FFC, 0x8060).map(c.SetBreakpoint),
    st.integers(0x2000, 0x2010).map(lambda word: c.SetBreakpoint(word * 4)),
    st.integers(0x2000, 0x2010).map(lambda word: c.RemoveBreakpoint(word * 4)),
)  # fmt: skip
pauses = st.sampled_from([0.0, 0.0, 0.001, 0.01, 0.35])


async def live(session: Session, script: list[tuple[c.AnyCommand, float]]) -> None:
    """Asks one command after the other, without waiting for steps that take long."""

    async def ask(command: c.AnyCommand) -> None:
        try:
            await session.ask(command)
        except c.CommandFailed:
            pass

    async with trio.open_nursery() as nursery:
        for command, pause in script:
            nursery.start_soon(ask, command)
            await trio.sleep(pause)
            await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()


def in_virtual_time(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@settings(max_examples=60)
@given(
    program=st.sampled_from(PROGRAMS),
    script=st.lists(st.tuples(commands, pauses), max_size=12),
    instructions=st.sampled_from([1, 3, 7, 50, 1000]),
)
def test_any_life_can_be_lived_again(program: str, script: list[tuple[c.AnyCommand, float]], instructions: int) -> None:
    async def main() -> None:
        async with supervised(Inline(instructions, seconds=0.005)) as supervisor:
            session = await supervisor.create(SessionOptions())
            start = c.Load(b".org 0x8000\n" + program.encode())
            await live(session, [(start, 0.0), (c.Run(), 0.01), *script])
            await supervisor.delete(session.id)
            same_machine(session)

    in_virtual_time(main)


@settings(max_examples=15)
@given(moves=st.lists(st.integers(1, 40), min_size=1, max_size=10), size=st.integers(3, 30))
def test_holds_and_releases_are_lived_again(moves: list[int], size: int) -> None:
    async def main() -> None:
        config = SupervisorConfig(retention=Retention(events=size))
        async with supervised(Inline(8, seconds=0.001), config=config) as supervisor:
            session = await supervisor.create(SessionOptions())
            await load(session, CHATTER)
            cursor = session.log.attach("slow", 0)
            seen = []
            await session.ask(c.Run())
            for move in moves:
                await trio.sleep(0.2)
                batch = session.log.read(cursor.position, move)
                seen += batch
                cursor.advance(cursor.position + len(batch))
            await supervisor.delete(session.id)
            seen += session.log.read(cursor.position, 1_000_000)
            assert list(replay(session.journal).events) == seen

    in_virtual_time(main)


@pytest.mark.parametrize("instructions", [1, 2, 5, 100, 10_000])
async def test_slicing_changes_no_state_and_no_text(instructions: int, autojump_clock: trio.testing.MockClock) -> None:
    async with supervised(Inline(instructions)) as supervisor:
        session = await supervisor.create(SessionOptions())
        await load(session, CALLS)
        state = await ask_until(session, c.Run(), "halted")
    assert (state.instructions, state.cycles, state.registers[4]) == (50, 61, 120)


async def test_pieces_cut_by_the_clock_are_lived_again() -> None:
    """Real time decides where the pieces end; the journal knows."""
    async with supervised(Cooperative(0.0005)) as supervisor:
        session = await supervisor.create(SessionOptions())
        await load(session, CHATTER)
        await session.ask(c.Run())
        with trio.fail_after(20):
            await session.log.wait_beyond(60)
        await supervisor.delete(session.id)
        same_machine(session)


async def test_silent_pieces_are_one_entry(autojump_clock: trio.testing.MockClock) -> None:
    async with supervised(Inline(10, seconds=0.001)) as supervisor:
        session = await supervisor.create(SessionOptions())
        await load(session, ENDLESS)
        await session.ask(c.Run())
        await trio.sleep(10.05)
        pieces = [entry for entry in session.journal.entries if isinstance(entry, Executed)]
        assert len(pieces) <= 2 * 101 + 1
        assert sum(piece.count for piece in pieces) >= 90_000


async def test_a_journal_that_was_tampered_with_is_noticed(autojump_clock: trio.testing.MockClock) -> None:
    async with supervised() as supervisor:
        session = await supervisor.create(SessionOptions())
        await load(session, CALLS)
        await ask_until(session, c.Run(), "halted")
    entries = session.journal.entries
    index, piece = next((number, entry) for number, entry in enumerate(entries) if isinstance(entry, Executed))
    entries[index] = evolve(piece, count=piece.count - 1)
    with pytest.raises(ReplayDiverged):
        replay(session.journal)


async def test_a_journal_that_became_too_large_says_so(autojump_clock: trio.testing.MockClock) -> None:
    config = SupervisorConfig(journal_bytes=5000)
    async with supervised(config=config) as supervisor:
        session = await supervisor.create(SessionOptions())
        await load(session, CHATTER)
        await session.ask(c.Run())
        await trio.sleep(1)
        assert not session.statistics().journal_is_complete
        assert (session.journal.entries, session.journal.answers) == ([], [])
    with pytest.raises(ReplayDiverged, match="too large"):
        replay(session.journal)


def test_an_answer_that_was_not_recorded_is_noticed() -> None:
    journal = Journal(SessionOptions())
    for command in (c.Load(b".org 0x8000\n SWI #0x31\n"), c.Run()):
        journal.add(Commanded(0, command))
    journal.add(Executed(0, 1, ended=False))
    with pytest.raises(ReplayDiverged, match="no answer was recorded"):
        replay(journal)
