"""Bodies of requests and answers of the HTTP interface (spec http-api.md sections 3 and 5).

A member with a default may be absent: in a request the default then counts, in an answer it means "empty".
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

U32 = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]
U64 = Annotated[int, Meta(ge=0, le=0x7FFF_FFFF_FFFF_FFFF)]


class Request(Struct, rename="camel", frozen=True):
    """Base of what a client sends."""


class Answer(Struct, rename="camel", frozen=True, omit_defaults=True):
    """Base of what the server sends."""


# -- requests


class CreateSession(Request, frozen=True):
    """Sizes are bytes; 0 is the default size. Without `fsRoot` the program's files live in a private folder."""

    memory_size: U32 = 0
    stack_size: U32 = 0
    heap_size: U32 = 0
    fs_root: str = ""
    max_cycles: U64 | None = None
    """Cycle limit, 0 for none; absent is the server's default."""
    protected: bool = False
    """Whether commands shall need a control key, which the answer has."""


class Load(Request, frozen=True):
    """A program: either its source text, or `elf`, an executable in base64.

    `name` is what messages and listings call it. An executable sees `name` and `arguments` as its command line.
    `sources` are the texts of its source files by name, or by the end of their path, for people to look at.
    """

    source: str = ""
    elf: bytes | None = None
    name: str = ""
    arguments: list[str] = []
    sources: dict[str, str] = {}


class StandardInput(Request, frozen=True):
    """Text for the program's standard input."""

    data: str = ""


class AtAddress(Request, frozen=True):
    """Where a breakpoint is to be set or removed."""

    address: U32 = 0


class NewWatchpoint(Request, frozen=True):
    """Where a watchpoint is to be set, and for which accesses: `read`, `write` or `readwrite`."""

    address: U32 = 0
    type: str = ""


class Expression(Request, frozen=True):
    """An expression of the debugger."""

    expression: str = ""


# -- answers: the server


class Error(Answer, frozen=True):
    """Why a request was refused. `code` repeats the status."""

    error: str
    code: int
    message: str = ""


class Gone(Answer, frozen=True):
    """A cursor that cannot be continued, and what can be had instead."""

    error: str
    message: str
    code: int
    epoch: str
    low: int
    high: int


class TimedOut(Answer, frozen=True):
    """The state that was waited for did not come. `status` is the present one."""

    error: str
    message: str
    code: int
    status: str


class Health(Answer, frozen=True):
    """The server is alive."""

    status: str
    sessions: int
    time: str


class Version(Answer, frozen=True):
    """Which server this is: the commit it was made from and when that was made, or "unknown". `buildDate` repeats
    `date`.
    """

    version: str
    commit: str
    date: str
    build_date: str


class ExecutionSettings(Struct, rename="camel", frozen=True):
    """How programs are executed."""

    max_cycles: U64 = 0
    stack_size: U32 = 65536
    default_entry: str = "0x8000"
    enable_trace: bool = False
    enable_mem_trace: bool = False
    enable_stats: bool = False


class DebuggerSettings(Struct, rename="camel", frozen=True):
    """What a debugger shows."""

    history_size: U32 = 1000
    auto_save_breakpoints: bool = True
    show_source: bool = True
    show_registers: bool = True


class DisplaySettings(Struct, rename="camel", frozen=True):
    """How things are displayed."""

    color_output: bool = True
    bytes_per_line: U32 = 16
    disasm_context: U32 = 5
    source_context: U32 = 5
    number_format: str = "hex"


class TraceSettings(Struct, rename="camel", frozen=True):
    """What a trace records."""

    output_file: str = "trace.log"
    filter_registers: str = ""
    include_flags: bool = True
    include_timing: bool = True
    max_entries: U32 = 100_000


class StatisticsSettings(Struct, rename="camel", frozen=True):
    """What statistics collect."""

    output_file: str = "stats.json"
    format: str = "json"
    collect_hot_path: bool = True
    track_calls: bool = True


class Configuration(Struct, rename="camel", frozen=True):
    """The settings of the server. `execution.maxCycles` counts for sessions created afterwards; 0 is no limit."""

    execution: ExecutionSettings = field(default_factory=ExecutionSettings)
    debugger: DebuggerSettings = field(default_factory=DebuggerSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    trace: TraceSettings = field(default_factory=TraceSettings)
    statistics: StatisticsSettings = field(default_factory=StatisticsSettings)


class Example(Answer, frozen=True):
    """A program that comes with the server. `size` is in bytes."""

    name: str
    size: int
    description: str


class ExampleList(Answer, frozen=True):
    """All examples, by name."""

    examples: list[Example]
    count: int


class ExampleText(Answer, frozen=True):
    """One example. `size` is in bytes."""

    name: str
    content: str
    size: int
    description: str


# -- answers: sessions and execution


class Success(Answer, frozen=True):
    """It was done."""

    success: bool
    message: str


class SessionCreated(Answer, frozen=True):
    """A new session. `controlKey` is told here and nowhere else."""

    session_id: str
    created_at: datetime
    control_key: str = ""


class SessionList(Answer, frozen=True):
    """The ids of all sessions, oldest first."""

    sessions: list[str]
    count: int


class SessionStatus(Answer, frozen=True):
    """The state of a session. `hasWrite`: the most recent run or step stored to memory."""

    session_id: str
    state: str
    pc: U32
    cycles: U64
    has_write: bool
    error: str = ""
    write_addr: U32 = 0
    write_size: U32 = 0


class LastWrite(Answer, frozen=True):
    """The last store of the most recent run or step."""

    address: U32
    size: U32


class NumericStatus(Answer, frozen=True):
    """As SessionStatus. `state`: 0 idle, 1 running, 2 breakpoint, 3 halted, 4 error, 5 waiting for input."""

    state: int
    pc: U32
    cycles: U64
    error: str | None
    last_write: LastWrite | None


class Loaded(Answer, frozen=True):
    """The program is in memory. `symbols` are its labels."""

    success: bool
    entry_point: U32
    symbols: dict[str, int] = field(default_factory=dict)


class ParseError(Answer, frozen=True):
    """One error in a source. `line` and `column` count from 1."""

    line: int
    column: int
    message: str


class LoadFailed(Answer, frozen=True):
    """The source has errors; the session is as it was."""

    success: bool
    error: str
    message: str
    code: int
    errors: list[str]
    parse_errors: list[ParseError]


class Flags(Struct, frozen=True):
    """The condition flags."""

    n: bool
    z: bool
    c: bool
    v: bool


class RegisterValues(Struct, frozen=True):
    """The registers as messages carry them."""

    r0: U32
    r1: U32
    r2: U32
    r3: U32
    r4: U32
    r5: U32
    r6: U32
    r7: U32
    r8: U32
    r9: U32
    r10: U32
    r11: U32
    r12: U32
    sp: U32
    lr: U32
    pc: U32
    cpsr: Flags


class Registers(RegisterValues, frozen=True):
    """The registers as answers carry them. `registers` repeats R0 to PC as a list of sixteen."""

    cycles: U64
    registers: list[int]


class MemoryBytes(Answer, frozen=True):
    """Bytes of memory, in base64."""

    address: U32
    data: bytes
    length: int


class Instruction(Answer, frozen=True):
    """An instruction word and its text: the source line where known. `mnemonic` repeats it; `decoded` is the
    instruction itself, or `.word` for data of the program.
    """

    address: U32
    machine_code: U32
    disassembly: str
    mnemonic: str
    symbol: str = ""
    decoded: str = ""


class Disassembly(Answer, frozen=True):
    """Consecutive instructions."""

    instructions: list[Instruction]


class MappedLine(Answer, frozen=True):
    """The source line an instruction comes from. `lineNumber` counts from 1; `sourceText` repeats `line`.

    Of a compiled program `lineNumber` counts as if its files were one, beginning with the one that has `main`; `file`
    and `fileLine` say which line it really is.
    """

    address: U32
    line_number: int
    line: str
    source_text: str
    file: str = ""
    file_line: int = 0


class SourceMap(Answer, frozen=True):
    """Lines with instructions, each address and each line once. `entries` repeats `sourceMap`."""

    source_map: list[MappedLine]
    entries: list[MappedLine]


class Breakpoints(Answer, frozen=True):
    """Addresses, ascending."""

    breakpoints: list[U32]


class Watchpoint(Answer, frozen=True):
    """A watchpoint that was set."""

    id: int
    address: U32
    type: str


class WatchpointEntry(Answer, frozen=True):
    """A watchpoint in the list."""

    id: int
    address: U32
    type: str
    enabled: bool


class Watchpoints(Answer, frozen=True):
    """All watchpoints, by id."""

    watchpoints: list[WatchpointEntry]


class Value(Answer, frozen=True):
    """The value of an expression. `value` repeats `result`."""

    result: U32
    value: U32


class Console(Answer, frozen=True):
    """What was written since the session was created; `dropped` characters before it are no longer kept."""

    output: str
    dropped: int = 0


class TraceEntry(Answer, frozen=True):
    """One executed instruction. `sequence` is its cycle; `durationNs` is 0, as a trace holds no times: so the same run
    has the same trace.
    """

    sequence: U64
    address: U32
    opcode: U32
    disassembly: str
    register_changes: dict[str, int]
    flags: Flags
    duration_ns: int


class Trace(Answer, frozen=True):
    """What the trace recorded."""

    entries: list[TraceEntry]
    count: int


class Statistics(Answer, frozen=True):
    """What the program did."""

    total_instructions: int
    total_cycles: int
    execution_time_ms: int
    instructions_per_sec: float
    instruction_counts: dict[str, int]
    branch_count: int
    branch_taken_count: int
    branch_missed_count: int
    memory_reads: int
    memory_writes: int
    bytes_read: int
    bytes_written: int
