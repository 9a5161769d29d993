"""The client library against the whole server in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import MockClock

from emu import client
from emu.actors.log import Retention
from emu.actors.supervisor import SupervisorConfig
from emu.client import (
    Closed,
    CommandError,
    ConnectionLost,
    Cursor,
    Output,
    Patience,
    ProgramRejected,
    Reset,
    SessionClosed,
    SessionGone,
    Snapshot,
    State,
)
from emu.gateway.config import GatewayConfig
from emu.testing import Kit, Link, server
from emu.testing.fixtures import emu_kit, emu_server
from tests.cli.command import SAMPLES
from tests.simulation import guests

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.client import Server

__all__ = ["emu_kit", "emu_server"]

COUNTING = guests.COUNTING.format(count=20)
COUNTED = "".join(f"{number}\n" for number in range(20, 0, -1))


async def test_the_example_of_the_specification(emu_server: Server) -> None:
    async with emu_server.session() as session:
        await session.load(COUNTING)
        run = await session.run()
        state = await session.wait_for("halted", after=run)
        assert session.console == COUNTED
        assert state.picture.exit_code == 3
        assert state.seq > run.seq
    assert session.closed == Closed(session.cursor, "deleted")
    assert await emu_server.sessions() == []


async def test_a_compiled_program(emu_server: Server) -> None:
    folder = SAMPLES / "c"
    async with emu_server.session() as session:
        loaded = await session.load_elf((folder / "arguments.elf").read_bytes(), "10", "two words", "0x20")
        assert loaded.symbols["_start"] == loaded.entry
        await session.load_elf((folder / "queens.elf").read_bytes(), sources={"queens.c": "int nothing;\n"})
        loaded = await session.load_elf((folder / "arguments.elf").read_bytes(), "10", "two words", "0x20")
        state = await session.wait_for("halted", after=await session.run())
        assert session.console == (folder / "arguments.out").read_text()
        assert state.picture.exit_code == 42
        with pytest.raises(ProgramRejected) as rejected:
            await session.load_elf(b"\x7fELF", name="mine.elf")
        assert rejected.value.errors == (
            "mine.elf: error: the file is damaged: the file header reaches beyond its end\n",
        )


async def test_updates_are_typed_complete_and_end_with_the_session(emu_server: Server) -> None:
    async with emu_server.session() as session:
        updates = session.updates(after=0)
        await session.load(guests.HELLO)
        await session.wait_stopped(after=await session.run())
    seen = [update async for update in updates]
    assert [update.seq for update in seen] == list(range(1, len(seen) + 1))
    assert [update.status for update in seen if isinstance(update, State)] == ["idle", "running", "halted"]
    assert "".join(update.content for update in seen if isinstance(update, Output)) == "gr\u00fc\u00df dich\n"
    assert isinstance(seen[-1], Closed)


async def test_commands_answer_with_numbers_and_values(emu_server: Server) -> None:
    async with emu_server.session() as session:
        loaded = await session.load(guests.CALLING)
        assert loaded.symbols["again"] == loaded.entry + 4
        first = await session.step()
        assert (first.pc, first.registers[4]) == (loaded.entry + 4, 3)
        over = await session.step_over()
        assert over.pc == loaded.entry + 8
        await session.reach(over)
        assert session.console == "."
        assert (await session.registers()).cycles == over.cycles
        assert await session.evaluate("r4 + 1") == 4
        assert await session.memory(loaded.entry, 4) == (0xE3A04003).to_bytes(4, "little")
        await session.set_breakpoint(loaded.symbols["say"])
        assert await session.breakpoints() == (loaded.symbols["say"],)
        stopped = await session.wait_for("breakpoint", after=await session.run())
        assert stopped.picture.pc == loaded.symbols["say"]
        out = await session.step_out()
        assert out.pc == loaded.symbols["again"] + 4
        await session.remove_breakpoint(loaded.symbols["say"])
        watchpoint = await session.set_watchpoint(0x20000, "write")
        await session.remove_watchpoint(watchpoint)
        await session.restart()
        await session.reset()
        await session.reach(await session.newest())
        assert session.state is not None
        assert session.state.status == "idle"


async def test_input_is_echoed_before_it_is_read(emu_server: Server) -> None:
    async with emu_server.session() as session:
        await session.load(guests.ECHO)
        waiting = await session.wait_for("waiting_for_input", after=await session.run())
        await session.stdin("moon\n")
        await session.wait_for("waiting_for_input", after=waiting.cursor)
        assert session.console == "moon\n\nmoon\n"
        assert session.console == await session.server_console()
        await session.stop()


async def test_the_end_of_input_ends_a_program_that_reads_all(emu_server: Server) -> None:
    async with emu_server.session() as session:
        await session.load(
            "_start: SWI #4\n        CMN R0, #1\n        BNE _start\n        MOV R0, #7\n        SWI #0\n"
        )
        await session.wait_for("waiting_for_input", after=await session.run())
        ended = await session.close_stdin()
        halted = await session.wait_for("halted", "error", after=ended)
        assert (halted.picture.status, halted.picture.registers[0]) == ("halted", 7)


async def test_refusals_are_errors_with_their_reason(emu_server: Server) -> None:
    async with emu_server.session() as session:
        with pytest.raises(ProgramRejected) as rejected:
            await session.load(guests.WRONG)
        assert ":1:" in rejected.value.errors[0]
        with pytest.raises(CommandError) as refused:
            await session.step()
        assert (refused.value.status, "no program" in refused.value.message) == (500, True)
    with pytest.raises(SessionGone):
        await session.run()
    with pytest.raises(SessionGone):
        async with emu_server.follow("no-such-session"):
            pass


async def test_errors_of_the_body_come_out_as_they_are(emu_server: Server) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with emu_server.session():
            raise LookupError("mine")
    assert await emu_server.sessions() == []


async def test_waiting_can_be_given_up(emu_server: Server, autojump_clock: MockClock) -> None:
    async with emu_server.session() as session:
        with pytest.raises(trio.TooSlowError), trio.fail_after(3600):
            await session.wait_for("halted")
        await session.load(guests.HELLO)
        assert (await session.wait_for("idle")).picture.status == "idle"


async def test_who_waits_for_a_session_that_ends_is_told(emu_server: Server) -> None:
    async with emu_server.session() as session, emu_server.follow(session.id) as other:
        await session.delete()
        with pytest.raises(SessionClosed):
            await other.wait_for("halted")


async def test_a_late_subscriber_begins_with_the_snapshot(emu_server: Server) -> None:
    async with emu_server.session() as session:
        await session.load(COUNTING)
        end = await session.wait_stopped(after=await session.run())
        async with emu_server.follow(session.id) as late:
            await late.reach(end.cursor)
            first = await anext(late.updates(after=Cursor("", 0)))
            assert isinstance(first, Snapshot)
            assert late.console == COUNTED
            assert (await late.wait_for("halted")).seq == first.seq


async def test_broken_connections_lose_and_repeat_nothing(emu_kit: Kit, autojump_clock: MockClock) -> None:
    async with emu_kit.connect() as steady, steady.session() as session:
        await session.load(guests.COUNTING.format(count=60))
        cuts = range(250, 4000, 97)
        async with emu_kit.broken_reader(session.id, cuts) as reader:
            updates = reader.updates(after=0)
            for _ in range(12):
                await session.wait_stopped(after=await session.run())
            await reader.reach(await session.newest())
            seen = [(await anext(updates)).seq for _ in range(reader.cursor.seq)]
            assert seen == list(range(1, len(seen) + 1))
            assert reader.console == session.console
        assert sum(link.is_cut for link in emu_kit.links) > 5


def once_cut_after(count: int) -> Callable[[Link], None]:
    cuts = iter([count])
    return lambda link: link.to_client.cut_after(next(cuts, 1 << 30))


async def test_a_command_whose_answer_is_lost_is_carried_out_once(emu_kit: Kit, autojump_clock: MockClock) -> None:
    """The connection breaks here and there in the answer, also where the answer begins."""
    async with emu_kit.connect() as steady, steady.session() as session:
        await session.load(guests.ENDLESS)
        steps = 0
        for cut in range(1, 900, 41):
            async with emu_kit.connect(prepare=once_cut_after(cut)) as shaky:
                stepping = client.Session(shaky._http, session.id, session._history)
                await stepping.step()
                steps += 1
        assert (await session.registers()).cycles == steps


async def test_a_stalled_reader_is_let_go_and_resumes(autojump_clock: MockClock) -> None:
    async with (
        server(GatewayConfig(slow_after=5.0)) as kit,
        kit.connect() as steady,
        steady.session() as session,
        kit.stalled_reader(session.id, capacity=2000) as (reader, link),
    ):
        updates = reader.updates(after=0)
        await session.load(COUNTING)
        for _ in range(30):
            await session.wait_stopped(after=await session.run())
        assert session.console == COUNTED * 30
        newest = await session.newest()
        with trio.fail_after(100):
            await trio.sleep(20)
            link.to_client.resume()
            await reader.reach(newest)
        seen = [(await anext(updates)).seq for _ in range(newest.seq)]
        assert seen == list(range(1, newest.seq + 1))
        assert reader.console == session.console
    assert link.to_client.delivered < 20_000


async def test_a_cursor_that_is_trimmed_surfaces_as_a_reset(autojump_clock: MockClock) -> None:
    async with (
        server(supervisor=SupervisorConfig(retention=Retention(events=4))) as kit,
        kit.connect() as connected,
        connected.session() as session,
    ):
        loaded = await session.load(COUNTING)
        for _ in range(5):
            await session.wait_stopped(after=await session.run())
        async with connected.follow(session.id, cursor=loaded.cursor) as again:
            updates = again.updates(after=Cursor("", 0))
            reset, snapshot = await anext(updates), await anext(updates)
            assert isinstance(reset, Reset)
            assert reset.reason == "trimmed"
            assert isinstance(snapshot, Snapshot)
            assert again.console == COUNTED * 5
        for cursor, reason in ((Cursor("other", 1), "epoch"), (Cursor(loaded.cursor.epoch, 10_000), "ahead")):
            async with connected.follow(session.id, cursor=cursor) as again:
                reset = await anext(again.updates(after=Cursor("", 0)))
                assert isinstance(reset, Reset)
                assert reset.reason == reason


async def test_an_orderly_stop_is_the_last_update(emu_kit: Kit, autojump_clock: MockClock) -> None:
    async with emu_kit.connect(patience=Patience(total=1.0)) as connected:
        session_id = await connected.create()
        async with connected.follow(session_id) as session:
            updates = session.updates()
            await emu_kit.stop()
            assert (await session.ended()).reason == "shutdown"
            assert isinstance([update async for update in updates][-1], Closed)
        with pytest.raises(ConnectionLost):
            await connected.health()


async def test_a_server_that_is_not_there_is_waited_for_and_then_given_up(autojump_clock: MockClock) -> None:
    async def nobody() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        raise ConnectionRefusedError

    async with client.connect(nobody, patience=Patience(total=30.0)) as connected:
        start = trio.current_time()
        with pytest.raises(ConnectionLost):
            await connected.sessions()
        assert 25 < trio.current_time() - start <= 30


async def test_a_token_is_presented_and_its_absence_is_refused(autojump_clock: MockClock) -> None:
    async with (
        server(GatewayConfig(token="s3cret")) as kit,
        kit.connect(token="s3cret") as welcome,
        welcome.session() as session,
        kit.connect() as stranger,
    ):
        await session.load(guests.SILENT)
        with pytest.raises(CommandError) as refused:
            await stranger.sessions()
        assert refused.value.status == 401
        with pytest.raises(CommandError) as refused:
            async with stranger.follow(session.id):
                pass
        assert refused.value.status == 401


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://host", "http://"])
async def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL"):
        async with client.connect(url):
            pass
