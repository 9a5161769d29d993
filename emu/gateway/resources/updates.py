"""The numbered stream over plain HTTP: pages of events, server-sent events, waiting (spec delivery.md section 3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import trio

from emu.actors.events import Closed, StateChanged, Status
from emu.actors.log import LogError, OnDisk, Trimmed
from emu.gateway.http import Answer, Endpoint, Query, Refused, json, whole_number
from emu.wire import models
from emu.wire.stream import EventPage, StateMessage
from emu.wire.text import encode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emu.actors.events import Event
    from emu.actors.log import EventLog
    from emu.gateway.http import Call

MOST_EVENTS = 1000
SOME_EVENTS = 256
MOST_SECONDS = 60.0
WAIT_SECONDS = 30.0
PAGE_BYTES = 1 << 20
"""A page ends after the event that makes it this long."""

EVENT_STREAM = "text/event-stream"
_MOST_SEQ = (1 << 64) - 1
_STATUSES = {status.value: status for status in Status}


async def events(call: Call) -> Answer:
    """Events after a position: as a page, or as a stream that goes on."""
    streaming = _wants_stream(call.header("Accept"))
    epoch, after = _position(call, streaming)
    log = call.session.log
    low = log.low
    if (epoch is not None and epoch != log.epoch) or (after is not None and not low - 1 <= after <= log.high):
        return _gone(log)
    start = low - 1 if after is None else after
    if streaming:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return Answer(200, b"", EVENT_STREAM, headers, _server_sent(call, start))
    return await _page(call, start)


def _wants_stream(accept: str | None) -> bool:
    return any(part.partition(";")[0].strip().lower() == EVENT_STREAM for part in (accept or "").split(","))


def _position(call: Call, streaming: bool) -> tuple[str | None, int | None]:
    """Epoch and number that the client wants to go on after, as far as it says."""
    last = call.header("Last-Event-ID") if streaming else None
    if last:
        epoch, _, digits = last.rpartition(":")
        number = whole_number(digits, _MOST_SEQ)
        if number is None or not epoch:
            raise Refused(400, "Invalid Last-Event-ID header")
        return epoch, number
    spelling = call.query("after")
    if spelling is None:
        return call.query("epoch"), None
    number = whole_number(spelling, _MOST_SEQ)
    if number is None:
        raise Refused(400, "Invalid after parameter")
    return call.query("epoch"), number


def _gone(log: EventLog) -> Answer:
    message = f"The log has events {log.low} to {log.high} of epoch {log.epoch}"
    return json(models.Gone("Gone", message, 410, log.epoch, log.low, log.high), 410)


async def _page(call: Call, after: int) -> Answer:
    limit = _number(call, "limit", SOME_EVENTS, MOST_EVENTS)
    patience = _seconds(call, "wait", 0.0)
    log = call.session.log
    if patience:
        with trio.move_on_after(patience):
            await log.wait_beyond(after)
    try:
        found = await log.fetch(after, limit)
    except LogError:
        return _gone(log)
    feed = call.hub.feed(call.session)
    envelopes: list[bytes] = []
    size = 0
    for event in found:
        envelopes.append(feed.encoded(event).envelope(event.seq - 1))
        size += len(envelopes[-1])
        if size >= PAGE_BYTES:
            break
    call.hub.deliveries += len(envelopes)
    head = b'{"epoch":%b,"low":%d,"high":%d,"events":[' % (encode(log.epoch), log.low, log.high)
    return Answer(200, head + b",".join(envelopes) + b"]}\n")


async def _server_sent(call: Call, after: int) -> AsyncIterator[bytes]:
    """The stream: what there is, then what comes, with a comment where nothing comes."""
    log, feed = call.session.log, call.hub.feed(call.session)
    try:
        cursor = log.attach("server-sent events", after)
    except LogError:
        return
    try:
        yield b": stream of session %b\n\n" % call.session.id.encode("ascii", "replace")
        while True:
            found = await _read(log, cursor.position)
            if found:
                yield b"".join(
                    _server_sent_event(event, log.epoch, feed.encoded(event).envelope(event.seq - 1)) for event in found
                )
                cursor.advance(found[-1].seq)
                call.hub.deliveries += len(found)
                if isinstance(found[-1].payload, Closed):
                    return
            elif log.is_closed:
                return
            else:
                with trio.move_on_after(call.config.heartbeat):
                    await log.wait_beyond(cursor.position)
                if log.high == cursor.position and not log.is_closed:
                    yield b": %d\n\n" % log.high
    finally:
        cursor.detach()


def _server_sent_event(event: Event, epoch: str, envelope: bytes) -> bytes:
    return b"id: %b:%d\nevent: %b\ndata: %b\n\n" % (epoch.encode("ascii"), event.seq, event.kind.encode(), envelope)


async def wait(call: Call) -> Answer:
    """Waits for a state event beyond a position."""
    wanted = _wanted(call)
    spelling = call.query("after")
    after = None if spelling is None else whole_number(spelling, _MOST_SEQ)
    if spelling is not None and after is None:
        raise Refused(400, "Invalid after parameter")
    patience = _seconds(call, "timeout", WAIT_SECONDS)
    log = call.session.log
    if after is not None and after > log.high:
        return _gone(log)
    event = None
    with trio.move_on_after(patience):
        try:
            event = await _state_event(call, wanted, after)
        except Trimmed:
            return _gone(log)
    if event is not None:
        return Answer(200, call.hub.feed(call.session).encoded(event).envelope(event.seq - 1) + b"\n")
    status = call.session.picture().status.value
    if log.is_closed:
        raise Refused(404, "Session not found")
    message = f"The session did not become {' or '.join(sorted(one.value for one in wanted))} in time"
    return json(models.TimedOut(HTTPStatus(408).phrase, message, 408, status), 408)


async def _state_event(call: Call, wanted: frozenset[Status], after: int | None) -> Event | None:
    """The event waited for; None if the session ends without it.

    Raises Trimmed if events beyond `after` are gone and the current state is none that is wanted: the one waited for
    may have been among them.
    """
    log = call.session.log
    position = log.high if after is None else after
    if after is None or after < log.low - 1:
        current = await _current(log)
        if current is not None and _is_wanted(current, wanted):
            return current
    cursor = log.attach("wait", position)
    try:
        while True:
            found = await _read(log, cursor.position)
            for event in found:
                if _is_wanted(event, wanted):
                    return event
            if found:
                cursor.advance(found[-1].seq)
            elif log.is_closed:
                return None
            else:
                await log.wait_beyond(cursor.position)
    finally:
        cursor.detach()


async def _current(log: EventLog) -> Event | None:
    """The newest state event."""
    end = log.high
    while end >= log.low:
        start = max(end - SOME_EVENTS, log.low - 1)
        try:
            found = await _read(log, start)
        except Trimmed:
            continue
        for event in reversed(found):
            if isinstance(event.payload, StateChanged):
                return event
        end = start
    return None


def _is_wanted(event: Event, wanted: frozenset[Status]) -> bool:
    return isinstance(event.payload, StateChanged) and event.payload.status in wanted


async def _read(log: EventLog, position: int) -> list[Event]:
    try:
        return log.read(position, SOME_EVENTS)
    except OnDisk:
        return await log.fetch(position, SOME_EVENTS)


def _wanted(call: Call) -> frozenset[Status]:
    names = [name for name in (call.query("state") or "").split(",") if name]
    if not names or any(name not in _STATUSES for name in names):
        raise Refused(400, f"Invalid state parameter (must be one or more of {', '.join(_STATUSES)})")
    return frozenset(_STATUSES[name] for name in names)


def _number(call: Call, name: str, default: int, most: int) -> int:
    spelling = call.query(name)
    if spelling is None:
        return default
    number = whole_number(spelling)
    if number is None or number < 1:
        raise Refused(400, f"Invalid {name} parameter")
    return min(number, most)


def _seconds(call: Call, name: str, default: float) -> float:
    """A time in seconds, 0 to 60."""
    spelling = call.query(name)
    if spelling is None:
        return default
    whole, _, fraction = spelling.partition(".")
    if len(spelling) > 16 or not (whole + fraction).isascii() or not (whole + fraction).isdecimal():
        raise Refused(400, f"Invalid {name} parameter")
    seconds = float(spelling)
    if seconds > MOST_SECONDS:
        raise Refused(400, f"Invalid {name} parameter (max {MOST_SECONDS:.0f})")
    return seconds


_PATH = "/api/v1/session/{id}"
_SEQ = {"type": "integer", "minimum": 0}
_TIME = {"type": "number", "minimum": 0, "maximum": MOST_SECONDS}

ENDPOINTS = (
    Endpoint(
        "GET",
        f"{_PATH}/events",
        events,
        "Events of the log",
        {200: EventPage, 400: models.Error, 410: models.Gone},
        query=(
            Query("after", "the last event processed; by default everything retained is sent", _SEQ),
            Query("epoch", "the epoch that `after` belongs to", {"type": "string", "maxLength": 64}),
            Query("limit", "how many events at most", {"type": "integer", "minimum": 1, "maximum": MOST_EVENTS}),
            Query("wait", "seconds to wait for the first event", _TIME),
        ),
        tag="updates",
        details="With `Accept: text/event-stream`: a stream of server-sent events that ends after `closed`.",
    ),
    Endpoint(
        "GET",
        f"{_PATH}/wait",
        wait,
        "Wait for a state",
        {200: StateMessage, 400: models.Error, 408: models.TimedOut, 410: models.Gone},
        query=(
            Query("state", "one or more states, separated by commas", {"type": "string"}, True),
            Query("after", "only events beyond this one count; by default the current state counts, too", _SEQ),
            Query("timeout", "seconds, 30 by default", _TIME),
        ),
        tag="updates",
    ),
)
