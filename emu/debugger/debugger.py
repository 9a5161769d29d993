"""The debugger's commands (spec debugger.md section 2.2): a line in, requests to a front end out.

Theory of operation. `execute` takes one line and is a generator of requests (see `interface`): texts to show, and
whatever a running program needs of the world. It never raises for bad input; it says `Error: ...` and `failed` is set.
Front ends differ in how they read lines and show text, and in nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from emu.debugger import helping, views
from emu.debugger.breakpoints import Breakpoint
from emu.debugger.examining import Shape, examine, parse_shape
from emu.debugger.expressions import ExpressionError, evaluate, parse
from emu.debugger.interface import DebuggerError, Leave, ReadProgram, Say
from emu.debugger.places import data_place, line_address
from emu.debugger.running import Runner
from emu.debugger.stepping import RunTo
from emu.debugger.watchpoints import Access, Watchpoint
from emu.isa.faults import MemoryFault
from emu.isa.program import Program
from emu.isa.registers import PC
from emu.services.console import ConsoleSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.debugger.interface import Reply, Request, Session
    from emu.isa.machine import Machine
    from emu.services.services import Services

HISTORY_LIMIT = 1000
MOST_STEPS = 1_000_000_000

_REGISTER = re.compile(r"r(1[0-5]|[0-9])|sp|lr|pc", re.IGNORECASE)
_NUMBERS = {"sp": 13, "lr": 14, "pc": 15} | {f"r{number}": number for number in range(16)}
_KINDS = {
    "watch": (Access.WRITE, "Watchpoint"),
    "rwatch": (Access.READ, "Read watchpoint"),
    "awatch": (Access.READ_WRITE, "Access watchpoint"),
}

Result: TypeAlias = "str | Generator[Request, Reply, str]"


class Debugger:
    """One program under a debugger."""

    def __init__(self, machine: Machine, services: Services, prepare: Callable[[], None] = lambda: None) -> None:
        """The machine has loaded its program. `prepare` puts the program's arguments in place after a restart."""
        self.machine = machine
        self.runner = Runner(machine, services)
        self.commands: list[str] = []
        """Lines given so far, without empty ones and immediate repetitions."""
        self.displays: dict[int, str] = {}
        self.failed = False
        """Whether the last command could not be carried out."""
        self._prepare = prepare
        self._last = ""
        self._last_display = 0

    def execute(self, line: str) -> Session:
        """Carries out one line; an empty one repeats the last."""
        line = line.strip() or self._last
        self.failed = False
        if not line:
            return
        self._last = line
        if not self.commands or self.commands[-1] != line:
            self.commands.append(line)
            del self.commands[:-HISTORY_LIMIT]
        match = re.match(r"(\?|[^\s/]+)\s*(.*)", line, re.DOTALL)
        word, rest = (match[1], match[2]) if match is not None else (line, "")
        try:
            command = helping.BY_NAME.get(word.lower())
            if command is None or (command.names[0] == "quit" and word not in command.names):
                raise DebuggerError(f"unknown command: {word} (type 'help' for available commands)")
            result = self._functions[command.names[0]](self, rest)
            text = result if isinstance(result, str) else (yield from result)
            if text:
                yield Say(text)
        except ExpressionError as error:
            self.failed = True
            yield Say(f"Error: failed to evaluate expression: {error.message}")
        except DebuggerError as error:
            self.failed = True
            yield Say(f"Error: {error}")

    def completions(self, line: str) -> list[str]:
        """What the last word of an unfinished line may become."""
        word, blank, rest = line.lstrip().partition(" ")
        if not blank:
            return sorted(name for command in helping.COMMANDS for name in command.names[:1] if name.startswith(word))
        command = helping.BY_NAME.get(word.lower().partition("/")[0])
        name = command.names[0] if command is not None else ""
        last = re.split(r"[^\w.$]", rest)[-1]
        if name == "info":
            return sorted(topic for topic in set(helping.INFO_TOPICS.values()) if topic.startswith(last))
        if name == "help":
            return sorted(name for name in helping.BY_NAME if name.startswith(last))
        symbols = self.machine.program.symbols if self.machine.program is not None else {}
        names = [symbol for symbol in symbols if symbol.startswith(last)]
        return sorted(names) + [register for register in _NUMBERS if last and register.startswith(last.lower())]

    # -- values and places

    def _value(self, text: str) -> int:
        return evaluate(text, self.runner.context)

    def _place(self, text: str) -> int:
        """An address: a label, FILE:LINE or :LINE, or any expression."""
        return data_place(text, self.runner.context, self.machine.program)

    def _count(self, text: str) -> int:
        if not text:
            return 1
        count = self._value(text)
        if not 1 <= count <= MOST_STEPS:
            raise DebuggerError("count must be at least 1")
        return count

    @staticmethod
    def _nothing_after(text: str) -> None:
        if text:
            raise DebuggerError(f"unexpected: {text}")

    # -- running

    def _run(self, rest: str) -> Generator[Request, Reply, str]:
        self._nothing_after(rest)
        yield from self._restart()
        yield Say("Starting program execution...")
        return (yield from self._running(self.runner.go()))

    def _restart(self) -> Generator[Request, Reply, None]:
        services = self.runner.services
        yield from services.close_files()
        services.reset()
        console = services.console
        if console.closed:
            console.restore(ConsoleSnapshot(console.snapshot().buffered, False))
        self.machine.restart()
        self._prepare()
        self.runner.is_active = False
        self.runner.watchpoints.refresh()

    def _continue(self, rest: str) -> Generator[Request, Reply, str]:
        self._nothing_after(rest)
        if not self.runner.is_active:
            raise DebuggerError("program is not running")
        yield Say("Continuing...")
        return (yield from self._running(self.runner.go()))

    def _step(self, rest: str) -> Result:
        return self._running(self.runner.steps(self._count(rest)))

    def _next(self, rest: str) -> Result:
        return self._running(self.runner.over(self._count(rest)))

    def _finish(self, rest: str) -> Result:
        self._nothing_after(rest)
        return self._running(self.runner.out())

    def _until(self, rest: str) -> Result:
        return self._running(self.runner.go(RunTo(self._place(rest))))

    def _running(self, run: Generator[Request, Reply, str]) -> Generator[Request, Reply, str]:
        return self._with_displays((yield from run))

    def _with_displays(self, told: str) -> str:
        return "\n".join([told, *self._shown()]) if told.startswith("Stopped") else told

    # -- breakpoints and watchpoints

    def _break(self, rest: str, *, temporary: bool = False) -> str:
        parts = re.split(r"\bif\b", rest, maxsplit=1)
        condition = parts[1].strip() if len(parts) > 1 else ""
        address = self._place(parts[0])
        set_ = self.runner.breakpoints.set(address, condition=condition or None, temporary=temporary)
        text = f"{'Temporary breakpoint' if temporary else 'Breakpoint'} {set_.number} at 0x{address:08X}"
        return f"{text} (condition: {condition})" if condition else text

    def _tbreak(self, rest: str) -> str:
        return self._break(rest, temporary=True)

    def _watch_kind(self, name: str, rest: str) -> str:
        access, title = _KINDS[name]
        text = rest.strip()
        if not text:
            raise DebuggerError("a register or a place is missing")
        watchpoints = self.runner.watchpoints
        if _REGISTER.fullmatch(text):
            number = watchpoints.set_register(_NUMBERS[text.lower()], access, text).number
        else:
            inner = text[1:-1] if text[0] == "[" and text.find("]") == len(text) - 1 else text
            address = self._place(inner)
            self.runner.context.load(address, 4)
            number = watchpoints.set(address, access, 4, text).number
        return f"{title} {number}: {text}"

    def _delete(self, rest: str) -> str:
        runner = self.runner
        watch = self._after_watch(rest)
        if watch is None:
            if not rest:
                runner.breakpoints.clear()
                return "All breakpoints deleted"
            found = self._breakpoint(rest)
            runner.breakpoints.remove(found.address)
            return f"Breakpoint {found.number} deleted"
        if not watch:
            runner.watchpoints.clear()
            return "All watchpoints deleted"
        entry = self._watchpoint(watch)
        runner.watchpoints.remove(entry.number)
        return f"Watchpoint {entry.number} deleted"

    def _enable(self, rest: str, *, on: bool = True) -> str:
        how = "enabled" if on else "disabled"
        watch = self._after_watch(rest)
        if watch is None:
            found = self._breakpoint(rest)
            self.runner.breakpoints.enable(found.address, on)
            return f"Breakpoint {found.number} {how}"
        entry = self._watchpoint(watch)
        self.runner.watchpoints.enable(entry.number, on)
        return f"Watchpoint {entry.number} {how}"

    def _disable(self, rest: str) -> str:
        return self._enable(rest, on=False)

    @staticmethod
    def _after_watch(rest: str) -> str | None:
        match = re.fullmatch(r"(?:watch|watchpoints?|w)\b\s*(.*)", rest)
        return match[1] if match is not None else None

    @staticmethod
    def _number(text: str, what: str) -> int:
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            raise DebuggerError(f"invalid {what} number: {text}" if text else f"a {what} number is missing")
        return int(text)

    def _breakpoint(self, text: str) -> Breakpoint:
        found = self.runner.breakpoints.numbered(self._number(text, "breakpoint"))
        if found is None:
            raise DebuggerError(f"no breakpoint number {text}")
        return found

    def _watchpoint(self, text: str) -> Watchpoint:
        found = self.runner.watchpoints.get(self._number(text, "watchpoint"))
        if found is None:
            raise DebuggerError(f"no watchpoint number {text}")
        return found

    # -- looking

    def _print(self, rest: str) -> str:
        value = self._value(rest)
        self.runner.history.add(value)
        return f"${len(self.runner.history.values)} = {views.number(value)}"

    def _display(self, rest: str) -> str:
        if not rest:
            return "\n".join(self._shown()) or "No displays"
        parse(rest)
        self._last_display += 1
        self.displays[self._last_display] = rest
        return self._shown()[-1]

    def _shown(self) -> list[str]:
        lines = []
        for number, text in self.displays.items():
            try:
                value = views.number(self._value(text))
            except ExpressionError as error:
                value = f"<{error.message}>"
            lines.append(f"{number}: {text} = {value}")
        return lines

    def _undisplay(self, rest: str) -> str:
        if not rest:
            self.displays.clear()
            return "All displays deleted"
        number = self._number(rest, "display")
        if self.displays.pop(number, None) is None:
            raise DebuggerError(f"no display number {number}")
        return f"Display {number} deleted"

    def _x(self, rest: str) -> str:
        shape, place = Shape(), rest
        if rest.startswith("/"):
            match = re.match(r"/(\w*)\s*(.*)", rest, re.DOTALL)
            assert match is not None
            shape, place = parse_shape(match[1]), match[2]
        return examine(self.machine, self._place(place), shape)

    def _info(self, rest: str) -> str:
        match helping.INFO_TOPICS.get(rest.lower()):
            case "registers":
                return views.registers(self.machine)
            case "breakpoints":
                return views.breakpoints(self.runner.breakpoints)
            case "watchpoints":
                return views.watchpoints(self.runner.watchpoints)
            case "stack":
                return views.stack(self.machine)
            case "display":
                return "\n".join(self._shown()) or "No displays"
            case "program":
                return views.program(self.machine, self.runner.is_active)
        raise DebuggerError(f"unknown topic: {rest}" if rest else f"info what? {helping.BY_NAME['info'].arguments}")

    def _backtrace(self, rest: str) -> str:
        self._nothing_after(rest)
        return views.backtrace(self.machine)

    def _list(self, rest: str) -> str:
        if not rest:
            return views.listing(self.machine, self.machine.registers[PC])
        return views.listing(
            self.machine, line_address(self.machine.program, "", int(rest)) if rest.isdecimal() else self._place(rest)
        )

    # -- changing

    def _set(self, rest: str) -> str:
        target, equals, text = rest.partition("=")
        target = target.strip()
        if not equals or not target:
            raise DebuggerError("usage: set TARGET = VALUE")
        machine, history = self.machine, self.runner.history
        flag = re.fullmatch(r"cpsr\.([nzcv])", target.lower())
        value = self._value(text)
        if flag is not None:
            if value > 1:
                raise DebuggerError("a flag is 0 or 1")
            machine.flags["nzcv".index(flag[1])] = bool(value)
            told = f"Flag {flag[1].upper()} set to {value}"
        elif _REGISTER.fullmatch(target):
            machine.registers[_NUMBERS[target.lower()]] = value
            told = f"Register {target} set to 0x{value:08X}"
        else:
            if target[0] == "*":
                address = self._place(target[1:])
            elif target[0] == "[" and target[-1] == "]":
                address = self._place(target[1:-1])
            else:
                raise DebuggerError(f"invalid target: {target}")
            self.runner.context.load(address, 4)
            machine.memory.poke(address, value.to_bytes(4, "little"))
            told = f"Memory 0x{address:08X} set to 0x{value:08X}"
        history.add(value)
        self.runner.watchpoints.refresh()
        return told

    def _load(self, rest: str) -> Generator[Request, Reply, str]:
        if not rest:
            raise DebuggerError("a file is missing")
        program = yield ReadProgram(rest)
        if not isinstance(program, Program):
            raise DebuggerError(str(program))
        yield from self._restart()
        try:
            self.machine.load(program)
        except MemoryFault as error:
            raise DebuggerError(f"cannot load {rest}: {error.fault.message}") from None
        self.runner.breakpoints.keep_instructions_of(program)
        self._prepare()
        return f"Loaded {rest}, entry at 0x{program.entry:08X}"

    def _reset(self, rest: str) -> Generator[Request, Reply, str]:
        self._nothing_after(rest)
        program = self.machine.program
        if program is not None:
            self.machine.reload()
            self.runner.breakpoints.keep_instructions_of(program)
        yield from self._restart()
        return "VM reset"

    # -- the rest

    def _history(self, rest: str) -> str:
        self._nothing_after(rest)
        return "\n".join(f"{number:5}  {line}" for number, line in enumerate(self.commands, 1))

    def _help(self, rest: str) -> str:
        if not rest:
            return helping.overview()
        command = helping.BY_NAME.get(rest.lower())
        if command is None:
            raise DebuggerError(f"no help available for command: {rest}")
        return helping.page(command)

    def _quit(self, rest: str) -> Generator[Request, Reply, str]:
        status = self._value(rest) & 0xFF if rest else 0
        yield Say("Exiting debugger...")
        yield Leave(status)
        return ""

    _functions: ClassVar[dict[str, Callable[[Debugger, str], Result]]] = {
        "run": _run, "continue": _continue, "step": _step, "next": _next, "finish": _finish, "until": _until,
        "break": _break, "tbreak": _tbreak, "delete": _delete, "enable": _enable, "disable": _disable,
        "watch": lambda self, rest: self._watch_kind("watch", rest),
        "rwatch": lambda self, rest: self._watch_kind("rwatch", rest),
        "awatch": lambda self, rest: self._watch_kind("awatch", rest),
        "print": _print, "display": _display, "undisplay": _undisplay, "x": _x, "info": _info,
        "backtrace": _backtrace, "list": _list, "set": _set, "load": _load, "reset": _reset,
        "history": _history, "help": _help, "quit": _quit,
    }  # fmt: skip


assert set(Debugger._functions) == {command.names[0] for command in helping.COMMANDS}
