"""`emu debug`: the conversation on real streams and on a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from pathlib import Path

import pytest

from emu.cli.debug_completion import completions
from tests.cli.command import SAMPLES, TIME_LIMIT, command_line, emu, environment
from tests.debugger.conversation import Conversation

DOUBLING = ".org 0x8000\n_start: SWI #6\nthere: ADD R0, R0, R0\n SWI #3\n MOV R0, #0\n SWI #0\n"
FOREVER = ".org 0x8000\n_start: SWI #7\nloop: B loop\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.s"
    path.write_text(DOUBLING)
    return path


def test_a_conversation(program: Path) -> None:
    result = emu("debug", program, stdin=b"b there\nrun\n21\np r0\nc\nq\n")
    assert (result.status, result.err) == (0, "")
    assert result.out.decode() == (
        f"emu debugger: {program}, 5 instructions, entry at 0x00008000\n"
        "Type 'help' for the commands, 'quit' to leave.\n\n"
        "(arm-dbg) Breakpoint 1 at 0x00008004\n"
        "(arm-dbg) Starting program execution...\n"
        "Stopped: breakpoint 1 at PC=0x00008004\n"
        "(arm-dbg) $1 = 0x00000015 (21)\n"
        "(arm-dbg) Continuing...\n"
        "42\n"
        "Program exited with code 0\n"
        "(arm-dbg) Exiting debugger...\n"
    )


def test_the_end_of_input_leaves(program: Path) -> None:
    result = emu("debug", program, stdin=b"s\n")
    assert (result.status, result.out[-10:]) == (0, b"(arm-dbg) ")


def test_a_batch_of_commands_leaves_standard_input_to_the_program(program: Path, tmp_path: Path) -> None:
    script = tmp_path / "commands"
    script.write_text("# what to do\n\nbreak there\nrun\nprint r0\ncontinue\n")
    result = emu("debug", "--batch", "--command", script, program, stdin=b"4\nnever a command\n")
    assert result.status == 0
    assert result.out.decode() == (
        "Breakpoint 1 at 0x00008004\nStarting program execution...\nStopped: breakpoint 1 at PC=0x00008004\n"
        "$1 = 0x00000004 (4)\nContinuing...\n8\nProgram exited with code 0\n"
    )


def test_a_batch_ends_at_the_first_failure(program: Path) -> None:
    result = emu("debug", "--batch", program, stdin=b"p 1\nnonsense\np 2\n")
    assert result.status == 1
    assert result.out.endswith(b"Error: unknown command: nonsense (type 'help' for available commands)\n")
    assert emu("debug", "--batch", program, stdin=b"quit 3\np 2\n").status == 3


def test_another_program_can_be_loaded(program: Path) -> None:
    result = emu("debug", "--batch", program, stdin=f"load {SAMPLES / 'hello.s'}\nrun\n".encode())
    assert b"Hello, world!\nProgram exited with code 0\n" in result.out


def test_ones_own_commands_come_first_but_not_in_a_batch(program: Path, tmp_path: Path) -> None:
    (tmp_path / "emu").mkdir()
    (tmp_path / "emu" / "debugger").write_text("# mine\nalias twice = print 2 *\n")
    result = emu("debug", program, stdin=b"twice 21\nq\n", XDG_CONFIG_HOME=str(tmp_path))
    assert b"Alias twice = print 2 *\n(arm-dbg) $1 = 0x0000002A (42)\n" in result.out
    result = emu("debug", "--batch", program, stdin=b"twice 21\n", XDG_CONFIG_HOME=str(tmp_path))
    assert (result.status, result.out) == (1, b"Error: unknown command: twice (type 'help' for available commands)\n")


def test_commands_and_source_text_come_from_files(program: Path, tmp_path: Path) -> None:
    (tmp_path / "setup").write_text("break there\necho ready\n")
    result = emu("debug", "--batch", "program.s", stdin=b"source setup\nlist 1, 2\n", cwd=tmp_path)
    assert result.out.decode() == "Breakpoint 1 at 0x00008004\nready\n   1  .org 0x8000\n=> 2  _start: SWI #6\n"
    result = emu("debug", "--batch", "program.s", stdin=b"source .\n", cwd=tmp_path)
    assert (result.status, result.out) == (1, b"Error: file not found: .\n")


def test_the_tab_key_knows_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.s").touch()
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "two.s").touch()
    monkeypatch.chdir(tmp_path)
    debugger = Conversation("_start: SWI #0\n").debugger
    assert completions(debugger, "load o") == ["one.s", "only/"]
    assert completions(debugger, "source only/") == ["two.s"]
    assert completions(debugger, "load nowhere/") == []
    assert completions(debugger, "loa") == ["load"]


def test_a_compiled_program_is_debugged_by_its_lines() -> None:
    commands = "start\nnextline\nbreak queens.c:30\ncontinue\nlist\nbacktrace\n"
    result = emu("debug", "--batch", SAMPLES / "c" / "queens.elf", stdin=commands.encode())
    told = result.out.decode()
    assert result.status == 0
    for part in (
        "Stopped: queens.c:38 at PC=",
        "=> 30          column_of[row] = column;",
        " place+",
        " at queens.c:30\n",
        " at queens.c:39\n",
    ):
        assert part in told


def test_stops_in_c_show_the_line_and_each_run_begins_anew() -> None:
    commands = "break place\nrun\nstepline\ndelete\nfinish\nrun\nrun\n"
    result = emu("debug", "--batch", SAMPLES / "c" / "queens.elf", stdin=commands.encode())
    told = result.out.decode()
    assert result.status == 0
    for part in (
        "  place at queens.c:22: {\n",
        "  place+4 at queens.c:23: if (row == size)\n",
        "Stopped: function returned at PC=",
        '+44 at queens.c:39: printf("%d queens: %d solutions\\n", size, place(size, 0, 0, 0, 0));\n',
    ):
        assert part in told
    assert told.count("8 queens: 92 solutions\n") == 2


def test_stepping_by_lines_enters_what_has_a_source_and_passes_the_library() -> None:
    # main calls place, whose text is there, and printf, whose text is not.
    commands = "start\n" + "stepline\n" * 12
    result = emu("debug", "--batch", SAMPLES / "c" / "queens.elf", stdin=commands.encode())
    told = result.out.decode()
    assert "  place at queens.c:22: {\n" in told
    assert "printf.c" not in told


def test_arguments_are_the_programs_in_each_run(program: Path) -> None:
    program.write_text(".org 0x8000\n_start: SWI #0x32\n LDR R0, [R1, #4]\n SWI #2\n MOV R0, #0\n SWI #0\n")
    result = emu("debug", "--batch", program, "Ada", "--seed", stdin=b"run\nrun\n")
    assert result.status == 0
    assert result.out.count(b"--seed\n") == 2


@pytest.mark.parametrize(
    ("words", "text"),
    [(("nowhere.s",), "file not found"), (("--command", "nowhere", "x.s"), "file not found: nowhere")],
)
def test_what_is_not_there_is_refused(words: tuple[str, ...], text: str) -> None:
    result = emu("debug", *words)
    assert result.status == 1
    assert text in result.err


def read_until(leader: int, text: bytes) -> bytes:
    shown = b""
    while text not in shown:
        assert select.select([leader], [], [], TIME_LIMIT)[0], shown
        shown += os.read(leader, 4096)
    return shown


def test_a_terminal_has_ctrl_c_and_completion_and_history(tmp_path: Path) -> None:
    (tmp_path / "loop.s").write_text(FOREVER)
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command_line("debug", "loop.s"), stdin=follower, stdout=follower, stderr=follower, cwd=tmp_path,
        env=environment(XDG_STATE_HOME=str(tmp_path), TERM="dumb"), start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    try:
        read_until(leader, b"(arm-dbg) ")
        os.write(leader, b"until loop\n")
        read_until(leader, b"at PC=0x00008004\r\n(arm-dbg) ")
        os.write(leader, b"continue\n")
        read_until(leader, b"Continuing...\r\n")
        process.send_signal(signal.SIGINT)
        read_until(leader, b"Stopped: interrupted at PC=0x00008004\r\n(arm-dbg) ")
        os.write(leader, b"p lo\t\n")
        read_until(leader, b"$1 = 0x00008004")
        os.write(leader, b"quit 5\n")
        read_until(leader, b"Exiting debugger...")
        assert process.wait(TIME_LIMIT) == 5
    finally:
        process.kill()
        process.wait()
        os.close(leader)
    kept = (tmp_path / "emu" / "debugger_history").read_text().split("\n")
    assert [line.rstrip() for line in kept if line][-4:] == ["until loop", "continue", "p loop", "quit 5"]
