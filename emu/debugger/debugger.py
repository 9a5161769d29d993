"""The debugger's commands (spec debugger.md section 2.2): a line in, requests to a front end out.

Theory of operation. `execute` takes one line and is a generator of requests (see `interface`): texts to show, and
whatever a running program needs of the world. It never raises for bad input; it says `Error: ...` and `failed` is set.
Front ends differ in how they read lines and show text, and in nothing else. What the commands do stands in
`emu.debugger.commands`; what they are called and how they are explained, in `helping`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from emu.debugger import helping
from emu.debugger.code import Index
from emu.debugger.commands import frames, looking, other, points, running
from emu.debugger.completing import completions
from emu.debugger.control import Control
from emu.debugger.examining import Shape
from emu.debugger.expressions import ExpressionError, evaluate
from emu.debugger.interface import DebuggerError, Say
from emu.debugger.places import code_place, data_place, line_address
from emu.debugger.running import Runner
from emu.isa.registers import PC

if TYPE_CHECKING:
    from emu.debugger.interface import Reply, Request, Session
    from emu.isa.machine import Machine
    from emu.services.services import Services

HISTORY_LIMIT = 1000
MOST_STEPS = 1_000_000_000
_LEAST_LETTERS = 3
_MOST_ALIASES = 10
"""How many aliases may stand for one another."""

Result: TypeAlias = "str | Generator[Request, Reply, str]"
Function: TypeAlias = "Callable[[Debugger, str], Result]"


class Debugger:
    """One program under a debugger."""

    def __init__(
        self,
        machine: Machine,
        services: Services,
        prepare: Callable[[], None] = lambda: None,
        *,
        control: Control | None = None,
        functions: Mapping[str, Function] | None = None,
    ) -> None:
        """The machine has loaded its program. `prepare` puts the program's arguments in place after a restart.

        `control` is given where the machine is under a debugger already, `functions` where commands are to be carried
        out in another way than at a terminal.
        """
        self.machine = machine
        self.runner = Runner(machine, services, control or Control(machine))
        self.prepare = prepare
        self.commands: list[str] = []
        """Lines given so far, without empty ones and immediate repetitions."""
        self.aliases: dict[str, str] = {}
        """What the user's own words stand for."""
        self.displays: dict[int, str] = {}
        self.last_display = 0
        self.examined: tuple[Shape, int | None] = Shape(), None
        """How `x` showed memory the last time, and where it goes on."""
        self.texts: dict[str, tuple[str, ...] | str] = {}
        """Source files that were read: their lines, or why there are none."""
        self.failed = False
        """Whether the last command could not be carried out."""
        self.has_left = False
        """Whether a `quit` was carried out."""
        self.sourcing = 0
        """How many files of commands are being carried out, one inside the other."""
        self._functions = {**FUNCTIONS, **(functions or {})}
        self.last = ""
        """What an empty line repeats."""
        self._index = Index(None)
        self._frame = (0, 0, (0, 0))

    @property
    def index(self) -> Index:
        """The loaded program's code by address."""
        if self._index.program is not self.machine.program:
            self._index = Index(self.machine.program)
        return self._index

    def execute(self, line: str) -> Session:
        """Carries out one line; an empty one repeats the last, `!` repeats an earlier one."""
        line = line.strip() or self.last
        self.failed = False
        if not line:
            return
        if line[0] == "!":
            recalled = self._recalled(line)
            if recalled is None:
                self.failed = True
                yield Say(f"Error: no command in the history for {line}")
                return
            line = recalled
            yield Say(line)
        self.last = line
        if not self.commands or self.commands[-1] != line:
            self.commands.append(line)
            del self.commands[:-HISTORY_LIMIT]
        yield from self.carry_out(line)

    def carry_out(self, line: str) -> Session:
        """Carries out one line that does not enter the history."""
        try:
            function, rest = self._command(line.strip())
            result = function(self, rest)
            text = result if isinstance(result, str) else (yield from result)
            if text:
                yield Say(text)
        except ExpressionError as error:
            self.failed = True
            yield Say(f"Error: failed to evaluate expression: {error.message}")
        except DebuggerError as error:
            self.failed = True
            yield Say(f"Error: {error}")

    def _command(self, line: str) -> tuple[Function, str]:
        word, rest = _split(line)
        for _ in range(_MOST_ALIASES):
            if word not in self.aliases:
                break
            word, rest = _split(f"{self.aliases[word]} {rest}".strip())
        else:
            raise DebuggerError(f"the alias {word} stands for itself")
        command = helping.BY_NAME.get(word.lower()) or self._abbreviated(word.lower())
        if command is None or (command.names[0] == "quit" and word not in command.names):
            raise DebuggerError(f"unknown command: {word} (type 'help' for available commands)")
        return self._functions[command.names[0]], rest

    @staticmethod
    def _abbreviated(word: str) -> helping.CommandHelp | None:
        """The only command whose name begins so; three letters at least, as some cannot be undone."""
        if len(word) < _LEAST_LETTERS:
            return None
        found = [command for command in helping.COMMANDS if command.names[0].startswith(word)]
        if len(found) > 1:
            names = ", ".join(command.names[0] for command in found)
            raise DebuggerError(f"ambiguous command: {word} ({names})")
        return found[0] if found else None

    def _recalled(self, line: str) -> str | None:
        """The earlier line that `!!`, `!NUMBER` or `!BEGINNING` means; what follows `!!` is added to it."""
        if line.startswith("!!"):
            return self.commands[-1] + line[2:] if self.commands else None
        wanted = line[1:].strip()
        if re.fullmatch(r"[0-9]{1,9}", wanted):
            number = int(wanted)
            return self.commands[number - 1] if 1 <= number <= len(self.commands) else None
        return next((earlier for earlier in reversed(self.commands) if wanted and earlier.startswith(wanted)), None)

    def completions(self, line: str) -> list[str]:
        """What the last word of an unfinished line may become."""
        return completions(self, line)

    # -- what commands need

    def value(self, text: str) -> int:
        """The value of an expression. Raises ExpressionError."""
        return evaluate(text, self.runner.context)

    def place(self, text: str) -> int:
        """See `places.data_place`."""
        return self._own_line(text) or data_place(text, self.runner.context, self.machine.program)

    def code_place(self, text: str) -> int:
        """See `places.code_place`."""
        return self._own_line(text) or code_place(text, self.runner.context, self.machine.program)

    def _own_line(self, text: str) -> int | None:
        """`:LINE` is in the file that the PC is in."""
        match = re.fullmatch(r"\s*:([0-9]{1,9})\s*", text)
        return self.line_address(int(match[1])) if match is not None else None

    def own_file(self) -> str:
        """The source file that lines without a file's name are in: the one that the PC is in, or nothing.

        Before a compiled program has begun, its PC is in the startup code of its library; then main's file is meant.
        """
        main = self.runner.context.symbol("main") if not self.runner.is_active else None
        here = self.index.line_at(self.machine.registers[PC] if main is None else main)
        return here.file if here is not None else ""

    def line_address(self, number: int) -> int:
        """The first instruction of a line of our own file. Raises DebuggerError."""
        return line_address(self.machine.program, self.own_file(), number)

    def select_frame(self, number: int, place: int) -> None:
        """Looks at a frame of the call stack, until the program goes on. `place` is the instruction it is at."""
        self._frame = (number, place, self._moment())

    def frame_number(self) -> int:
        """Which frame is looked at; 0 is the innermost."""
        return self._frame[0] if self._frame[2] == self._moment() else 0

    def frame_place(self) -> int:
        """The instruction that the frame is at."""
        return self._frame[1] if self.frame_number() else self.machine.registers[PC]

    def _moment(self) -> tuple[int, int]:
        return self.machine.instructions, self.machine.registers[PC]

    def count(self, text: str) -> int:
        """How often; once if nothing is said. Raises DebuggerError, ExpressionError."""
        if not text:
            return 1
        count = self.value(text)
        if not 1 <= count <= MOST_STEPS:
            raise DebuggerError("count must be at least 1")
        return count

    @staticmethod
    def number(text: str, what: str) -> int:
        """The number of a breakpoint or the like. Raises DebuggerError."""
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            raise DebuggerError(f"invalid {what} number: {text}" if text else f"a {what} number is missing")
        return int(text)

    @staticmethod
    def nothing_after(text: str) -> None:
        """Raises DebuggerError if the command was given something that it does not take."""
        if text:
            raise DebuggerError(f"unexpected: {text}")

    def displayed(self) -> list[str]:
        """All displays as they are now."""
        return [looking.displayed(self, number, text) for number, text in self.displays.items()]

    def with_displays(self, told: str) -> str:
        """What a stop says, and the displays below it."""
        return "\n".join([told, *self.displayed()]) if told.startswith("Stopped") else told


def _split(line: str) -> tuple[str, str]:
    """The command's word and what follows it; a slash ends the word, as in `x/4xw sp`."""
    match = re.match(r"(\?|[^\s/]+)\s*(.*)", line, re.DOTALL)
    return (match[1], match[2]) if match is not None else (line, "")


FUNCTIONS: dict[str, Function] = {
    **running.FUNCTIONS, **points.FUNCTIONS, **looking.FUNCTIONS, **frames.FUNCTIONS, **other.FUNCTIONS,
}  # fmt: skip
"""What the commands do, by their official names."""

assert set(FUNCTIONS) == {command.names[0] for command in helping.COMMANDS}
