"""The debugger of a session: breakpoints, watchpoints, values, the stack, changes from outside, a command language."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from emu.actors import debug_commands as d
from emu.actors.commands import CommandFailed, Refusal, RemoveWatchpoint
from emu.gateway.http import Endpoint, Query, Refused, json, success, whole_number
from emu.gateway.render import registers
from emu.isa.bits import signed
from emu.isa.registers import REGISTER_NAMES
from emu.wire import models
from emu.wire import models_debug as m

if TYPE_CHECKING:
    from emu.actors.commands import Command, Reply
    from emu.debugger.watchpoints import Watchpoint
    from emu.gateway.http import Answer, Call

Result = TypeVar("Result")

SOME_WORDS = 32
MOST_WORDS = 1024

_STATUSES = {
    Refusal.NOT_FOUND: 404,
    Refusal.IS_RUNNING: 409,
    Refusal.IN_ERROR_STATE: 409,
    Refusal.NO_PROGRAM: 409,
}


async def ask(call: Call, command: Command[Result]) -> Reply[Result]:
    """Has a command carried out. Raises Refused with the status that its refusal stands for."""
    try:
        return await call.ask(command)
    except CommandFailed as failed:
        raise call.refused(_STATUSES.get(failed.refusal, 400), failed.message, failed) from failed


def _number(call: Call) -> int:
    number = whole_number(call.variables["n"])
    if number is None:
        raise Refused(400, "Invalid number")
    return number


# -- breakpoints and watchpoints


async def view(call: Call) -> Answer:
    """Everything that the debugger has lists of."""
    reply = await ask(call, d.GetDebug())
    found = reply.answer
    return json(
        m.DebugView(
            revision=found.revision,
            state=found.status.value,
            seq=reply.seq,
            breakpoints=[_breakpoint(one) for one in found.breakpoints],
            watchpoints=[_watchpoint(one) for one in found.watchpoints],
            displays=[m.DisplayedValue(o.number, o.expression, o.value, o.error or "") for o in found.displays],
        )
    )


async def add_breakpoint(call: Call) -> Answer:
    """Sets a breakpoint."""
    wanted = call.model(m.NewBreakpoint)
    reply = await ask(call, d.PutBreakpoint(wanted.place, wanted.condition or None, wanted.temporary, wanted.enabled))
    return json(_breakpoint(reply.answer), headers=call.position(reply.seq))


async def change_breakpoint(call: Call) -> Answer:
    """Changes a breakpoint."""
    wanted = call.model(m.BreakpointChange, may_be_empty=True)
    command = d.ChangeBreakpoint(_number(call), wanted.condition, wanted.temporary, wanted.enabled)
    reply = await ask(call, command)
    return json(_breakpoint(reply.answer), headers=call.position(reply.seq))


async def remove_breakpoint(call: Call) -> Answer:
    """Removes a breakpoint."""
    reply = await ask(call, d.DeleteBreakpoint(_number(call)))
    return success("Breakpoint removed", call.position(reply.seq))


async def add_watchpoint(call: Call) -> Answer:
    """Sets a watchpoint."""
    wanted = call.model(m.WatchRequest)
    reply = await ask(call, d.PutWatchpoint(wanted.expression, wanted.access, wanted.length))
    return json(_watchpoint(reply.answer), headers=call.position(reply.seq))


async def change_watchpoint(call: Call) -> Answer:
    """Turns a watchpoint on or off."""
    reply = await ask(call, d.ChangeWatchpoint(_number(call), call.model(m.Switch).enabled))
    return json(_watchpoint(reply.answer), headers=call.position(reply.seq))


async def remove_watchpoint(call: Call) -> Answer:
    """Removes a watchpoint."""
    reply = await ask(call, RemoveWatchpoint(_number(call)))
    return success("Watchpoint removed", call.position(reply.seq))


def _breakpoint(placed: d.PlacedBreakpoint) -> m.PlacedBreakpoint:
    one, place = placed.breakpoint, placed.place
    return m.PlacedBreakpoint(
        number=one.number,
        address=one.address,
        temporary=one.temporary,
        enabled=one.enabled,
        hits=one.hits,
        condition=one.condition or "",
        label=_label(place),
        file=place.file or "",
        line=place.line or 0,
    )


def _label(place: d.Located) -> str:
    if place.label is None:
        return ""
    return f"{place.label}+{place.offset}" if place.offset else place.label


def _watchpoint(one: Watchpoint) -> m.Watched:
    on_memory = one.register is None
    return m.Watched(
        number=one.number,
        expression=one.text,
        access=one.access.value,
        enabled=one.enabled,
        hits=one.hits,
        last_value=one.last,
        address=one.address if on_memory else None,
        length=one.size if on_memory else None,
        register=REGISTER_NAMES[one.register].lower() if one.register is not None else "",
    )


# -- running and changing


async def until(call: Call) -> Answer:
    """Runs to a place."""
    reply = await ask(call, d.RunUntil(call.model(m.Place).place))
    return success("Program started", call.position(reply.seq))


async def write_register(call: Call) -> Answer:
    """Sets a register or a flag."""
    reply = await ask(call, d.WriteRegister(call.variables["register"], call.model(m.RegisterValue).value))
    return json(registers(reply.answer), headers=call.position(reply.seq))


async def write_memory(call: Call) -> Answer:
    """Stores bytes."""
    wanted = call.model(m.MemoryWrite)
    reply = await ask(call, d.WriteMemory(wanted.address, wanted.data))
    return success("Memory written", call.position(reply.seq))


async def carry_out(call: Call) -> Answer:
    """Carries out a line in the debugger's language."""
    reply = await ask(call, d.CarryOut(call.model(m.CommandLine).line))
    return json(m.CommandOutput(reply.answer.output, reply.answer.failed), headers=call.position(reply.seq))


# -- looking


async def stack(call: Call) -> Answer:
    """Calls and words."""
    spelling = call.query("words")
    words = SOME_WORDS if spelling is None else whole_number(spelling)
    if words is None or words > MOST_WORDS:
        raise Refused(400, f"Invalid words parameter (0 to {MOST_WORDS})")
    found = (await ask(call, d.GetStack(words))).answer
    frames = [
        m.Frame(
            number=number,
            address=one.frame.address,
            stack_pointer=one.frame.stack_pointer,
            label=one.place.label or "",
            offset=one.place.offset if one.place.label is not None else None,
            file=one.place.file or "",
            line=one.place.line or 0,
            return_address=one.frame.return_address,
        )
        for number, one in enumerate(found.frames)
    ]
    return json(
        m.Stack(found.stack_pointer, frames, [m.StackWord(o.address, o.value, o.label or "") for o in found.words])
    )


async def expressions(call: Call) -> Answer:
    """Values of many expressions."""
    wanted = call.model(m.Expressions)
    found = (await ask(call, d.EvaluateAll(tuple(wanted.expressions)))).answer
    return json(
        m.ExpressionValues(
            [m.ExpressionValue(o.expression, o.value, _text(o.value, wanted.format), o.error or "") for o in found]
        )
    )


def _text(value: int | None, form: str | None) -> str:
    if value is None or form is None:
        return ""
    match form:
        case "signed":
            return str(signed(value))
        case "unsigned":
            return str(value)
        case "binary":
            return f"{value:032b}"
        case "octal":
            return f"0{value:o}"
        case "character":
            code = value & 0xFF
            return repr(chr(code)) if code < 128 else f"'\\x{code:02x}'"
    return f"0x{value:08X}"


_PATH = "/api/v1/session/{id}"
_ONE_BREAKPOINT = f"{_PATH}/debug/breakpoints/{{n}}"
_ONE_WATCHPOINT = f"{_PATH}/debug/watchpoints/{{n}}"
_NONE = {404: models.Error}
_AT_REST = {409: models.Error}
_TAG = "debugger"
_LANGUAGE = (
    "The language of `emu debug`: `break loop if r0 == 2`, `x/4xw sp`, `info registers`, `help`. A line that runs the "
    "program answers when that has begun; what stops it comes as an event. A step of one instruction says at once "
    "where it stopped. An empty line repeats the last one."
)

ENDPOINTS = (
    Endpoint("GET", f"{_PATH}/debug", view, "Breakpoints, watchpoints, displays", {200: m.DebugView}, tag=_TAG),
    Endpoint(
        "POST",
        f"{_PATH}/debug/breakpoints",
        add_breakpoint,
        "Set a breakpoint",
        {200: m.PlacedBreakpoint},
        m.NewBreakpoint,
        tag=_TAG,
        is_command=True,
        details="The same breakpoints as those of `/breakpoint`, with all that a debugger knows of them.",
    ),
    Endpoint(
        "PUT",
        _ONE_BREAKPOINT,
        change_breakpoint,
        "Change a breakpoint",
        {200: m.PlacedBreakpoint, **_NONE},
        m.BreakpointChange,
        tag=_TAG,
        is_command=True,
    ),
    Endpoint(
        "DELETE", _ONE_BREAKPOINT, remove_breakpoint, "Remove a breakpoint", {200: models.Success, **_NONE},
        tag=_TAG, is_command=True,
    ),
    Endpoint(
        "POST",
        f"{_PATH}/debug/watchpoints",
        add_watchpoint,
        "Set a watchpoint",
        {200: m.Watched},
        m.WatchRequest,
        tag=_TAG,
        is_command=True,
        details="On memory, the program stops behind an instruction or a system call with such an access to one of the "
        "bytes; `change` wants another value, too. A register is written when its value changes, and the PC when "
        "execution does not go on at the next instruction. While a register is watched the program is slow.",
    ),
    Endpoint(
        "PUT",
        _ONE_WATCHPOINT,
        change_watchpoint,
        "Turn a watchpoint on or off",
        {200: m.Watched, **_NONE},
        m.Switch,
        tag=_TAG,
        is_command=True,
    ),
    Endpoint(
        "DELETE", _ONE_WATCHPOINT, remove_watchpoint, "Remove a watchpoint", {200: models.Success, **_NONE},
        tag=_TAG, is_command=True,
    ),
    Endpoint(
        "POST",
        f"{_PATH}/until",
        until,
        "Run to a place",
        {200: models.Success, **_AT_REST},
        m.Place,
        tag=_TAG,
        is_command=True,
        details="Answers when execution has begun. Breakpoints on the way stop it.",
    ),
    Endpoint(
        "PUT",
        f"{_PATH}/registers/{{register}}",
        write_register,
        "Set a register",
        {200: models.Registers, **_NONE, **_AT_REST},
        m.RegisterValue,
        tag=_TAG,
        is_command=True,
    ),
    Endpoint(
        "PUT",
        f"{_PATH}/memory",
        write_memory,
        "Write memory",
        {200: models.Success, **_AT_REST},
        m.MemoryWrite,
        tag=_TAG,
        is_command=True,
    ),
    Endpoint(
        "GET",
        f"{_PATH}/stack",
        stack,
        "The stack",
        {200: m.Stack},
        query=(
            Query("words", "how many words, 32 by default", {"type": "integer", "minimum": 0, "maximum": MOST_WORDS}),
        ),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        f"{_PATH}/expressions",
        expressions,
        "Values of expressions",
        {200: m.ExpressionValues},
        m.Expressions,
        tag=_TAG,
        details="Looks and changes nothing, unlike `/evaluate`, which keeps each value as `$1`, `$2` and so on. "
        "At most 256 expressions with 16384 characters in all.",
    ),
    Endpoint(
        "POST",
        f"{_PATH}/command",
        carry_out,
        "Say something to the debugger",
        {200: m.CommandOutput},
        m.CommandLine,
        tag=_TAG,
        is_command=True,
        details=_LANGUAGE,
    ),
)  # fmt: skip
