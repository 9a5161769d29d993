"""The debugger's language on a session (spec debugger.md 2.2): the same commands as at a terminal.

Theory of operation. The terminal's own `Debugger` carries a line out, on the session's machine, breakpoints and values.
What runs the program is the session's: such a line answers when the program has been started, and the end of the run
comes as an event. A step of one instruction ends at once and says so. Commands about files make no sense here, and
what a session keeps for its users is bounded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emu.actors import debug_commands as d
from emu.actors.commands import CommandFailed
from emu.actors.events import Status
from emu.debugger.commands.looking import split_format
from emu.debugger.commands.running import next_line, step_line
from emu.debugger.control import Why
from emu.debugger.debugger import FUNCTIONS, Debugger
from emu.debugger.expressions import ExpressionError, evaluate
from emu.debugger.interface import DebuggerError, ReadProgram, ReadText, Say
from emu.debugger.stepping import Over, RunTo, Steps
from emu.isa.registers import PC

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.actors.core import SessionCore
    from emu.debugger.debugger import Function, Result
    from emu.debugger.stepping import Plan

LONGEST_LINE = 4096
"""Characters."""

MOST_MARKS = 1000
MOST_WORDS = 64
"""Displays and aliases, of each."""
MOST_DISPLAYED = 64
"""Units of memory that one display shows: all of them are shown at every stop, and meanwhile nobody is served."""

_NO_FILES = "files are not available here"
_GOES_ON = "Continuing..."


class SessionLanguage:
    """The debugger's commands on one session."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._debugger = Debugger(core.machine, core.guest.services, control=core.control, functions=self._functions())

    def displays(self) -> tuple[d.Display, ...]:
        """What is shown at every stop, with the values now."""
        shown = []
        for number, text in self._debugger.displays.items():
            try:
                _, expression = split_format(text)
                shown.append(d.Display(number, text, evaluate(expression, self._core.control.context), None))
            except ExpressionError as error:
                shown.append(d.Display(number, text, None, error.message))
        return tuple(shown)

    def clear(self) -> None:
        """The program is gone: so are the displays."""
        self._debugger.displays.clear()
        self._debugger.texts.clear()

    def carry_out(self, line: str) -> d.CommandOutput:
        """One line; an empty one repeats the last. Never raises for what the line says."""
        if len(line) > LONGEST_LINE:
            return d.CommandOutput(f"Error: the line is longer than {LONGEST_LINE} characters", True)
        if line.strip().lower() in ("stop", "interrupt"):
            return self._stop()
        core, told = self._core, list[str]()
        before = (core.machine.registers[:], core.machine.flags[:], core.picture)
        session = self._debugger.execute(line)
        answer: str | tuple[str, ...] | None = None
        while True:
            try:
                request = session.send(answer)
            except StopIteration:
                break
            answer = self._text(request.path) if isinstance(request, ReadText) else None
            if isinstance(request, Say):
                told.append(request.text)
            elif isinstance(request, ReadProgram):
                answer = _NO_FILES
        if core.picture is before[2] and (core.machine.registers, core.machine.flags) != before[:2]:
            core.show()
        return d.CommandOutput("\n".join(told), self._debugger.failed)

    def _text(self, path: str) -> str | tuple[str, ...]:
        """The lines of a file that the program was made from."""
        source = self._core.source
        for file in source.files if source is not None else ():
            if file.name == path and file.text:
                return tuple(file.text.splitlines())
        return _NO_FILES

    def _stop(self) -> d.CommandOutput:
        core = self._core
        if not core.status.is_active:
            return d.CommandOutput("Error: program is not running", True)
        core.interrupt()
        return d.CommandOutput(f"Stopped: interrupted at PC=0x{core.machine.registers[PC]:08X}", False)

    # -- commands that run the program

    def _functions(self) -> dict[str, Function]:
        running: dict[str, Callable[[str], str]] = {
            "run": self._run, "start": self._start, "continue": self._continue, "step": self._step, "next": self._next,
            "nextline": self._nextline, "stepline": self._stepline, "finish": self._finish, "until": self._until,
            "jump": self._jump, "reset": self._reset,
            **dict.fromkeys(("load", "source", "quit"), self._elsewhere),
        }  # fmt: skip
        functions = {name: _told(function) for name, function in running.items()}
        checked: dict[str, Callable[[str], None]] = {
            "set": self._require_rest, "display": self._require_small_display, "alias": self._require_room_for_words,
            **dict.fromkeys(("break", "tbreak", "watch", "cwatch", "rwatch", "awatch"), self._require_room_for_marks),
        }  # fmt: skip
        return functions | {name: _checked(check, FUNCTIONS[name]) for name, check in checked.items()}

    def _elsewhere(self, _rest: str) -> str:
        raise DebuggerError("this is not available here")

    def _require_rest(self, _rest: str = "") -> None:
        if self._core.status.is_active:
            raise DebuggerError("program is running")

    def _require_room_for_marks(self, _rest: str = "") -> None:
        if max(len(self._core.breakpoints), len(self._core.watchpoints)) >= MOST_MARKS:
            raise DebuggerError(f"too many breakpoints or watchpoints (max {MOST_MARKS})")

    def _require_room_for_words(self, _rest: str = "") -> None:
        if max(len(self._debugger.displays), len(self._debugger.aliases)) >= MOST_WORDS:
            raise DebuggerError(f"too many displays or aliases (max {MOST_WORDS})")

    def _require_small_display(self, rest: str) -> None:
        self._require_room_for_words()
        match = re.match(r"/([0-9]+)", rest)
        if match is not None and (len(match[1]) > 9 or int(match[1]) > MOST_DISPLAYED):
            raise DebuggerError(f"a display shows {MOST_DISPLAYED} units at most here")

    def _require_ready(self) -> None:
        self._require_rest()
        if self._core.status not in (Status.IDLE, Status.BREAKPOINT) or self._core.machine.program is None:
            raise DebuggerError("program is not running")

    def _restart(self) -> None:
        core = self._core
        if core.machine.program is None:
            raise DebuggerError("no program loaded")
        core.interrupt("the program was restarted")
        core.start_over()
        core.enter(Status.IDLE)

    def _begin(self, plan: Plan | None = None) -> str:
        self._core.begin(plan)
        return _GOES_ON

    def _run(self, rest: str) -> str:
        self._debugger.nothing_after(rest)
        self._restart()
        self._core.begin()
        return "Starting program execution..."

    def _start(self, rest: str) -> str:
        self._debugger.nothing_after(rest)
        self._restart()
        main, entry = self._core.control.context.symbol("main"), self._core.machine.registers[PC]
        if main is None or main == entry or not self._debugger.index.is_instruction(main):
            return f"Stopped: program start at PC=0x{entry:08X}"
        return self._begin(RunTo(main))

    def _continue(self, rest: str) -> str:
        self._require_ready()
        count = self._debugger.count(rest)
        if rest:
            here = self._core.breakpoints.at(self._core.machine.registers[PC])
            if here is None:
                raise DebuggerError("the program is not at a breakpoint that could be passed several times")
            self._core.breakpoints.ignore(here.address, count - 1)
        return self._begin()

    def _step(self, rest: str) -> str:
        return self._stepped(Steps(self._debugger.count(rest)))

    def _next(self, rest: str) -> str:
        return self._stepped(Over(self._debugger.count(rest)))

    def _nextline(self, rest: str) -> str:
        if rest:
            raise DebuggerError("one line at a time here")
        return self._stepped(next_line(self._debugger))

    def _stepline(self, rest: str) -> str:
        if rest:
            raise DebuggerError("one line at a time here")
        return self._stepped(step_line(self._debugger))

    def _stepped(self, plan: Steps | Over) -> str:
        self._require_ready()
        core = self._core
        ending = core.step(plan, asked=False)
        if ending is None:
            return _GOES_ON
        if ending.why is Why.FAULTED:
            return f"Runtime error: {ending.reason}"
        if ending.why is Why.HALTED:
            return f"Program {ending.reason}"
        return self._debugger.with_displays(f"Stopped: {ending.reason} at PC=0x{core.machine.registers[PC]:08X}")

    def _finish(self, rest: str) -> str:
        self._debugger.nothing_after(rest)
        self._require_ready()
        self._core.step_out(asked=False)
        return _GOES_ON

    def _until(self, rest: str) -> str:
        self._require_ready()
        behind = (self._core.machine.registers[PC] + 4) & 0xFFFFFFFF
        return self._begin(RunTo(self._debugger.code_place(rest) if rest else behind))

    def _jump(self, rest: str) -> str:
        self._require_ready()
        if not rest:
            raise DebuggerError("a place is missing: a label, an address, :LINE or an expression")
        place = self._debugger.code_place(rest)
        self._core.control.set_register(PC, place)
        self._core.begin()
        return f"Continuing at 0x{place:08X}."

    def _reset(self, rest: str) -> str:
        self._debugger.nothing_after(rest)
        if self._core.machine.program is None:
            raise DebuggerError("no program loaded")
        self._core.reload()
        return "VM reset"


def _told(function: Callable[[str], str]) -> Function:
    """A command of the session as the debugger calls it."""

    def call(_debugger: Debugger, rest: str) -> Result:
        try:
            return function(rest)
        except CommandFailed as failed:
            raise DebuggerError(failed.message) from None

    return call


def _checked(check: Callable[[str], None], function: Function) -> Function:
    """A command of the terminal that is carried out only if nothing speaks against it."""

    def call(debugger: Debugger, rest: str) -> Result:
        check(rest)
        return function(debugger, rest)

    return call
