"""One side of a numbered subscription, without any I/O: what to send, and what the answers mean.

Theory of operation. A follower outlives connections. On each one the caller sends `subscribe()` and hands every
message it receives to `receive()`, which gives back the updates in it and moves `cursor`. The cursor is all that is
kept between connections: with it the next subscription goes on exactly behind the last update handed out.

Nothing is believed that can be checked. Each numbered event names its predecessor on the subscription (`prev`); it
must be the event processed last. Without a filter the numbers must also be dense. A resumed stream must start at the
cursor. A heartbeat says how far the log has come; one that claims more than was received, twice in a row and with
credit left, means a lost tail. Whatever fails raises GapError and leaves the cursor on the last good update.

```
  subscribe() --> SUBSCRIBING --subscribed--> FOLLOWING (replay, resume)
                                          \\-> EXPECTING --[reset] snapshot--> FOLLOWING --closed--> OVER
```
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from emu.client.errors import GapError, ProtocolError, SessionGone
from emu.client.updates import KINDS, Cursor, Reset, members, number, read_event, read_snapshot, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.client.updates import Message, Update

NUMBERED = frozenset((*KINDS, "closed"))


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
        start: str = "now",
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

    def subscribe(self) -> Message:
        """The message that begins or, behind the cursor, continues the stream on a new connection."""
        self.phase = Phase.SUBSCRIBING
        self.farewell = None
        self._missing_since = None
        message: dict[str, object] = {
            "type": "subscribe",
            "version": 2,
            "sessionId": self.session_id,
            "events": list(self._kinds),
        }
        if self.cursor is not None:
            message["cursor"] = {"epoch": self.cursor.epoch, "seq": self.cursor.seq}
        else:
            message["from"] = self._start
        if self._window is not None:
            message["window"] = self._window
        return message

    def acknowledge(self, *, at_once: bool = False) -> Message | None:
        """The acknowledgement that is due, if one is: every half window, or `at_once` for whatever is not yet said."""
        if self._window is None or self.cursor is None:
            return None
        owed = self.cursor.seq - self._acknowledged
        if owed <= 0 or (owed * 2 < self._window and not at_once):
            return None
        self._acknowledged = self.cursor.seq
        return {"type": "ack", "sessionId": self.session_id, "seq": self.cursor.seq}

    # -- receiving

    def receive(self, message: Message) -> list[Update]:
        """The updates that a message brings, usually one or none.

        Raises GapError, SessionGone, or ProtocolError. Messages for other sessions and unknown ones bring nothing.
        """
        kind = message.get("type")
        if message.get("sessionId") != self.session_id or not isinstance(kind, str):
            return []
        if kind in NUMBERED:
            return self._numbered(kind, message)
        match kind:
            case "subscribed":
                self._subscribed(message)
            case "reset":
                return self._reset(message)
            case "snapshot":
                return self._snapshot(message)
            case "heartbeat":
                self._heartbeat(message)
            case "bye":
                self.farewell = text(members(message, "data"), "code")
            case "problem":
                self._problem(members(message, "data"))
        return []

    def _subscribed(self, message: Message) -> None:
        if self.phase is not Phase.SUBSCRIBING:
            raise ProtocolError("a subscription was confirmed twice")
        data = members(message, "data")
        self.high = max(self.high, number(data, "high"))
        mode = text(data, "mode")
        if mode in ("snapshot", "reset"):
            self.phase = Phase.EXPECTING
            return
        beginning = Cursor(text(message, "epoch"), number(message, "seq"))
        expected = self.cursor or Cursor(beginning.epoch, 0)
        if beginning != expected:
            raise GapError(f"the stream goes on after {beginning.seq} instead of {expected.seq}", expected)
        self._begin(beginning)

    def _begin(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._acknowledged = cursor.seq
        self.phase = Phase.FOLLOWING

    def _reset(self, message: Message) -> list[Update]:
        data = members(message, "data")
        high = number(data, "high")
        self.high = high
        self.phase = Phase.EXPECTING
        return [Reset(Cursor(text(message, "epoch"), high), text(data, "reason"), number(data, "low"), high)]

    def _snapshot(self, message: Message) -> list[Update]:
        if self.phase is not Phase.EXPECTING:
            raise ProtocolError("a snapshot came that nothing announced")
        cursor = Cursor(text(message, "epoch"), number(message, "seq"))
        self._begin(cursor)
        return [read_snapshot(cursor, members(message, "data"))]

    def _numbered(self, kind: str, message: Message) -> list[Update]:
        last = self.cursor
        if self.phase is not Phase.FOLLOWING or last is None:
            raise ProtocolError(f"an update of kind {kind!r} came while the subscription was {self.phase.name.lower()}")
        here = Cursor(text(message, "epoch"), number(message, "seq"))
        previous = number(message, "prev")
        if here.epoch != last.epoch:
            raise GapError(f"the numbering changed from epoch {last.epoch!r} to {here.epoch!r} without a reset", last)
        if previous != last.seq or here.seq <= last.seq:
            raise GapError(f"update {here.seq} follows {previous}, but {last.seq} was the last one received", last)
        if not self._is_filtered and here.seq != last.seq + 1:
            raise GapError(f"update {here.seq} came directly after {last.seq}", last)
        update = read_event(kind, here, members(message, "data"))
        self.cursor = here
        self.high = max(self.high, here.seq)
        self._missing_since = None
        if kind == "closed":
            self.phase = Phase.OVER
        return [update]

    def _heartbeat(self, message: Message) -> None:
        if self.cursor is None:
            return
        self.high = max(self.high, number(members(message, "data"), "high"))
        has_credit = self._window is None or self.cursor.seq - self._acknowledged < self._window
        if self._is_filtered or not has_credit or self.high == self.cursor.seq:
            self._missing_since = None
        elif self._missing_since == self.cursor.seq:
            raise GapError(f"the log has come to {self.high}, but nothing after {self.cursor.seq} arrives", self.cursor)
        else:
            self._missing_since = self.cursor.seq

    def _problem(self, data: Message) -> None:
        if data.get("code") == "unknown_session":
            raise SessionGone
        raise ProtocolError(str(data.get("message") or data.get("code")))
