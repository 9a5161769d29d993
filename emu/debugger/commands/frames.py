"""The call stack: all of it, and a frame that is looked at. Registers stay those of the innermost one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.debugger import views
from emu.debugger.commands.looking import text_of
from emu.debugger.interface import DebuggerError
from emu.debugger.unwinding import call_stack

if TYPE_CHECKING:
    from collections.abc import Generator

    from emu.debugger.debugger import Debugger, Function
    from emu.debugger.interface import Reply, Request


def _backtrace(debugger: Debugger, rest: str) -> str:
    debugger.nothing_after(rest)
    return views.backtrace(debugger.machine, debugger.index)


def _frame(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    return _selected(debugger, debugger.number(rest, "frame") if rest else debugger.frame_number())


def _up(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    return _selected(debugger, debugger.frame_number() + debugger.count(rest))


def _down(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    number = debugger.frame_number()
    if not number:
        raise DebuggerError("this is the innermost frame")
    return _selected(debugger, max(0, number - debugger.count(rest)))


def _selected(debugger: Debugger, number: int) -> Generator[Request, Reply, str]:
    """Selects a frame and shows it, with the source line it is at."""
    index = debugger.index
    frames = call_stack(debugger.machine)
    if number >= len(frames):
        raise DebuggerError(f"there is no frame {number}; the outermost is {len(frames) - 1}")
    place = frames[number].address - (4 if number else 0)
    debugger.select_frame(number, place)
    told = views.frame_line(index, number, frames[number]).strip()
    line = index.line_at(place)
    if line is None:
        return told
    text = line.text
    if not text:
        lines = yield from text_of(debugger, line.file)
        text = lines[line.line - 1] if isinstance(lines, tuple) and line.line <= len(lines) else ""
    return f"{told}\n{line.line:>5}  {text.strip()}" if text else told


FUNCTIONS: dict[str, Function] = {"backtrace": _backtrace, "frame": _frame, "up": _up, "down": _down}
