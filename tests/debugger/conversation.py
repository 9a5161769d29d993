"""Talking to a debugger in a test: lines in, the text it says out; the program's output and input are kept apart."""

from __future__ import annotations

from emu.debugger.debugger import Debugger
from emu.debugger.interface import Interrupted, Leave, ReadProgram, ReadText, Say, Turn
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.services.effects import AwaitInput, Write
from emu.services.services import Services
from tests.isa.assembly import program as assembled


class Conversation:
    """A debugger with a program, and a user."""

    def __init__(self, source: str | Program, *, engine: str = "auto", typed: tuple[bytes, ...] = ()) -> None:
        self.machine = Machine(engine=engine)
        self.machine.load(assembled(source) if isinstance(source, str) else source)
        self.services = Services()
        self.debugger = Debugger(self.machine, self.services)
        self.written = b""
        self.typed = list(typed)
        self.left: int | None = None
        self.files: dict[str, Program | str] = {}
        self.texts: dict[str, tuple[str, ...]] = {}
        self.interrupt_at: type | None = None
        """The kind of request at which the user presses Ctrl-C, once."""

    def say(self, line: str) -> str:
        """What the debugger says to a line."""
        told: list[str] = []
        session = self.debugger.execute(line)
        answer: Program | tuple[str, ...] | str | None = None
        try:
            request = next(session)
            while True:
                if self.interrupt_at is not None and isinstance(request, self.interrupt_at):
                    self.interrupt_at = None
                    request = session.throw(Interrupted())
                    continue
                answer = None
                match request:
                    case Say():
                        told.append(request.text)
                    case Leave():
                        self.left = request.status
                    case ReadProgram():
                        answer = self.files[request.path]
                    case ReadText():
                        answer = self.texts.get(request.path, f"file not found: {request.path}")
                    case Write():
                        self.written += request.data
                    case AwaitInput():
                        self.services.console.feed(self.typed.pop(0))
                    case _:
                        assert isinstance(request, Turn)
                request = session.send(answer)
        except StopIteration:
            return "\n".join(told)

    def transcript(self, *lines: str) -> list[str]:
        """Several lines at once."""
        return [self.say(line) for line in lines]
