"""Breakpoints and watchpoints (spec http-api.md 5.14 and 5.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import (
    CommandFailed,
    ListBreakpoints,
    ListWatchpoints,
    Refusal,
    RemoveBreakpoint,
    RemoveWatchpoint,
    SetBreakpoint,
    SetWatchpoint,
)
from emu.gateway.http import Endpoint, Refused, json, success, whole_number
from emu.wire import models

if TYPE_CHECKING:
    from emu.gateway.http import Answer, Call

ACCESSES = ("read", "write", "readwrite")


async def add(call: Call) -> Answer:
    """Sets a breakpoint."""
    address = call.model(models.AtAddress).address
    try:
        reply = await call.ask(SetBreakpoint(address))
    except CommandFailed as failed:
        raise call.refused(500, f"Failed to add breakpoint: {failed.message}", failed) from failed
    return success("Breakpoint added", call.position(reply.seq))


async def remove(call: Call) -> Answer:
    """Removes the breakpoint that the body names."""
    return await _remove(call, call.model(models.AtAddress).address)


async def remove_at(call: Call) -> Answer:
    """Removes the breakpoint that the path names."""
    address = whole_number(call.variables["address"])
    if address is None:
        raise Refused(400, "Invalid breakpoint address")
    return await _remove(call, address)


async def _remove(call: Call, address: int) -> Answer:
    try:
        reply = await call.ask(RemoveBreakpoint(address))
    except CommandFailed as failed:
        raise call.refused(500, f"Failed to remove breakpoint: {failed.message}", failed) from failed
    return success("Breakpoint removed", call.position(reply.seq))


async def list_all(call: Call) -> Answer:
    """All breakpoints."""
    return json(models.Breakpoints(list((await call.ask(ListBreakpoints())).answer)))


async def watch(call: Call) -> Answer:
    """Sets a watchpoint."""
    wanted = call.model(models.NewWatchpoint)
    access = wanted.type or "readwrite"
    if access not in ACCESSES:
        raise Refused(400, "Invalid watchpoint type (must be 'read', 'write', or 'readwrite')")
    reply = await call.ask(SetWatchpoint(wanted.address, access))
    made = reply.answer
    return json(models.Watchpoint(made.id, made.address, made.access), headers=call.position(reply.seq))


async def unwatch(call: Call) -> Answer:
    """Removes a watchpoint."""
    number = whole_number(call.variables["n"])
    if number is None:
        raise Refused(400, "Invalid watchpoint ID")
    try:
        reply = await call.ask(RemoveWatchpoint(number))
    except CommandFailed as failed:
        status = 404 if failed.refusal is Refusal.NOT_FOUND else 500
        raise call.refused(status, f"Failed to remove watchpoint: {failed.message}", failed) from failed
    return success("Watchpoint removed", call.position(reply.seq))


async def list_watchpoints(call: Call) -> Answer:
    """All watchpoints."""
    found = (await call.ask(ListWatchpoints())).answer
    return json(
        models.Watchpoints([models.WatchpointEntry(one.id, one.address, one.access, one.enabled) for one in found])
    )


_CHANGED = {200: models.Success, 400: models.Error, 500: models.Error}
_PATH = "/api/v1/session/{id}"

ENDPOINTS = (
    Endpoint("POST", f"{_PATH}/breakpoint", add, "Set a breakpoint", _CHANGED, models.AtAddress, is_command=True),
    Endpoint(
        "DELETE", f"{_PATH}/breakpoint", remove, "Remove a breakpoint", _CHANGED, models.AtAddress, is_command=True
    ),
    Endpoint("DELETE", f"{_PATH}/breakpoint/{{address}}", remove_at, "Remove a breakpoint", _CHANGED, is_command=True),
    Endpoint("GET", f"{_PATH}/breakpoints", list_all, "All breakpoints", {200: models.Breakpoints}),
    Endpoint(
        "POST",
        f"{_PATH}/watchpoint",
        watch,
        "Set a watchpoint",
        {200: models.Watchpoint, 400: models.Error},
        models.NewWatchpoint,
        is_command=True,
    ),
    Endpoint(
        "DELETE",
        f"{_PATH}/watchpoint/{{n}}",
        unwatch,
        "Remove a watchpoint",
        {200: models.Success, 400: models.Error, 404: models.Error},
        is_command=True,
    ),
    Endpoint("GET", f"{_PATH}/watchpoints", list_watchpoints, "All watchpoints", {200: models.Watchpoints}),
)
