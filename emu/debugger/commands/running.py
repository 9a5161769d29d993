"""Commands that run the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.debugger.code import file_and_line
from emu.debugger.commands.looking import text_of
from emu.debugger.control import Why
from emu.debugger.interface import DebuggerError, ReadProgram, Say
from emu.debugger.stepping import NextLine, RunTo
from emu.isa.faults import MemoryFault
from emu.isa.program import Program
from emu.isa.registers import PC
from emu.services.console import ConsoleSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from emu.debugger.debugger import Debugger, Function, Result
    from emu.debugger.interface import Reply, Request


def _run(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    if rest:
        raise DebuggerError(f"unexpected: {rest} (the program's arguments stand behind its name when emu is started)")
    yield from restart(debugger)
    yield Say("Starting program execution...")
    return (yield from _running(debugger, debugger.runner.go()))


def _start(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    """Stops at `main` if there is one, else in front of the first instruction."""
    debugger.nothing_after(rest)
    yield from restart(debugger)
    main = debugger.runner.context.symbol("main")
    entry = debugger.machine.registers[PC]
    if main is None or main == entry or not debugger.index.is_instruction(main):
        debugger.runner.is_active = True
        return debugger.with_displays(f"Stopped: program start at PC=0x{entry:08X}")
    return (yield from _running(debugger, debugger.runner.go(RunTo(main))))


def restart(debugger: Debugger) -> Generator[Request, Reply, None]:
    """Registers, input and files as at the beginning; memory stays as it is, except that of a compiled program."""
    runner = debugger.runner
    services = runner.services
    yield from services.close_files()
    services.reset()
    console = services.console
    if console.closed:
        console.restore(ConsoleSnapshot(console.snapshot().buffered, False))
    debugger.machine.start_over()
    debugger.prepare()
    runner.is_active = False
    runner.watchpoints.refresh()


def _continue(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    count = debugger.count(rest)
    if not debugger.runner.is_active:
        raise DebuggerError("program is not running")
    if rest:
        here = debugger.runner.breakpoints.at(debugger.machine.registers[PC])
        if here is None:
            raise DebuggerError("the program is not at a breakpoint that could be passed several times")
        debugger.runner.breakpoints.ignore(here.address, count - 1)
    yield Say("Continuing...")
    return (yield from _running(debugger, debugger.runner.go()))


def _step(debugger: Debugger, rest: str) -> Result:
    return _running(debugger, debugger.runner.steps(debugger.count(rest)))


def _next(debugger: Debugger, rest: str) -> Result:
    return _running(debugger, debugger.runner.over(debugger.count(rest)))


def _nextline(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    """Instructions as `next` takes them, until the line is another one."""
    return (yield from _lines(debugger, rest, next_line))


def _stepline(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    """As `nextline`, but functions whose source can be read are entered."""
    for file in dict.fromkeys(line.file for line in debugger.index.lines.values()):
        yield from text_of(debugger, file)
    return (yield from _lines(debugger, rest, step_line))


def _lines(debugger: Debugger, rest: str, plan: Callable[[Debugger], NextLine]) -> Generator[Request, Reply, str]:
    told = ""
    for _ in range(debugger.count(rest)):
        told = yield from debugger.runner.go(plan(debugger))
        ending = debugger.runner.ending
        if ending is None or ending.why is not Why.DONE:
            break
    return (yield from _with_source(debugger, told))


def next_line(debugger: Debugger) -> NextLine:
    """The plan to run to another source line."""

    def describe(address: int) -> str | None:
        line = debugger.index.line_at(address)
        return file_and_line(line) if line is not None else None

    return NextLine(describe)


def step_line(debugger: Debugger) -> NextLine:
    """The plan to run to another source line, also to that of a function which is called, if its text is known."""

    def enters(address: int) -> bool:
        line = debugger.index.line_at(address)
        return line is not None and (bool(line.text) or isinstance(debugger.texts.get(line.file), tuple))

    plan = next_line(debugger)
    plan.enters = enters
    return plan


def _finish(debugger: Debugger, rest: str) -> Result:
    debugger.nothing_after(rest)
    return _running(debugger, debugger.runner.out())


def _until(debugger: Debugger, rest: str) -> Result:
    behind = debugger.machine.registers[PC] + 4
    place = debugger.code_place(rest) if rest else behind & 0xFFFFFFFF
    return _running(debugger, debugger.runner.go(RunTo(place)))


def _jump(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    if not rest:
        raise DebuggerError("a place is missing: a label, an address, :LINE or an expression")
    place = debugger.code_place(rest)
    if debugger.machine.outcome is not None:
        raise DebuggerError("program is not running")
    debugger.runner.control.set_register(PC, place)
    yield Say(f"Continuing at 0x{place:08X}.")
    return (yield from _running(debugger, debugger.runner.go()))


def _running(debugger: Debugger, run: Generator[Request, Reply, str]) -> Generator[Request, Reply, str]:
    return (yield from _with_source(debugger, (yield from run)))


def _with_source(debugger: Debugger, told: str) -> Generator[Request, Reply, str]:
    """What a stop says, in a compiled program the line of source that it is at, and the displays."""
    index, pc = debugger.index, debugger.machine.registers[PC]
    line = index.line_at(pc)
    if told.startswith("Stopped") and line is not None and not line.text:
        lines = yield from text_of(debugger, line.file)
        known = isinstance(lines, tuple) and line.line <= len(lines)
        text = f": {lines[line.line - 1].strip()}" if known else ""
        told += f"\n  {index.place(pc)} at {file_and_line(line)}{text}"
    return debugger.with_displays(told)


def _load(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    if not rest:
        raise DebuggerError("a file is missing")
    program = yield ReadProgram(rest)
    if not isinstance(program, Program):
        raise DebuggerError(str(program))
    yield from restart(debugger)
    try:
        debugger.machine.load(program)
    except MemoryFault as error:
        raise DebuggerError(f"cannot load {rest}: {error.fault.message}") from None
    debugger.runner.breakpoints.keep_instructions_of(program)
    debugger.texts.clear()
    debugger.prepare()
    return f"Loaded {rest}, entry at 0x{program.entry:08X}"


def _reset(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    debugger.nothing_after(rest)
    program = debugger.machine.program
    if program is not None:
        debugger.machine.reload()
        debugger.runner.breakpoints.keep_instructions_of(program)
    yield from restart(debugger)
    return "VM reset"


FUNCTIONS: dict[str, Function] = {
    "run": _run, "start": _start, "continue": _continue, "step": _step, "next": _next, "nextline": _nextline,
    "stepline": _stepline,    "finish": _finish, "until": _until, "jump": _jump, "load": _load, "reset": _reset,
}  # fmt: skip
