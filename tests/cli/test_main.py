"""The command as a whole: choosing, helping, refusing."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

from emu import __version__
from emu.cli import help as help_page
from emu.cli import main
from emu.cli.commands import SUMMARIES
from emu.cli.options import HELP, parse
from tests.cli.command import TIME_LIMIT, command_line, emu, environment, read_to_the_end

COMMANDS = sorted(SUMMARIES)


def test_without_a_command_the_overview_is_shown() -> None:
    result = emu()
    assert result.status == 0
    for name, summary in SUMMARIES.items():
        assert f"{name} " in result.out.decode()
        assert summary in result.out.decode()
    assert result.err == ""
    assert emu("--help").out == emu("help").out == result.out


def test_the_version_is_shown_by_command_and_by_option() -> None:
    result = emu("version")
    assert result.status == 0
    assert result.out.startswith(f"emu {__version__} ".encode())
    assert emu("--version").out == result.out


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("rum", "did you mean run?"),
        ("symbol", "did you mean symbols?"),
        ("frobnicate", "emu --help lists the commands"),
        ("pyproject.toml", "to run a program: emu run pyproject.toml"),
    ],
)
def test_an_unknown_command_is_refused_with_a_suggestion(word: str, hint: str) -> None:
    result = emu(word)
    assert result.status == 2
    assert result.out == b""
    assert result.err == f"emu: error: unknown command '{word}'\n  hint: {hint}\n"


def test_options_belong_behind_the_command() -> None:
    result = emu("--stats", "run")
    assert result.status == 2
    assert "unknown option --stats" in result.err
    assert "options follow the command" in result.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_describes_itself(name: str) -> None:
    page = emu(name, "--help")
    assert page.status == 0
    assert emu("help", name).out == page.out
    text = page.out.decode()
    command = main.load(name).COMMAND
    for option in (*command.options, HELP):
        assert help_page.spelling(option).strip() in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_by_examples_that_parse(name: str) -> None:
    command = main.load(name).COMMAND
    assert command.name == name
    assert command.examples
    for example in command.examples:
        for call in example.line.split("|"):
            words = call.replace("$(", " ").replace(')"', " ").split("<")[0].split(">")[0].split()
            if "emu" in words and words[words.index("emu") + 1] in SUMMARIES:
                start = words.index("emu") + 1
                parse(main.load(words[start]).COMMAND, words[start + 1 :])


def test_an_unknown_option_is_usage() -> None:
    result = emu("run", "--stat", "x.s")
    assert result.status == 2
    assert result.err == "emu: error: unknown option --stat\n  hint: did you mean --stats?\n"


def on_a_terminal(*words: str, **variables: str) -> bytes:
    """What `emu WORDS` shows on a terminal."""
    leader, follower = pty.openpty()
    try:
        process = subprocess.Popen(
            command_line(*words), stdin=follower, stdout=follower, stderr=follower, env=environment(**variables)
        )
        os.close(follower)
        shown = read_to_the_end(leader)
        process.wait(TIME_LIMIT)
        return shown
    finally:
        os.close(leader)


def test_colours_only_on_a_terminal_that_has_them_and_wants_them() -> None:
    assert b"\x1b[" in on_a_terminal("rum", TERM="xterm")
    assert b"\x1b[" not in on_a_terminal("rum", TERM="xterm", NO_COLOR="1")
    assert b"\x1b[" not in on_a_terminal("rum", TERM="dumb")
    assert "\x1b[" not in emu("rum", TERM="xterm").err


def test_a_full_disk_behind_standard_output_is_named() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command_line("version"), stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"emu: error: no space left on the device that standard output goes to\n"


def test_a_closed_standard_output_is_named() -> None:
    script = f"exec '{command_line()[0]}' -m emu version >&-"
    done = subprocess.run(["bash", "-c", script], stderr=subprocess.PIPE, env=environment(), check=False)
    assert done.returncode == 1
    assert done.stderr == b"emu: error: standard output is closed\n"


def test_nobody_reading_is_no_reason_to_complain() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            command_line("version"), stdout=writer, stderr=subprocess.PIPE, env=environment(), check=False
        )
    finally:
        os.close(writer)
    assert done.returncode == 141
    assert done.stderr == b""
