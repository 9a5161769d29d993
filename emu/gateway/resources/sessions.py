"""Sessions: create, list, look at, delete (spec http-api.md 5.2 and 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.events import Status
from emu.actors.options import SessionOptions
from emu.actors.supervisor import RefusalKind, SupervisorRefusal
from emu.gateway.http import Endpoint, Refused, json, session_not_found, success
from emu.gateway.render import shortened
from emu.wire import models

if TYPE_CHECKING:
    from emu.gateway.http import Answer, Call

_NUMBERS = {
    Status.IDLE: 0,
    Status.RUNNING: 1,
    Status.BREAKPOINT: 2,
    Status.HALTED: 3,
    Status.ERROR: 4,
    Status.WAITING: 5,
}


async def create(call: Call) -> Answer:
    """A new session."""
    wanted = call.model(models.CreateSession, may_be_empty=True)
    limit = wanted.max_cycles
    options = SessionOptions(
        memory_size=wanted.memory_size,
        stack_size=wanted.stack_size,
        heap_size=wanted.heap_size,
        fs_root=wanted.fs_root or None,
        max_cycles=call.hub.configuration.execution.max_cycles if limit is None else limit,
    )
    try:
        session = await call.hub.supervisor.create(options)
    except SupervisorRefusal as refusal:
        status = 503 if refusal.kind in (RefusalKind.TOO_MANY_SESSIONS, RefusalKind.SHUTTING_DOWN) else 400
        raise Refused(status, refusal.message) from refusal
    call.hub.created(session)
    key = call.hub.controls.protect(session) if wanted.protected else ""
    return json(models.SessionCreated(session.id, session.created_at, key), 201)


async def list_all(call: Call) -> Answer:
    """The ids of all sessions."""
    ids = [session.id for session in call.hub.supervisor.list()]
    return json(models.SessionList(ids, len(ids)))


async def status(call: Call) -> Answer:
    """The state of a session, from one moment."""
    state = call.session.picture()
    address, size = state.last_store or (0, 0)
    return json(
        models.SessionStatus(
            session_id=call.session.id,
            state=state.status.value,
            pc=state.pc,
            cycles=state.cycles,
            has_write=state.last_store is not None,
            error=shortened(state.error or "") if state.status is Status.ERROR else "",
            write_addr=address,
            write_size=size,
        )
    )


async def numeric_status(call: Call) -> Answer:
    """The state of a session with numbers for names."""
    state = call.session.picture()
    written = models.LastWrite(*state.last_store) if state.last_store is not None else None
    error = shortened(state.error or "") if state.status is Status.ERROR else None
    return json(models.NumericStatus(_NUMBERS[state.status], state.pc, state.cycles, error, written))


async def delete(call: Call) -> Answer:
    """Ends a session, whatever it is doing."""
    session = call.session
    if call.hub.supervisor.find(session.id) is not session:
        raise session_not_found()
    await call.hub.supervisor.delete(session.id)
    call.hub.deleted(session)
    return success("Session destroyed", call.position(session.log.high))


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/session",
        create,
        "Create a session",
        {201: models.SessionCreated, 400: models.Error, 503: models.Error},
        models.CreateSession,
    ),
    Endpoint("GET", "/api/v1/session", list_all, "All sessions", {200: models.SessionList}),
    Endpoint("GET", "/api/v1/session/{id}", status, "The state of a session", {200: models.SessionStatus}),
    Endpoint(
        "DELETE",
        "/api/v1/session/{id}",
        delete,
        "Delete a session",
        {200: models.Success},
        is_command=True,
    ),
    Endpoint(
        "GET",
        "/api/v1/session/{id}/status",
        numeric_status,
        "The state of a session, with a number for the state",
        {200: models.NumericStatus},
    ),
)
