"""Executing programs (spec http-api.md 5.5 to 5.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import (
    CommandFailed,
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
    _command("run", run, "Run, or go on"),
    _command("stop", stop, "Stop"),
    _step("step", step, "Execute one instruction"),
    _step("step-over", step_over, "Execute one instruction, a call as a whole"),
    _step("step-out", step_out, "Run until the current function has returned"),
    _command("reset", reset, "Remove the program"),
    _command("restart", restart, "Back to the entry point"),
)
