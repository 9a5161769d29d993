"""The supervisor: limits, endings, and failures that stay where they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from emu.actors import commands as c
from emu.actors.commands import CommandFailed, Refusal
from emu.actors.core import SessionCore
from emu.actors.events import Closed, CloseReason, Notice, StateChanged, Status
from emu.actors.execution import Inline
from emu.actors.options import SessionOptions
from emu.actors.session import Session
from emu.actors.supervisor import (
    RefusalKind,
    SupervisorConfig,
    SupervisorRefusal,
    open_supervisor,
    repeatable_ports,
)
from tests.actors.rig import CHATTER, DOUBLE, ENDLESS, HELLO, a_session, ask_until, check_replay, load, supervised, told


async def test_sessions_are_listed_in_the_order_of_their_creation(autojump_clock: trio.testing.MockClock) -> None:
    async with supervised() as supervisor:
        sessions = [await supervisor.create(SessionOptions()) for _ in range(5)]
        assert supervisor.list() == sessions
        assert len({session.id for session in sessions}) == 5
        assert all(len(session.id) == 32 and int(session.id, 16) >= 0 for session in sessions)
        assert supervisor.find(sessions[2].id) is sessions[2]
        assert supervisor.find("0" * 32) is None
        assert await supervisor.delete(sessions[2].id)
        assert not await supervisor.delete(sessions[2].id)
        assert supervisor.find(sessions[2].id) is None
        assert supervisor.list() == [*sessions[:2], *sessions[3:]]
        assert supervisor.statistics().created == 5


async def test_when_delete_returns_closed_is_the_last_event(autojump_clock: trio.testing.MockClock) -> None:
    async with supervised() as supervisor:
        session = await supervisor.create(SessionOptions())
        await load(session, ENDLESS)
        await session.ask(c.Run())
        await trio.sleep(0.01)
        await supervisor.delete(session.id)
        assert told(session)[-3:] == ["halted", "!halted", "closed deleted"]
        high = session.log.high
        with pytest.raises(CommandFailed) as caught:
            await session.ask(c.Run())
        assert caught.value.refusal is Refusal.CLOSED
        await trio.sleep(10)
        assert session.log.high == high
        check_replay(session)


async def test_whoever_waits_for_a_deleted_session_is_told(autojump_clock: trio.testing.MockClock) -> None:
    refusals = []

    async def ask(session: Session, command: c.AnyCommand) -> None:
        with pytest.raises(CommandFailed) as caught:
            await session.ask(command)
        refusals.append(caught.value.refusal)

    async with supervised(config=SupervisorConfig(inbox_capacity=1)) as supervisor:
        session = await supervisor.create(SessionOptions())
        await load(session, DOUBLE)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, session, c.Step())
            await trio.sleep(1)
            assert session.picture().status is Status.WAITING
            session.request_close(CloseReason.DELETED)
            for _ in range(4):
                nursery.start_soon(ask, session, c.GetState())
    assert refusals == [Refusal.CLOSED] * 5


async def test_shutdown_tells_final_states_and_leaves_nobody(autojump_clock: trio.testing.MockClock) -> None:
    async with supervised() as supervisor:
        running = await supervisor.create(SessionOptions())
        waiting = await supervisor.create(SessionOptions())
        for session, source in ((running, ENDLESS), (waiting, DOUBLE)):
            await load(session, source)
            await session.ask(c.Run())
        await trio.sleep(0.05)
        await supervisor.shutdown()
        for session in (running, waiting):
            assert told(session)[-3:] == ["halted", "!halted", "closed shutdown"]
        assert supervisor.list() == []
        with pytest.raises(SupervisorRefusal) as caught:
            await supervisor.create(SessionOptions())
        assert caught.value.kind is RefusalKind.SHUTTING_DOWN
        await supervisor.shutdown()


async def test_a_cancelled_server_still_closes_its_logs(autojump_clock: trio.testing.MockClock) -> None:
    sessions = []
    with trio.move_on_after(1):
        async with supervised() as supervisor:
            sessions.append(await supervisor.create(SessionOptions()))
            await load(sessions[0], CHATTER)
            await sessions[0].ask(c.Run())
            await trio.sleep_forever()
    assert told(sessions[0])[-1] == "closed shutdown"
    assert sessions[0].ended.is_set()


@pytest.mark.parametrize(
    ("config", "options", "kind", "text"),
    [
        (SupervisorConfig(max_sessions=1), SessionOptions(), RefusalKind.TOO_MANY_SESSIONS, "max 1"),
        (SupervisorConfig(), SessionOptions(memory_size=300 << 20), RefusalKind.TOO_MUCH_MEMORY, "268435456"),
        (SupervisorConfig(), SessionOptions(stack_size=1 << 31), RefusalKind.TOO_MUCH_MEMORY, "268435456"),
        (SupervisorConfig(max_memory=9**6), SessionOptions(heap_size=9 << 16), RefusalKind.TOO_MUCH_MEMORY, "531441"),
        (SupervisorConfig(), SessionOptions(stack_size=-1), RefusalKind.BAD_VALUE, "negative"),
        (SupervisorConfig(), SessionOptions(fs_root="/"), RefusalKind.BAD_FOLDER, "--fsroot"),
    ],
)
async def test_a_create_beyond_a_limit_is_refused_and_names_it(
    config: SupervisorConfig,
    options: SessionOptions,
    kind: RefusalKind,
    text: str,
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with supervised(config=config) as supervisor:
        first = await supervisor.create(SessionOptions())
        with pytest.raises(SupervisorRefusal) as caught:
            await supervisor.create(options)
        assert caught.value.kind is kind
        assert text in caught.value.message
        assert supervisor.list() == [first]


async def test_a_deleted_session_makes_room(autojump_clock: trio.testing.MockClock) -> None:
    async with supervised(config=SupervisorConfig(max_sessions=1)) as supervisor:
        for _ in range(3):
            session = await supervisor.create(SessionOptions())
            await supervisor.delete(session.id)


async def test_folders_lie_below_the_root_whatever_links_say(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    os.symlink(tmp_path / "outside", root / "link")
    async with supervised(config=SupervisorConfig(fs_root=str(root))) as supervisor:
        for folder in (str(root), str(root / "inside"), "inside", "not/there/yet"):
            session = await supervisor.create(SessionOptions(fs_root=folder))
            assert Path(session.options.fs_root or "").is_relative_to(root)
        for folder in ("..", "/", str(tmp_path), "link", str(root / "inside" / ".." / ".."), "a\0b"):
            with pytest.raises(SupervisorRefusal) as caught:
                await supervisor.create(SessionOptions(fs_root=folder))
            assert caught.value.kind is RefusalKind.BAD_FOLDER


async def test_a_private_folder_is_gone_with_its_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = '_start: LDR R0, =name\n MOV R1, #1\n SWI #0x10\n SWI #0\nname: .asciz "kept"\n'
    async with a_session(source) as session:
        assert os.listdir(tmp_path) == []
        await ask_until(session, c.Run(), "halted")
        (folder,) = os.listdir(tmp_path)
        assert os.listdir(tmp_path / folder) == ["kept"]
    assert os.listdir(tmp_path) == []


async def test_a_session_that_nobody_uses_expires(autojump_clock: trio.testing.MockClock) -> None:
    async with supervised(config=SupervisorConfig(idle_seconds=60)) as supervisor:
        idle, followed, used = [await supervisor.create(SessionOptions()) for _ in range(3)]
        cursor = followed.log.attach("subscriber", 0)
        for _ in range(10):
            await trio.sleep(30)
            await used.ask(c.GetState())
        assert told(idle) == ["closed expired"]
        assert supervisor.list() == [followed, used]
        cursor.detach()
        await trio.sleep(200)
        assert supervisor.list() == []
        assert told(followed) == ["closed expired"]


# -- failures


def break_once(monkeypatch: pytest.MonkeyPatch, victim: Session, method: str) -> None:
    """Makes a method of one session's core raise."""
    original: Callable[..., Any] = getattr(SessionCore, method)

    def broken(core: SessionCore, *arguments: Any) -> Any:
        if core is victim._core:
            raise ZeroDivisionError("planted")
        return original(core, *arguments)

    monkeypatch.setattr(SessionCore, method, broken)


@pytest.mark.parametrize("method", ["execute", "conclude", "begin"])
async def test_a_failure_ends_one_session_with_an_error_and_touches_no_other(
    method: str, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    failures = []
    async with open_supervisor(
        None,
        Inline(50, seconds=0.01),
        ports=repeatable_ports(),
        on_failure=lambda session, error: failures.append((session, type(error))),
    ) as supervisor:
        healthy, victim = await supervisor.create(SessionOptions()), await supervisor.create(SessionOptions())
        await load(healthy, ENDLESS)
        await load(victim, ENDLESS)
        await healthy.ask(c.Run())
        await trio.sleep(0.05)
        break_once(monkeypatch, victim, method)
        if method == "begin":
            with pytest.raises(CommandFailed) as caught:
                await victim.ask(c.Run())
            assert caught.value.refusal is Refusal.CRASHED
        else:
            await victim.ask(c.Run())
        await victim.ended.wait()
        state, notice, closed = (event.payload for event in victim.log.read(victim.log.high - 3, 3))
        assert isinstance(state, StateChanged)
        assert (state.status, state.error) == (Status.ERROR, "internal error: ZeroDivisionError: planted")
        assert isinstance(notice, Notice)
        assert closed == Closed(CloseReason.FAILED)
        assert failures == [(victim, ZeroDivisionError)]
        assert supervisor.list() == [healthy]
        assert supervisor.statistics().failed == 1
        before = healthy.statistics().instructions
        await trio.sleep(1)
        assert healthy.statistics().instructions > before
        with pytest.raises(CommandFailed) as caught:
            await victim.ask(c.GetState())
        assert caught.value.refusal is Refusal.CRASHED


# -- asking


async def test_a_request_id_is_carried_out_once(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        first = await session.ask(c.Step(), request_id="a")
        again = await session.ask(c.Step(), request_id="a")
        assert first == again
        assert session.picture().instructions == 1
        with pytest.raises(CommandFailed) as caught:
            await session.ask(c.StepOver(), request_id="a")
        assert caught.value.refusal is Refusal.KEY_REUSED
        for _ in range(2):
            with pytest.raises(CommandFailed) as caught:
                await session.ask(c.RemoveWatchpoint(7), request_id="b")
            assert (caught.value.refusal, caught.value.seq) == (Refusal.NOT_FOUND, first.seq)


async def test_a_repetition_joins_a_command_that_is_still_under_way(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(DOUBLE) as session:
        replies = []

        async def step() -> None:
            replies.append(await session.ask(c.Step(), request_id="once"))

        with trio.move_on_after(1):
            await step()
        assert session.picture().status is Status.WAITING
        async with trio.open_nursery() as nursery:
            nursery.start_soon(step)
            nursery.start_soon(step)
            await trio.sleep(1)
            await session.ask(c.SendInput("4"))
        await step()
        assert len(replies) == 3
        assert replies[0] == replies[1] == replies[2]
        assert session.picture().instructions == 1


async def test_cancelling_an_asker_at_any_moment_leaves_the_session_consistent(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(ENDLESS) as session:
        steps = 0
        for patience in range(8):
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(session.ask, c.Step())
                    for _ in range(patience):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()
            state = (await session.ask(c.GetState())).answer
            assert state.instructions - steps in (0, 1)
            steps = state.instructions
            assert state.instructions == told(session).count("breakpoint")


async def test_snapshot_and_attachment_are_one_moment(autojump_clock: trio.testing.MockClock) -> None:
    """Whenever one looks, picture and console are what the events up to high add up to."""
    async with a_session(CHATTER, Inline(7, seconds=0.001)) as session:
        await session.ask(c.Run())
        for _ in range(50):
            await trio.sleep(0.0007)
            picture, console, high = session.picture(), session.console(), session.log.high
            cursor = session.log.attach("late", high)
            payloads = [event.payload for event in session.log.read(0, high)]
            assert [payload for payload in payloads if isinstance(payload, StateChanged)][-1] == picture
            text = "".join(payload.content for payload in payloads if hasattr(payload, "content"))
            assert console.text == text
            cursor.detach()


async def test_wait_for_halted_beyond_the_reply_can_neither_miss_nor_be_fooled(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(HELLO) as session:
        for _ in range(20):
            reply = await session.ask(c.Run())
            states = [
                event.seq
                for event in session.log.read(reply.seq, 100)
                if isinstance(event.payload, StateChanged) and event.payload.status is Status.HALTED
            ]
            while not states:
                await session.log.wait_beyond(session.log.high)
                states = [
                    event.seq
                    for event in session.log.read(reply.seq, 100)
                    if isinstance(event.payload, StateChanged) and event.payload.status is Status.HALTED
                ]
            assert len(states) == 1
