"""Performs every effect of a program on this computer: the command line's answer to `drive`."""

from __future__ import annotations

from emu.services.effects import AwaitInput, Now, Random, Warn, Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from emu.host.sandbox import SandboxedFiles
    from emu.host.stdio import Stdio
    from emu.services.effects import Answer, Effect


class HostPerformer:
    """Call it with an effect and it returns the answer. `close` it at the end, or use it in a `with` statement."""

    def __init__(
        self,
        stdio: Stdio,
        root: str | bytes,
        *,
        clock: Callable[[], int] | None = None,
        random: Callable[[], int] | None = None,
    ) -> None:
        """`root` is the directory that confines the program's files. It is first looked at when a file is opened.

        Without `clock` and `random`, time and random numbers are those of the system.
        """
        self.stdio = stdio
        self._root = root
        self._clock = clock
        self._random = random
        self._files: SandboxedFiles | None = None

    def __call__(self, effect: Effect) -> Answer:
        """Performs one effect. Raises OutputLost if a standard stream does not take output any more."""
        if isinstance(effect, Write):
            return self.stdio.write(effect.stream, effect.data)
        if isinstance(effect, (AwaitInput, Warn)):
            return self.stdio.perform(effect)
        if isinstance(effect, Now):
            if self._clock is None:
                from emu.host.clock import system_clock

                self._clock = system_clock
            return self._clock()
        if isinstance(effect, Random):
            if self._random is None:
                from emu.host.randomness import system_random

                self._random = system_random
            return self._random()
        return self.files.perform(effect)

    @property
    def files(self) -> SandboxedFiles:
        """The program's files."""
        if self._files is None:
            from emu.host.sandbox import SandboxedFiles

            self._files = SandboxedFiles(self._root)
        return self._files

    def close(self, *, interrupted: bool = False) -> None:
        """Closes the files a program left open and writes out its output. Raises OutputLost.

        With `interrupted` the output is dropped where nobody reads it.
        """
        if self._files is not None:
            self._files.close()
        if interrupted:
            self.stdio.flush_if_read()
        else:
            self.stdio.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()
