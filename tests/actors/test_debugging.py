"""Debugging a session: breakpoints, watchpoints, steps over and out, questions, trace and statistics."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from emu.actors import commands as c
from emu.actors import debug_commands as d
from emu.actors.commands import Refusal
from emu.actors.events import Notice, Status
from emu.actors.execution import Cooperative, Threads
from tests.actors.rig import CALLS, ENDLESS, HELLO, a_session, ask_until, load, refused, told

# -- breakpoints, watchpoints, steps over and out


async def test_run_leaves_a_breakpoint_and_stops_at_the_next_round(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        await session.ask(c.SetBreakpoint(0x8000))
        for count in (1, 2):
            state = await ask_until(session, c.Run(), "breakpoint")
            assert (state.pc, state.registers[0]) == (0x8000, count)
        notice = session.log.read(session.log.high - 1, 1)[0].payload
        assert notice == Notice("breakpoint_hit", "breakpoint 1", 0x8000, "_start")
        await session.ask(c.RemoveBreakpoint(0x8000))
        assert (await refused(session, c.RemoveBreakpoint(0x8000))).message == "no breakpoint at address 0x00008000"


async def test_breakpoints_are_refused_where_no_instruction_is(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(HELLO) as session:
        for address, text in [
            (0x9000, "0x9000 does not correspond to executable code"),
            (0x8002, "0x8002 does not correspond to executable code"),
            (0x8014, "0x8014 is a data location, not executable code"),
        ]:
            failure = await refused(session, c.SetBreakpoint(address))
            assert failure.refusal is Refusal.BAD_ADDRESS
            assert failure.message.endswith(text)


async def test_a_guest_breakpoint_stops_behind_the_call(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session("_start: SWI #0xF1\n MOV R0, #0\n SWI #0\n") as session:
        state = await ask_until(session, c.Run(), "breakpoint")
        assert state.pc == 0x8004
        assert (await ask_until(session, c.Run(), "halted")).pc == 0x8008


async def test_watchpoints_stop_behind_the_access_they_ask_for(autojump_clock: trio.testing.MockClock) -> None:
    source = """
    _start: LDR R1, =0x20000
            LDR R0, [R1]
            STRB R0, [R1, #2]
            B _start
    """
    async with a_session(source) as session:
        assert (await session.ask(c.SetWatchpoint(0x20000, "write"))).answer.id == 1
        assert (await session.ask(c.SetWatchpoint(0x20000, "read"))).answer.id == 2
        assert (await ask_until(session, c.Run(), "breakpoint")).pc == 0x8008
        assert (await ask_until(session, c.Run(), "breakpoint")).pc == 0x800C
        messages = [
            e.payload.message for e in session.log.read(0, 100) if isinstance(e.payload, Notice) and e.payload.message
        ]
        assert messages == ["watchpoint 2: [0x00020000]", "watchpoint 1: [0x00020000]"]
        await session.ask(c.RemoveWatchpoint(1))
        assert (await refused(session, c.RemoveWatchpoint(1))).message == "watchpoint 1 not found"
        assert (await session.ask(c.SetWatchpoint(0xFFFFFFFE))).answer.id == 3
        assert (await refused(session, c.SetWatchpoint(0, "sometimes"))).refusal is Refusal.BAD_VALUE


async def test_step_over_runs_a_recursive_call_to_its_own_return(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(CALLS) as session:
        await session.ask(c.Step())
        answer = (await session.ask(c.StepOver())).answer
        assert (answer.pc, answer.registers[0], answer.status) == (0x8008, 120, Status.BREAKPOINT)
        assert told(session) == ["idle", "breakpoint", "running", "breakpoint"]


async def test_step_over_inside_a_recursion_does_not_stop_in_a_deeper_frame(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(CALLS) as session:
        inner_call = 0x8028
        await session.ask(c.SetBreakpoint(inner_call))
        state = await ask_until(session, c.Run(), "breakpoint")
        await session.ask(c.RemoveBreakpoint(inner_call))
        answer = (await session.ask(c.StepOver())).answer
        assert (answer.pc, answer.registers[0], answer.registers[13]) == (inner_call + 4, 24, state.registers[13])


async def test_a_breakpoint_inside_ends_a_step_over(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(CALLS) as session:
        await session.ask(c.SetBreakpoint(0x8024))
        await session.ask(c.Step())
        answer = (await session.ask(c.StepOver())).answer
        assert answer.pc == 0x8024
        assert told(session)[-1] == "!breakpoint_hit"
        assert (await session.ask(c.ListBreakpoints())).answer == (0x8024,)


async def test_step_out_returns_from_this_frame_whatever_lr_says(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(CALLS) as session:
        await session.ask(c.SetBreakpoint(0x802C))
        state = await ask_until(session, c.Run(), "breakpoint")
        await session.ask(c.RemoveBreakpoint(0x802C))
        assert state.registers[14] == 0x802C
        for expected in (1, 2, 6, 24):
            answer = (await session.ask(c.StepOut())).answer
            assert (answer.pc, answer.registers[0]) == (0x802C, expected)
        answer = (await session.ask(c.StepOut())).answer
        assert (answer.pc, answer.registers[0]) == (0x8008, 120)
        assert (await refused(session, c.StepOut())).refusal is Refusal.NOT_IN_FUNCTION


async def test_step_out_before_anything_was_called_is_refused(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(CALLS) as session:
        failure = await refused(session, c.StepOut())
        assert (failure.refusal, failure.message) == (Refusal.NOT_IN_FUNCTION, "not in a function")
        assert told(session) == ["idle"]


async def test_a_step_over_that_never_returns_can_be_stopped(autojump_clock: trio.testing.MockClock) -> None:
    source = "_start: BL here\nhere: B here\n"
    async with a_session(source) as session, trio.open_nursery() as nursery:
        answers = []

        async def step() -> None:
            answers.append(await session.ask(c.StepOver()))

        # The call goes to the next address: it looks returned at once, so call from elsewhere.
        await load(session, "_start: BL spin\n SWI #0\nspin: B spin\n")
        nursery.start_soon(step)
        await trio.sleep(0.5)
        await session.ask(c.Stop())
        await trio.testing.wait_all_tasks_blocked()
        assert answers[0].answer.status is Status.HALTED


# -- looking, trace, statistics


async def test_questions_tell_nothing_and_change_nothing(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(HELLO) as session:
        high = session.log.high
        assert (await session.ask(c.GetState())).answer == session.picture()
        assert (await session.ask(c.ReadMemory(0xFFFFFFFE, 4))).answer == bytes(4)
        lines = (await session.ask(c.Disassemble(0x8000, 3))).answer
        assert [(line.address, line.symbol) for line in lines] == [(0x8000, "_start"), (0x8004, None), (0x8008, None)]
        assert lines[1].text.strip() == "SWI #2"
        assert (await session.ask(c.Disassemble(0x8001, 3))).answer == ()
        assert (await session.ask(c.Disassemble(0, 1))).answer[0].address == 0x8000
        assert [line.line for line in (await session.ask(c.GetSourceMap())).answer] == [3, 4, 5, 6]
        assert (await session.ask(c.GetConsole())).answer.text == ""
        assert session.log.high == high
        nonsense = (c.ReadMemory(0, -1), c.ReadMemory(0, 1 << 21), c.ReadMemory(1 << 32, 1), c.Disassemble(0, 1001))
        for command in nonsense:
            assert (await refused(session, command)).refusal in (Refusal.BAD_VALUE, Refusal.BAD_ADDRESS)


async def test_evaluate_keeps_a_history(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(HELLO) as session:
        assert (await session.ask(c.Evaluate("pc + 4"))).answer == 0x8004
        assert (await session.ask(c.Evaluate("$1 + 1"))).answer == 0x8005
        failure = await refused(session, c.Evaluate("nowhere"))
        assert failure.message == "failed to evaluate expression: unknown symbol: nowhere"


async def test_the_trace_tells_each_instruction_and_what_it_changed(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session("_start: MOVS R0, #0\n BL next\nnext: SWI #0\n") as session:
        assert (await session.ask(c.GetTrace())).answer == ()
        await session.ask(c.SetTrace(True))
        await ask_until(session, c.Run(), "halted")
        entries = (await session.ask(c.GetTrace())).answer
        assert [entry.address for entry in entries] == [0x8000, 0x8004, 0x8008]
        assert entries[0].flags == (False, True, False, False)
        assert entries[1].register_changes == {"R14": 0x8008}
        await session.ask(c.SetTrace(False))
        assert len((await session.ask(c.GetTrace())).answer) == 3


async def test_statistics_stay_readable_when_they_are_turned_off(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(CALLS) as session:
        assert (await refused(session, c.GetStatistics())).refusal is Refusal.STATS_OFF
        await session.ask(c.SetStatistics(True))
        state = await ask_until(session, c.Run(), "halted")
        running, _ = (await session.ask(c.GetStatistics())).answer
        await session.ask(c.SetStatistics(False))
        stopped, _ = (await session.ask(c.GetStatistics())).answer
        assert running == stopped
        assert stopped.instructions == state.instructions
        assert {row.mnemonic: row.count for row in stopped.mnemonics}["MUL"] == 5


async def test_what_a_step_writes_comes_before_its_state(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(HELLO) as session:
        await session.ask(c.Step())
        await session.ask(c.Step())
        assert told(session) == ["idle", "breakpoint", r"'hello\n'", "breakpoint"]


async def test_a_breakpoint_whose_condition_does_not_hold_is_passed(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        await session.ask(d.PutBreakpoint("0x8004", "r0 == 5"))
        reply = await session.ask(c.Run())
        while session.picture().status is not Status.BREAKPOINT:
            await session.log.wait_beyond(session.log.high)
        assert session.picture().registers[0] == 5
        assert told(session, reply.seq) == ["breakpoint", "!breakpoint_hit"]


@pytest.mark.parametrize("policy", [Cooperative, Threads])
async def test_a_condition_that_never_holds_in_an_endless_loop_leaves_a_session_that_obeys(
    policy: type[Cooperative | Threads],
) -> None:
    async with a_session(ENDLESS, policy()) as session:
        await session.ask(d.PutBreakpoint("_start", "r0 == 1 << 31 && r1"))
        await session.ask(d.PutWatchpoint("r9", "write"))
        for _ in range(3):
            with trio.fail_after(30):
                await session.ask(c.Run())
                await session.ask(c.Stop())
        assert session.picture().status is Status.HALTED
