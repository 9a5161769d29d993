"""Reports of what a program does: figures, coverage, traces, calls (spec diagnostics.md sections 3 to 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.debug_commands import GetReport, SetReport
from emu.actors.reports import FORMATS
from emu.gateway.http import Answer, Endpoint, Query, success
from emu.gateway.resources.debugger import ask
from emu.wire import models

if TYPE_CHECKING:
    from emu.gateway.http import Call


async def show(call: Call) -> Answer:
    """A report of what was recorded so far. It is made where it delays nobody."""
    kind = call.variables["kind"]
    wanted = call.query("format") or ""
    source = (await ask(call, GetReport(kind, wanted))).answer
    text = await call.hub.supervisor.execution.compute(source.render, is_short=False)
    formats = FORMATS[kind]
    media_type = formats[wanted or next(iter(formats))]
    headers = {"Emu-Report-Dropped": str(source.dropped), "Access-Control-Expose-Headers": "Emu-Report-Dropped"}
    if media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return Answer(200, text.encode("utf-8", "replace"), media_type, headers)


async def enable(call: Call) -> Answer:
    """Records from now on, from nothing."""
    return await _switch(call, enabled=True)


async def disable(call: Call) -> Answer:
    """Records no longer; what was recorded stays."""
    return await _switch(call, enabled=False)


async def _switch(call: Call, *, enabled: bool) -> Answer:
    reply = await ask(call, SetReport(call.variables["kind"], enabled))
    return success("Recording" if enabled else "Recording ended", call.position(reply.seq))


_PATH = "/api/v1/session/{id}/reports/{kind}"
_KINDS = "; ".join(f"`{kind}` as {', '.join(formats)}" for kind, formats in FORMATS.items())
_SLOW = "All but `statistics` look at every instruction: the program is slow while one of them is recorded, and as "
_NONE = {404: models.Error}

ENDPOINTS = (
    Endpoint(
        "GET",
        _PATH,
        show,
        "A report",
        {200: "text/plain, application/json, text/csv, text/html", **_NONE},
        query=(Query("format", "the first one of its kind by default", {"type": "string"}),),
        tag="reports",
        details=f"Kinds and formats: {_KINDS}. What a program did since it was loaded, started again or the recording "
        "began. At most 100,000 entries are kept; how many more there were is in the header `Emu-Report-Dropped`. "
        "Reports hold no times, so that they can be compared; in those that have a place for them they are 0, except "
        "the time in `statistics`.",
    ),
    Endpoint(
        "POST",
        f"{_PATH}/enable",
        enable,
        "Record for a report, from nothing",
        {200: models.Success, **_NONE},
        tag="reports",
        is_command=True,
        details=f"{_SLOW}fast as ever when none is.",
    ),
    Endpoint(
        "POST",
        f"{_PATH}/disable",
        disable,
        "Record no longer; what was recorded stays",
        {200: models.Success, **_NONE},
        tag="reports",
        is_command=True,
    ),
)
