"""Runs the full-screen debugger: one task for the terminal, one for commands, the program in a worker thread.

Theory of operation. A command is a generator of requests (see `emu.debugger.interface`). Between two requests it may
execute millions of instructions, so it is advanced in a worker thread, which answers by itself what needs no user:
output, files, time. It comes back for the rest, and whenever the program takes a turn and somebody wants to look. Only
while it is back is the machine read or the screen drawn; a tick asks the machine to pause so that it comes back soon,
and typing does the same. So the screen is drawn at most `FRAMES` times a second however fast the program is, and the
user never waits for the program.

Whatever ends the application (leaving, a signal, an error), the worker is told to pause and waited for, and then the
terminal is put back.
"""

from __future__ import annotations

import math
import signal
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import trio
import urwid

from emu.cli.tui.actions import EndInput, Execute, Feed, Interrupt, Redraw, Toggle
from emu.cli.tui.surface import PALETTE, Surface, use_colours
from emu.cli.tui.worker import Worker
from emu.debugger.commands.points import toggle
from emu.debugger.expressions import ExpressionError
from emu.debugger.interface import DebuggerError, Interrupted, Leave, ReadProgram, ReadText, Say, Turn
from emu.services.effects import AwaitInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emu.cli.tui.actions import Action
    from emu.cli.tui.interface import Interface
    from emu.debugger.interface import Reply, Session
    from emu.debugger.panels.lines import Style
    from emu.isa.program import Program
    from emu.services.effects import Answer, Effect

    Key: TypeAlias = str | tuple[str, int, int, int]

FRAMES = 30
"""Pictures a second, at most."""

RUNNING_FRAMES = 12
"""Pictures a second while the program runs and nobody types: each of them interrupts it for a moment."""

HELP = ("help", "h", "?")
WHILE_RUNNING = ("stop", "info", "i", "print", "p", *HELP, "quit", "q", "exit")

PATIENCE = 0.15
"""Seconds after which a command counts as running; what is typed in less waits for its end, such as a second step."""

MOST_WAITING = 100
"""Lines that wait for a command's end."""

SIGNAL_STATUS = 128


class Application:
    """The full-screen debugger on one terminal."""

    def __init__(
        self,
        interface: Interface,
        perform: Callable[[Effect], Answer],
        read_program: Callable[[str], Program | str],
        read_text: Callable[[str], tuple[str, ...] | str],
        script: Sequence[str] = (),
    ) -> None:
        """`perform` carries out the effects of system calls other than on the console, in a worker thread.

        The commands of `script` come first, one after the other, however long they take.
        """
        self.interface = interface
        self._debugger = interface.debugger
        self._worker = Worker(interface.debugger.machine, perform)
        self._read_program = read_program
        self._read_text = read_text
        self._surface = Surface(self._resized)
        self._screen = urwid.display.raw.Screen(bracketed_paste_mode=False, focus_reporting=False)
        self._loop = urwid.MainLoop(
            self._surface,
            [(style, *colours[:2], colours[2]) for style, colours in PALETTE.items()],
            self._screen,
            event_loop=urwid.TrioEventLoop(),
            input_filter=self._filter,
        )
        self._size = (0, 0)
        self._script = deque(script)
        self._lines: deque[str] = deque()
        self._more = trio.Event()
        self._typed: deque[bytes | None] = deque()
        self._input = trio.Event()
        self._is_talking = False
        """Whether a command is being carried out."""
        self._began_talking = trio.Event()
        self._is_dirty = True
        self._drawn = self._began = -math.inf
        self._stop_wanted = False
        self._presses = 0
        self._status = 0
        self._scope = trio.CancelScope()

    # -- life

    async def run(self) -> int:
        """Until somebody leaves. Returns the exit status."""
        if not use_colours():
            self._screen.set_terminal_properties(colors=1)
        keys = self._screen.tty_signal_keys
        with self._scope, self._loop.start():
            keys(intr="undefined", quit="undefined", start="undefined", stop="undefined")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._signals)
                nursery.start_soon(self._commands)
                nursery.start_soon(self._ticks)
                nursery.start_soon(self._terminal)
        return self._status

    async def _terminal(self) -> None:
        event_loop = self._loop.event_loop
        assert isinstance(event_loop, urwid.TrioEventLoop)
        try:
            await event_loop.run_async()
        except* (OSError, urwid.display.InputClosedError):
            pass  # the terminal has gone, for reading and perhaps for writing at the same time
        self._leave(SIGNAL_STATUS + signal.SIGHUP)

    async def _signals(self) -> None:
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGHUP, signal.SIGINT) as received:
            async for number in received:
                if number == signal.SIGINT:
                    self._do(Interrupt())
                else:
                    self._leave(SIGNAL_STATUS + number)

    def _leave(self, status: int) -> None:
        self._status = status
        self._scope.cancel()

    # -- keys and pictures

    def _filter(self, keys: list[Key], _raw: list[int]) -> list[Key]:
        """Takes all keys out of urwid's hands, but for the news of another size."""
        for key in keys:
            action = None
            if isinstance(key, tuple):
                self._presses = 0
                action = self.interface.mouse(*key)
            elif key != "window resize":
                if key != "ctrl c":
                    self._presses = 0
                action = self.interface.key(key)
            if action is not None:
                self._do(action)
        self._want_picture()
        return [key for key in keys if key == "window resize"]

    def _do(self, action: Action) -> None:
        match action:
            case Execute():
                self._give(action.line)
            case Toggle():
                self._toggle(action.address)
            case Feed():
                data = action.text.encode("utf-8", "surrogateescape") + b"\n"
                self.interface.output.write(data, "echo")
                self._feed(data)
            case EndInput():
                self._feed(None)
            case Interrupt():
                self._interrupt()
            case Redraw():
                self._screen.clear()
        self._want_picture()

    def _give(self, line: str) -> None:
        if _word(line) == "stop":
            self._stop()
        elif len(self._lines) < MOST_WAITING:
            self._lines.append(line)
            self._more.set()
            self._input.set()
            self._worker.want()

    def _toggle(self, address: int) -> None:
        if self.interface.is_running:
            self._say("Error: the program is running; stop it first", "error")
            return
        try:
            self._say(toggle(self._debugger, address))
        except (DebuggerError, ExpressionError) as error:
            self._say(f"Error: {error}", "error")

    def _interrupt(self) -> None:
        self._presses += 1
        if self._presses > 1:
            self._leave(self._status)
        elif self._is_talking:
            self._stop()
        else:
            self._say("Ctrl-C again leaves; so does quit", "stop")

    def _stop(self) -> None:
        if not self._is_talking:
            self._say("The program is not running")
            return
        self._stop_wanted = True
        self._lines.clear()
        self._input.set()
        self._worker.want()

    def _feed(self, data: bytes | None) -> None:
        self._typed.append(data)
        self._input.set()

    def _say(self, text: str, style: Style = "text") -> None:
        if style == "text" and text.startswith("Error"):
            style = "error"
        elif style == "text" and text.startswith(("Stopped", "Program exited", "Runtime error")):
            style = "error" if text.startswith("Runtime") else "stop"
        first, _, rest = text.partition("\n")
        self.interface.status.say(first, style)
        if rest:
            self.interface.status.say(rest)

    def _resized(self, columns: int, rows: int) -> None:
        self._size = (columns, rows)
        self._want_picture()

    def _want_picture(self) -> None:
        self._is_dirty = True
        if not self._worker.is_busy:
            self._draw()
        elif trio.current_time() - self._drawn > 1 / FRAMES:
            self._worker.want()

    def _draw(self) -> None:
        """Draws if the machine is at rest and the last picture is old enough; else a later tick will."""
        columns, rows = self._size
        if self._worker.is_busy or not columns:
            return
        if self.interface.is_running and trio.current_time() - self._drawn < 1 / FRAMES:
            return
        self._is_dirty = False
        self._drawn = trio.current_time()
        self._surface.show(self.interface.draw(columns, rows))

    async def _ticks(self) -> None:
        """Makes a running program come back often enough to be looked at, and soon when somebody types."""
        try:
            while True:
                if not self._is_talking or self.interface.is_waiting:
                    self._began_talking = trio.Event()
                    await self._began_talking.wait()
                await trio.sleep(1 / FRAMES)
                if not self._worker.is_busy:
                    if self._is_dirty:
                        self._draw()
                elif self._is_dirty or trio.current_time() - self._drawn >= 1 / RUNNING_FRAMES:
                    self._is_dirty = True
                    self._worker.want()
        finally:
            self._worker.want()  # the end of everything must not wait for a program that computes

    # -- commands

    async def _commands(self) -> None:
        while True:
            while self._script or self._lines:
                await self._carry_out((self._script or self._lines).popleft())
            self._more = trio.Event()
            await self._more.wait()

    async def _carry_out(self, line: str) -> None:
        interface = self.interface
        shown = line.strip() or self._debugger.last
        if shown:
            interface.status.say(f"> {shown}", "echo")
        if self._own_command(shown):
            self._want_picture()
            return
        interface.changes.begin()
        self._stop_wanted = False
        self._is_talking = True
        self._worker.skips_turns = False
        self._began_talking.set()
        self._began = trio.current_time()
        try:
            await self._converse(line, self._debugger.execute(line))
        finally:
            self._is_talking = False
            self._show_output()
            interface.stopped()
            self._want_picture()

    def _own_command(self, line: str) -> bool:
        word, _, rest = line.partition(" ")
        if word.lower() not in ("memory", "mem"):
            return False
        memory = self.interface.memory
        if not rest.strip():
            memory.is_pinned = False
            memory.follow()
            return True
        try:
            memory.go(self._debugger.place(rest))
        except ExpressionError as error:
            self._say(f"Error: failed to evaluate expression: {error.message}")
        except DebuggerError as error:
            self._say(f"Error: {error}")
        return True

    def _say_or_show(self, line: str, text: str) -> None:
        """Help is too long for the Status panel."""
        if _word(line) in HELP and not self._debugger.failed:
            self.interface.show_page(line.strip(), text.split("\n"))
        else:
            self._say(text)

    async def _converse(self, line: str, session: Session) -> None:
        answer: Reply | Interrupted = None
        while True:
            request = await self._worker.advance(session, answer)
            self._show_output()
            if request is None:
                return
            match request:
                case Say():
                    self._say_or_show(line, request.text)
                    answer = None
                case Leave():
                    self._leave(request.status)
                    await trio.lowlevel.checkpoint()
                case ReadProgram():
                    answer = await trio.to_thread.run_sync(self._read_program, request.path)
                case ReadText():
                    answer = await trio.to_thread.run_sync(self._read_text, request.path)
                case AwaitInput():
                    answer = await self._await_input()
                case _:
                    assert isinstance(request, Turn)
                    answer = await self._turn()

    async def _turn(self) -> Interrupted | None:
        """The program has paused: look at it, carry out what may be carried out meanwhile, and go on."""
        self.interface.is_running = self._worker.skips_turns = True
        if trio.current_time() - self._began > PATIENCE:
            self.interface.looked()
            self._see_to_lines()
            self._draw()
        self._take_input()
        await trio.lowlevel.checkpoint()
        if self._stop_wanted:
            self._stop_wanted = False
            return Interrupted()
        return None

    def _see_to_lines(self) -> None:
        """What was typed while the program runs: some commands only look, the others are refused."""
        while self._lines:
            line = self._lines.popleft()
            self._say(f"> {line.strip()}", "echo")
            if _word(line) in WHILE_RUNNING:
                self._meanwhile(line)
            else:
                self._say("Error: the program is running; stop or Ctrl-C stops it")

    def _meanwhile(self, line: str) -> None:
        """A command that only looks; it is over at once."""
        for request in self._debugger.execute(line):
            if isinstance(request, Say):
                self._say_or_show(line, request.text)
            elif isinstance(request, Leave):
                self._leave(request.status)

    async def _await_input(self) -> Interrupted | None:
        """Until there is a line for the program, or it shall stop."""
        console = self._debugger.runner.services.console
        buffered = console.buffered
        self.interface.looked()
        while not self._stop_wanted:
            self._input = trio.Event()
            self._take_input()
            if console.buffered > buffered or console.closed:
                break
            self._see_to_lines()
            if not self.interface.is_waiting:
                self.interface.waits(True)
            self._drawn = -math.inf  # the program does nothing now: there is no hurry, and no later tick
            self._draw()
            await self._input.wait()
        self.interface.waits(False)
        self._began_talking.set()
        if self._stop_wanted:
            self._stop_wanted = False
            return Interrupted()
        return None

    def _take_input(self) -> None:
        console = self._debugger.runner.services.console
        while self._typed:
            data = self._typed.popleft()
            if console.closed:
                self._say("Error: the program's input has ended")
            elif data is None:
                console.close()
            else:
                console.feed(data)

    def _show_output(self) -> None:
        for is_error, data in self._worker.take_output():
            self.interface.output.write(data, "stderr" if is_error else "text", is_error=is_error)


def _word(line: str) -> str:
    """The command's word in a line."""
    return line.strip().partition(" ")[0].partition("/")[0].lower()
