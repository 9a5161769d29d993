"""The server itself: health, version, configuration (spec http-api.md 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import emu
from emu.gateway.http import Endpoint, bad_body, json, success
from emu.wire import models
from emu.wire.text import Malformed, merged

if TYPE_CHECKING:
    from emu.gateway.http import Answer, Call


async def health(call: Call) -> Answer:
    """The server is alive."""
    moment = call.config.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    return json(models.Health("ok", len(call.hub.supervisor.list()), moment))


async def version(call: Call) -> Answer:
    """Which server this is."""
    commit, date = call.config.build
    return json(models.Version(emu.__version__, commit, date, date))


async def configuration(call: Call) -> Answer:
    """The settings."""
    return json(call.hub.configuration)


async def configure(call: Call) -> Answer:
    """Changes the settings that are given."""
    try:
        call.hub.configuration = merged(call.hub.configuration, call.value())
    except Malformed as malformed:
        raise bad_body() from malformed
    return success("Configuration updated")


ENDPOINTS = (
    Endpoint("GET", "/health", health, "Whether the server is alive", {200: models.Health}, tag="server"),
    Endpoint("GET", "/api/v1/version", version, "Which server this is", {200: models.Version}, tag="server"),
    Endpoint("GET", "/api/v1/config", configuration, "The settings", {200: models.Configuration}, tag="server"),
    Endpoint(
        "PUT",
        "/api/v1/config",
        configure,
        "Change settings",
        {200: models.Success, 400: models.Error},
        models.Configuration,
        tag="server",
        details="Members left out stay as they are. `execution.maxCycles` counts for sessions created afterwards.",
    ),
)
