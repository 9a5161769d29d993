"""What happens in a session, as numbered, immutable values (spec delivery.md section 1).

An event is one entry of a session's log. Its `seq` is dense and starts at 1. Four kinds of payload exist, and `Closed`
is always the last. Nothing here knows how an event looks on a wire.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from attrs import frozen


class Status(Enum):
    """The state of a session. The value is its name on the wire (spec http-api.md 4.1)."""

    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting_for_input"
    BREAKPOINT = "breakpoint"
    HALTED = "halted"
    ERROR = "error"

    @property
    def is_active(self) -> bool:
        """A program is being executed, even if it waits for input."""
        return self in (Status.RUNNING, Status.WAITING)


class CloseReason(Enum):
    """Why a session ended."""

    DELETED = "deleted"
    EXPIRED = "expired"
    FAILED = "failed"
    SHUTDOWN = "shutdown"


@frozen
class StateChanged:
    """One consistent picture of the machine. Registers are R0 to R12, SP, LR, PC, 32-bit unsigned."""

    status: Status
    registers: tuple[int, ...]
    flags: tuple[bool, bool, bool, bool]
    cycles: int
    instructions: int
    error: str | None = None
    """The text of the fault; only with status ERROR."""
    exit_code: int | None = None
    """The program's exit code, signed; only with status HALTED after an exit call."""
    last_store: tuple[int, int] | None = None
    """(address, size in bytes) of the last store of the most recent run or step."""

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self.registers[15]


@frozen
class Output:
    """Text that the program wrote, or the echo of its input. Never empty; at most 4000 bytes as UTF-8."""

    stream: str
    """`stdout` or `stderr`."""
    content: str


@frozen
class Notice:
    """Something worth saying beside a state, or something that a debugger's page shows has changed.

    `name` is `breakpoint_hit`, `halted`, `error`, `held` or `released`; or one of `CHANGES`.
    """

    name: str
    message: str = ""
    address: int | None = None
    symbol: str | None = None


CHANGES = frozenset({"loaded", "breakpoints", "watchpoints", "memory"})
"""Notices that say what is to be read again: the program and its source; the list of breakpoints or of watchpoints;
memory at `address`, which was written from outside.
"""


@frozen
class Closed:
    """The session is gone."""

    reason: CloseReason


Payload: TypeAlias = StateChanged | Output | Notice | Closed


@frozen
class Event:
    """One entry of a session's log."""

    seq: int
    payload: Payload

    @property
    def kind(self) -> str:
        """`state`, `output`, `event` or `closed`."""
        return KINDS[type(self.payload)]


KINDS: dict[type, str] = {StateChanged: "state", Output: "output", Notice: "event", Closed: "closed"}
