"""What a session can be told or asked: a closed union of commands, each with the type of its answer.

Commands travel through the session's inbox and take effect between two slices of execution. A command that cannot be
carried out answers with a `CommandFailed`; nothing else of the session is affected. The `Reply` around every answer
carries the seq of the last event that the command itself caused, or the log's high at that moment if it caused none.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from attrs import field, frozen

from emu.actors.events import StateChanged
from emu.isa.analysis.statistics import Statistics
from emu.isa.program import SourceLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.isa.assembler import Diagnostic

Answer_co = TypeVar("Answer_co", covariant=True)


class Refusal(Enum):
    """Why a command was not carried out. The gateway maps these to status codes."""

    NO_PROGRAM = "no_program"
    IS_RUNNING = "is_running"
    """A step while the program runs (decision D5)."""
    STEP_FAILED = "step_failed"
    IN_ERROR_STATE = "in_error_state"
    NOT_IN_FUNCTION = "not_in_function"
    BAD_ADDRESS = "bad_address"
    NOT_FOUND = "not_found"
    BAD_EXPRESSION = "bad_expression"
    STATS_OFF = "stats_off"
    BAD_VALUE = "bad_value"
    CLOSED = "closed"
    """The session has ended, or ended while the command waited."""
    CRASHED = "crashed"
    HELD = "held"
    """A subscriber is so far behind that nothing more may be appended to the log. To be tried again later."""
    KEY_REUSED = "key_reused"
    """A request id that already belongs to another command."""


class CommandFailed(Exception):
    """A command was refused. `message` is for people, without prefix."""

    def __init__(self, refusal: Refusal, message: str, seq: int = 0) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message
        self.seq = seq


class Command(Generic[Answer_co]):
    """Base of all commands; the parameter is the type of the answer."""

    __slots__ = ()


@frozen
class Reply(Generic[Answer_co]):
    """An answer, and the event number it goes with."""

    answer: Answer_co
    seq: int


# -- programs and execution


@frozen
class Loaded:
    """A program was assembled and is in memory."""

    labels: Mapping[str, int]
    entry: int


@frozen
class LoadRefused:
    """The source has errors, or the file is no program; the session is as it was."""

    diagnostics: tuple[Diagnostic, ...]


@frozen
class Load(Command["Loaded | LoadRefused"]):
    """Assembles a source and replaces the program; stops one that runs."""

    source: bytes
    name: str = "api"


def _digest(data: bytes) -> str:
    return f"{len(data)} bytes {hashlib.blake2b(data, digest_size=16).hexdigest()}"


@frozen
class LoadElf(Command["Loaded | LoadRefused"]):
    """Replaces the program by a compiled one (an ELF executable); stops one that runs.

    `arguments` are the program's own. Encoded as UTF-8 they must not contain a 0 byte and must fit on the stack.
    `sources` are names of source files and their texts, for people to look at.
    """

    image: bytes = field(repr=_digest)
    name: str = "program.elf"
    arguments: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


@frozen
class Run(Command[None]):
    """Starts or continues; restarts first from HALTED and ERROR. Answers once execution has begun."""


@frozen
class Stop(Command[None]):
    """Answers when the program has stopped. Not an error when nothing runs."""


@frozen
class Step(Command[StateChanged]):
    """One instruction. Waits for input if the instruction does."""


@frozen
class StepOver(Command[StateChanged]):
    """As Step, but a branch with link runs until it returns to the same frame."""


@frozen
class StepOut(Command[StateChanged]):
    """Runs until the current function returns."""


@frozen
class Restart(Command[None]):
    """Registers, flags and cycles to their start values; memory, breakpoints, watchpoints and console stay."""


@frozen
class Reset(Command[None]):
    """Removes the program and everything that belongs to it; the console stays."""


@frozen
class SendInput(Command[None]):
    """Text for the program's standard input (spec http-api.md 5.18)."""

    text: str


@frozen
class CloseInput(Command[None]):
    """Later reads see the end of input."""


# -- looking


@frozen
class GetState(Command[StateChanged]):
    """The state now."""


@frozen
class ReadMemory(Command[bytes]):
    """Bytes as a debugger sees them: unmapped ones are zero, addresses wrap."""

    address: int
    length: int


@frozen
class DisassemblyLine:
    """One instruction word. `text` is the source line where known, else the disassembly, which `decoded` always is."""

    address: int
    word: int
    text: str
    symbol: str | None
    decoded: str = ""


@frozen
class Disassemble(Command[tuple[DisassemblyLine, ...]]):
    """Up to `count` words from `address`; ends early at unmapped memory."""

    address: int
    count: int


@frozen
class GetSourceMap(Command[tuple[SourceLine, ...]]):
    """The source lines of instructions, in source order."""


@frozen
class ConsoleText:
    """All text written since the session was created, or its tail; `dropped` characters came before it."""

    text: str
    dropped: int


@frozen
class GetConsole(Command[ConsoleText]):
    """The console."""


# -- breakpoints, watchpoints, expressions


@frozen
class SetBreakpoint(Command[None]):
    """Stops before the instruction at `address`. Refused where no instruction was assembled."""

    address: int


@frozen
class RemoveBreakpoint(Command[None]):
    """Removes the breakpoint at `address`."""

    address: int


@frozen
class ListBreakpoints(Command[tuple[int, ...]]):
    """Addresses, ascending."""


@frozen
class WatchpointInfo:
    """A watchpoint as set. `access` is `read`, `write` or `readwrite`."""

    id: int
    address: int
    access: str
    enabled: bool = True


@frozen
class SetWatchpoint(Command[WatchpointInfo]):
    """Stops after an instruction that accesses the word at `address`."""

    address: int
    access: str = "readwrite"


@frozen
class RemoveWatchpoint(Command[None]):
    """Removes the watchpoint with this id."""

    id: int


@frozen
class ListWatchpoints(Command[tuple[WatchpointInfo, ...]]):
    """All of them, by id."""


@frozen
class Evaluate(Command[int]):
    """The value of an expression, 32-bit unsigned (spec debugger.md section 6). Enters the value history."""

    expression: str


# -- trace and statistics


@frozen
class SetTrace(Command[None]):
    """Turns the execution trace on (and empties it) or off."""

    enabled: bool


@frozen
class TraceEntry:
    """One executed instruction (spec http-api.md 5.19)."""

    sequence: int
    address: int
    word: int
    disassembly: str
    register_changes: Mapping[str, int]
    flags: tuple[bool, bool, bool, bool]


@frozen
class GetTrace(Command[tuple[TraceEntry, ...]]):
    """What the trace recorded; empty if it was never on."""


@frozen
class SetStatistics(Command[None]):
    """Turns statistics on (from zero) or off."""

    enabled: bool


@frozen
class GetStatistics(Command[tuple[Statistics, float]]):
    """The figures, and the milliseconds of execution they cover. Refused if statistics were never on."""


AnyCommand: TypeAlias = Command[object]
