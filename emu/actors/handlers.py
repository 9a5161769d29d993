"""What each command does to a session's core: one function per command, found by its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from emu.actors import commands as c
from emu.actors import debugging, inspection
from emu.actors.assembling import encoded
from emu.actors.commands import CommandFailed, Refusal
from emu.actors.core import INPUT_LIMIT, NO_PROGRAM
from emu.actors.debugging import require_room_for_breakpoint, require_room_for_watchpoint
from emu.actors.events import Status
from emu.actors.journal import Commanded
from emu.debugger.breakpoints import BadPlace, require_instruction
from emu.debugger.expressions import ExpressionError, evaluate
from emu.debugger.stepping import Over, Steps
from emu.debugger.watchpoints import Access
from emu.isa.assembler import Diagnostic
from emu.isa.faults import MemoryFault
from emu.isa.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.actors.assembling import Prepared
    from emu.actors.core import SessionCore
    from emu.actors.events import StateChanged
    from emu.isa.analysis.statistics import Statistics
    from emu.isa.program import SourceLine

MAX_READ = 1 << 20
MAX_WORDS = 1000


class Pending:
    """The answer of a step that is still under way."""

    __slots__ = ()


PENDING = Pending()


def apply(core: SessionCore, command: c.AnyCommand, prepared: Prepared = None) -> object:
    """Carries out a command and gives its answer, or PENDING. Raises CommandFailed; then nothing was changed, or what
    was changed has been published.
    """
    if type(command) not in READING:
        core.journal.add(Commanded(core.machine.instructions, command))
    try:
        if isinstance(command, c.Load | c.LoadElf):
            return _load(core, command, prepared)
        return _HANDLERS[type(command)](core, command)
    finally:
        core.tell_marks()


# -- programs and execution


def _load(core: SessionCore, command: c.Load | c.LoadElf, prepared: Prepared) -> c.Loaded | c.LoadRefused:
    if not isinstance(prepared, Program):
        return c.LoadRefused(prepared or ())
    try:
        core.load(prepared, encoded(command.arguments) if isinstance(command, c.LoadElf) else ())
    except MemoryFault as error:
        return c.LoadRefused((Diagnostic(command.name, 1, 1, "error", "not-mapped", error.fault.message),))
    core.source = inspection.program_source(prepared, command)
    return c.Loaded(inspection.labels(prepared), prepared.entry)


def _run(core: SessionCore, _command: c.Run) -> None:
    if core.status.is_active:
        return
    if core.status in (Status.HALTED, Status.ERROR):
        core.start_over()
        core.enter(Status.IDLE)
    if core.machine.program is None:
        core.enter(Status.ERROR, error=NO_PROGRAM)
        return
    core.begin()


def _stop(core: SessionCore, _command: c.Stop) -> None:
    if core.status.is_active:
        core.interrupt()
    elif core.status in (Status.BREAKPOINT, Status.ERROR):
        core.enter(Status.HALTED)


def _step(core: SessionCore, _command: c.Step) -> object:
    core.step(Steps())
    return _step_answer(core)


def _step_over(core: SessionCore, _command: c.StepOver) -> object:
    core.step(Over())
    return _step_answer(core)


def _step_out(core: SessionCore, _command: c.StepOut) -> object:
    core.step_out()
    return _step_answer(core)


def _step_answer(core: SessionCore) -> object:
    finished = core.take_finished()
    if isinstance(finished, CommandFailed):
        raise finished
    return PENDING if finished is None else finished


def _restart(core: SessionCore, _command: c.Restart) -> None:
    if core.machine.program is None:
        _reset(core, c.Reset())
        return
    core.interrupt("the program was restarted")
    core.start_over()
    core.enter(Status.IDLE)


def _reset(core: SessionCore, _command: c.Reset) -> None:
    core.interrupt("the program was removed")
    core.start_over()
    core.breakpoints.clear()
    core.watchpoints.clear()
    core.machine.clear()
    core.reports.clear()
    core.language.clear()
    core.source = None
    core.reopen_input()
    core.enter(Status.IDLE)
    core.program_changed()


def _send_input(core: SessionCore, command: c.SendInput) -> None:
    text = command.text.encode("utf-8", "replace").decode("utf-8")
    console = core.guest.services.console
    if console.closed:
        raise CommandFailed(Refusal.BAD_VALUE, "the input is closed")
    if console.buffered + len(text) > INPUT_LIMIT:
        raise CommandFailed(Refusal.BAD_VALUE, f"too much unread input (max {INPUT_LIMIT} bytes)")
    if not core.status.is_active:
        console.feed(text.encode())
        return
    core.echo(text + "\n")
    console.feed((text if text.endswith("\n") else text + "\n").encode())
    if core.status is Status.WAITING:
        core.retry()


def _close_input(core: SessionCore, _command: c.CloseInput) -> None:
    core.guest.services.console.close()
    if core.status is Status.WAITING:
        core.retry()


# -- looking


def _get_state(core: SessionCore, _command: c.GetState) -> StateChanged:
    return core.state_now()


def _read_memory(core: SessionCore, command: c.ReadMemory) -> bytes:
    if not 0 <= command.length <= MAX_READ:
        raise CommandFailed(Refusal.BAD_VALUE, f"Length too large (max {MAX_READ} bytes)")
    return core.machine.memory.peek(_address(command.address), command.length)


def _disassemble(core: SessionCore, command: c.Disassemble) -> tuple[c.DisassemblyLine, ...]:
    if not 0 <= command.count <= MAX_WORDS:
        raise CommandFailed(Refusal.BAD_VALUE, f"Count too large (max {MAX_WORDS})")
    return inspection.disassembly(core.machine, _address(command.address), command.count)


def _get_source_map(core: SessionCore, _command: c.GetSourceMap) -> tuple[SourceLine, ...]:
    return inspection.source_map(core.machine)


def _get_console(core: SessionCore, _command: c.GetConsole) -> c.ConsoleText:
    return core.console.text()


def _address(address: int) -> int:
    if not 0 <= address <= 0xFFFFFFFF:
        raise CommandFailed(Refusal.BAD_ADDRESS, f"not a 32-bit address: {address}")
    return address


# -- breakpoints, watchpoints, expressions


def _set_breakpoint(core: SessionCore, command: c.SetBreakpoint) -> None:
    address = _address(command.address)
    try:
        require_instruction(core.machine.program, address)
    except BadPlace as error:
        raise CommandFailed(Refusal.BAD_ADDRESS, str(error)) from None
    require_room_for_breakpoint(core, address)
    core.breakpoints.set(address)


def _remove_breakpoint(core: SessionCore, command: c.RemoveBreakpoint) -> None:
    try:
        core.breakpoints.remove(command.address)
    except KeyError:
        raise CommandFailed(Refusal.NOT_FOUND, f"no breakpoint at address 0x{command.address:08X}") from None


def _list_breakpoints(core: SessionCore, _command: c.ListBreakpoints) -> tuple[int, ...]:
    return tuple(sorted(breakpoint_.address for breakpoint_ in core.breakpoints))


def _set_watchpoint(core: SessionCore, command: c.SetWatchpoint) -> c.WatchpointInfo:
    try:
        access = Access(command.access or "readwrite")
    except ValueError:
        message = "Invalid watchpoint type (must be 'read', 'write', or 'readwrite')"
        raise CommandFailed(Refusal.BAD_VALUE, message) from None
    require_room_for_watchpoint(core)
    return inspection.watchpoint_info(core.watchpoints.set(_address(command.address), access))


def _remove_watchpoint(core: SessionCore, command: c.RemoveWatchpoint) -> None:
    try:
        core.watchpoints.remove(command.id)
    except KeyError:
        raise CommandFailed(Refusal.NOT_FOUND, f"watchpoint {command.id} not found") from None


def _list_watchpoints(core: SessionCore, _command: c.ListWatchpoints) -> tuple[c.WatchpointInfo, ...]:
    return tuple(inspection.watchpoint_info(one) for one in core.watchpoints if one.register is None)


def _evaluate(core: SessionCore, command: c.Evaluate) -> int:
    try:
        value = evaluate(command.expression, core.control.context)
    except ExpressionError as error:
        message = error.message
        if not message.startswith(("empty", "invalid expression")):
            message = f"failed to evaluate expression: {message}"
        raise CommandFailed(Refusal.BAD_EXPRESSION, message) from None
    core.control.history.add(value)
    return value


# -- trace and statistics


def _set_trace(core: SessionCore, command: c.SetTrace) -> None:
    _switch(core, "trace", command.enabled)


def _get_trace(core: SessionCore, _command: c.GetTrace) -> tuple[c.TraceEntry, ...]:
    return inspection.trace(core.reports.traced())


def _set_statistics(core: SessionCore, command: c.SetStatistics) -> None:
    _switch(core, "statistics", command.enabled)


def _switch(core: SessionCore, kind: str, enabled: bool) -> None:
    if enabled:
        core.reports.enable(kind)
    else:
        core.reports.disable(kind)


def _get_statistics(core: SessionCore, _command: c.GetStatistics) -> tuple[Statistics, float]:
    figures = core.reports.figures()
    if figures is None:
        raise CommandFailed(Refusal.STATS_OFF, "statistics not enabled")
    return figures


Given = TypeVar("Given", bound=c.Command[object])
_HANDLERS: dict[type, Callable[[SessionCore, object], object]] = dict(debugging.HANDLERS)


def _handles(kind: type[Given], handler: Callable[[SessionCore, Given], object]) -> None:
    _HANDLERS[kind] = handler  # type: ignore[assignment]  # apply looks it up by the command's own type


_handles(c.Run, _run)
_handles(c.Stop, _stop)
_handles(c.Step, _step)
_handles(c.StepOver, _step_over)
_handles(c.StepOut, _step_out)
_handles(c.Restart, _restart)
_handles(c.Reset, _reset)
_handles(c.SendInput, _send_input)
_handles(c.CloseInput, _close_input)
_handles(c.GetState, _get_state)
_handles(c.ReadMemory, _read_memory)
_handles(c.Disassemble, _disassemble)
_handles(c.GetSourceMap, _get_source_map)
_handles(c.GetConsole, _get_console)
_handles(c.SetBreakpoint, _set_breakpoint)
_handles(c.RemoveBreakpoint, _remove_breakpoint)
_handles(c.ListBreakpoints, _list_breakpoints)
_handles(c.SetWatchpoint, _set_watchpoint)
_handles(c.RemoveWatchpoint, _remove_watchpoint)
_handles(c.ListWatchpoints, _list_watchpoints)
_handles(c.Evaluate, _evaluate)
_handles(c.SetTrace, _set_trace)
_handles(c.GetTrace, _get_trace)
_handles(c.SetStatistics, _set_statistics)
_handles(c.GetStatistics, _get_statistics)

READING: frozenset[type] = frozenset(
    {
        c.GetState, c.ReadMemory, c.Disassemble, c.GetSourceMap, c.GetConsole, c.ListBreakpoints, c.ListWatchpoints,
        c.GetTrace, c.GetStatistics, *debugging.READING,
    }
)  # fmt: skip
"""Commands that leave no trace in the session, and so none in its journal."""
