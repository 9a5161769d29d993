"""Loading and executing programs (spec http-api.md 5.4 to 5.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import (
    CommandFailed,
    Load,
    LoadRefused,
    Refusal,
    Reset,
    Restart,
    Run,
    Step,
    StepOut,
    StepOver,
    Stop,
)
from emu.gateway.http import Endpoint, json, success
from emu.gateway.render import registers
from emu.wire import models

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emu.actors.commands import Command
    from emu.actors.events import StateChanged
    from emu.gateway.http import Answer, Call
    from emu.isa.assembler.diagnostics import Diagnostic

MOST_ERRORS = 100
"""Errors of a source that an answer lists."""


async def load(call: Call) -> Answer:
    """Assembles a source and makes it the session's program."""
    source = call.body if call.media_type == "text/plain" else call.model(models.Load).source.encode("utf-8")
    reply = await call.ask(Load(source))
    headers = call.position(reply.seq)
    if isinstance(reply.answer, LoadRefused):
        return json(_load_failed(reply.answer.diagnostics), 400, headers)
    return json(models.Loaded(True, reply.answer.entry, dict(reply.answer.labels)), headers=headers)


def _load_failed(diagnostics: tuple[Diagnostic, ...]) -> models.LoadFailed:
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
    shown = errors[:MOST_ERRORS]
    count = f"{len(errors)} error{'' if len(errors) == 1 else 's'} in the source"
    return models.LoadFailed(
        success=False,
        error="Bad Request",
        message=f"{count}, the first in line {errors[0].line}: {errors[0].message}" if errors else count,
        code=400,
        errors=[_as_text(diagnostic) for diagnostic in shown],
        parse_errors=[models.ParseError(one.line, one.column, one.message) for one in shown],
    )


def _as_text(diagnostic: Diagnostic) -> str:
    place = f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}"
    text = f"{place}: error: {diagnostic.message}\n"
    if diagnostic.source_line.strip():
        text += f"    {diagnostic.source_line.rstrip()}\n"
    if diagnostic.hint is not None:
        text += f"  hint: {diagnostic.hint}\n"
    return text


async def run(call: Call) -> Answer:
    """Starts the program; never waits for it."""
    return await _done(call, Run(), "Program started", "Run failed")


async def stop(call: Call) -> Answer:
    """Stops the program; answers when it has stopped."""
    return await _done(call, Stop(), "Program stopped", "Stop failed")


async def reset(call: Call) -> Answer:
    """Removes the program."""
    return await _done(call, Reset(), "VM reset", "Reset failed")


async def restart(call: Call) -> Answer:
    """Back to the entry point."""
    return await _done(call, Restart(), "VM restarted to entry point", "Restart failed")


async def step(call: Call) -> Answer:
    """Executes one instruction."""
    return await _stepped(call, Step(), "Step failed")


async def step_over(call: Call) -> Answer:
    """Executes one instruction, a call as a whole."""
    return await _stepped(call, StepOver(), "Step over failed")


async def step_out(call: Call) -> Answer:
    """Runs until the current function has returned."""
    return await _stepped(call, StepOut(), "Step out failed")


async def _done(call: Call, command: Command[None], message: str, failure: str) -> Answer:
    try:
        reply = await call.ask(command)
    except CommandFailed as failed:
        raise call.refused(500, f"{failure}: {failed.message}", failed) from failed
    return success(message, call.position(reply.seq))


async def _stepped(call: Call, command: Command[StateChanged], failure: str) -> Answer:
    try:
        reply = await call.ask(command)
    except CommandFailed as failed:
        if failed.refusal is Refusal.IS_RUNNING:
            raise call.refused(409, "Program is running", failed) from failed
        raise call.refused(500, f"{failure}: {failed.message}", failed) from failed
    return json(registers(reply.answer), headers=call.position(reply.seq))


def _command(
    action: str,
    handle: Callable[[Call], Awaitable[Answer]],
    summary: str,
) -> Endpoint:
    answers = {200: models.Success, 500: models.Error}
    return Endpoint("POST", f"/api/v1/session/{{id}}/{action}", handle, summary, answers, is_command=True)


def _step(action: str, handle: Callable[[Call], Awaitable[Answer]], summary: str) -> Endpoint:
    answers = {200: models.Registers, 409: models.Error, 500: models.Error}
    return Endpoint("POST", f"/api/v1/session/{{id}}/{action}", handle, summary, answers, is_command=True)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/session/{id}/load",
        load,
        "Load a program",
        {200: models.Loaded, 400: models.LoadFailed},
        models.Load,
        is_command=True,
        plain_text=True,
    ),
    _command("run", run, "Run, or go on"),
    _command("stop", stop, "Stop"),
    _step("step", step, "Execute one instruction"),
    _step("step-over", step_over, "Execute one instruction, a call as a whole"),
    _step("step-out", step_out, "Run until the current function has returned"),
    _command("reset", reset, "Remove the program"),
    _command("restart", restart, "Back to the entry point"),
)
