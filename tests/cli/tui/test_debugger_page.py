"""The conversations and the screen in `docs/debugger.md` are what the debugger says and shows.

`python -m tests.cli.tui.test_debugger_page` writes them anew.
"""

from __future__ import annotations

import re

from emu.cli.tui.interface import Interface
from emu.debugger.panels.lines import plain
from emu.isa.assembler import assemble
from emu.isa.program import Program
from tests.cli.command import ROOT
from tests.debugger.conversation import Conversation

PAGE = ROOT / "docs" / "debugger.md"
SAMPLE = ROOT / "samples" / "factorial.s"
PROMPT = "(arm-dbg)"
TALK = re.compile(rf"(?<=^```text\n)({re.escape(PROMPT)}.*?)(?=^```)", re.MULTILINE | re.DOTALL)
SCREEN = re.compile(r"<!-- size: (\d+)x(\d+); commands: (.*?) -->\n```text\n.*?^```", re.MULTILINE | re.DOTALL)


def sample() -> Program:
    """The program that the page is about."""
    program = assemble(SAMPLE.read_bytes(), "samples/factorial.s").program
    assert program is not None
    return program


def conversation(found: re.Match[str]) -> str:
    """The lines that are typed, and the answers."""
    talk = Conversation(sample())
    lines = []
    for line in found[1].split("\n"):
        if line.startswith(PROMPT):
            before = len(talk.written)
            told = talk.say(line.removeprefix(PROMPT))
            written = talk.written[before:].decode().splitlines()
            lines += [line, *told.split("\n")[:-1], *written, told.split("\n")[-1]]
    return "\n".join(lines) + "\n"


def screen(found: re.Match[str]) -> str:
    """The screen after some commands."""
    talk = Conversation(sample())
    interface = Interface(talk.debugger, [], lambda _name: ())
    columns, rows = int(found[1]), int(found[2])
    interface.draw(columns, rows)
    for command in filter(None, found[3].split(";")):
        before = len(talk.written)
        interface.changes.begin()
        interface.status.say(f"> {command.strip()}", "echo")
        interface.status.say(talk.say(command))
        interface.output.write(talk.written[before:])
        interface.stopped()
    drawn = "\n".join(plain(line).rstrip() for line in interface.draw(columns, rows).lines)
    return f"{found[0].partition('```')[0]}```text\n{drawn}\n```"


def today(text: str) -> str:
    """The page as it would be written now."""
    return SCREEN.sub(screen, TALK.sub(conversation, text))


def test_the_page_is_true() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(TALK.findall(text)) >= 6
    assert len(SCREEN.findall(text)) == 1
    assert today(text) == text


if __name__ == "__main__":
    PAGE.write_text(today(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
