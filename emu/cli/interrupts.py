"""Ctrl-C while a guest program runs.

Theory of operation. The machine must not be torn out of an instruction, so the signal only leaves a note and asks the
machine to pause; the note is read between two slices of execution. While the program waits for input, or for somebody
to read its output, the machine stands in front of a SWI and nothing is half done: there the signal raises
KeyboardInterrupt at once. A second Ctrl-C raises it wherever it is.
"""

from __future__ import annotations

import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Self

    from emu.host.stdio import Stdio
    from emu.isa.machine import Machine


class CtrlC:
    """Inside a `with` statement, SIGINT raises KeyboardInterrupt only where the state of the machine is whole."""

    def __init__(self, machine: Machine, stdio: Stdio) -> None:
        """`stdio` is the console of the program that `machine` runs."""
        self._machine = machine
        self._stdio = stdio
        self._pressed = False
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._handle)
        self._stdio.before_waiting = self.check
        return self

    def __exit__(self, *_problem: object) -> None:
        self._stdio.before_waiting = None
        if self._before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._stdio.stuck or self._pressed:
            raise KeyboardInterrupt
        self._pressed = True
        self._machine.pause()

    def check(self) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed since the `with` statement began."""
        if self._pressed:
            raise KeyboardInterrupt
