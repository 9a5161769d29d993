"""What the commands of `emu.actors.debug_commands` do to a session's core: one function per command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from emu.actors import debug_commands as d
from emu.actors.commands import Command, CommandFailed, Refusal
from emu.actors.reports import FORMATS, NoReport
from emu.debugger.breakpoints import BadPlace, require_instruction
from emu.debugger.expressions import ExpressionError, evaluate, parse
from emu.debugger.interface import DebuggerError
from emu.debugger.places import code_place, data_place
from emu.debugger.stepping import RunTo
from emu.debugger.unwinding import call_stack
from emu.debugger.watchpoints import Access
from emu.isa.faults import MemoryFault
from emu.isa.registers import PC, SP

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.actors.core import SessionCore
    from emu.actors.events import StateChanged
    from emu.actors.recorders import ReportSource
    from emu.debugger.breakpoints import Breakpoint
    from emu.debugger.watchpoints import Watchpoint
    from emu.isa.program import Symbol

MAX_MARKS = 1000
"""Breakpoints and watchpoints that a session may have of each."""
MAX_WATCHED = 1 << 20
"""Bytes that one watchpoint may cover."""
MAX_WRITE = 1 << 20
MAX_EXPRESSIONS = 256
MAX_EXPRESSION_TEXT = 16384
"""Characters of all expressions that are evaluated at once: meanwhile nobody else is served."""
MAX_STACK_WORDS = 1024
MAX_FRAMES = 256

_REGISTERS = {"sp": 13, "lr": 14, "pc": 15} | {f"r{number}": number for number in range(16)}
_FLAGS = "nzcv"
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\](?:\.([bhw]))?", re.IGNORECASE)
_SIZES = {"b": 1, "h": 2, "w": 4}


# -- places and values


def _value(core: SessionCore, text: str) -> int:
    try:
        return evaluate(text, core.control.context)
    except ExpressionError as error:
        raise CommandFailed(Refusal.BAD_EXPRESSION, error.message) from None


def _code(core: SessionCore, text: str) -> int:
    """The address of an instruction."""
    program = core.machine.program
    if not text.strip():
        raise CommandFailed(Refusal.BAD_EXPRESSION, "a place is missing: a label, an address, :LINE or an expression")
    try:
        address = code_place(text, core.control.context, program)
        require_instruction(program, address)
    except ExpressionError as error:
        raise CommandFailed(Refusal.BAD_EXPRESSION, error.message) from None
    except DebuggerError as error:
        raise CommandFailed(Refusal.BAD_EXPRESSION, str(error)) from None
    except BadPlace as error:
        raise CommandFailed(Refusal.BAD_ADDRESS, str(error)) from None
    return address


# -- breakpoints and watchpoints


def require_room_for_breakpoint(core: SessionCore, address: int) -> None:
    """Raises CommandFailed if there are too many."""
    if core.breakpoints.at(address) is None and len(core.breakpoints) >= MAX_MARKS:
        raise CommandFailed(Refusal.BAD_VALUE, f"too many breakpoints (max {MAX_MARKS})")


def require_room_for_watchpoint(core: SessionCore) -> None:
    """Raises CommandFailed if there are too many."""
    if len(core.watchpoints) >= MAX_MARKS:
        raise CommandFailed(Refusal.BAD_VALUE, f"too many watchpoints (max {MAX_MARKS})")


def _placed(core: SessionCore, breakpoint_: Breakpoint) -> d.PlacedBreakpoint:
    return d.PlacedBreakpoint(breakpoint_, core.locations.at(breakpoint_.address))


def _put_breakpoint(core: SessionCore, command: d.PutBreakpoint) -> d.PlacedBreakpoint:
    address = _code(core, command.place)
    condition = (command.condition or "").strip() or None
    require_room_for_breakpoint(core, address)
    try:
        made = core.breakpoints.set(address, condition=condition, temporary=command.temporary)
    except ExpressionError as error:
        raise CommandFailed(Refusal.BAD_EXPRESSION, f"condition: {error.message}") from None
    if not command.enabled:
        made = core.breakpoints.change(address, enabled=False)
    return _placed(core, made)


def _numbered(core: SessionCore, number: int) -> Breakpoint:
    found = core.breakpoints.numbered(number)
    if found is None:
        raise CommandFailed(Refusal.NOT_FOUND, f"no breakpoint number {number}")
    return found


def _change_breakpoint(core: SessionCore, command: d.ChangeBreakpoint) -> d.PlacedBreakpoint:
    found = _numbered(core, command.number)
    try:
        changed = core.breakpoints.change(
            found.address,
            enabled=command.enabled,
            temporary=command.temporary,
            condition=(command.condition or "").strip() or None,
            set_condition=command.condition is not None,
        )
    except ExpressionError as error:
        raise CommandFailed(Refusal.BAD_EXPRESSION, f"condition: {error.message}") from None
    return _placed(core, changed)


def _delete_breakpoint(core: SessionCore, command: d.DeleteBreakpoint) -> None:
    core.breakpoints.remove(_numbered(core, command.number).address)


def _put_watchpoint(core: SessionCore, command: d.PutWatchpoint) -> Watchpoint:
    try:
        access = Access(command.access)
    except ValueError:
        kinds = ", ".join(one.value for one in Access)
        raise CommandFailed(Refusal.BAD_VALUE, f"unknown access: {command.access} (one of {kinds})") from None
    require_room_for_watchpoint(core)
    text = command.expression.strip()
    register = _REGISTERS.get(text.lower().removeprefix("$"))
    if register is not None:
        if command.length is not None:
            raise CommandFailed(Refusal.BAD_VALUE, "a register has no length")
        return core.watchpoints.set_register(register, access, text)
    address, size = _watched(core, text, command.length)
    return core.watchpoints.set(address, access, size, text)


def _watched(core: SessionCore, text: str, length: int | None) -> tuple[int, int]:
    """Which bytes `[PLACE]`, `[PLACE].b` or `PLACE` mean."""
    if not text:
        raise CommandFailed(Refusal.BAD_EXPRESSION, "a register or a place is missing")
    size = 4 if length is None else length
    match = _IN_BRACKETS.fullmatch(text)
    if match is not None:
        text = match[1]
        if match[2] and length is None:
            size = _SIZES[match[2].lower()]
    try:
        address = data_place(text, core.control.context, core.machine.program)
    except (ExpressionError, DebuggerError) as error:
        raise CommandFailed(Refusal.BAD_EXPRESSION, str(error)) from None
    if not 1 <= size <= MAX_WATCHED:
        raise CommandFailed(Refusal.BAD_VALUE, f"a watchpoint is on 1 to {MAX_WATCHED} bytes")
    try:
        core.machine.memory.require_mapped(address, size)
    except MemoryFault as error:
        raise CommandFailed(Refusal.BAD_ADDRESS, error.fault.message) from None
    return address, size


def _change_watchpoint(core: SessionCore, command: d.ChangeWatchpoint) -> Watchpoint:
    if core.watchpoints.get(command.number) is None:
        raise CommandFailed(Refusal.NOT_FOUND, f"watchpoint {command.number} not found")
    return core.watchpoints.enable(command.number, command.enabled)


# -- running and changing


def _run_until(core: SessionCore, command: d.RunUntil) -> None:
    core.require_stopped()
    core.begin(RunTo(_code(core, command.place)))


def _require_at_rest(core: SessionCore) -> None:
    if core.status.is_active:
        raise CommandFailed(Refusal.IS_RUNNING, "Program is running")


def _write_register(core: SessionCore, command: d.WriteRegister) -> StateChanged:
    _require_at_rest(core)
    value = command.value if isinstance(command.value, int) else _value(core, command.value)
    if not 0 <= value <= 0xFFFFFFFF:
        raise CommandFailed(Refusal.BAD_VALUE, f"not a 32-bit value: {value}")
    name = command.name.lower()
    register = _REGISTERS.get(name)
    if register is not None:
        if register == PC and value & 3:
            raise CommandFailed(Refusal.BAD_VALUE, f"not the address of an instruction: 0x{value:08X}")
        core.control.set_register(register, value)
    elif name == "cpsr":
        for index in range(4):
            core.control.set_flag(index, bool(value >> (31 - index) & 1))
    elif len(name) == 1 and name in _FLAGS:
        if value > 1:
            raise CommandFailed(Refusal.BAD_VALUE, "a flag is 0 or 1")
        core.control.set_flag(_FLAGS.index(name), bool(value))
    else:
        raise CommandFailed(Refusal.NOT_FOUND, f"no register {command.name}")
    core.show()
    return core.picture


def _write_memory(core: SessionCore, command: d.WriteMemory) -> None:
    _require_at_rest(core)
    if len(command.data) > MAX_WRITE:
        raise CommandFailed(Refusal.BAD_VALUE, f"too many bytes (max {MAX_WRITE})")
    if not 0 <= command.address <= 0xFFFFFFFF:
        raise CommandFailed(Refusal.BAD_ADDRESS, f"not a 32-bit address: {command.address}")
    try:
        core.control.set_memory(command.address, command.data)
    except MemoryFault as error:
        raise CommandFailed(Refusal.BAD_ADDRESS, error.fault.message) from None


def _formats(kind: str) -> dict[str, str]:
    formats = FORMATS.get(kind)
    if formats is None:
        raise CommandFailed(Refusal.NOT_FOUND, f"no report is called {kind} (there are {', '.join(FORMATS)})")
    return formats


def _set_report(core: SessionCore, command: d.SetReport) -> None:
    _formats(command.kind)
    if command.enabled:
        core.reports.enable(command.kind)
    else:
        core.reports.disable(command.kind)


def _get_report(core: SessionCore, command: d.GetReport) -> ReportSource:
    formats = _formats(command.kind)
    name = command.format or next(iter(formats))
    if name not in formats:
        raise CommandFailed(Refusal.BAD_VALUE, f"{command.kind} comes as {', '.join(formats)}, not as {name}")
    try:
        return core.reports.source(command.kind, name)
    except NoReport:
        message = f"{command.kind} was never recorded: enable it, then run the program"
        raise CommandFailed(Refusal.STATS_OFF, message) from None


def _carry_out(core: SessionCore, command: d.CarryOut) -> d.CommandOutput:
    return core.language.carry_out(command.line)


# -- looking


def _get_source(core: SessionCore, _command: d.GetSource) -> d.LoadedSource:
    if core.source is None:
        raise CommandFailed(Refusal.NO_PROGRAM, "no program loaded")
    return d.LoadedSource(core.revision, core.source)


def _get_lines(core: SessionCore, _command: d.GetLines) -> d.MappedLines:
    program = core.machine.program
    return d.MappedLines(core.revision, tuple(program.source_map) if program is not None else ())


def _get_symbols(core: SessionCore, _command: d.GetSymbols) -> tuple[Symbol, ...]:
    program = core.machine.program
    return tuple(sorted(program.symbols.values(), key=lambda one: one.name)) if program is not None else ()


def _get_debug(core: SessionCore, _command: d.GetDebug) -> d.DebugView:
    return d.DebugView(
        core.revision,
        core.status,
        tuple(_placed(core, one) for one in core.breakpoints),
        tuple(core.watchpoints),
        core.language.displays(),
    )


def _get_stack(core: SessionCore, command: d.GetStack) -> d.StackView:
    if not 0 <= command.words <= MAX_STACK_WORDS:
        raise CommandFailed(Refusal.BAD_VALUE, f"Too many words (max {MAX_STACK_WORDS})")
    machine, locations = core.machine, core.locations
    memory = machine.memory
    sp = machine.registers[SP]
    words = []
    for address in range(sp, sp + 4 * command.words, 4):
        if memory.region_at(address) is None or memory.region_at(address + 3) is None:
            break
        value = int.from_bytes(memory.peek(address, 4), "little")
        words.append(d.StackWord(address, value, locations.label_at(value)))
    frames = []
    for number, frame in enumerate(call_stack(machine, MAX_FRAMES)):
        # A caller goes on behind its call; the line is that of the call.
        call = locations.at(frame.address - 4 if number else frame.address)
        frames.append(d.StackFrame(frame, evolve(locations.at(frame.address), file=call.file, line=call.line)))
    return d.StackView(sp, tuple(frames), tuple(words))


def _evaluate_all(core: SessionCore, command: d.EvaluateAll) -> tuple[d.Evaluated, ...]:
    if len(command.expressions) > MAX_EXPRESSIONS:
        raise CommandFailed(Refusal.BAD_VALUE, f"Too many expressions (max {MAX_EXPRESSIONS})")
    if sum(len(text) for text in command.expressions) > MAX_EXPRESSION_TEXT:
        raise CommandFailed(Refusal.BAD_VALUE, f"Too much text (max {MAX_EXPRESSION_TEXT} characters)")
    values = []
    for text in command.expressions:
        try:
            values.append(d.Evaluated(text, parse(text)(core.control.context)))
        except ExpressionError as error:
            values.append(d.Evaluated(text, None, error.message))
    return tuple(values)


Given = TypeVar("Given", bound=Command[object])
HANDLERS: dict[type, Callable[[SessionCore, object], object]] = {}


def _handles(kind: type[Given], handler: Callable[[SessionCore, Given], object]) -> None:
    HANDLERS[kind] = handler  # type: ignore[assignment]  # looked up by the command's own type


_handles(d.PutBreakpoint, _put_breakpoint)
_handles(d.ChangeBreakpoint, _change_breakpoint)
_handles(d.DeleteBreakpoint, _delete_breakpoint)
_handles(d.PutWatchpoint, _put_watchpoint)
_handles(d.ChangeWatchpoint, _change_watchpoint)
_handles(d.RunUntil, _run_until)
_handles(d.WriteRegister, _write_register)
_handles(d.WriteMemory, _write_memory)
_handles(d.CarryOut, _carry_out)
_handles(d.SetReport, _set_report)
_handles(d.GetReport, _get_report)
_handles(d.GetSource, _get_source)
_handles(d.GetLines, _get_lines)
_handles(d.GetSymbols, _get_symbols)
_handles(d.GetDebug, _get_debug)
_handles(d.GetStack, _get_stack)
_handles(d.EvaluateAll, _evaluate_all)

READING: frozenset[type] = frozenset(
    {d.GetSource, d.GetLines, d.GetSymbols, d.GetDebug, d.GetStack, d.EvaluateAll, d.GetReport}
)
