"""Panels that are lists of text: breakpoints, what the debugger said, what the program wrote."""

from __future__ import annotations

import codecs
from collections import deque
from typing import TYPE_CHECKING

from emu.debugger import views
from emu.debugger.panels.lines import joined, line, safe, wrapped
from emu.debugger.panels.panel import Panel

if TYPE_CHECKING:
    from emu.debugger.debugger import Debugger
    from emu.debugger.panels.lines import Line, Span, Style

MOST_LINES = 5000
"""Lines that a log keeps."""

LONGEST_LINE = 4096
"""Characters after which a log begins a new line: the program may never write a line feed."""


class Points(Panel):
    """Breakpoints and watchpoints with their labels, conditions and counts."""

    name = "Breakpoints/Watchpoints"

    def __init__(self, debugger: Debugger) -> None:
        super().__init__()
        self._debugger = debugger
        self._lines: list[Line] = []

    def bounds(self) -> tuple[int, int]:
        """See Panel."""
        return 0, max(0, len(self._lines) - 1)

    def prepare(self, columns: int) -> None:
        """See Panel."""
        runner = self._debugger.runner
        lines: list[Line] = []
        for entry in runner.breakpoints:
            name = self._debugger.index.place(entry.address)
            text = views.breakpoint_line(entry)
            spans: list[tuple[Style, str]] = [
                ("breakpoint", "* ") if entry.enabled else ("disabled", "o "),
                ("text" if entry.enabled else "disabled", safe(text)),
                ("label", f" <{safe(name)}>" if name else ""),
            ]
            lines.append(tuple(spans))
        for watch in runner.watchpoints:
            style: Style = "text" if watch.enabled else "disabled"
            lines.append(
                (("breakpoint" if watch.enabled else "disabled", "w "), (style, safe(views.watch_line(watch))))
            )
        self._lines = lines

    def row(self, number: int, columns: int) -> Line:
        """See Panel."""
        return self._lines[number] if self._lines else line("none; F9 or `break PLACE` sets one", "dim")


class Log(Panel):
    """Lines that come one after the other. Shows the end unless somebody has scrolled up."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._open: list[Span] = []
        self._rows: deque[Line] = deque(maxlen=2 * MOST_LINES)
        self._open_rows: list[Line] = []
        self._columns = 0
        self._is_at_end = True
        self._decoders = {True: _decoder(), False: _decoder()}

    def say(self, text: str, style: Style = "text") -> None:
        """Adds whole lines."""
        self._close()
        for each in text.split("\n"):
            self._add(line(safe(each), style))

    def write(self, data: bytes, style: Style = "text", *, is_error: bool = False) -> None:
        """Adds what a program writes, wherever its lines end."""
        text = self._decoders[is_error].decode(data).replace("\r\n", "\n")
        first, *others = text.split("\n")
        self._append(first, style)
        for each in others:
            self._close(always=True)
            self._append(each, style)

    def _append(self, text: str, style: Style) -> None:
        while text:
            room = LONGEST_LINE - sum(len(piece) for _, piece in self._open)
            self._open.append((style, safe(text[:room])))
            text = text[room:]
            if text:
                self._close()

    def _close(self, *, always: bool = False) -> None:
        if self._open or always:
            self._add(joined(self._open))
            self._open = []

    def _add(self, added: Line) -> None:
        self._lines.append(added)
        if self._columns:
            self._rows.extend(wrapped(added, self._columns))

    def clear(self) -> None:
        """Forgets everything."""
        self._lines.clear()
        self._rows.clear()
        self._open = []

    def bounds(self) -> tuple[int, int]:
        """See Panel."""
        return 0, len(self._rows) + len(self._open_rows) - 1

    def prepare(self, columns: int) -> None:
        """See Panel."""
        if columns != self._columns:
            self._columns = columns
            self._rows.clear()
            for each in self._lines:
                self._rows.extend(wrapped(each, columns))
        self._open_rows = wrapped(joined(self._open), columns) if self._open else []
        if self._is_at_end:
            self.top = len(self._rows) + len(self._open_rows)

    def _keep_inside(self) -> None:
        super()._keep_inside()
        self._is_at_end = self.top + self.height > self.bounds()[1]

    def row(self, number: int, columns: int) -> Line:
        """See Panel."""
        beyond = number - len(self._rows)
        return self._rows[number] if beyond < 0 else self._open_rows[beyond]


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("surrogateescape")
