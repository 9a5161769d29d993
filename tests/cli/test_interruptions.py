"""`emu run` that is stopped from outside: Ctrl-C, a reader that goes away, a disk that is full."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import TIME_LIMIT, command_line, environment, read_to_the_end

START = "        .org    0x8000\n_start:\n"
GO = 't:      .asciz  "go"\n'
EXIT = "        MOV     R0, #0\n        SWI     #0\n"

CHATTER = START + "        MOV     R0, #'x'\nloop:   SWI     #1\n        B       loop\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Where a test puts its program."""
    return tmp_path / "program.s"


def started(*words: str | Path, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command_line(*words), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )


def test_ctrl_c_stops_a_computation_and_says_where_it_was(program: Path) -> None:
    program.write_text(
        START + "        SWI     #7\n        LDR     R0, =t\n        SWI     #0xF0\nloop:   B       loop\n" + GO
    )
    process = started("run", program)
    assert process.stderr is not None
    assert process.stderr.readline() == b"[DEBUG] go\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 130
    assert out == b"\n"
    assert f"\n{program}:6: interrupted at PC=0x0000800C (loop): after ".encode() in err
    assert err.count(b"\n") == 2


def test_ctrl_c_stops_a_program_that_waits_for_input(program: Path) -> None:
    program.write_text(START + "        LDR     R0, =t\n        SWI     #0xF0\nask:    SWI     #4\n" + EXIT + GO)
    reader, writer = os.pipe()
    try:
        process = started("run", program, stdin=reader)
        assert process.stderr is not None
        assert process.stderr.readline() == b"[DEBUG] go\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIME_LIMIT)
    finally:
        os.close(reader)
        os.close(writer)
    assert process.returncode == 130
    assert b"interrupted at PC=0x00008008 (ask): after 2 instructions" in err


def fill(writer: int) -> None:
    """Writes to a pipe until it takes no more."""
    os.set_blocking(writer, False)
    try:
        while os.write(writer, b"full"):
            pass
    except BlockingIOError:
        os.set_blocking(writer, True)


def test_ctrl_c_stops_a_program_whose_output_nobody_reads(program: Path) -> None:
    program.write_text(
        START + "        LDR     R0, =t\n        SWI     #0xF0\n        SWI     #7\nask:    SWI     #4\n" + EXIT + GO
    )
    reader, writer = os.pipe()
    try:
        fill(writer)
        process = subprocess.Popen(
            command_line("run", program),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        assert process.stderr is not None
        assert process.stderr.readline() == b"[DEBUG] go\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIME_LIMIT)
    finally:
        os.close(reader)
        os.close(writer)
    assert process.returncode == 130
    assert b"interrupted at PC=" in err


def test_ctrl_c_from_a_terminal(program: Path) -> None:
    program.write_text(CHATTER)
    leader, follower = pty.openpty()
    try:
        process = subprocess.Popen(
            command_line("run", program),
            stdin=follower,
            stdout=follower,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
        os.close(follower)
        assert os.read(leader, 1) == b"x"
        process.send_signal(signal.SIGINT)
        read_to_the_end(leader)
        _, err = process.communicate(timeout=TIME_LIMIT)
    finally:
        os.close(leader)
    assert process.returncode == 130
    assert b"interrupted" in err


def test_a_reader_that_goes_away_ends_the_program_quietly(program: Path) -> None:
    program.write_text(CHATTER)
    process = started("run", program)
    assert process.stdout is not None
    assert process.stdout.read(3) == b"xxx"
    process.stdout.close()
    process.wait(TIME_LIMIT)
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.returncode == 141


def test_a_full_disk_behind_standard_output_ends_the_program(program: Path) -> None:
    program.write_text(CHATTER)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command_line("run", program), stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"emu: error: no space left on the device that standard output goes to\n")
    assert b"the program was stopped at" in done.stderr
