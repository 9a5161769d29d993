"""Who may command a protected session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.gateway.control import CONTROL
from emu.gateway.http import Endpoint, json
from emu.wire.models_debug import Control

if TYPE_CHECKING:
    from emu.gateway.http import Answer, Call


async def control(call: Call) -> Answer:
    """Whether the session is protected, and whether this request could command it."""
    controls = call.hub.controls
    granted = controls.grants(call.session, call.header(CONTROL))
    return json(Control(controls.is_protected(call.session), granted))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/session/{id}/control",
        control,
        "Whether this request may command the session",
        {200: Control},
        tag="session",
    ),
)
