"""Bodies of requests and answers of a debugger's page: source, breakpoints, watchpoints, stack, values, writes.

As in `emu.wire.models`, a member with a default may be absent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from emu.wire.models import U32, Answer, Request

LONGEST_TEXT = 4096

Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Access = Literal["read", "write", "readwrite", "change"]
Format = Literal["hex", "signed", "unsigned", "binary", "octal", "character"]


# -- assembling without a session


class Assemble(Request, frozen=True):
    """A source to be assembled; `name` is what diagnostics call it. With `lint`, findings of the linter come too."""

    source: str = ""
    name: Annotated[str, Meta(max_length=255)] = ""
    lint: bool = False


class SourceFix(Answer, frozen=True):
    """A change that would settle a finding: `text` for the columns of a line. With a line feed at its end, it becomes
    a line of its own in front.
    """

    line: int
    column: int
    end_column: int
    text: str
    description: str


class SourceDiagnostic(Answer, frozen=True):
    """What is to be said about a place in a source. Lines and columns count from 1; `endColumn` is behind the last
    character.
    """

    file: str
    line: int
    column: int
    end_column: int
    severity: str
    code: str
    message: str
    hint: str = ""
    fix: SourceFix | None = None


class Assembled(Answer, frozen=True):
    """Whether a source is a program, what is to be said about it, and what it would be. `size` is in bytes."""

    ok: bool
    diagnostics: list[SourceDiagnostic]
    entry_point: U32 | None = None
    size: int | None = None
    instructions: int | None = None


# -- the program's source


class SourceText(Answer, frozen=True):
    """A file that the program was made from."""

    name: str
    text: str


class ProgramSource(Answer, frozen=True):
    """What the program was made from. `kind` is `assembly` or `elf`; of the latter the texts are empty."""

    revision: int
    name: str
    kind: str
    files: list[SourceText]


class CodeLine(Answer, frozen=True):
    """A source line that put `size` bytes at an address."""

    address: U32
    file: str
    line: int
    size: int
    is_code: bool


class CodeLines(Answer, frozen=True):
    """The whole source map, in source order."""

    revision: int
    lines: list[CodeLine]


class ProgramSymbol(Answer, frozen=True):
    """A symbol. `kind` is `label` or `constant`; `isCode` if an instruction is at the label."""

    name: str
    value: U32
    kind: str
    is_code: bool
    file: str = ""
    line: int = 0


class ProgramSymbols(Answer, frozen=True):
    """All symbols, by name."""

    symbols: list[ProgramSymbol]


# -- breakpoints and watchpoints


class NewBreakpoint(Request, frozen=True):
    """`place` is a label, an address, `:LINE`, `FILE:LINE` or an expression. One that is there already is replaced and
    keeps its number.
    """

    place: Text = ""
    condition: Text = ""
    temporary: bool = False
    enabled: bool = True


class BreakpointChange(Request, frozen=True):
    """What is to change; an empty condition removes it."""

    condition: Text | None = None
    temporary: bool | None = None
    enabled: bool | None = None


class PlacedBreakpoint(Answer, frozen=True):
    """A breakpoint. `label` is the nearest label, with an offset if need be; `hits` counts the stops."""

    number: int
    address: U32
    temporary: bool
    enabled: bool
    hits: int
    condition: str = ""
    label: str = ""
    file: str = ""
    line: int = 0


class WatchRequest(Request, frozen=True):
    """`expression` is a register, or a place that may stand in brackets (`[counter]`, `[sp].b`); `length` is in bytes,
    4 where nothing else is said.
    """

    expression: Text = ""
    access: Access = "write"
    length: U32 | None = None


class Switch(Request, frozen=True):
    """Whether it is to be in force."""

    enabled: bool = True


class Watched(Answer, frozen=True):
    """A watchpoint on memory (`address`, `length`) or on a `register`. `lastValue` are the first four bytes at most."""

    number: int
    expression: str
    access: str
    enabled: bool
    hits: int
    last_value: U32
    address: U32 | None = None
    length: int | None = None
    register: str = ""


class DisplayedValue(Answer, frozen=True):
    """An expression that is shown at every stop."""

    number: int
    expression: str
    value: U32 | None = None
    error: str = ""


class DebugView(Answer, frozen=True):
    """The debugger's lists from one moment, behind event `seq`. `revision` counts loaded programs."""

    revision: int
    state: str
    seq: int
    breakpoints: list[PlacedBreakpoint]
    watchpoints: list[Watched]
    displays: list[DisplayedValue]


# -- running and changing


class Place(Request, frozen=True):
    """A label, an address, `:LINE`, `FILE:LINE` or an expression."""

    place: Text = ""


class RegisterValue(Request, frozen=True):
    """A number, or an expression of the debugger."""

    value: U32 | Text


class MemoryWrite(Request, frozen=True):
    """Bytes in base64, and where they go."""

    address: U32
    data: bytes


class CommandLine(Request, frozen=True):
    """A line in the debugger's language."""

    line: Text = ""


class CommandOutput(Answer, frozen=True):
    """What the debugger says, and whether it could not do what the line wants."""

    output: str
    failed: bool


# -- looking


class Frame(Answer, frozen=True):
    """An active call, 0 being the innermost. `address` is where it goes on; of a caller, `line` is its call's."""

    number: int
    address: U32
    stack_pointer: U32
    label: str = ""
    offset: int | None = None
    file: str = ""
    line: int = 0
    return_address: U32 | None = None


class StackWord(Answer, frozen=True):
    """A word of the stack; `label` lies exactly where `value` points to."""

    address: U32
    value: U32
    label: str = ""


class Stack(Answer, frozen=True):
    """Active calls, the innermost first, and words from the stack pointer upwards."""

    stack_pointer: U32
    frames: list[Frame]
    words: list[StackWord]


class Expressions(Request, frozen=True):
    """Expressions of the debugger, and how their values are to be written in `text`."""

    expressions: Annotated[list[Text], Meta(max_length=256)] = field(default_factory=list)
    format: Format | None = None


class ExpressionValue(Answer, frozen=True):
    """The value of an expression, or why it has none."""

    expression: str
    value: U32 | None = None
    text: str = ""
    error: str = ""


class ExpressionValues(Answer, frozen=True):
    """One for each expression, in the same order."""

    values: list[ExpressionValue]


class Control(Answer, frozen=True):
    """Whether commands to the session need its control key, and whether this request has it."""

    protected: bool
    granted: bool
