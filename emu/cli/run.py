"""`emu run`: assemble or load, execute, and hand the program's own exit status on.

The program's output goes straight to standard output; all that emu itself has to say goes to standard error, after
everything the program printed.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from time import monotonic

from emu.cli import output, programs, trace_options
from emu.cli.interrupts import CtrlC
from emu.cli.options import DIRECTORIES, FILES, Command, Example, Operand, Option
from emu.cli.status import CLOSED_PIPE, FAULT, INTERRUPTED, CommandError
from emu.host.performer import HostPerformer
from emu.host.stdio import OutputLost, Stdio
from emu.isa.layout import MAX_STACK_SIZE, REGION_SIZE, Layout
from emu.isa.machine import Machine
from emu.isa.places import address_name, source_line
from emu.isa.stops import Faulted, Halted, LimitReached
from emu.services.driver import GuestBreakpoint, drive
from emu.services.effects import HostErrorKind
from emu.services.services import Services

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments
    from emu.cli.statistics import StatisticsReport
    from emu.cli.traces import Traces
    from emu.isa.program import Program
    from emu.services.driver import DriveStop, RunnableGuest

SWITCH_SECONDS = 0.0005
"""How long a thread that compiles keeps the interpreter while the program wants to go on."""

NEW_OBJECTS = 100_000
"""Collect garbage when there are so many more objects than the last time. An engine that translates makes thousands of
them, all of which stay.
"""

SHORT_TURN, LONG_TURN = 1 << 17, 1 << 24
"""Instructions between two times that output is passed on: at least and at most."""

QUICK, SLOW = 0.01, 0.05
"""Seconds: a turn that takes less may be longer the next time, one that takes more must be shorter."""

COMMAND = Command(
    "run",
    "Assembles FILE and runs it; a compiled program (an ELF executable) is run as it is. The program reads standard "
    "input and writes standard output and standard error; its exit code becomes the exit status. ARGUMENTS are the "
    "program's own (system call 0x32). Options come before FILE.",
    options=(
        Option(
            "max-cycles", "stop with a fault after N cycles; 0 is no limit, and the default", value="N", number=True
        ),
        Option(
            "stack-size",
            f"bytes of stack, up to {MAX_STACK_SIZE:#x}; default {REGION_SIZE}, for a compiled program 1 MiB",
            value="BYTES",
            number=True,
            highest=MAX_STACK_SIZE,
        ),
        programs.MEMORY,
        programs.ENTRY,
        Option(
            "fsroot",
            "the directory that the program's files are confined to; default: the current one",
            value="DIRECTORY",
            completes=DIRECTORIES,
        ),
        Option(
            "seed",
            "make random numbers repeatable; any integer",
            value="N",
            number=True,
            lowest=-(1 << 63),
        ),
        Option(
            "engine",
            "how instructions are executed: native makes machine code of hot code, python translates it into Python "
            "functions, interpreter executes one after the other, auto chooses; the results are the same",
            value="ENGINE",
            choices=("auto", "native", "python", "interpreter"),
        ),
        Option("explain-engine", "tell at the end what became hot, how it was translated, and how much ran where"),
        Option("stack-guard", "stop with a fault when SP falls below the stack"),
        Option("stats", "count what the program does and show the figures at the end"),
        Option("stats-file", "write the figures to FILE", value="FILE", completes=FILES),
        Option(
            "stats-format", "the format of that file; default json", value="FORMAT", choices=("json", "csv", "html")
        ),
        *trace_options.OPTIONS,
        programs.DEFINE,
        Option("verbose", "say what is run, and where it ended with which registers", short="v"),
    ),
    operands=(
        Operand("FILE", "a source or an ELF executable; - reads it from standard input"),
        Operand("ARGUMENTS", "words for the program", optional=True, repeats=True),
    ),
    options_first=True,
    examples=(
        Example("emu run hello.s", "run a program"),
        Example("emu run greet.s Ada Grace", "with arguments"),
        Example("echo 42 | emu run double.s", "with input"),
        Example("emu run --stats -v sieve.s", "and see what it did, and its registers"),
        Example("emu run samples/c/wordfreq.elf README.md", "run a compiled C program"),
        Example("emu run --max-cycles 1000000 loop.s", "stop it if it does not stop by itself"),
        Example("emu run --stats-file s.html --stats-format html sieve.s", "figures for the browser"),
        Example("emu run --trace --trace-filter R0,SP hello.s", "every instruction and what it changed, in trace.log"),
        Example("emu run --coverage-format source sieve.s", "how often each line was executed, in coverage.s.cov"),
        Example("emu run -D SIZE=100 --seed 7 shuffle.s", "define a constant, repeat the same random numbers"),
    ),
    notes="Exit status: the program's exit code modulo 256; 1 errors in the source or a file; 2 wrong usage; 3 "
    "run-time fault; 130 Ctrl-C; 141 whoever read the output has gone.",
)


def execute(arguments: Arguments) -> int:
    """Runs a program and returns what the shell shall see."""
    path, words = arguments.operands[0], arguments.operands[1:]
    root = _root(arguments)
    stack_size = arguments.number("stack-size")
    layout = Layout() if stack_size is None else Layout(stack_size=stack_size)
    memory_size = arguments.number("memory")
    program = programs.loaded(path, arguments, layout, memory_size=memory_size, stack_size=stack_size)
    if not program.segments:
        raise CommandError(f"there is nothing to run in {program.name}", hint="a program ends with SWI #0")
    machine = Machine(layout, engine=_engine(arguments), stack_guard=arguments.switch("stack-guard"))
    machine.cycle_limit = arguments.number("max-cycles") or 0
    machine.prepare_native = partial(_prepare_native, machine)
    machine.load(program)
    explanation = None
    if arguments.switch("explain-engine"):
        from emu.cli.explanation import EngineExplanation

        explanation = EngineExplanation(machine)
    services = _services(path, words, machine)
    statistics = _statistics(arguments, machine)
    traces = _traces(arguments, machine)
    verbose = arguments.switch("verbose")
    if verbose:
        from emu.cli import report

        files = (statistics.files() if statistics is not None else "") + (traces.files() if traces is not None else "")
        output.note(report.before(machine, program, root) + files)
    try:
        driven = traces.driven() if traces is not None else machine
        status = _run(machine, driven, services, _performer(services, root, arguments.number("seed")))
    finally:
        if traces is not None:
            traces.finish()
    if statistics is not None:
        statistics.finish()
    if explanation is not None:
        output.note(explanation.text())
    if verbose:
        from emu.cli import report

        output.note(report.after(machine) + (f"\n{traces.summary()}" if traces is not None else ""))
    return status


def _prepare_native(machine: Machine) -> None:
    from emu.host.background import ThreadBackground
    from emu.host.code_cache import DiskCodeCache

    machine.code_cache, machine.background = DiskCodeCache(), ThreadBackground()
    sys.setswitchinterval(SWITCH_SECONDS)


def _engine(arguments: Arguments) -> str:
    if _reports(arguments):
        from emu.cli import traces

        if traces.single_steps(arguments):
            return "interpreter"
    return arguments.text("engine") or "auto"


def _reports(arguments: Arguments) -> bool:
    return any(arguments.text(name) is not None for name in trace_options.NAMES)


def _traces(arguments: Arguments, machine: Machine) -> Traces | None:
    if not _reports(arguments):
        return None
    from emu.cli.traces import Traces

    return Traces(arguments, machine)


def _root(arguments: Arguments) -> str:
    root = arguments.text("fsroot")
    if root is None:
        return "."
    if not os.path.isdir(root):
        problem = "is not a directory" if os.path.exists(root) else "does not exist"
        raise CommandError(f"--fsroot {root} {problem}")
    return root


def _services(path: str, words: list[str], machine: Machine) -> Services:
    places = machine.memory_map
    services = Services(
        [os.fsencode(word) for word in words],
        (places.heap_start, places.heap_end),
        stack=(places.stack_start, places.stack_top),
        name=os.fsencode(os.path.basename(path)),
    )
    if services.arguments:
        from emu.services.arguments import ArgumentsTooLong

        try:
            if machine.program is not None and machine.program.memory_map is not None:
                from emu.services.semihosting import command_line

                command_line(services.name, services.arguments)
            services.prepare(machine, places.stack_start)
        except ArgumentsTooLong as error:
            raise CommandError(str(error), hint="--stack-size gives the program a larger stack") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
    return services


def _statistics(arguments: Arguments, machine: Machine) -> StatisticsReport | None:
    file, chosen = arguments.text("stats-file"), arguments.text("stats-format")
    if not arguments.switch("stats") and file is None and chosen is None:
        return None
    from emu.cli.statistics import StatisticsReport

    if chosen is not None and file is None:
        file = f"stats.{chosen}"
    return StatisticsReport(machine, file, chosen or "json", shown=arguments.switch("stats"))


def _performer(services: Services, root: str, seed: int | None) -> HostPerformer:
    stdio = Stdio(services.console)
    if seed is None:
        return HostPerformer(stdio, root)
    from emu.host.randomness import SeededRandom

    return HostPerformer(stdio, root, random=SeededRandom(seed))


def _run(machine: Machine, driven: RunnableGuest, services: Services, performer: HostPerformer) -> int:
    """Executes to the end, says why it ended unless the program did that itself, and returns the exit status."""
    gc.freeze()  # what there is now stays: no use in looking at it again and again
    gc.set_threshold(NEW_OBJECTS)
    gc.enable()
    try:
        with CtrlC(machine, performer.stdio) as ctrl_c:
            turn, started = SHORT_TURN, monotonic()
            while isinstance(stop := drive(driven, services, performer, turn, after_slice=ctrl_c.check), LimitReached):
                ctrl_c.check()
                performer.stdio.flush()
                now = monotonic()
                turn = _next_turn(turn, now - started)
                started = now
            performer.close()
    except KeyboardInterrupt:
        return _interrupted(machine, performer)
    except OutputLost as lost:
        return _output_lost(machine, lost)
    except CommandError:
        performer.close(interrupted=True)
        raise
    return _ended(machine, stop)


def _next_turn(turn: int, seconds: float) -> int:
    """How many instructions to execute next, given how long the last `turn` took."""
    if seconds > SLOW:
        return SHORT_TURN
    return min(2 * turn, LONG_TURN) if seconds < QUICK else turn


def _ended(machine: Machine, stop: DriveStop) -> int:
    if isinstance(stop, Halted):
        return stop.exit_code & 0xFF
    pc = machine.registers[15]
    if isinstance(stop, Faulted):
        from emu.cli.causes import probable_cause

        message = stop.fault.message + probable_cause(machine, stop.fault)
        _complain(machine.program, stop.fault.pc, "runtime error", message, stop.fault.kind.value)
    elif isinstance(stop, GuestBreakpoint):
        _complain(machine.program, pc, "runtime error", "breakpoint call (SWI #0xF1) outside a debugger", "breakpoint")
    return FAULT


def _interrupted(machine: Machine, performer: HostPerformer) -> int:
    try:
        performer.close(interrupted=True)
    except (OutputLost, KeyboardInterrupt):
        pass
    _complain(machine.program, machine.registers[15], "interrupted", f"after {machine.instructions} instructions")
    return INTERRUPTED


def _output_lost(machine: Machine, lost: OutputLost) -> int:
    if lost.error.kind is HostErrorKind.CLOSED_PIPE:
        return CLOSED_PIPE
    message = output.NO_SPACE if lost.error.kind is HostErrorKind.NO_SPACE else str(lost)
    place = address_name(machine.program, machine.registers[15])
    raise CommandError(message, hint=f"the program was stopped at {place}")


def _complain(program: Program | None, pc: int, what: str, message: str, code: str = "") -> None:
    """An empty line, then one line: source position, what happened, address as number and as label+offset, why."""
    line = source_line(program, pc)
    position = f"{output.printable(line.file)}:{line.line}: " if line is not None else ""
    name = address_name(program, pc)
    label = "" if name.startswith("0x") else f" ({name})"
    coloured = output.colours(output.STDERR)
    ending = f" [{code}]" if code else ""
    text = f"{output.paint(what, output.RED, on=coloured)} at PC=0x{pc:08X}{label}: {output.printable(message)}{ending}"
    output.note(f"\n{position}{text}\n")
