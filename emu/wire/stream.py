"""Messages of the update stream (spec delivery.md section 2, websocket-api.md sections 2 to 4).

A numbered event is an envelope: `seq` is its number, `prev` the number of the event sent before it on the same
subscription. Version 1 carries `seq` only.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct, field

from emu.wire.models import U32, U64, Flags, RegisterValues, Request

MAX_MESSAGE = 8192
"""Bytes of payload of every message in either direction, except a snapshot."""

MAX_SNAPSHOT = 1 << 20
"""Bytes of payload of a snapshot."""

KINDS = ("state", "output", "event")
"""What a subscriber may choose from; `closed` always comes."""

MAX_WINDOW = 4096

Seq = Annotated[int, Meta(ge=0, le=0x7FFF_FFFF_FFFF_FFFF)]


class Cursor(Struct, rename="camel", frozen=True):
    """The last event processed."""

    epoch: Annotated[str, Meta(max_length=64)]
    seq: Seq


# -- client to server


class ClientMessage(Request, frozen=True):
    """What can be read of any message before its type is known."""

    type: str = ""
    session_id: str = ""


class Subscribe(Request, frozen=True):
    """Follow a session. `events` are the kinds wanted, none for all."""

    type: str = "subscribe"
    version: Annotated[int, Meta(ge=1, le=2)] = 1
    session_id: str = ""
    events: list[str] = field(default_factory=list)
    cursor: Cursor | None = None
    from_: Literal["now", "start"] = field(default="now", name="from")
    window: Annotated[int, Meta(ge=1, le=MAX_WINDOW)] | None = None


class LegacySubscribe(Request, frozen=True):
    """The part of a subscription that version 1 knows."""

    session_id: str = ""
    events: list[str] = field(default_factory=list)


class Ack(Request, frozen=True):
    """Everything up to `seq` is processed."""

    seq: Seq
    type: str = "ack"
    session_id: str = ""


class Unsubscribe(Request, frozen=True):
    """No more of this session."""

    type: str = "unsubscribe"
    session_id: str = ""


# -- data of server messages


class StateData(Struct, rename="camel", frozen=True, omit_defaults=True):
    """One picture of the machine. `state` repeats `status` without underscores."""

    status: str
    pc: U32
    registers: RegisterValues
    flags: Flags
    state: str
    cycles: U64
    has_write: bool
    error: str = ""
    write_addr: U32 = 0
    write_size: U32 = 0
    exit_code: int | None = None


class SnapshotData(StateData, frozen=True, kw_only=True):
    """A picture and the console text that goes with it, whole or its tail."""

    console: str
    console_truncated: bool = False


class OutputData(Struct, rename="camel", frozen=True):
    """Text that the program wrote, or the echo of its input. `stream` is `stdout` or `stderr`."""

    content: str
    stream: str


class NoticeData(Struct, rename="camel", frozen=True, omit_defaults=True):
    """Something worth saying beside a state."""

    event: str
    address: U32 | None = None
    symbol: str = ""
    message: str = ""


class ClosedData(Struct, rename="camel", frozen=True):
    """Why a session ended: `deleted`, `expired`, `failed` or `shutdown`."""

    reason: str


class SubscribedData(Struct, rename="camel", frozen=True):
    """How the stream starts: `snapshot`, `replay`, `resume` or `reset`."""

    mode: str
    low: Seq
    high: Seq


class ResetData(Struct, rename="camel", frozen=True):
    """Why a cursor cannot be continued: `epoch`, `trimmed` or `ahead`."""

    reason: str
    low: Seq
    high: Seq


class HeartbeatData(Struct, rename="camel", frozen=True):
    """The newest number there is."""

    high: Seq


class ByeData(Struct, rename="camel", frozen=True):
    """Why the server closes the connection (`slow`, `shutdown`), and where to resume."""

    code: str
    cursor: Cursor


class ProblemData(Struct, rename="camel", frozen=True):
    """Why a request cannot be served: `unknown_session` or `bad_request`."""

    code: str
    message: str


class UnsubscribedData(Struct, rename="camel", frozen=True):
    """Where to resume."""

    cursor: Cursor


# -- server to client


class ServerMessage(Struct, rename="camel", frozen=True, tag_field="type"):
    """Base of what the server sends."""

    session_id: str


class NumberedMessage(ServerMessage, frozen=True, kw_only=True):
    """An event of the log."""

    seq: Seq
    prev: Seq | None = None
    epoch: str = ""


class StateMessage(NumberedMessage, frozen=True, tag="state", kw_only=True):
    """The state changed."""

    data: StateData


class OutputMessage(NumberedMessage, frozen=True, tag="output", kw_only=True):
    """The program wrote text."""

    data: OutputData


class NoticeMessage(NumberedMessage, frozen=True, tag="event", kw_only=True):
    """Something happened that goes with a state."""

    data: NoticeData


class ClosedMessage(NumberedMessage, frozen=True, tag="closed", kw_only=True):
    """The session is gone; nothing follows for it."""

    data: ClosedData


class SubscribedMessage(ServerMessage, frozen=True, tag="subscribed", kw_only=True):
    """The stream starts after `seq`."""

    epoch: str
    seq: Seq
    data: SubscribedData


class SnapshotMessage(ServerMessage, frozen=True, tag="snapshot", kw_only=True):
    """All effects up to `seq`, none after."""

    epoch: str
    seq: Seq
    data: SnapshotData


class ResetMessage(ServerMessage, frozen=True, tag="reset", kw_only=True):
    """A cursor cannot be continued. A snapshot follows."""

    epoch: str
    data: ResetData


class HeartbeatMessage(ServerMessage, frozen=True, tag="heartbeat", kw_only=True):
    """Nothing happened, up to `high`."""

    epoch: str
    data: HeartbeatData


class ByeMessage(ServerMessage, frozen=True, tag="bye", kw_only=True):
    """The last message before the server closes the connection."""

    data: ByeData


class ProblemMessage(ServerMessage, frozen=True, tag="problem", kw_only=True):
    """A request cannot be served. The connection stays open."""

    data: ProblemData


class UnsubscribedMessage(ServerMessage, frozen=True, tag="unsubscribed", kw_only=True):
    """The subscription has ended."""

    data: UnsubscribedData


EventMessage: TypeAlias = StateMessage | OutputMessage | NoticeMessage | ClosedMessage
"""The kinds that are entries of the log."""

AnyServerMessage: TypeAlias = (
    EventMessage
    | SubscribedMessage
    | SnapshotMessage
    | ResetMessage
    | HeartbeatMessage
    | ByeMessage
    | ProblemMessage
    | UnsubscribedMessage
)

SERVER_MESSAGE = msgspec.json.Decoder(AnyServerMessage)
"""Decodes whatever the server sends. Raises msgspec.DecodeError."""


class EventPage(Struct, rename="camel", frozen=True):
    """Consecutive events of a log, and the range that can be had."""

    epoch: str
    low: Seq
    high: Seq
    events: list[EventMessage]
