"""`emu debug`: the debugger at a command prompt.

Theory of operation. Commands and the program's input come line by line from the same place; the program gets a line
only while it waits for one. On a terminal the prompt has line editing, completion and a history that is kept between
sessions. Ctrl-C stops a running program and leads back to the prompt.
"""

from __future__ import annotations

import os
from collections import deque

from emu.cli import output, programs, sources
from emu.cli.debug_completion import completions
from emu.cli.debug_history import history_file
from emu.cli.interrupts import CtrlC
from emu.cli.options import DIRECTORIES, FILES, Command, Example, Operand, Option
from emu.cli.status import CLOSED_PIPE, FAILURE, SUCCESS, CommandError, UsageError
from emu.debugger.debugger import HISTORY_LIMIT, Debugger
from emu.debugger.interface import Interrupted, Leave, ReadProgram, ReadText, Say, Turn
from emu.host.performer import HostPerformer
from emu.host.stdio import OutputLost, Stdio
from emu.isa.layout import MAX_STACK_SIZE, REGION_SIZE, Layout
from emu.isa.machine import Machine
from emu.services.effects import AwaitInput, Stream, Write
from emu.services.services import Services

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, ModuleType

    from emu.cli.options import Arguments
    from emu.debugger.interface import Reply, Request
    from emu.isa.program import Program

PROMPT = "(arm-dbg) "

_DELIMITERS = " \t\n+-*/%&|^~!()[]<>=,:'\""

COMMAND = Command(
    "debug",
    "Assembles FILE and stops in front of its first instruction, at a command prompt. `help` lists the commands. An "
    "empty line repeats the last one. The program reads its input from the same terminal, a line whenever it waits for "
    "one; Ctrl-C stops it.",
    options=(
        Option("command", "carry out the commands in FILE first", value="FILE", completes=FILES),
        Option("tui", "the whole screen: source, registers, memory, stack and more, with function keys and mouse"),
        Option("batch", "no greeting and no prompt; end after the commands, with status 1 at the first that fails"),
        Option("max-cycles", "a fault after N cycles; 0 is no limit, and the default", value="N", number=True),
        Option(
            "stack-size",
            f"bytes of stack, up to {MAX_STACK_SIZE:#x}; default {REGION_SIZE}",
            value="BYTES",
            number=True,
            highest=MAX_STACK_SIZE,
        ),
        programs.MEMORY,
        programs.ENTRY,
        Option("fsroot", "the directory of the program's files", value="DIRECTORY", completes=DIRECTORIES),
        Option("seed", "make random numbers repeatable", value="N", number=True, lowest=-(1 << 63)),
        Option("stack-guard", "a fault when SP falls below the stack"),
        programs.DEFINE,
    ),
    operands=(
        Operand("FILE", "a source or an ELF executable"),
        Operand("ARGUMENTS", "words for the program", optional=True, repeats=True),
    ),
    options_first=True,
    examples=(
        Example("emu debug sieve.s", "stop in front of the first instruction"),
        Example("emu debug --tui sieve.s", "on the whole screen; F1 explains the keys"),
        Example("emu debug --command setup.txt sieve.s", "with breakpoints set by a file of commands"),
        Example("emu debug --batch --command check.txt sieve.s", "without anybody at the keyboard"),
    ),
    notes="Commands in ~/.config/emu/debugger come first, except in a batch: a place for aliases. "
    "Exit status: 0, or what `quit STATUS` says; 1 if a command failed in a batch.",
)


def execute(arguments: Arguments) -> int:
    """Debugs a program and returns what the shell shall see."""
    if arguments.switch("tui"):
        _require_screen(arguments)
    script = _script(arguments.text("command"))
    if not arguments.switch("batch"):
        script = deque((*_own_commands(), *(script or ())))
    root = arguments.text("fsroot") or "."
    if not os.path.isdir(root):
        raise CommandError(f"--fsroot {root} is not a directory")
    program = _program(arguments.operands[0], arguments)
    machine = Machine(_layout(arguments), stack_guard=arguments.switch("stack-guard"))
    machine.cycle_limit = arguments.number("max-cycles") or 0
    machine.load(program)
    places = machine.memory_map
    path, words = arguments.operands[0], arguments.operands[1:]
    services = Services(
        [os.fsencode(word) for word in words],
        (places.heap_start, places.heap_end),
        stack=(places.stack_start, places.stack_top),
        name=os.fsencode(os.path.basename(path)),
    )

    def prepare() -> None:
        services.prepare(machine, machine.memory_map.stack_start)

    try:
        prepare()
    except ValueError as error:
        raise CommandError(str(error), hint="--stack-size gives the program a larger stack") from None
    if arguments.switch("tui"):
        from emu.cli.tui.starting import run

        return run(
            Debugger(machine, services, prepare),
            _performer(arguments, Stdio(services.console), root),
            lambda path: _read_program(path, arguments),
            script or (),
        )
    terminal = Terminal(arguments, Debugger(machine, services, prepare), root)
    try:
        return terminal.converse(program, script)
    except OutputLost:
        return CLOSED_PIPE


def _require_screen(arguments: Arguments) -> None:
    """Raises UsageError or CommandError if the full screen cannot be had."""
    if arguments.switch("batch"):
        raise UsageError("--tui is for people, --batch for scripts", hint="emu debug --batch --command FILE")
    hint = "emu debug without --tui works everywhere"
    if not (os.isatty(0) and os.isatty(1)) or os.environ.get("TERM") in (None, "", "dumb"):
        raise CommandError("--tui needs a terminal that can move its cursor", hint=hint)
    columns, rows = os.get_terminal_size(1)
    if columns < 80 or rows < 24:
        raise CommandError(f"--tui needs 80 columns and 24 rows; this terminal has {columns} and {rows}", hint=hint)


def _performer(arguments: Arguments, stdio: Stdio, root: str) -> HostPerformer:
    seed = arguments.number("seed")
    if seed is None:
        return HostPerformer(stdio, root)
    from emu.host.randomness import SeededRandom

    return HostPerformer(stdio, root, random=SeededRandom(seed))


def _read_program(path: str, arguments: Arguments) -> Program | str:
    try:
        return _program(path, arguments)
    except CommandError as error:
        return error.message or f"cannot load {path}"


def _layout(arguments: Arguments) -> Layout:
    stack_size = arguments.number("stack-size")
    return Layout() if stack_size is None else Layout(stack_size=stack_size)


def _program(path: str, arguments: Arguments) -> Program:
    return programs.loaded(
        path,
        arguments,
        _layout(arguments),
        memory_size=arguments.number("memory"),
        stack_size=arguments.number("stack-size"),
    )


def _script(path: str | None) -> deque[str] | None:
    """The commands in a file, without empty lines and comments."""
    if path is None:
        return None
    lines = sources.read(path).data.decode("utf-8", "replace").splitlines()
    return deque(line for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _own_commands() -> deque[str]:
    """What the user wants to be carried out first in every conversation: aliases and the like."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    path = os.path.join(folder, "emu", "debugger")
    return (_script(path) if os.path.isfile(path) else None) or deque()


class Lines:
    """Standard input, a line at a time, for whoever asks."""

    def __init__(self) -> None:
        self._buffer = b""
        self._ended = False

    def next(self) -> bytes | None:
        """The next line with its line feed, None at the end."""
        while b"\n" not in self._buffer and not self._ended:
            try:
                chunk = os.read(0, 1 << 16)
            except OSError:
                chunk = b""
            self._ended = not chunk and not os.isatty(0)
            self._buffer += chunk
            if not chunk:
                break
        line, feed, self._buffer = self._buffer.partition(b"\n")
        return line + feed or None


class PromptCtrlC(CtrlC):
    """Also interrupts the program's wait for a line, during which the machine stands in front of a SWI."""

    reads_input = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.reads_input:
            raise KeyboardInterrupt
        super()._handle(number, frame)


class Terminal:
    """A conversation with a debugger on the standard streams."""

    def __init__(self, arguments: Arguments, debugger: Debugger, root: str) -> None:
        self._arguments = arguments
        self._debugger = debugger
        self._is_batch = arguments.switch("batch")
        self._lines = Lines()
        self._stdio = Stdio(debugger.runner.services.console)
        self._performer = _performer(arguments, self._stdio, root)
        self._left: int | None = None
        self._is_inside_line = False
        self._editing = None if self._is_batch else _line_editing(debugger)

    def converse(self, program: Program, script: deque[str] | None) -> int:
        """Until somebody leaves. Returns the exit status."""
        if not self._is_batch:
            count = len(program.instruction_addresses)
            self._say(f"emu debugger: {program.name}, {count} instructions, entry at 0x{program.entry:08X}")
            self._say("Type 'help' for the commands, 'quit' to leave.\n")
        try:
            while self._left is None:
                line = self._next_line(script)
                if line is None:
                    break
                self._carry_out(line)
                if self._is_batch and self._debugger.failed:
                    self._left = FAILURE
        finally:
            self._performer.close(interrupted=True)
            if self._editing is not None:
                _save_history(self._editing)
        return SUCCESS if self._left is None else self._left

    def _next_line(self, script: deque[str] | None) -> str | None:
        if script:
            return script.popleft()
        if self._is_batch and script is not None:
            return None
        if self._editing is not None:
            try:
                line = input(PROMPT)
            except EOFError:
                output.write("\n")
                return None
            except KeyboardInterrupt:
                output.write("\n")
                return self._next_line(script)
            if line.strip() and (not self._debugger.commands or self._debugger.commands[-1] != line.strip()):
                self._editing.add_history(line)
            return line
        if not self._is_batch:
            output.write(PROMPT)
        data = self._lines.next()
        return None if data is None else data.decode("utf-8", "replace")

    def _carry_out(self, line: str) -> None:
        session = self._debugger.execute(line)
        with PromptCtrlC(self._debugger.machine, self._stdio) as ctrl_c:
            try:
                request = next(session)
                while True:
                    try:
                        answer = self._perform(request, ctrl_c)
                    except KeyboardInterrupt:
                        self._stdio.before_waiting = None
                        self._is_inside_line = os.isatty(0)  # the terminal has shown ^C
                        request = session.throw(Interrupted())
                    else:
                        request = session.send(answer)
            except (StopIteration, Interrupted):
                pass
            except KeyboardInterrupt:
                self._say("Error: interrupted; the command was cut short")
        self._stdio.flush()

    def _perform(self, request: Request, ctrl_c: PromptCtrlC) -> Reply:
        match request:
            case Say():
                self._say(request.text)
            case Turn():
                ctrl_c.check()
                self._stdio.flush()
            case Leave():
                self._left = request.status
            case ReadProgram():
                return _read_program(request.path, self._arguments)
            case ReadText():
                return programs.read_text(request.path, self._debugger.machine.program)
            case AwaitInput():
                self._await_input(ctrl_c)
            case _:
                if isinstance(request, Write) and request.data:
                    self._is_inside_line = request.stream is Stream.STDOUT and not request.data.endswith(b"\n")
                return self._performer(request)
        return None

    def _say(self, text: str) -> None:
        self._stdio.flush()
        lines = ["", *text.split("\n")] if self._is_inside_line else text.split("\n")
        self._is_inside_line = False
        output.write("\n".join(map(output.printable, lines)) + "\n")

    def _await_input(self, ctrl_c: PromptCtrlC) -> None:
        self._stdio.flush()
        ctrl_c.reads_input = True
        try:
            ctrl_c.check()
            line = self._lines.next()
        finally:
            ctrl_c.reads_input = False
        self._is_inside_line = False
        console = self._debugger.runner.services.console
        if line is not None:
            console.feed(line)
        else:
            console.close()


def _line_editing(debugger: Debugger) -> ModuleType | None:
    """The readline module, set up, where standard input and output are a terminal that has it."""
    if not (os.isatty(0) and os.isatty(1)):
        return None
    try:
        import readline
    except ImportError:  # pragma: no cover - not every Python has it
        return None
    readline.set_auto_history(False)
    readline.set_history_length(HISTORY_LIMIT)
    readline.set_completer_delims(_DELIMITERS)

    def complete(_text: str, state: int) -> str | None:
        found = completions(debugger, readline.get_line_buffer()[: readline.get_endidx()])
        if len(found) == 1 and found[0][-1] not in ":/":
            found = [found[0] + " "]
        return found[state] if state < len(found) else None

    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    try:
        readline.read_history_file(history_file())
    except OSError:
        pass
    return readline


def _save_history(readline: ModuleType) -> None:
    path = history_file()
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        readline.write_history_file(path)
    except OSError:
        pass
