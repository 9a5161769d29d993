"""The transcripts in `transcripts/`: what people type, and what they see.

Each is a text file: a program, a line `---`, then the conversation. Lines that begin with the prompt are typed, what
follows them is what the debugger says; lines with `| ` are the program's output, with `< ` what it reads, with `#`
remarks. `python -m tests.debugger.test_transcripts` writes the answers anew; look at the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from emu.debugger import helping
from tests.debugger.conversation import Conversation
from tests.isa.assembly import program

FOLDER = Path(__file__).with_name("transcripts")
FILES = sorted(FOLDER.glob("*.txt"))
PROMPT = "(arm-dbg) "

OTHER = "_start: MOV R0, #4\n        SWI #0\n"
SETUP = ("# breakpoints for everybody", "", "break loop", "condition 1 r4 == 2")


def converse(text: str) -> str:
    """The transcript as it would be written today."""
    source, _, conversation = text.partition("---\n")
    talk = Conversation(program(source))
    talk.files = {"other.s": program(OTHER)}
    talk.texts = {"setup.txt": SETUP, "bad.txt": ("print 1", "nonsense", "print 2")}
    lines = conversation.split("\n")
    talk.typed = [line[2:].encode() + b"\n" for line in lines if line.startswith("< ")]
    written: list[str] = []
    for line in lines:
        if not line or line.startswith("# "):
            written.append(line)
        elif line.startswith(PROMPT):
            before, waiting = len(talk.written), list(talk.typed)
            told = talk.say(line[len(PROMPT) :])
            written.append(line.rstrip())
            written += [f"< {data.decode().rstrip()}" for data in waiting[: len(waiting) - len(talk.typed)]]
            written += [f"| {shown}" for shown in talk.written[before:].decode().splitlines()]
            written += told.split("\n") if told else []
    return f"{source}---\n" + "\n".join(written)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_conversation_goes_as_written(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert converse(text) == text


def test_every_command_is_in_a_transcript() -> None:
    typed = {
        line[len(PROMPT) :].replace("/", " ").split(" ")[0]
        for path in FILES
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.startswith(PROMPT)
    }
    missing = [command.names[0] for command in helping.COMMANDS if not typed.intersection(command.names)]
    assert not missing


if __name__ == "__main__":
    for changed in FILES:
        changed.write_text(converse(changed.read_text(encoding="utf-8")), encoding="utf-8")
