"""The console of a program on the standard streams of this process.

Theory of operation. Output is collected and written in large pieces: a program that prints character by character
would spend its time in the kernel otherwise. Nobody can tell, because the buffer is written out before anything that
could make the delay visible: before input is waited for, before anything goes to the error stream, at each line end
when the output is a terminal, whenever the buffer has grown large, and when the owner calls `flush`, which it does at
the end and now and then during a long computation. The error stream is not buffered, so both streams keep their
common order.

The streams are used through their file descriptors. Nothing else may buffer on them meanwhile: flush `sys.stdout`
first.

A read or a write may last for ever: nobody types, nobody reads. While that is so `stuck` is true, and a signal handler
that finds it so may raise: what was being written is given up then, and nothing is written twice. `before_waiting` is
called before each read and write and may raise as well; then nothing has happened yet.

When standard output takes no more (closed pipe, full disk), the owner learns it by OutputLost, once, with a typed
error. With `keep_going` nothing is raised: the program runs to its end, its output is dropped, and each further Write
is answered with the error. A lost error stream is never worth stopping for.
"""

from __future__ import annotations

import os

from emu.services.effects import AwaitInput, HostError, Stream, Warn, Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.services.console import ConsoleInput
    from emu.services.effects import Answer

BUFFER_LIMIT = 1 << 16
"""Bytes that are collected before they are written."""

_READ_SIZE = 1 << 16

_GRACE = 0.1
"""Seconds that a reader has for taking the next piece of an interrupted program's output."""

_ALWAYS_FITS = 512
"""What a pipe that is ready for output takes without waiting (POSIX's least PIPE_BUF)."""


class OutputLost(Exception):
    """Standard output does not take output any more. `error.kind` is CLOSED_PIPE, NO_SPACE or OTHER."""

    def __init__(self, error: HostError) -> None:
        super().__init__(f"cannot write to standard output: {error.message}")
        self.error = error


class Stdio:
    """Performs Write, Warn and AwaitInput."""

    def __init__(
        self,
        console: ConsoleInput,
        *,
        stdin: int = 0,
        stdout: int = 1,
        stderr: int = 2,
        keep_going: bool = False,
    ) -> None:
        """Input goes to `console`; the streams are open file descriptors, which stay open."""
        self._console = console
        self._stdin = stdin
        self._stdout = stdout
        self._stderr = stderr
        self._keep_going = keep_going
        self._under_way: tuple[int, bool] | None = None
        self.before_waiting: Callable[[], None] | None = None
        self._pending = bytearray()
        self._by_line = _is_terminal(stdout)
        self._lost: dict[Stream, HostError] = {}

    def perform(self, effect: Write | Warn | AwaitInput) -> Answer:
        """Performs one effect. Raises OutputLost (see above); what was collected is dropped then."""
        if isinstance(effect, Write):
            return self.write(effect.stream, effect.data)
        if isinstance(effect, AwaitInput):
            self.flush()
            self._read()
            return None
        self.write(Stream.STDERR, f"warning: {effect.text}\n".encode("utf-8", "replace"))
        return None

    def write(self, stream: Stream, data: bytes) -> HostError | None:
        """Appends `data` to a stream. Raises OutputLost."""
        if stream is Stream.STDERR:
            self.flush()
            return self._write_all(stream, self._stderr, bytearray(data))
        self._pending += data
        if len(self._pending) >= BUFFER_LIMIT or (self._by_line and b"\n" in data):
            self.flush()
        return self._lost.get(stream)

    def flush(self) -> None:
        """Writes out what was collected. Raises OutputLost."""
        if self._pending:
            self._write_all(Stream.STDOUT, self._stdout, self._pending)

    def flush_if_read(self) -> None:
        """Writes out what was collected as long as somebody takes it, and drops the rest. Raises OutputLost.

        For the end of a program that was interrupted, perhaps because nobody reads what it writes.
        """
        while self._pending:
            if not _wait(self._stdout, for_output=True, seconds=_GRACE):
                self._pending.clear()
                return
            piece = self._pending[:_ALWAYS_FITS]
            del self._pending[:_ALWAYS_FITS]
            self._write_all(Stream.STDOUT, self._stdout, piece)

    @property
    def stuck(self) -> bool:
        """Whether a read or a write is under way for which nobody is at the other end now. For signal handlers."""
        if self._under_way is None:
            return False
        descriptor, for_output = self._under_way
        return not _wait(descriptor, for_output=for_output, seconds=0)

    @property
    def lost(self) -> HostError | None:
        """Why standard output was lost, if it was."""
        return self._lost.get(Stream.STDOUT)

    def _write_all(self, stream: Stream, descriptor: int, data: bytearray) -> HostError | None:
        error = self._lost.get(stream)
        while data and error is None:
            self._begin(descriptor, for_output=True)
            try:
                del data[: os.write(descriptor, data)]
            except BlockingIOError:
                _wait(descriptor, for_output=True)
            except OSError as problem:
                from emu.host.errors import host_error

                error = self._lost[stream] = host_error(problem)
                if stream is Stream.STDOUT and not self._keep_going:
                    data.clear()
                    raise OutputLost(error) from None
            except KeyboardInterrupt:
                data.clear()
                raise
            finally:
                self._under_way = None
        data.clear()
        return error

    def _begin(self, descriptor: int, *, for_output: bool) -> None:
        self._under_way = descriptor, for_output
        if self.before_waiting is not None:
            try:
                self.before_waiting()
            except BaseException:
                self._under_way = None
                raise

    def _read(self) -> None:
        if self._console.closed:
            return
        while True:
            self._begin(self._stdin, for_output=False)
            try:
                data = os.read(self._stdin, _READ_SIZE)
            except BlockingIOError:
                _wait(self._stdin, for_output=False)
                continue
            except OSError:
                # An input that cannot be read (closed, a directory, a lost terminal) has nothing more to say.
                data = b""
            finally:
                self._under_way = None
            break
        if data:
            self._console.feed(data)
        else:
            self._console.close()


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:  # pragma: no cover - isatty answers False for a closed descriptor on the systems at hand
        return False


def _wait(descriptor: int, *, for_output: bool, seconds: float | None = None) -> bool:
    """Waits until a descriptor is ready, at most so many seconds. Whether it is."""
    from select import select

    readable, writable, _ = select([] if for_output else [descriptor], [descriptor] if for_output else [], [], seconds)
    return bool(readable or writable)
