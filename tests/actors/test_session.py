"""The life of a session: which command leads to which state, and which events tell of it, in which order.

After each story the journal is replayed and gives the same log (see rig.a_session).
"""

from __future__ import annotations

import pytest
import trio
import trio.testing

from emu.actors import commands as c
from emu.actors.commands import Refusal
from emu.actors.events import Notice, Output, StateChanged, Status
from emu.actors.execution import Inline
from emu.actors.options import SessionOptions
from tests.actors.rig import (
    CHATTER,
    DOUBLE,
    ENDLESS,
    FAULT,
    HELLO,
    a_session,
    ask_until,
    load,
    refused,
    state_after,
    told,
)


async def test_a_fresh_session_is_idle_and_has_told_nothing(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session() as session:
        assert session.log.high == 0
        assert session.picture().status is Status.IDLE
        assert session.picture().registers == (0,) * 16


async def test_a_program_runs_from_load_to_the_end(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(HELLO) as session:
        halted = await ask_until(session, c.Run(), "halted")
        assert halted.exit_code == 3
        assert told(session) == ["idle", "running", r"'hello\n'", "halted", "!halted"]
        assert session.picture() == halted
        assert session.console().text == "hello\n"
    assert told(session)[-1] == "closed deleted"


async def test_the_reply_of_run_is_the_running_event_and_nothing_of_the_program(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(HELLO) as session:
        for expected in (3, 8):
            reply = await session.ask(c.Run())
            event = session.log.read(reply.seq - 1, 1)[0]
            assert isinstance(event.payload, StateChanged)
            assert event.payload.status is Status.RUNNING
            assert reply.seq == expected
            await state_after(session, reply.seq, "halted")


async def test_running_again_says_idle_first_and_gives_the_same_state(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(HELLO) as session:
        first = await ask_until(session, c.Run(), "halted")
        high = session.log.high
        second = await ask_until(session, c.Run(), "halted")
        assert told(session, high)[:3] == ["idle", "running", r"'hello\n'"]
        assert first == second


async def test_a_fault_is_an_error_state_then_a_notice_with_text_and_place(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(FAULT) as session:
        state = await ask_until(session, c.Run(), "error")
        assert state.error is not None
        assert "0x00000000" in state.error
        assert state.pc == 0x8004
        notice = session.log.read(session.log.high - 1, 1)[0].payload
        assert notice == Notice("error", state.error, 0x8004, "_start")
        assert (await refused(session, c.Step())).message == f"VM is in error state: {state.error}"
        await session.ask(c.Stop())
        assert session.picture().status is Status.HALTED
        assert session.picture().error is None


async def test_run_without_a_program_is_accepted_and_ends_in_error(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session() as session:
        await session.ask(c.Run())
        assert session.picture().error == "no program loaded"
        assert told(session) == ["error", "!error"]


async def test_stop_takes_effect_before_it_answers(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        await session.ask(c.Run())
        await trio.sleep(0.05)
        reply = await session.ask(c.Stop())
        assert session.picture().status is Status.HALTED
        assert reply.seq == session.log.high
        high = session.log.high
        assert (await session.ask(c.Stop())).seq == high
        await trio.sleep(1)
        assert session.log.high == high


async def test_run_while_running_changes_nothing(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        first = await session.ask(c.Run())
        second = await session.ask(c.Run())
        assert second.seq == first.seq


async def test_an_endless_program_tells_its_state_at_most_ten_times_a_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(ENDLESS) as session:
        reply = await session.ask(c.Run())
        await trio.sleep(2.05)
        assert told(session, reply.seq) == ["running"] * 20


@pytest.mark.parametrize("command", [c.Step(), c.StepOver(), c.StepOut()])
async def test_steps_are_refused_where_they_make_no_sense(
    command: c.Command[StateChanged], autojump_clock: trio.testing.MockClock
) -> None:
    async with a_session() as session:
        assert (await refused(session, command)).refusal is Refusal.NO_PROGRAM
        await load(session, ENDLESS)
        await session.ask(c.Run())
        failure = await refused(session, command)
        assert (failure.refusal, failure.message) == (Refusal.IS_RUNNING, "Program is running")


async def test_a_step_executes_one_instruction_and_says_breakpoint(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        reply = await session.ask(c.Step())
        assert (reply.answer.registers[0], reply.answer.pc, reply.answer.instructions) == (1, 0x8004, 1)
        assert reply.answer == session.picture()
        assert told(session) == ["idle", "breakpoint"]


async def test_stepping_onto_the_exit_call_halts_again_and_again(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session("_start: MOV R0, #3\n SWI #0\n") as session:
        await session.ask(c.Step())
        for _ in range(2):
            answer = (await session.ask(c.Step())).answer
            assert (answer.status, answer.exit_code, answer.pc) == (Status.HALTED, 3, 0x8004)
        assert told(session) == ["idle", "breakpoint", "halted", "!halted", "halted", "!halted"]


async def test_a_step_into_a_fault_fails_and_tells_the_state(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(FAULT) as session:
        await session.ask(c.Step())
        failure = await refused(session, c.Step())
        assert failure.refusal is Refusal.STEP_FAILED
        assert failure.seq == session.log.high
        assert told(session)[-2:] == ["error", "!error"]


# -- input


async def test_waiting_is_told_once_and_echo_comes_before_running(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(DOUBLE) as session:
        await ask_until(session, c.Run(), "waiting_for_input")
        high = session.log.high
        reply = await session.ask(c.SendInput("21\n"))
        await state_after(session, reply.seq, "halted")
        assert told(session, high)[:4] == [r"'21\n\n'", "running", "'42'", "halted"]


async def test_input_that_is_not_enough_leaves_the_program_waiting(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(DOUBLE) as session:
        await ask_until(session, c.Run(), "waiting_for_input")
        high = session.log.high
        await session.ask(c.SendInput(""))
        assert told(session, high) == [r"'\n'"]
        assert session.picture().status is Status.WAITING
        await session.ask(c.SendInput("4"))
        await state_after(session, high, "halted")
        assert told(session).count("waiting_for_input") == 1
        assert session.console().text == "\n4\n8"


async def test_input_sent_before_the_run_is_neither_echoed_nor_waited_for(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(DOUBLE) as session:
        await session.ask(c.SendInput("21\n"))
        await ask_until(session, c.Run(), "halted")
        assert "waiting_for_input" not in told(session)
        assert session.console().text == "42"


async def test_a_step_that_reads_waits_for_its_input(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(DOUBLE) as session, trio.open_nursery() as nursery:
        answers = []

        async def step() -> None:
            answers.append(await session.ask(c.Step()))

        nursery.start_soon(step)
        await state_after(session, 0, "waiting_for_input")
        assert (await refused(session, c.Step())).refusal is Refusal.IS_RUNNING
        await session.ask(c.SendInput("7"))
        await trio.testing.wait_all_tasks_blocked()
        assert answers[0].answer.registers[0] == 7
        assert told(session) == ["idle", "waiting_for_input", r"'7\n'", "breakpoint"]


async def test_stop_while_waiting_halts_in_front_of_the_call_and_frees_the_step(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(DOUBLE) as session, trio.open_nursery() as nursery:
        answers = []

        async def step() -> None:
            answers.append(await session.ask(c.Step()))

        nursery.start_soon(step)
        await state_after(session, 0, "waiting_for_input")
        await session.ask(c.Stop())
        await trio.testing.wait_all_tasks_blocked()
        assert (answers[0].answer.status, answers[0].answer.pc) == (Status.HALTED, 0x8000)
        await session.ask(c.SendInput("5\n"))
        assert (await ask_until(session, c.Run(), "halted")).exit_code == 0
        assert session.console().text == "10"


async def test_closing_the_input_is_the_end_of_it_until_the_next_load(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(DOUBLE) as session:
        await ask_until(session, c.Run(), "waiting_for_input")
        await session.ask(c.CloseInput())
        await state_after(session, 0, "halted")
        assert session.console().text == "0"
        assert (await refused(session, c.SendInput("1"))).message == "the input is closed"
        await load(session, DOUBLE)
        await session.ask(c.SendInput("1"))


async def test_input_without_end_is_refused(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(DOUBLE) as session:
        megabyte = "x" * (1 << 20)
        for _ in range(4):
            await session.ask(c.SendInput(megabyte))
        assert (await refused(session, c.SendInput("x"))).refusal is Refusal.BAD_VALUE


async def test_a_lone_surrogate_in_the_input_does_no_harm(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(DOUBLE) as session:
        await ask_until(session, c.Run(), "waiting_for_input")
        await session.ask(c.SendInput("\ud800"))
        assert session.console().text.startswith("?\n")


# -- output


async def test_the_bytes_of_one_slice_are_one_event_and_streams_keep_their_order(
    autojump_clock: trio.testing.MockClock,
) -> None:
    source = """
    _start: MOV R0, #'a'
            SWI #1
            MOV R0, #'b'
            SWI #1
            MOV R0, #7
            SWI #0x42
            MOV R0, #'c'
            SWI #1
            SWI #0
    """
    async with a_session(source, Inline(1000)) as session:
        await ask_until(session, c.Run(), "halted")
        assert told(session)[2:5] == ["'ab'", r"stderr '[ERROR] 7\n'", "'c'"]
        assert session.console().text == "ab[ERROR] 7\nc"


async def test_a_character_written_byte_by_byte_over_slices_is_one_character(
    autojump_clock: trio.testing.MockClock,
) -> None:
    source = """
    _start: MOV R4, #0
    again:  MOV R0, #1
            LDR R1, =text
            ADD R1, R1, R4
            MOV R2, #1
            SWI #0x13
            ADD R4, R4, #1
            CMP R4, #4
            BNE again
            MOV R0, #0
            SWI #0
    text:   .byte 0xE2, 0x82, 0xAC, 0xC3
    """
    async with a_session(source, Inline(3, seconds=0.001)) as session:
        await ask_until(session, c.Run(), "halted")
        assert told(session)[2:5] == ["'€'", "'\N{REPLACEMENT CHARACTER}'", "halted"]


async def test_output_is_cut_where_a_frame_would_overflow(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(CHATTER, Inline(5000, seconds=0.01)) as session:
        await session.ask(c.Run())
        await trio.sleep(0.05)
        await session.ask(c.Stop())
        contents = [e.payload.content for e in session.log.read(0, 100_000) if isinstance(e.payload, Output)]
        assert max(map(len, contents)) == 4000
        assert "".join(contents) == session.console().text


# -- load, restart, reset


async def test_loading_over_a_running_program_halts_it_first(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        await session.ask(c.Run())
        high = session.log.high
        await load(session, HELLO)
        assert told(session, high) == ["halted", "!halted", "idle"]
        assert session.picture().pc == 0x8000


async def test_a_source_with_errors_leaves_even_a_running_program_alone(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS) as session:
        await session.ask(c.Run())
        answer = (await session.ask(c.Load(b"_start: FOO R1\n B nowhere\n"))).answer
        assert isinstance(answer, c.LoadRefused)
        assert [(d.file, d.line) for d in answer.diagnostics] == [("api", 1), ("api", 2)]
        assert session.picture().status is Status.RUNNING


async def test_a_program_that_does_not_fit_is_refused_with_its_reason(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(options=SessionOptions(memory_size=4096)) as session:
        source = b".org 0x8000\n_start: B _start\n .space 8192\n .word 1\n"
        assert isinstance((await session.ask(c.Load(source))).answer, c.LoadRefused)
    async with a_session(options=SessionOptions(memory_size=1 << 20)) as session:
        await load(session, "_start: B _start\n .space 524288\n .word 1\n")


async def test_restart_keeps_memory_and_marks_and_puts_registers_back(autojump_clock: trio.testing.MockClock) -> None:
    source = "_start: LDR R1, =0x20000\n MOV R0, #7\n STR R0, [R1]\n B _start\n"
    async with a_session(source) as session:
        await session.ask(c.SetBreakpoint(0x800C))
        await session.ask(c.SetWatchpoint(0x20010, "read"))
        state = await ask_until(session, c.Run(), "breakpoint")
        assert state.last_store == (0x20000, 4)
        await session.ask(c.Restart())
        state = session.picture()
        assert (state.status, state.registers[0], state.cycles, state.last_store) == (Status.IDLE, 0, 0, None)
        assert (await session.ask(c.ReadMemory(0x20000, 4))).answer == b"\7\0\0\0"
        assert (await session.ask(c.ListBreakpoints())).answer == (0x800C,)
        await session.ask(c.Reset())
        assert session.picture().registers == (0,) * 16
        assert (await session.ask(c.ReadMemory(0x20000, 4))).answer == bytes(4)
        assert (await session.ask(c.ListBreakpoints())).answer == ()
        assert (await session.ask(c.ListWatchpoints())).answer == ()
        assert (await session.ask(c.GetSourceMap())).answer == ()


async def test_breakpoints_survive_a_load_where_there_still_is_an_instruction(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with a_session(HELLO) as session:
        for address in (0x8004, 0x800C):
            await session.ask(c.SetBreakpoint(address))
        await load(session, ENDLESS)
        assert (await session.ask(c.ListBreakpoints())).answer == (0x8004,)
        assert (await ask_until(session, c.Run(), "breakpoint")).pc == 0x8004


async def test_the_cycle_limit_is_a_fault(autojump_clock: trio.testing.MockClock) -> None:
    async with a_session(ENDLESS, options=SessionOptions(max_cycles=1000)) as session:
        state = await ask_until(session, c.Run(), "error")
        assert state.error == "cycle limit exceeded (1000 cycles)"
