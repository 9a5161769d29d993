"""What a debugger asks of its front end. Besides these, it passes on the effects of the program's system calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Generator

    from emu.isa.program import Program
    from emu.services.effects import Answer
    from emu.services.effects import Effect as ServiceEffect


@frozen
class Say:
    """Show this to the user. `text` may have several lines and does not end in a line feed. Answer: None."""

    text: str


@frozen
class Turn:
    """The program runs and goes on when this is answered. Answer: None, or throw Interrupted."""


@frozen
class ReadProgram:
    """Assemble or load the program in this file. Answer: the program, or a text saying why there is none."""

    path: str


@frozen
class ReadText:
    """Read this text file. Answer: its lines as a tuple, or a text saying why there are none."""

    path: str


@frozen
class Leave:
    """The user wants to leave. Answer: None."""

    status: int


class Interrupted(Exception):
    """Thrown into a command instead of an answer: the user wants the program to stop."""


if TYPE_CHECKING:
    Request: TypeAlias = Say | Turn | ReadProgram | ReadText | Leave | ServiceEffect
    Reply: TypeAlias = Answer | Program | tuple[str, ...] | str
    Session: TypeAlias = Generator[Request, Reply, None]


class DebuggerError(Exception):
    """A command that cannot be carried out; the text says why."""
