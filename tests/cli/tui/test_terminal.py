"""`emu debug --tui` as people use it: a process on a terminal, keys and clicks, and what the screen shows."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import TIME_LIMIT, emu
from tests.cli.tui.terminal import Terminal

PROGRAM = """\
        .org    0x8000
_start: MOV     R4, #0
loop:   CMP     R4, #3
        BGE     done
        MOV     R0, R4
        BL      add
        ADD     R4, R4, #1
        B       loop
done:   LDR     R0, =prompt
        SWI     #2
        SWI     #6
        SWI     #3
        MOV     R0, #9
        SWI     #0
add:    PUSH    {R4, LR}
        LDR     R1, =total
        LDR     R2, [R1]
        ADD     R2, R2, R0
        ADD     R2, R2, #1
        STR     R2, [R1]
        POP     {R4, PC}
forever: B      forever
prompt: .asciz "A number: "
        .org 0x20000
total:  .word 0
text:   .asciz "say hi"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "adding.s").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    with Terminal("debug", "--tui", "adding.s", cwd=folder) as terminal:
        terminal.until("Command >", "not started")
        yield terminal


def test_a_session_from_the_first_key_to_the_last(terminal: Terminal) -> None:
    shown = terminal.until("->  0x00008000: MOV     R4, #0", "->  0x00008000 E3A04000 MOV     R4, #0")
    for title in ("Source", "Disassembly", "Registers", "Memory", "Stack", "Breakpoints/Watchpoints", "Status"):
        assert f"─ {title}" in shown
    terminal.send("break add", "enter", "f5")
    terminal.until("Stopped: breakpoint 1 at PC=0x00008034", "->* 0x00008034: PUSH", "LR  00008014", "stopped")
    terminal.send(*["f11"] * 6)
    terminal.until("Stopped: single step at PC=0x0000804C", "<loop+16>", "R2  00000001", "01000000 73617920")
    assert terminal.colour("01000000 73617920") == terminal.colour("PC  0000804C", 4) == "brightgreen"
    assert terminal.colour("R2  00000001", 4) == terminal.colour("73617920") == "default"
    terminal.send("shift f11")
    terminal.until("Stopped: function returned at PC=0x00008014")
    terminal.send("delete 1", "enter", "f5")
    terminal.until("Program Input (waiting) >", "A number:", "waits for input", "none; F9")
    terminal.send("21", "enter")
    terminal.until("A number: 21\n", "Program exited with code 9", "exited with code 9")
    terminal.send("quit 3", "enter")
    assert terminal.end() == 3
    assert terminal.is_restored()


def test_keys_move_complete_and_remember(terminal: Terminal) -> None:
    terminal.send("f1")
    terminal.until("Keys and commands", "Shift-F11   finish")
    terminal.send("x")
    terminal.until("─ Source", absent="Keys and commands")
    terminal.send("help break", "enter")
    terminal.until(" help break ", "break [PLACE] [if CONDITION]", "any key: back")
    terminal.send("x")
    terminal.until("─ Source", absent="any key: back")
    terminal.send("break do", "tab", "enter")
    terminal.until("Breakpoint 1 at 0x0000801C", "* 1: 0x0000801C enabled <done>")
    terminal.send("up", "backspace", "backspace", "backspace", "backspace", "loop", "enter")
    terminal.until("Breakpoint 2 at 0x00008004")
    terminal.send("tab", "down", "down", "f9")
    terminal.until("Breakpoint 2 deleted")
    terminal.send("end")
    terminal.until('0x00020004: .asciz "say hi"')
    terminal.send("f6")
    terminal.until("->  0x00008000: MOV")
    terminal.send("shift tab", "memory total", "enter")
    terminal.until("Memory  0x00020000 (stays)", ".say hi.")


def test_the_mouse(terminal: Terminal) -> None:
    row = terminal.row("0x00008008: BGE")
    terminal.click(1, row)
    terminal.until("Breakpoint 1 at 0x00008008", "* 0x00008008: BGE")
    terminal.click(1, row)
    terminal.until("Breakpoint 1 deleted", "none; F9")
    terminal.click(terminal.column("Program Input >"), terminal.row("Program Input >"))
    terminal.send("12", "enter")
    terminal.until("\n12\n")
    terminal.click(10, row, 65)
    terminal.until("0x0000802C: MOV", absent=">> _start:")


def test_a_running_program_is_watched_and_stopped(terminal: Terminal) -> None:
    terminal.send("run", "enter")
    terminal.until("waits for input")
    terminal.send("ctrl c")
    terminal.until("Stopped: interrupted at PC=0x00008024")
    terminal.send("jump forever", "enter")
    terminal.until("running ")
    terminal.send("step", "enter")
    terminal.until("Error: the program is running; stop or Ctrl-C stops it")
    terminal.send("print 6 * 7", "enter")
    terminal.until("$1 = 0x0000002A (42)", "running ")
    terminal.send("stop", "enter")
    terminal.until("Stopped: interrupted at PC=0x00008050")
    terminal.send("ctrl c")
    terminal.until("Ctrl-C again leaves")
    terminal.send("ctrl c")
    assert terminal.end() == 0
    assert terminal.is_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_leave_the_terminal_as_it_was(terminal: Terminal, number: signal.Signals) -> None:
    terminal.send("jump forever", "enter")
    terminal.until("running ")
    terminal.process.send_signal(number)
    assert terminal.end() == 128 + number
    assert terminal.is_restored()


def test_a_bug_leaves_the_terminal_as_it_was(folder: Path) -> None:
    with Terminal("debug", "--tui", "adding.s", cwd=folder, module="tests.cli.tui.crashing") as terminal:
        terminal.until("not started")
        terminal.send("jump forever", "enter")
        terminal.until("running ")
        terminal.send("f1")
        assert terminal.end() == 1
        assert terminal.is_restored()
        assert b"a planted bug" in terminal.raw


def test_a_terminal_that_goes_away_takes_the_program_with_it(folder: Path) -> None:
    with Terminal("debug", "--tui", "adding.s", cwd=folder) as terminal:
        terminal.until("not started")
        terminal.send("jump forever", "enter")
        terminal.until("running ")
        terminal.hang_up()
        assert terminal.process.wait(TIME_LIMIT) == 128 + signal.SIGHUP


@pytest.mark.parametrize(
    "variables", [{"NO_COLOR": "1"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}]
)
def test_it_works_without_colours_and_without_unicode(folder: Path, variables: dict[str, str]) -> None:
    with Terminal("debug", "--tui", "adding.s", cwd=folder, variables=variables) as terminal:
        terminal.until("->  0x00008000: MOV     R4, #0", "Source", "not started")
        terminal.send("f11")
        terminal.until("Stopped: single step at PC=0x00008004")
        if "NO_COLOR" in variables:
            assert {char.fg for row in terminal.screen.buffer.values() for char in row.values()} == {"default"}
            assert terminal.screen.buffer[terminal.row("PC  00008004")][terminal.column("PC  00008004") + 4].bold


@pytest.mark.parametrize("size", [(80, 24), (148, 24)])
def test_every_size_shows_where_the_program_is(folder: Path, size: tuple[int, int]) -> None:
    with Terminal("debug", "--tui", "adding.s", cwd=folder, size=size) as terminal:
        terminal.until("->  0x00008000: MOV     R4, #0", "R0  00000000", "PC  00008000", "Command >", "not started")
        terminal.send("f11")
        terminal.until("Stopped: single step at PC=0x00008004")
        terminal.resize(90, 28)
        terminal.until("─ Disassembly ─ Memory ─ Stack ─ Breakpoints/Watchpoints ─", "->  0x00008004: CMP")
        terminal.resize(60, 20)
        terminal.until("80 columns")


def test_where_there_is_no_room_or_no_terminal_it_says_so(folder: Path) -> None:
    with Terminal("debug", "--tui", "adding.s", cwd=folder, size=(79, 24)) as terminal:
        assert terminal.end() == 1
        assert "this terminal has 79 and 24" in terminal.text.replace("\n", "")
    result = emu("debug", "--tui", folder / "adding.s")
    assert (result.status, "needs a terminal" in result.err) == (1, True)
    assert emu("debug", "--tui", "--batch", folder / "adding.s").status == 2


def test_what_a_program_writes_cannot_touch_the_screen(folder: Path) -> None:
    (folder / "rude.s").write_text(
        ".org 0x8000\n_start: LDR R0, =text\n SWI #2\n MOV R0, #0\n SWI #0\n"
        'text: .asciz "\\x1b[2Jred\\x07 \\xff [red]x[-]\\tend\\nä漢\\n"\n'
    )
    with Terminal("debug", "--tui", "rude.s", cwd=folder) as terminal:
        terminal.until("not started")
        terminal.send("f5")
        terminal.until("\\x1b[2Jred\\x07 \\xff [red]x[-]", "Program exited with code 0", "─ Source")
        assert "ä" in terminal.text


def test_the_old_name_starts_it_too(folder: Path) -> None:
    with Terminal("-tui", "adding.s", cwd=folder, module="emu.cli.arm_emulator") as terminal:
        terminal.until("->  0x00008000: MOV     R4, #0", "not started")
        terminal.send("quit", "enter")
        assert terminal.end() == 0


def test_commands_from_a_file_come_first_and_history_is_kept(folder: Path) -> None:
    (folder / "setup.txt").write_text("break add\nrun\nprint r4\n")
    with Terminal("debug", "--tui", "--command", "setup.txt", "adding.s", cwd=folder) as terminal:
        terminal.until("Stopped: breakpoint 1", "$1 = 0x00000000 (0)")
        terminal.send("print 5", "enter", "quit", "enter")
        assert terminal.end() == 0
    assert (folder / "state" / "emu" / "debugger_history").read_text() == "print 5\nquit\n"
