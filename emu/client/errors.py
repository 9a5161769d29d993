"""What can go wrong between a client and its server, as types a caller can tell apart.

Cancellation and timeouts are not among them: they are Trio's own (`trio.fail_after`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emu.client.updates import Closed, Cursor


class ClientError(Exception):
    """Base of everything this package raises on purpose."""


class ConnectionLost(ClientError):
    """No connection to the server could be had, or none that held, for as long as the client was told to try."""


class ProtocolError(ClientError):
    """The server said something that delivery.md does not allow, or refused a request as malformed."""


class GapError(ClientError):
    """An update is missing, came twice, or came out of order. `cursor` is the last update that was good.

    A session can be followed on from the cursor: `server.follow(session_id, cursor=error.cursor)`.
    """

    def __init__(self, message: str, cursor: Cursor) -> None:
        super().__init__(message)
        self.cursor = cursor


class EpochChanged(ClientError):
    """The numbering started anew, so a number from before says nothing about now."""


class CommandError(ClientError):
    """The server refused a request. `status` is the HTTP status, `message` the server's text for people.

    `details` are all members of the answer.
    """

    def __init__(self, status: int, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{message} ({status})")
        self.status = status
        self.message = message
        self.details = details or {}


class SessionGone(CommandError):
    """The server knows no such session."""

    def __init__(self, message: str = "Session not found") -> None:
        super().__init__(404, message)


class SessionClosed(ClientError):
    """The session ended while something was awaited from it. `closed` is its last update."""

    def __init__(self, closed: Closed) -> None:
        super().__init__(f"the session is closed ({closed.reason})")
        self.closed = closed


class ProgramRejected(CommandError):
    """A source with errors; the session is as it was. `errors` are the diagnostics as text, in source order."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__(400, errors[0].rstrip() if errors else "the program has errors")
        self.errors = tuple(errors)
