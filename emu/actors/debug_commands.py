"""What a debugger in another program tells or asks a session: the commands beside those of `emu.actors.commands`.

Those that change something are journaled and publish what changed; the questions leave no trace.
"""

from __future__ import annotations

from attrs import frozen

from emu.actors.commands import Command
from emu.actors.events import StateChanged, Status
from emu.actors.recorders import ReportSource
from emu.debugger.breakpoints import Breakpoint
from emu.debugger.unwinding import Frame
from emu.debugger.watchpoints import Watchpoint
from emu.isa.program import SourceLine, Symbol

# -- breakpoints and watchpoints


@frozen
class Located:
    """What is known about an address: the label and offset, and where it comes from."""

    address: int
    label: str | None = None
    offset: int = 0
    file: str | None = None
    line: int | None = None


@frozen
class PlacedBreakpoint:
    """A breakpoint, and what is known about its address."""

    breakpoint: Breakpoint
    place: Located


@frozen
class PutBreakpoint(Command[PlacedBreakpoint]):
    """Sets or replaces the breakpoint at a place: a label, an address, `:LINE`, `FILE:LINE` or any expression."""

    place: str
    condition: str | None = None
    temporary: bool = False
    enabled: bool = True


@frozen
class ChangeBreakpoint(Command[PlacedBreakpoint]):
    """Changes what is not None. An empty condition removes it."""

    number: int
    condition: str | None = None
    temporary: bool | None = None
    enabled: bool | None = None


@frozen
class DeleteBreakpoint(Command[None]):
    """Removes the breakpoint with this number."""

    number: int


@frozen
class PutWatchpoint(Command[Watchpoint]):
    """Watches a register, or `length` bytes (None: four) at a place, which may stand in brackets."""

    expression: str
    access: str = "write"
    length: int | None = None


@frozen
class ChangeWatchpoint(Command[Watchpoint]):
    """Turns a watchpoint on or off."""

    number: int
    enabled: bool


# -- running and changing


@frozen
class RunUntil(Command[None]):
    """Runs to a place, or to what stops the program before. Answers once execution has begun."""

    place: str


@frozen
class WriteRegister(Command[StateChanged]):
    """Sets `r0` to `r15`, `sp`, `lr`, `pc`, a flag `n` `z` `c` `v`, or `cpsr`, to a number or an expression's value."""

    name: str
    value: int | str


@frozen
class WriteMemory(Command[None]):
    """Stores bytes, whatever the program may do there."""

    address: int
    data: bytes


@frozen
class CommandOutput:
    """What the debugger says to a line, and whether it could not do what the line wants."""

    output: str
    failed: bool


@frozen
class CarryOut(Command[CommandOutput]):
    """A line in the debugger's language (spec debugger.md 2.2). One that runs the program answers once that has begun;
    if a single instruction was all, once it is executed.
    """

    line: str


@frozen
class SetReport(Command[None]):
    """Records what a report of this kind needs, from nothing; or records it no longer. Kinds are those of
    `emu.actors.reports`.
    """

    kind: str
    enabled: bool


# -- looking


@frozen
class GetReport(Command[ReportSource]):
    """A report in one of its formats; empty is the first. Refused if it was never recorded."""

    kind: str
    format: str = ""


@frozen
class SourceFile:
    """A text that a program was made from."""

    name: str
    text: str


@frozen
class ProgramSource:
    """What the program was made from. `kind` is `assembly` or `elf`; of the latter, texts may be empty."""

    name: str
    kind: str = "assembly"
    files: tuple[SourceFile, ...] = ()


@frozen
class LoadedSource:
    """The source, and how often a program was loaded or removed so far."""

    revision: int
    source: ProgramSource


@frozen
class GetSource(Command[LoadedSource]):
    """Refused without a program."""


@frozen
class MappedLines:
    """The whole source map: all lines that put something into memory."""

    revision: int
    lines: tuple[SourceLine, ...]


@frozen
class GetLines(Command[MappedLines]):
    """The whole source map; empty without a program."""


@frozen
class GetSymbols(Command[tuple[Symbol, ...]]):
    """All labels and constants, by name."""


@frozen
class Display:
    """An expression that is shown at every stop."""

    number: int
    expression: str
    value: int | None
    error: str | None


@frozen
class DebugView:
    """What a debugger's page shows beside the machine, from one moment."""

    revision: int
    status: Status
    breakpoints: tuple[PlacedBreakpoint, ...]
    watchpoints: tuple[Watchpoint, ...]
    displays: tuple[Display, ...]


@frozen
class GetDebug(Command[DebugView]):
    """Breakpoints, watchpoints and displays."""


@frozen
class StackFrame:
    """An active call."""

    frame: Frame
    place: Located


@frozen
class StackWord:
    """A word of the stack; `label` is what lies exactly at the address that the word is."""

    address: int
    value: int
    label: str | None


@frozen
class StackView:
    """The active calls, the innermost first, and the words from SP upwards as far as memory is mapped."""

    stack_pointer: int
    frames: tuple[StackFrame, ...]
    words: tuple[StackWord, ...]


@frozen
class GetStack(Command[StackView]):
    """The stack, `words` words of it."""

    words: int


@frozen
class Evaluated:
    """The value of an expression, or why it has none."""

    expression: str
    value: int | None
    error: str | None = None


@frozen
class EvaluateAll(Command[tuple[Evaluated, ...]]):
    """Many values at once, outside of the value history."""

    expressions: tuple[str, ...]
