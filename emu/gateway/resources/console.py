"""The console, standard input, expressions (spec http-api.md 5.16 to 5.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import CloseInput, CommandFailed, Evaluate, SendInput
from emu.gateway.http import Endpoint, json, success
from emu.wire import models

if TYPE_CHECKING:
    from emu.gateway.http import Answer, Call


async def evaluate(call: Call) -> Answer:
    """The value of an expression."""
    expression = call.model(models.Expression).expression
    try:
        reply = await call.ask(Evaluate(expression))
    except CommandFailed as failed:
        raise call.refused(400, f"Evaluation failed: {failed.message}", failed) from failed
    return json(models.Value(reply.answer, reply.answer), headers=call.position(reply.seq))


async def show(call: Call) -> Answer:
    """What was written since the session was created."""
    console = call.session.console()
    return json(models.Console(console.text, console.dropped))


async def send_input(call: Call) -> Answer:
    """Text for the program's standard input."""
    if call.media_type == "text/plain":
        data = call.body.decode("utf-8", "replace")
    else:
        data = call.model(models.StandardInput).data
    try:
        reply = await call.ask(SendInput(data))
    except CommandFailed as failed:
        raise call.refused(400, f"Input refused: {failed.message}", failed) from failed
    return success("Stdin sent", call.position(reply.seq))


async def close_input(call: Call) -> Answer:
    """No more input comes, as Ctrl-D says at a terminal: what is unread is read, then there is the end."""
    reply = await call.ask(CloseInput())
    return success("Stdin closed", call.position(reply.seq))


_PATH = "/api/v1/session/{id}"

ENDPOINTS = (
    Endpoint(
        "POST",
        f"{_PATH}/evaluate",
        evaluate,
        "Evaluate an expression",
        {200: models.Value, 400: models.Error},
        models.Expression,
        is_command=True,
    ),
    Endpoint("GET", f"{_PATH}/console", show, "The console", {200: models.Console}),
    Endpoint(
        "POST",
        f"{_PATH}/stdin",
        send_input,
        "Send standard input",
        {200: models.Success, 400: models.Error},
        models.StandardInput,
        is_command=True,
        plain_text=True,
    ),
    Endpoint(
        "POST",
        f"{_PATH}/stdin/close",
        close_input,
        "End standard input",
        {200: models.Success},
        is_command=True,
        details="The program reads what was sent before, then the end. Its input is open again when it starts over.",
    ),
)
