"""The debugger's language on a session: every example of its help, said to sessions in every state."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from emu.actors import commands as c
from emu.actors import debug_commands as d
from emu.actors.events import Status
from emu.debugger import helping
from tests.actors.rig import CALLS, ENDLESS, a_session, ask_until

LINES = [line for command in helping.COMMANDS for line, _ in command.examples]
LINES += [f"{command.names[0]}{rest}" for command in helping.COMMANDS for rest in ("", " 1", " nonsense +", " r0")]


@pytest.mark.parametrize("state", ["empty", "idle", "running", "halted", "breakpoint"])
async def test_whatever_is_said_is_answered_and_can_be_replayed(
    autojump_clock: trio.testing.MockClock, state: str
) -> None:
    source = {"empty": None, "running": ENDLESS}.get(state, CALLS)
    async with a_session(source) as session:
        if state == "breakpoint":
            await session.ask(d.PutBreakpoint("factor"))
        if state in ("running", "halted", "breakpoint"):
            await ask_until(session, c.Run(), state)
        for line in LINES:
            with trio.fail_after(60):
                answer = (await session.ask(d.CarryOut(line))).answer
            assert answer.failed == ("Error: " in answer.output), (line, answer)
            assert "Traceback" not in answer.output
        assert session.failure is None


async def test_lines_are_bounded_and_so_is_what_is_kept(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(CALLS) as session:
        assert (await session.ask(d.CarryOut("p " + "1" * 5000))).answer.failed
        for number in range(300):
            await session.ask(d.CarryOut(f"display r{number % 8}"))
        view = (await session.ask(d.GetDebug())).answer
        assert len(view.displays) == 64
        answer = (await session.ask(d.CarryOut("display r0"))).answer
        assert answer == d.CommandOutput("Error: too many displays or aliases (max 64)", True)
        await session.ask(d.CarryOut("undisplay"))
        assert (await session.ask(d.CarryOut("display/65xw sp"))).answer.failed
        await session.ask(d.CarryOut("display/4xw 0x8000 + 4"))
        assert [one.value for one in (await session.ask(d.GetDebug())).answer.displays] == [0x8004]


async def test_reset_puts_memory_back_and_run_begins_at_the_entry(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session("_start: LDR R1, =v\n MOV R0, #7\n STR R0, [R1]\n SWI #0\nv: .word 1\n") as session:
        await ask_until(session, d.CarryOut("run"), "halted")
        assert (await session.ask(d.CarryOut("x/1dw v"))).answer.output.endswith(": 7")
        await session.ask(d.CarryOut("reset"))
        assert session.picture().status is Status.IDLE
        assert (await session.ask(d.CarryOut("x/1dw v"))).answer.output.endswith(": 1")
        await session.ask(d.CarryOut("start"))
        assert session.picture().pc == 0x8000
        told = (await session.ask(d.CarryOut("nextline"))).answer.output
        assert told == "Stopped: api:3 at PC=0x00008004"
        await session.ask(d.CarryOut("jump 0x800C"))
        assert (await ask_until(session, d.CarryOut("run"), "halted")).exit_code == 7
