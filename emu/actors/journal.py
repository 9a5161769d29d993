"""The input journal of a session: everything from outside, with the instruction count at which it took effect.

Theory of operation. A session's core is a deterministic function of the calls made to it: commands, pieces of
execution, periodic reports, holds, the end; and of the answers its program got to questions about files, time and
random numbers. The journal is the list of these. `replay` makes the same calls on a fresh core and gets the same
registers, memory and events.

Pieces of execution that were cut by the clock and published nothing are joined, so a program that only computes adds
one entry for each periodic report and no more. The journal is bounded; when it is full it stops being kept and says
so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, frozen

from emu.actors.commands import Load, LoadElf, SendInput
from emu.actors.debug_commands import CarryOut, ChangeBreakpoint, PutBreakpoint, WriteMemory

if TYPE_CHECKING:
    from emu.actors.commands import AnyCommand
    from emu.actors.events import CloseReason
    from emu.actors.options import SessionOptions
    from emu.services.effects import Answer

ENTRY_BYTES = 200
"""What an entry costs in memory beside its data; an estimate."""
LIMIT = 16 << 20
"""Estimated bytes that a journal grows to."""


@frozen
class Commanded:
    """A command was carried out, or refused."""

    at: int
    command: AnyCommand


@frozen
class Executed:
    """A piece of the program: `count` instructions. `ended` if it ended by itself and was not cut."""

    at: int
    count: int
    ended: bool


@frozen
class Reported:
    """The periodic state of a running program was published."""

    at: int


@frozen
class Held:
    """Execution was held because a subscriber lags."""

    at: int


@frozen
class Released:
    """Execution may go on."""

    at: int


@frozen
class Ended:
    """The session was closed."""

    at: int
    reason: CloseReason


@frozen
class Crashed:
    """The session failed and was closed. What the program did in the piece that failed is unknown."""

    at: int
    message: str


Entry: TypeAlias = Commanded | Executed | Reported | Held | Released | Ended | Crashed


@frozen
class Answered:
    """An answer from outside, given while the program was at `at` instructions."""

    at: int
    answer: Answer


class Journal:
    """See the module's docstring. Not safe for two threads at once; a session's turn is in one at a time."""

    def __init__(self, options: SessionOptions, limit: int = LIMIT) -> None:
        self.options = options
        self.entries: list[Entry] = []
        self.answers: list[Answered] = []
        self.is_complete = True
        """False once the journal was given up because it became too large. Then it is empty."""
        self.size = 0
        self._limit = limit

    def add(self, entry: Entry) -> None:
        """Appends an entry."""
        if self.is_complete:
            self.entries.append(entry)
            self._grow(ENTRY_BYTES + _extra(entry))

    def add_answer(self, at: int, answer: Answer) -> None:
        """Appends an answer."""
        if self.is_complete:
            self.answers.append(Answered(at, answer))
            self._grow(ENTRY_BYTES + (len(answer) if isinstance(answer, bytes) else 0))

    def add_executed(self, at: int, count: int, *, ended: bool, joins: bool) -> None:
        """Appends a piece of execution. `joins` if nothing was published since the piece before it began."""
        if not self.is_complete:
            return
        last = self.entries[-1] if self.entries else None
        if joins and isinstance(last, Executed) and not last.ended and last.at + last.count == at:
            self.entries[-1] = evolve(last, count=last.count + count, ended=ended)
        else:
            self.add(Executed(at, count, ended))

    def _grow(self, size: int) -> None:
        self.size += size
        if self.size > self._limit:
            self.is_complete = False
            self.entries.clear()
            self.answers.clear()


def _extra(entry: Entry) -> int:
    if isinstance(entry, Commanded):
        command = entry.command
        if isinstance(command, Load):
            return len(command.source)
        if isinstance(command, LoadElf):
            return len(command.image) + sum(len(text) for _, text in command.sources)
        if isinstance(command, SendInput):
            return len(command.text)
        if isinstance(command, WriteMemory):
            return len(command.data)
        if isinstance(command, CarryOut):
            return len(command.line)
        if isinstance(command, PutBreakpoint | ChangeBreakpoint):
            return len(command.condition or "")
    return 0
