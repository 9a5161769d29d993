"""The updates of a session as values, and how they are read from the messages of delivery.md section 2.

`seq` is the number of the event in the session's log; a `Snapshot` and a `Reset` carry the number of the last event
they include. Unknown members of a message are ignored; a missing or ill-typed one raises ProtocolError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from emu.client.errors import ProtocolError

KINDS = ("state", "output", "event")
"""What a subscriber can choose from; `closed` always comes."""

REGISTERS = ("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc")

Message: TypeAlias = Mapping[str, object]


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


def text(message: Message, name: str) -> str:
    """The member `name`, which must be a string."""
    value = message.get(name)
    if not isinstance(value, str):
        raise ProtocolError(f"member {name!r} is {value!r}, not a string")
    return value


def number(message: Message, name: str) -> int:
    """The member `name`, which must be a whole number and not negative."""
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ProtocolError(f"member {name!r} is {value!r}, not a whole number")
    return value


def members(message: Message, name: str) -> Message:
    """The member `name`, which must be an object."""
    value = message.get(name)
    if not isinstance(value, dict):
        raise ProtocolError(f"member {name!r} is {value!r}, not an object")
    return value


def _optional_text(message: Message, name: str) -> str | None:
    return None if message.get(name) is None else text(message, name)


def _optional_number(message: Message, name: str) -> int | None:
    return None if message.get(name) is None else number(message, name)


def read_flags(data: Message) -> tuple[bool, bool, bool, bool]:
    """The flags N, Z, C, V of an object with the members n, z, c, v."""
    n, z, c, v = (data.get(name) is True for name in "nzcv")
    return n, z, c, v


def read_picture(data: Message) -> Picture:
    """The picture in the data of a state or snapshot message (websocket-api.md 4.1)."""
    registers = members(data, "registers")
    return Picture(
        status=text(data, "status"),
        registers=tuple(number(registers, name) for name in REGISTERS),
        flags=read_flags(members(data, "flags")),
        cycles=_optional_number(data, "cycles") or 0,
        error=_optional_text(data, "error"),
    )


def read_snapshot(cursor: Cursor, data: Message) -> Snapshot:
    """The data of a `snapshot` message."""
    return Snapshot(cursor, read_picture(data), text(data, "console"), data.get("consoleTruncated") is True)


def read_event(kind: str, cursor: Cursor, data: Message) -> Update:
    """The data of a numbered event of one of the kinds `state`, `output`, `event`, `closed`."""
    match kind:
        case "state":
            return State(cursor, read_picture(data))
        case "output":
            return Output(cursor, text(data, "stream"), text(data, "content"))
        case "event":
            return Notice(
                cursor,
                text(data, "event"),
                _optional_text(data, "message") or "",
                _optional_number(data, "address"),
                _optional_text(data, "symbol"),
            )
        case "closed":
            return Closed(cursor, text(data, "reason"))
        case _:
            raise ProtocolError(f"no event is of kind {kind!r}")
