"""Debugging from a program, through the client library and the whole server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from emu.client import CommandError, Notice
from emu.testing.fixtures import emu_kit, emu_server

if TYPE_CHECKING:
    from emu.client import Server

__all__ = ["emu_kit", "emu_server"]

SOURCE = """
        .org 0x8000
_start: MOV R4, #0
loop:   ADD R4, R4, #1
        BL add
        CMP R4, #9
        BLT loop
        MOV R0, #0
        SWI #0
add:    LDR R1, =total
        LDR R2, [R1]
        ADD R2, R2, R4
        STR R2, [R1]
        MOV PC, LR
        .align 2
total:  .word 0
"""


async def test_stop_look_change_and_go_on(emu_server: Server) -> None:
    async with emu_server.session() as session:
        debugger = session.debugger
        await session.load(SOURCE)
        made = await debugger.set_breakpoint("add", condition="r4 == 3")
        assert (made.value.number, made.value.label, made.value.condition) == (1, "add", "r4 == 3")
        state = await session.wait_stopped(after=await session.run())
        assert state.picture.registers[4] == 3
        assert (await debugger.view()).breakpoints[0].hits == 1
        values = await debugger.evaluate("r4", "[total]", "nothing", shown_as="hex")
        assert [(one.value, one.text, bool(one.error)) for one in values] == [
            (3, "0x00000003", False), (3, "0x00000003", False), (None, "", True),
        ]  # fmt: skip
        stack = await debugger.stack()
        assert [frame.label for frame in stack.frames] == ["add", "loop"]
        await debugger.write_memory(0x8030, (100).to_bytes(4, "little"))
        assert (await debugger.write_register("r4", "r4 + 4")).registers[4] == 7
        await debugger.remove_breakpoint(made.value.number)
        watched = await debugger.watch("total", "change")
        state = await session.wait_stopped(after=await session.run())
        assert (await debugger.view()).watchpoints[0].last_value == 107
        await debugger.enable_watchpoint(watched.value.number, False)
        state = await session.wait_stopped(after=await debugger.until("loop"))
        assert state.picture.pc == 0x8004
        await debugger.remove_watchpoint(watched.value.number)
        again = await debugger.set_breakpoint(0x8004, temporary=True)
        changed = await debugger.change_breakpoint(again.value.number, enabled=False)
        assert (changed.value.enabled, changed.value.temporary) == (False, True)
        assert "Breakpoints:" in (await debugger.command("info b")).value.output
        assert (await session.wait_stopped(after=await session.run())).picture.status == "halted"


async def test_source_and_symbols_and_reports(emu_server: Server) -> None:
    async with emu_server.session() as session:
        debugger = session.debugger
        with pytest.raises(CommandError) as nothing:
            await debugger.source()
        assert nothing.value.status == 404
        await session.load(SOURCE)
        assert (await debugger.source()).files[0].text == SOURCE
        assert {one.name for one in await debugger.symbols()} == {"_start", "loop", "add", "total"}
        assert (await debugger.lines())[0].address == 0x8000
        for kind in ("calls", "statistics"):
            await debugger.record(kind)
        await session.wait_stopped(after=await session.run())
        await debugger.record("calls", False)
        report = await debugger.report("calls", "folded")
        assert report.dropped == 0
        assert "loop;add" in report.text or "_start;add" in report.text
        assert (await debugger.report("statistics", "csv")).text.startswith("Metric")


async def test_a_protected_session_and_its_viewers(emu_server: Server) -> None:
    async with emu_server.session(protected=True) as teacher:
        await teacher.load(SOURCE)
        async with emu_server.follow(teacher.id) as pupil:
            with pytest.raises(CommandError) as refused:
                await pupil.run()
            assert refused.value.status == 403
            await pupil.debugger.view()
            await pupil.reach(await teacher.run())
        assert teacher.control_key is not None
        async with emu_server.follow(teacher.id, control_key=teacher.control_key) as helper:
            await helper.stop()
        with pytest.raises(CommandError):
            await emu_server.delete(teacher.id)
    assert await emu_server.sessions() == []


async def test_updates_tell_what_to_read_again(emu_server: Server) -> None:
    async with emu_server.session() as session:
        names = []
        with trio.fail_after(60):
            await session.load(SOURCE)
            await session.debugger.set_breakpoint("loop")
            last = await session.debugger.write_memory(0x8030, b"\x01")
            async for update in session.updates(after=0):
                if isinstance(update, Notice):
                    names.append(update.name)
                if update.seq == last.seq:
                    break
        assert names == ["loaded", "breakpoints", "memory"]


async def test_a_source_is_looked_at_without_a_session(emu_server: Server) -> None:
    assert (await emu_server.assemble(SOURCE)).instructions == 12
    found = await emu_server.assemble("  B nowhere\n", name="mine.s", lint=True)
    assert (found.ok, found.diagnostics[0].file) == (False, "mine.s")
