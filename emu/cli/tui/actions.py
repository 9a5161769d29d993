"""What the user asks for with a key, a click or a line: a closed union."""

from __future__ import annotations

from typing import TypeAlias

from attrs import frozen


@frozen
class Execute:
    """Carry out a command of the debugger, as if it had been typed."""

    line: str


@frozen
class Toggle:
    """Set or remove a breakpoint."""

    address: int


@frozen
class Feed:
    """Give the program a line of input, without its line feed."""

    text: str


@frozen
class EndInput:
    """Tell the program that no more input will come."""


@frozen
class Interrupt:
    """Ctrl-C: stop the program, or leave."""


@frozen
class Redraw:
    """Paint the whole screen anew."""


Action: TypeAlias = Execute | Toggle | Feed | EndInput | Interrupt | Redraw
