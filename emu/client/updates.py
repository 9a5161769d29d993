"""The updates of a session as values, and how they are read from messages.

`seq` is the number of the event in the session's log; a `Snapshot` and a `Reset` carry the number of the last event
they include.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from attrs import frozen

from emu.client.errors import ProtocolError
from emu.wire.stream import (
    SERVER_MESSAGE,
    ClosedMessage,
    NoticeMessage,
    OutputMessage,
    StateMessage,
)

if TYPE_CHECKING:
    from emu.wire.models import Flags, RegisterValues
    from emu.wire.stream import AnyServerMessage, EventMessage, StateData

EVENT_TYPES = ("state", "output", "event", "closed")
OTHER_TYPES = ("subscribed", "snapshot", "reset", "heartbeat", "bye", "problem", "unsubscribed")

REGISTERS = ("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc")


@frozen
class Cursor:
    """A place in the log of a session: everything up to `seq` (0: nothing yet) is processed."""

    epoch: str
    seq: int


@frozen
class Picture:
    """One consistent picture of the machine. Registers are R0 to R12, SP, LR, PC; flags are N, Z, C, V."""

    status: str
    registers: tuple[int, ...]
    flags: tuple[bool, bool, bool, bool]
    cycles: int = 0
    error: str | None = None
    exit_code: int | None = None

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self.registers[15]


@frozen
class State:
    """The session changed its state, or reports its registers while it runs."""

    cursor: Cursor
    picture: Picture

    @property
    def seq(self) -> int:
        """The number of the event."""
        return self.cursor.seq

    @property
    def status(self) -> str:
        """`idle`, `running`, `waiting_for_input`, `breakpoint`, `halted` or `error`."""
        return self.picture.status


@frozen
class Output:
    """Text that the program wrote, or the echo of its input."""

    cursor: Cursor
    stream: str
    content: str

    @property
    def seq(self) -> int:
        """The number of the event."""
        return self.cursor.seq


@frozen
class Notice:
    """Something worth saying beside a state, such as `breakpoint_hit`."""

    cursor: Cursor
    name: str
    message: str = ""
    address: int | None = None
    symbol: str | None = None

    @property
    def seq(self) -> int:
        """The number of the event."""
        return self.cursor.seq


@frozen
class Snapshot:
    """The session as of `seq`: all effects up to it, none after. Stands in for the events up to there."""

    cursor: Cursor
    picture: Picture
    console: str
    is_truncated: bool = False
    """The console text is only the tail of what was written."""

    @property
    def seq(self) -> int:
        """The number of the last event whose effects are included."""
        return self.cursor.seq


@frozen
class Reset:
    """The stream could not be continued where it was left: `epoch`, `trimmed` or `ahead`. A Snapshot follows.

    `low` and `high` are the oldest and the newest event that the server can still give.
    """

    cursor: Cursor
    reason: str
    low: int
    high: int

    @property
    def seq(self) -> int:
        """The newest event of the server."""
        return self.cursor.seq


@frozen
class Closed:
    """The session is gone: `deleted`, `expired`, `failed` or `shutdown`. Nothing follows."""

    cursor: Cursor
    reason: str

    @property
    def seq(self) -> int:
        """The number of the event."""
        return self.cursor.seq


Update: TypeAlias = State | Output | Notice | Snapshot | Reset | Closed


# -- reading messages


def read_message(payload: str | bytes) -> AnyServerMessage | None:
    """The message in a frame; None if it is of a type that this client does not know. Raises ProtocolError."""
    try:
        message: AnyServerMessage = SERVER_MESSAGE.decode(payload)
    except msgspec.DecodeError as error:
        if _is_unknown(payload):
            return None
        raise ProtocolError(f"the server sent {payload[:200]!r}: {error}") from error
    return message


def _is_unknown(payload: str | bytes) -> bool:
    try:
        value = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return False
    return (
        isinstance(value, dict)
        and isinstance(value.get("type"), str)
        and value["type"] not in EVENT_TYPES + OTHER_TYPES
    )


def read_registers(values: RegisterValues) -> tuple[int, ...]:
    """R0 to R12, SP, LR, PC."""
    return tuple(getattr(values, name) for name in REGISTERS)


def read_flags(flags: Flags) -> tuple[bool, bool, bool, bool]:
    """N, Z, C, V."""
    return flags.n, flags.z, flags.c, flags.v


def read_picture(data: StateData) -> Picture:
    """The picture in the data of a state or a snapshot."""
    return Picture(
        status=data.status,
        registers=read_registers(data.registers),
        flags=read_flags(data.flags),
        cycles=data.cycles,
        error=data.error or None,
        exit_code=data.exit_code,
    )


def read_event(message: EventMessage, cursor: Cursor) -> Update:
    """A numbered event."""
    match message:
        case StateMessage():
            return State(cursor, read_picture(message.data))
        case OutputMessage():
            return Output(cursor, message.data.stream, message.data.content)
        case NoticeMessage():
            data = message.data
            return Notice(cursor, data.event, data.message, data.address, data.symbol or None)
        case ClosedMessage():
            return Closed(cursor, message.data.reason)
