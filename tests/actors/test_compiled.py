"""Compiled C programs in a session: their memory, their services, their life in the journal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emu.actors import commands as c
from emu.actors.events import StateChanged
from emu.actors.execution import Inline
from emu.actors.options import SessionOptions
from emu.actors.session import Session
from emu.actors.supervisor import SupervisorConfig
from tests.actors.rig import a_session, ask_until, told
from tests.cli.command import SAMPLES

FOLDER = SAMPLES / "c"
BRISK = Inline(20_000, seconds=0.001)


def image(name: str) -> bytes:
    return (FOLDER / f"{name}.elf").read_bytes()


def expected(name: str) -> str:
    return (FOLDER / f"{name}.out").read_text()


async def load(session: Session, name: str, *arguments: str) -> c.Loaded:
    answer = (await session.ask(c.LoadElf(image(name), f"{name}.elf", arguments))).answer
    assert isinstance(answer, c.Loaded), answer
    return answer


async def run(session: Session, *statuses: str) -> StateChanged:
    return await ask_until(session, c.Run(), *(statuses or ("halted", "error")))


async def test_hello() -> None:
    async with a_session(execution=BRISK) as session:
        loaded = await load(session, "hello")
        assert (await run(session)).exit_code == 0
        assert session.console().text == expected("hello")
        assert loaded.labels["_start"] == loaded.entry
        assert told(session)[:2] == ["idle", "running"]


async def test_arguments_and_exit_code() -> None:
    async with a_session(execution=BRISK) as session:
        await load(session, "arguments", "10", "two words", "0x20")
        assert (await run(session)).exit_code == 42
        assert session.console().text == expected("arguments")


async def test_running_it_again_begins_with_the_variables_it_began_with() -> None:
    async with a_session(execution=BRISK) as session:
        await load(session, "arguments", "10", "two words", "0x20")
        for _ in range(3):
            assert (await run(session)).exit_code == 42
        await session.ask(c.Restart())
        assert (await run(session)).exit_code == 42
        assert session.console().text == expected("arguments") * 4


async def test_it_waits_for_input_and_sees_its_end() -> None:
    async with a_session(execution=BRISK) as session:
        await load(session, "wordfreq")
        await run(session, "waiting_for_input")
        await session.ask(c.SendInput("one two one\n"))
        await ask_until(session, c.CloseInput(), "halted")
        assert "one" in session.console().text.removeprefix("one two one\n")


async def test_files_are_the_sessions_own(tmp_path: Path) -> None:
    config = SupervisorConfig(fs_root=str(tmp_path))
    async with a_session(execution=BRISK, options=SessionOptions(fs_root="mine"), config=config) as session:
        (tmp_path / "mine").mkdir()
        await load(session, "files")
        assert (await run(session)).exit_code == 0
        assert session.console().text == expected("files")
    assert os.listdir(tmp_path / "mine") == []


async def test_memory_is_64_mebibytes_unless_the_server_gives_less() -> None:
    for config, options, top in (
        (SupervisorConfig(), SessionOptions(), 64 << 20),
        (SupervisorConfig(max_memory=8 << 20), SessionOptions(), 8 << 20),
        (SupervisorConfig(), SessionOptions(memory_size=16 << 20, stack_size=1 << 16), 16 << 20),
    ):
        async with a_session(config=config, options=options) as session:
            await load(session, "hello")
            state = (await session.ask(c.GetState())).answer
            assert state.registers[13] == top


@pytest.mark.parametrize(
    ("data", "arguments", "options", "message"),
    [
        (b"", (), SessionOptions(), "this is no ELF file"),
        (b"\x7fELF\2" + bytes(100), (), SessionOptions(), "the program is a 64-bit program, not ELF32"),
        (image("hello")[:5000], (), SessionOptions(), "reaches beyond its end"),
        (image("hello"), (), SessionOptions(memory_size=1 << 20), "has no room for heap"),
        (image("hello"), ("a\0b",), SessionOptions(), "an argument contains a 0 byte"),
        (image("hello"), ("x" * (2 << 20),), SessionOptions(), "the stack has"),
        (image("hello"), ("a ' \" b",), SessionOptions(), "both kinds of quotes"),
    ],
)
async def test_what_cannot_be_loaded_leaves_the_program_as_it_was(
    data: bytes, arguments: tuple[str, ...], options: SessionOptions, message: str
) -> None:
    async with a_session("MOV R0, #7\n SWI #0\n", options=options) as session:
        answer = (await session.ask(c.LoadElf(data, "x.elf", arguments))).answer
        assert isinstance(answer, c.LoadRefused)
        assert message in answer.diagnostics[0].message
        assert (await run(session)).exit_code == 7


async def test_sources_and_executables_take_turns() -> None:
    async with a_session("MOV R0, #7\n SWI #0\n", execution=BRISK) as session:
        await run(session)
        await load(session, "hello")
        await run(session)
        answer = (await session.ask(c.Load(b".org 0x8000\n MOV R0, #100\n SWI #0x20\n SWI #0\n"))).answer
        assert isinstance(answer, c.Loaded)
        assert (await run(session)).exit_code == 0x30000  # where the heap is that ALLOCATE takes from
        await load(session, "hello")
        await session.ask(c.Reset())
        assert (await session.ask(c.ReadMemory(0x8000, 64))).answer == bytes(64)
        assert session.console().text == expected("hello")


async def test_every_address_and_every_line_is_mapped_once() -> None:
    async with a_session() as session:
        loaded = await load(session, "queens")
        lines = (await session.ask(c.GetSourceMap())).answer
        assert len({line.address for line in lines}) == len({(line.file, line.line) for line in lines}) == len(lines)
        assert lines[0].file == "queens.c"
        assert {line.file for line in lines} > {"queens.c"}
        assert loaded.labels["main"] in {line.address for line in lines if line.file == "queens.c"}


async def test_stepping_over_and_out_of_recursive_functions_of_c() -> None:
    async with a_session(execution=BRISK) as session:
        loaded = await load(session, "queens")
        place = loaded.labels["place"]
        await session.ask(c.SetBreakpoint(place))
        first = await run(session, "breakpoint")
        second = await run(session, "breakpoint")
        assert first.pc == second.pc == place
        assert second.registers[13] < first.registers[13]
        await session.ask(c.RemoveBreakpoint(place))
        # Over everything that this frame does, up to the instruction that returns.
        out = (await session.ask(c.StepOut())).answer
        assert (out.registers[13], out.pc) == (second.registers[13], second.registers[14])
        again = (await session.ask(c.StepOut())).answer
        assert (again.registers[13], again.pc) == (first.registers[13], first.registers[14])
        depth = again.registers[13]
        for _ in range(40):
            over = (await session.ask(c.StepOver())).answer
            assert over.registers[13] >= depth - 64


async def test_data_between_code_is_told_apart() -> None:
    async with a_session() as session:
        loaded = await load(session, "hello")
        lines = (await session.ask(c.Disassemble(loaded.entry, 200))).answer
        assert lines[0].symbol in ("_start", "_mainCRTStartup")
        assert any(line.text.startswith(".word") for line in lines)
        assert not lines[0].text.startswith(".word")
