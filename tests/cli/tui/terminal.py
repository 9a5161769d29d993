"""A real process on a real pseudo-terminal, with somebody who looks at the screen: pyte draws what arrives."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from tests.cli.command import TIME_LIMIT, command_line, environment

KEYS = {
    "f1": "\x1bOP", "f5": "\x1b[15~", "f6": "\x1b[17~", "f9": "\x1b[20~", "f10": "\x1b[21~", "f11": "\x1b[23~",
    "shift f11": "\x1b[23;2~", "tab": "\t", "shift tab": "\x1b[Z", "enter": "\r", "up": "\x1b[A", "down": "\x1b[B",
    "page up": "\x1b[5~", "page down": "\x1b[6~", "home": "\x1b[H", "end": "\x1b[F", "ctrl c": "\x03", "ctrl d": "\x04",
    "ctrl l": "\x0c", "backspace": "\x7f",
}  # fmt: skip
"""What a terminal sends."""


class Terminal:
    """`emu WORDS` in a terminal of some size. Nothing here sleeps: it waits until the screen shows what is expected."""

    def __init__(
        self,
        *words: str | Path,
        cwd: Path,
        size: tuple[int, int] = (160, 50),
        module: str = "emu",
        variables: dict[str, str] | None = None,
    ) -> None:
        self.columns, self.rows = size
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.leader, self.follower = pty.openpty()
        self._set_size(*size)
        self.settings = termios.tcgetattr(self.follower)
        line = command_line(*words)
        line[line.index("emu")] = module
        self.process = subprocess.Popen(
            line, stdin=self.follower, stdout=self.follower, stderr=self.follower, cwd=cwd,
            env=environment(TERM="xterm-256color", XDG_STATE_HOME=str(cwd / "state"), **(variables or {})),
            start_new_session=True,
        )  # fmt: skip
        self.raw = b""

    def resize(self, columns: int, rows: int) -> None:
        """Somebody drags the window's corner."""
        self._set_size(columns, rows)
        self.screen.resize(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, *keys: str) -> None:
        """Presses keys; what is no key's name is typed."""
        os.write(self.leader, "".join(KEYS.get(key, key) for key in keys).encode())

    def click(self, x: int, y: int, button: int = 0) -> None:
        """Presses and releases a mouse button at a column and a row that count from 0; 64 and 65 turn the wheel."""
        self.send(f"\x1b[<{button};{x + 1};{y + 1}M")
        if button < 64:
            self.send(f"\x1b[<{button};{x + 1};{y + 1}m")

    def until(self, *texts: str, absent: str | None = None) -> str:
        """Reads until the screen has all of the texts, and not the absent one. Gives the screen."""
        deadline = time.monotonic() + TIME_LIMIT
        while not self._shows(texts, absent):
            assert select.select([self.leader], [], [], max(0, deadline - time.monotonic()))[0], self._report(texts)
            try:
                data = os.read(self.leader, 65536)
            except OSError:
                data = b""
            assert data, self._report(texts)
            self.raw += data
            self._stream.feed(data)
        return self.text

    def _shows(self, texts: tuple[str, ...], absent: str | None) -> bool:
        shown = self.text
        return all(text in shown for text in texts) and (absent is None or absent not in shown)

    def _report(self, texts: tuple[str, ...]) -> str:
        return f"never seen: {texts}\n{self.text}"

    @property
    def text(self) -> str:
        """The screen as it is now."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def row(self, text: str) -> int:
        """The first row of the screen that has a text."""
        return next(number for number, line in enumerate(self.screen.display) if text in line)

    def column(self, text: str) -> int:
        """The column at which the text begins, in the first row that has it."""
        return self.screen.display[self.row(text)].index(text)

    def colour(self, text: str, offset: int = 0) -> str:
        """The colour of a text's first character, or of a later one."""
        return str(self.screen.buffer[self.row(text)][self.column(text) + offset].fg)

    def end(self) -> int:
        """Waits for the process; reads what it says at its end."""
        while True:
            has_ended = self.process.poll() is not None
            if select.select([self.leader], [], [], 0 if has_ended else 0.02)[0]:
                data = os.read(self.leader, 65536)
                self.raw += data
                self._stream.feed(data)
            elif has_ended:
                return self.process.wait()

    def is_restored(self) -> bool:
        """Whether the terminal is as it was: the ordinary screen, a cursor, no mouse, the old settings."""
        return (
            self.raw.rfind(b"\x1b[?1049l") > self.raw.rfind(b"\x1b[?1049h")
            and self.raw.rfind(b"\x1b[?25h") > self.raw.rfind(b"\x1b[?25l")
            and self.raw.rfind(b"\x1b[?1000l") > self.raw.rfind(b"\x1b[?1000h")
            and termios.tcgetattr(self.follower) == self.settings
        )

    def hang_up(self) -> None:
        """The window is closed."""
        os.close(self.leader)
        os.close(self.follower)
        self.leader = self.follower = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.leader >= 0:
            self.hang_up()
