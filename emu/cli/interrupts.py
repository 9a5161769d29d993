"""Ctrl-C while a guest program runs.

Theory of operation. The machine must not be torn out of an instruction, nor the console out of a write, so the signal
only leaves a note and asks the machine to pause; the note is read before each effect and between two slices of
execution. While the program waits for
input the machine stands in front of a SWI and nothing is half done: there the signal raises KeyboardInterrupt at once.
A second Ctrl-C raises it wherever it is, in case whoever reads the output has stopped reading.
"""

from __future__ import annotations

import signal

from emu.services.effects import AwaitInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Self

    from emu.isa.machine import Machine
    from emu.services.effects import Answer, Effect


class CtrlC:
    """Inside a `with` statement, SIGINT raises KeyboardInterrupt only where the state of the machine is whole."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._pressed = False
        self._waiting = False
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_problem: object) -> None:
        if self._before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._waiting or self._pressed:
            raise KeyboardInterrupt
        self._pressed = True
        self._machine.pause()

    def check(self) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed since the `with` statement began."""
        if self._pressed:
            raise KeyboardInterrupt

    def guard(self, perform: Callable[[Effect], Answer]) -> Callable[[Effect], Answer]:
        """`perform`, interruptible."""

        def guarded(effect: Effect) -> Answer:
            self._waiting = isinstance(effect, AwaitInput)
            try:
                self.check()
                return perform(effect)
            finally:
                self._waiting = False

        return guarded
