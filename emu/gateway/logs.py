"""Structured logs: one line per occurrence, as text for people or as JSON for machines.

The gateway logs what an operator wants to know and cannot see otherwise: start and stop, sessions that come and go,
readers that were cut, requests that were refused for who sent them, and errors of the server itself. It does not log
requests.
"""

from __future__ import annotations

import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from emu.wire.text import encode

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT, JSON = "text", "json"
FORMATS = (TEXT, JSON)


def _now() -> datetime:
    return datetime.now(UTC)


class Log:
    """Writes lines to a stream; without one, nowhere. A stream that has gone away is no reason to stop."""

    def __init__(self, stream: TextIO | None = None, form: str = TEXT, now: Callable[[], datetime] = _now) -> None:
        self._stream = stream
        self._form = form
        self._now = now

    def info(self, event: str, **fields: object) -> None:
        """Something happened that is as it should be."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Somebody was refused or let go."""
        self._write("warning", event, fields)

    def failure(self, event: str, error: BaseException | None = None, **fields: object) -> None:
        """The server itself is at fault. `error` is shown with its traceback."""
        if error is not None:
            fields["error"] = "".join(traceback.format_exception(error)).rstrip()
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        if self._stream is None:
            return
        moment = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._form == JSON:
            plain = {name: value if isinstance(value, (bool, int)) else _text(value) for name, value in fields.items()}
            line = encode({"time": moment, "level": level, "event": event, **plain}).decode("utf-8")
        else:
            details = "".join(f" {name}={_shown(value)}" for name, value in fields.items())
            line = f"{moment} {level} {event}{details}"
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None


def standard_error(form: str) -> Log:
    """The log of a server that people start: on standard error."""
    return Log(sys.stderr, form)


def _text(value: object) -> str:
    """`value` as text that any encoding can carry."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _shown(value: object) -> str:
    text = _text(value)
    plain = text.isprintable() and " " not in text and '"' not in text and text != ""
    return text if plain else encode(text).decode("utf-8")
