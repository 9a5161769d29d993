"""One side of a numbered subscription, without any I/O: what to send, and what the answers mean.

Theory of operation. A follower outlives connections. On each one the caller sends `subscribe()` and hands every
message it receives to `receive()`, which gives back the updates in it and moves `cursor`. The cursor is all that is
kept between connections: with it the next subscription goes on exactly behind the last update handed out.

Nothing is believed that can be checked. Each numbered event names its predecessor on the subscription (`prev`); it
must be the event processed last. Without a filter the numbers must also be dense. A resumed stream must start at the
cursor. Whatever fails raises GapError and leaves the cursor on the last good update. A heartbeat says how far the log
has come; one that claims more than was received, twice in a row and with credit left, raises LostTail. That may be a
false alarm, if heartbeats overtook an acknowledgement on a slow connection, but the remedy is harmless: connect
again.

```
  subscribe() --> SUBSCRIBING --subscribed--> FOLLOWING (replay, resume)
                                          \\-> EXPECTING --[reset] snapshot--> FOLLOWING --closed--> OVER
```
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from emu.client.errors import GapError, ProtocolError, SessionGone
from emu.client.updates import Cursor, Reset, Snapshot, read_event, read_picture
from emu.wire import stream as wire
from emu.wire.stream import (
    KINDS,
    ByeMessage,
    ClosedMessage,
    HeartbeatMessage,
    NoticeMessage,
    OutputMessage,
    ProblemMessage,
    ResetMessage,
    SnapshotMessage,
    StateMessage,
    SubscribedMessage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from emu.client.updates import Update
    from emu.wire.stream import AnyServerMessage, EventMessage


class LostTail(Exception):
    """The server has more than it sends. Another connection, behind the cursor, brings it."""


class Phase(Enum):
    """Where a subscription stands on the present connection."""

    SUBSCRIBING = auto()
    EXPECTING = auto()
    """A snapshot is due, perhaps behind a reset."""
    FOLLOWING = auto()
    OVER = auto()


class Follower:
    """Follows one session. `start` is `now` or `start`; a `cursor` wins over it. `window` (1 to 4096) is the credit."""

    def __init__(
        self,
        session_id: str,
        *,
        kinds: Sequence[str] = KINDS,
        cursor: Cursor | None = None,
        start: Literal["now", "start"] = "now",
        window: int | None = 256,
    ) -> None:
        self.session_id = session_id
        self.cursor = cursor
        self.high = 0
        """The newest event that the server has spoken of."""
        self.phase = Phase.SUBSCRIBING
        self.farewell: str | None = None
        """Why the server is about to close the connection, if it said so: `slow` or `shutdown`."""
        self._kinds = tuple(kinds)
        self._is_filtered = not set(KINDS) <= set(kinds)
        self._start = start
        self._window = window
        self._acknowledged = 0
        self._missing_since: int | None = None

    @property
    def is_over(self) -> bool:
        """`closed` was received; nothing follows."""
        return self.phase is Phase.OVER

    @property
    def is_established(self) -> bool:
        """The subscription has been confirmed on the present connection."""
        return self.phase in (Phase.FOLLOWING, Phase.OVER)

    # -- sending

    def subscribe(self) -> wire.Subscribe:
        """The message that begins or, behind the cursor, continues the stream on a new connection."""
        self.phase = Phase.SUBSCRIBING
        self.farewell = None
        self._missing_since = None
        return wire.Subscribe(
            version=2,
            session_id=self.session_id,
            events=list(self._kinds),
            cursor=None if self.cursor is None else wire.Cursor(self.cursor.epoch, self.cursor.seq),
            from_=self._start,
            window=self._window,
        )

    def acknowledge(self, *, at_once: bool = False) -> wire.Ack | None:
        """The acknowledgement that is due, if one is: every half window, or `at_once` for whatever is not yet said."""
        if self._window is None or self.cursor is None:
            return None
        owed = self.cursor.seq - self._acknowledged
        if owed <= 0 or (owed * 2 < self._window and not at_once):
            return None
        self._acknowledged = self.cursor.seq
        return wire.Ack(session_id=self.session_id, seq=self.cursor.seq)

    # -- receiving

    def receive(self, message: AnyServerMessage) -> list[Update]:
        """The updates that a message brings, usually one or none.

        Raises GapError, SessionGone, or ProtocolError. Messages for other sessions bring nothing.
        """
        if message.session_id != self.session_id:
            return []
        match message:
            case StateMessage() | OutputMessage() | NoticeMessage() | ClosedMessage():
                return [self._numbered(message)]
            case SubscribedMessage():
                self._subscribed(message)
            case ResetMessage():
                return [self._reset(message)]
            case SnapshotMessage():
                return [self._snapshot(message)]
            case HeartbeatMessage():
                self._heartbeat(message.data.high)
            case ByeMessage():
                self.farewell = message.data.code
            case ProblemMessage():
                if message.data.code == "unknown_session":
                    raise SessionGone
                raise ProtocolError(message.data.message or message.data.code)
            case _:
                pass
        return []

    def _subscribed(self, message: SubscribedMessage) -> None:
        if self.phase is not Phase.SUBSCRIBING:
            raise ProtocolError("a subscription was confirmed twice")
        self.high = max(self.high, message.data.high)
        if message.data.mode in ("snapshot", "reset"):
            self.phase = Phase.EXPECTING
            return
        beginning = Cursor(message.epoch, message.seq)
        expected = self.cursor or Cursor(beginning.epoch, 0)
        if beginning != expected:
            raise GapError(f"the stream goes on after {beginning.seq} instead of {expected.seq}", expected)
        self._begin(beginning)

    def _begin(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._acknowledged = cursor.seq
        self.phase = Phase.FOLLOWING

    def _reset(self, message: ResetMessage) -> Reset:
        self.high = message.data.high
        self.phase = Phase.EXPECTING
        return Reset(Cursor(message.epoch, self.high), message.data.reason, message.data.low, self.high)

    def _snapshot(self, message: SnapshotMessage) -> Snapshot:
        if self.phase is not Phase.EXPECTING:
            raise ProtocolError("a snapshot came that nothing announced")
        cursor = Cursor(message.epoch, message.seq)
        self._begin(cursor)
        return Snapshot(cursor, read_picture(message.data), message.data.console, message.data.console_truncated)

    def _numbered(self, message: EventMessage) -> Update:
        last = self.cursor
        if self.phase is not Phase.FOLLOWING or last is None:
            raise ProtocolError(f"update {message.seq} came while the subscription was {self.phase.name.lower()}")
        if message.epoch != last.epoch:
            raise GapError(f"the epoch changed from {last.epoch!r} to {message.epoch!r} without a reset", last)
        if message.prev != last.seq or message.seq <= last.seq:
            raise GapError(f"update {message.seq} follows {message.prev}, but the last one was {last.seq}", last)
        if not self._is_filtered and message.seq != last.seq + 1:
            raise GapError(f"update {message.seq} came directly after {last.seq}", last)
        self.cursor = Cursor(last.epoch, message.seq)
        self.high = max(self.high, message.seq)
        self._missing_since = None
        if isinstance(message, ClosedMessage):
            self.phase = Phase.OVER
        return read_event(message, self.cursor)

    def _heartbeat(self, high: int) -> None:
        if self.cursor is None:
            return
        self.high = max(self.high, high)
        has_credit = self._window is None or self.cursor.seq - self._acknowledged < self._window
        if self._is_filtered or not has_credit or self.high == self.cursor.seq:
            self._missing_since = None
        elif self._missing_since == self.cursor.seq:
            raise LostTail(f"the log has come to {self.high}, but nothing after {self.cursor.seq} arrives")
        else:
            self._missing_since = self.cursor.seq
