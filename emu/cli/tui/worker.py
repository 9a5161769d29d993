"""A command in a worker thread: what needs no user is answered there.

Theory of operation. `advance` lets a command (see `emu.debugger.interface`) go on until it needs somebody, which may
take millions of instructions. The thread comes back with what it cannot answer, and at the program's next turn after
`want`. Whoever has called `advance` may touch the machine again when it has returned, and not before. The thread cannot
be cancelled, but as `want` also makes the machine pause, it is soon back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from emu.debugger.interface import Interrupted, Leave, ReadProgram, ReadText, Say, Turn
from emu.services.effects import AwaitInput, Stream, Warn, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.debugger.interface import Reply, Request, Session
    from emu.isa.machine import Machine
    from emu.services.effects import Answer, Effect

MOST_OUTPUT = 1 << 17
"""Bytes of a piece of output that are kept from one turn to the next; of more, the end."""

MOST_PIECES = 64
"""Pieces of output that are kept likewise; a new one begins where the stream changes."""


class Worker:
    """The thread that executes, and the output that it has collected."""

    def __init__(self, machine: Machine, perform: Callable[[Effect], Answer]) -> None:
        """`perform` carries out the effects of system calls other than on the console; it is called in the thread."""
        self._machine = machine
        self._perform = perform
        self.is_busy = False
        """Whether the thread has the machine."""
        self.skips_turns = False
        """Whether turns that nobody wants are passed over. The first of a run tells that it has begun."""
        self._is_wanted = False
        self._written: list[tuple[bool, bytearray]] = []

    def want(self) -> None:
        """Makes the thread come back soon, if it is away."""
        if self.is_busy:
            self._is_wanted = True
            self._machine.pause()

    async def advance(self, session: Session, answer: Reply | Interrupted) -> Request | None:
        """Lets the command go on with the answer to its last request. Its next request, None at its end."""
        self.is_busy = True
        try:
            return await trio.to_thread.run_sync(self._pump, session, answer)
        finally:
            self.is_busy = self._is_wanted = False

    def take_output(self) -> list[tuple[bool, bytes]]:
        """What the program has written since the last time: whether to the error stream, and what."""
        written, self._written = self._written, []
        return [(is_error, bytes(data[-MOST_OUTPUT:])) for is_error, data in written]

    def _pump(self, session: Session, answer: Reply | Interrupted) -> Request | None:
        try:
            request = session.throw(answer) if isinstance(answer, Interrupted) else session.send(answer)
            while True:
                if isinstance(request, (Say, Leave, ReadProgram, ReadText, AwaitInput)):
                    return request
                if isinstance(request, Turn):
                    if self._is_wanted or not self.skips_turns:
                        return request
                    request = session.send(None)
                elif isinstance(request, Write):
                    self._keep(request.stream is Stream.STDERR, request.data)
                    request = session.send(None)
                elif isinstance(request, Warn):
                    self._keep(True, f"warning: {request.text}\n".encode("utf-8", "replace"))
                    request = session.send(None)
                else:
                    request = session.send(self._perform(request))
        except StopIteration:
            return None

    def _keep(self, is_error: bool, data: bytes) -> None:
        """Collects output in pieces as long as possible, for the program may write single bytes."""
        written = self._written
        if not written or written[-1][0] is not is_error or len(written[-1][1]) > MOST_OUTPUT:
            written.append((is_error, bytearray()))
            del written[:-MOST_PIECES]
        written[-1][1].extend(data)
