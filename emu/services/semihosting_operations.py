"""The operations of semihosting, one row each (Arm semihosting specification 2.0, section 5).

A parameter block that the program may not read, or a buffer it may not touch, is a fault, as it would be had the
program touched it itself. What the host refuses is an error value, and its error number is there for SYS_ERRNO.
"""

from __future__ import annotations

from struct import unpack

from emu.isa.bits import MASK32, signed
from emu.isa.values import Record
from emu.services.console import NEED_MORE
from emu.services.effects import (
    AwaitInput,
    Close,
    FileSize,
    HostError,
    HostErrorKind,
    Now,
    Open,
    OpenMode,
    ReadFile,
    Remove,
    Rename,
    Stream,
    Warn,
    Write,
    WriteFile,
)
from emu.services.guest import Exited
from emu.services.semihosting import (
    EBADF,
    EINVAL,
    EMFILE,
    ENOSYS,
    ESPIPE,
    MOST_FILES,
    Kind,
    Opened,
    Semihosting,
    command_line,
)
from emu.services.text import printable, read_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TypeAlias

    from emu.services.effects import Answer, Effect
    from emu.services.guest import Guest
    from emu.services.services import Services
    from emu.services.swi import Asking, Result

    OperationMeaning: TypeAlias = Callable[[Services, Semihosting, Guest], Result | Asking]

NAME_LIMIT = 4096
"""Longest file name in bytes."""
TRANSFER_LIMIT = 1 << 20
"""Most bytes that one operation moves; the program is told how many were left."""
TICKS_PER_SECOND = 1000
APPLICATION_EXIT = 0x20026
"""ADP_Stopped_ApplicationExit: the program ended by itself."""

FEATURES = b"SHFB" + bytes((0b11,))
"""The contents of `:semihosting-features`: extended exit, and `:tt` opened for appending is the error stream."""

_CONSOLE_NAME, _FEATURES_NAME = b":tt", b":semihosting-features"
_LAST_MODE = 11
_MODES = (OpenMode.READ, OpenMode.UPDATE, OpenMode.WRITE, OpenMode.REPLACE, OpenMode.APPEND, OpenMode.APPEND)
"""By half of the C mode: r, r+, w, w+, a, a+; odd numbers are their binary forms."""
_CONSOLES = (Kind.INPUT, Kind.INPUT, Kind.OUTPUT, Kind.OUTPUT, Kind.ERRORS, Kind.ERRORS)
_STREAMS = {Kind.OUTPUT: Stream.STDOUT, Kind.ERRORS: Stream.STDERR}


class Operation(Record):
    """One operation: its number in R0, what R1 is or points to, and what it gives in R0."""

    number: int
    name: str
    takes: str
    gives: str
    summary: str
    meaning: OperationMeaning


def _words(guest: Guest, count: int) -> tuple[int, ...]:
    """The parameter block that R1 points to."""
    return unpack(f"<{count}I", guest.memory.read(guest.registers[1], 4 * count))


def _name(guest: Guest, address: int, length: int) -> bytes:
    return guest.memory.read(address, min(length, NAME_LIMIT + 1))


def open_file(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_OPEN."""
    address, mode, length = _words(guest, 3)
    name = _name(guest, address, length)
    if mode > _LAST_MODE or len(name) > NAME_LIMIT:
        return state.fail(EINVAL)
    if len(state.opened) >= MOST_FILES:
        return state.fail(EMFILE)
    if name == _CONSOLE_NAME:
        return state.add(Opened(_CONSOLES[mode // 2]))
    if name == _FEATURES_NAME:
        return state.add(Opened(Kind.FEATURES)) if mode <= 1 else state.fail(EINVAL)
    answer = yield Open(name, _MODES[mode // 2])
    if isinstance(answer, int):
        return state.add(Opened(Kind.FILE, answer, _MODES[mode // 2]))
    yield from _warn("open", name, answer)
    return _failure(state, answer)


def close_file(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_CLOSE."""
    (number,) = _words(guest, 1)
    opened = state.opened.get(number)
    if opened is None:
        return state.fail(EBADF)
    answer = (yield Close(opened.handle)) if opened.kind is Kind.FILE else None
    del state.opened[number]
    return state.failed(answer) if isinstance(answer, HostError) else 0


def write_char(_services: Services, _state: Semihosting, guest: Guest) -> Asking:
    """SYS_WRITEC."""
    yield Write(Stream.STDOUT, guest.memory.read(guest.registers[1], 1))
    return None


def write_string(_services: Services, _state: Semihosting, guest: Guest) -> Asking:
    """SYS_WRITE0."""
    yield Write(Stream.STDOUT, read_string(guest.memory, guest.registers[1]))
    return None


def write(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_WRITE."""
    number, address, count = _words(guest, 3)
    opened = state.opened.get(number)
    if opened is None or opened.kind in (Kind.INPUT, Kind.FEATURES) or _only_reads(opened):
        state.fail(EBADF)
        return count
    if not count:
        return 0
    data = guest.memory.read(address, min(count, TRANSFER_LIMIT))
    if opened.kind is not Kind.FILE:
        answer = yield Write(_STREAMS[opened.kind], data)
        written = 0 if isinstance(answer, HostError) else len(data)
    else:
        answer = yield WriteFile(opened.handle, None if opened.mode is OpenMode.APPEND else opened.position, data)
        written = len(data) if isinstance(answer, int) else 0
        if isinstance(answer, int):
            state.move(number, answer)
    if isinstance(answer, HostError):
        state.failed(answer)
    return count - written


def read(services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_READ. A failure gives `count`, too: nothing was read. SYS_ERRNO tells it from the end of the file."""
    number, address, count = _words(guest, 3)
    opened = state.opened.get(number)
    if opened is None or opened.kind in _STREAMS or opened.mode is OpenMode.WRITE:
        state.fail(EBADF)
        return count
    wanted = min(count, TRANSFER_LIMIT)
    data = b""
    if opened.kind is Kind.INPUT and wanted:
        while (taken := services.console.take_bytes(wanted)) is NEED_MORE:
            yield AwaitInput()
        data = taken if isinstance(taken, bytes) else b""
    elif opened.kind is Kind.FEATURES:
        data = FEATURES[opened.position : opened.position + wanted]
    elif opened.kind is Kind.FILE and wanted:
        answer = yield ReadFile(opened.handle, opened.position, wanted)
        if not isinstance(answer, bytes):
            _failure(state, answer)
            return count
        data = answer
    guest.memory.write(address, data)
    state.move(number, opened.position + len(data))
    return count - len(data)


def read_char(services: Services, _state: Semihosting, _guest: Guest) -> Asking:
    """SYS_READC."""
    while (taken := services.console.take_bytes(1)) is NEED_MORE:
        yield AwaitInput()
    return taken[0] if isinstance(taken, bytes) else -1


def is_error(_services: Services, _state: Semihosting, guest: Guest) -> Result:
    """SYS_ISERROR."""
    (status,) = _words(guest, 1)
    return int(signed(status) < 0)


def is_terminal(_services: Services, state: Semihosting, guest: Guest) -> Result:
    """SYS_ISTTY. The console always counts as interactive, so that runs do not depend on where their output goes."""
    (number,) = _words(guest, 1)
    opened = state.opened.get(number)
    return state.fail(EBADF) if opened is None else int(opened.kind.is_console)


def seek(_services: Services, state: Semihosting, guest: Guest) -> Result:
    """SYS_SEEK. The position is counted from the start."""
    number, position = _words(guest, 2)
    opened = state.opened.get(number)
    if opened is None:
        return state.fail(EBADF)
    if opened.kind.is_console:
        return state.fail(ESPIPE)
    state.move(number, position)
    return 0


def file_length(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_FLEN. The console has no length: 0."""
    (number,) = _words(guest, 1)
    opened = state.opened.get(number)
    if opened is None:
        return state.fail(EBADF)
    if opened.kind is not Kind.FILE:
        return len(FEATURES) if opened.kind is Kind.FEATURES else 0
    answer = yield FileSize(opened.handle)
    return answer if isinstance(answer, int) and answer <= MASK32 >> 1 else _failure(state, answer)


def temporary_name(_services: Services, state: Semihosting, guest: Guest) -> Result:
    """SYS_TMPNAM. The same number gives the same name."""
    address, number, size = _words(guest, 3)
    name = b"emu-%02x.tmp\0" % (number & 0xFF)
    if number > 0xFF or size < len(name):
        return state.fail(EINVAL)
    guest.memory.write(address, name)
    return 0


def remove(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_REMOVE."""
    address, length = _words(guest, 2)
    name = _name(guest, address, length)
    if len(name) > NAME_LIMIT:
        return state.fail(EINVAL)
    answer = yield Remove(name)
    yield from _warn("remove", name, answer)
    return _failure(state, answer) if isinstance(answer, HostError) else 0


def rename(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_RENAME."""
    old_address, old_length, new_address, new_length = _words(guest, 4)
    old, new = _name(guest, old_address, old_length), _name(guest, new_address, new_length)
    if len(old) > NAME_LIMIT or len(new) > NAME_LIMIT:
        return state.fail(EINVAL)
    answer = yield Rename(old, new)
    yield from _warn("rename", old, answer)
    return _failure(state, answer) if isinstance(answer, HostError) else 0


def clock(_services: Services, state: Semihosting, _guest: Guest) -> Asking:
    """SYS_CLOCK."""
    elapsed = yield from _elapsed(state)
    return elapsed // 10


def elapsed_ticks(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_ELAPSED."""
    elapsed = yield from _elapsed(state)
    guest.memory.write(guest.registers[1], elapsed.to_bytes(8, "little"))
    return 0


def tick_frequency(_services: Services, _state: Semihosting, _guest: Guest) -> Result:
    """SYS_TICKFREQ."""
    return TICKS_PER_SECOND


def time(_services: Services, _state: Semihosting, _guest: Guest) -> Asking:
    """SYS_TIME."""
    now = yield Now()
    return now // 1000 if isinstance(now, int) else 0


def system(_services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_SYSTEM. Programs here cannot start others."""
    address, length = _words(guest, 2)
    command = _name(guest, address, length)
    yield Warn(f'the program may not run the command "{printable(command)}"')
    return state.fail(ENOSYS)


def errno(_services: Services, state: Semihosting, _guest: Guest) -> Result:
    """SYS_ERRNO."""
    return state.errno


def get_command_line(services: Services, state: Semihosting, guest: Guest) -> Asking:
    """SYS_GET_CMDLINE. The block tells where to put the string and how much room there is, and is told its length."""
    address, size = _words(guest, 2)
    try:
        line = command_line(services.name, services.arguments)
    except ValueError:
        return state.fail(EINVAL)
    if len(line) >= size:
        yield Warn(f"the command line has {len(line)} bytes, the program has room for {max(0, size - 1)}")
        return state.fail(EINVAL)
    guest.memory.write(address, line + b"\0")
    guest.memory.write(guest.registers[1] + 4, len(line).to_bytes(4, "little"))
    return 0


def heap_info(services: Services, _state: Semihosting, guest: Guest) -> Result:
    """SYS_HEAPINFO. R1 points to the address of four words: heap base and limit, stack base and limit."""
    (address,) = _words(guest, 1)
    stack_limit, stack_base = services.stack
    base = services.argument_array or stack_base
    figures = (services.heap.start, services.heap.end, base, stack_limit)
    guest.memory.write(address, b"".join(figure.to_bytes(4, "little") for figure in figures))
    return None


def leave(services: Services, _state: Semihosting, guest: Guest) -> Asking:
    """SYS_EXIT. R1 is a reason; only one of them is a success."""
    yield from services.close_files()
    return Exited(0 if guest.registers[1] == APPLICATION_EXIT else 1)


def leave_with_status(services: Services, _state: Semihosting, guest: Guest) -> Asking:
    """SYS_EXIT_EXTENDED."""
    reason, status = _words(guest, 2)
    yield from services.close_files()
    return Exited(signed(status) if reason == APPLICATION_EXIT else 1)


def _only_reads(opened: Opened) -> bool:
    return opened.kind is Kind.FILE and opened.mode is OpenMode.READ


def _failure(state: Semihosting, answer: object) -> int:
    return state.failed(answer) if isinstance(answer, HostError) else state.fail(EINVAL)


def _warn(what: str, name: bytes, answer: object) -> Asking:
    if isinstance(answer, HostError) and answer.kind is HostErrorKind.REFUSED:
        yield Warn(f'cannot {what} "{printable(name)}": {answer.message}')
    return None


def _elapsed(state: Semihosting) -> Generator[Effect, Answer, int]:
    """Milliseconds since the first operation; a clock that was set back does not count below 0."""
    now = yield Now()
    return max(0, now - (state.started or 0)) if isinstance(now, int) else 0


_ROWS = (
    Operation(
        0x01, "SYS_OPEN", "name, mode, length", "handle, or -1", "Opens a file, or the console `:tt`.", open_file
    ),
    Operation(0x02, "SYS_CLOSE", "handle", "0, or -1", "Closes a handle.", close_file),
    Operation(0x03, "SYS_WRITEC", "R1 address", "", "Writes one byte to the console.", write_char),
    Operation(0x04, "SYS_WRITE0", "R1 address", "", "Writes the bytes up to the first 0 to the console.", write_string),
    Operation(0x05, "SYS_WRITE", "handle, buffer, count", "bytes not written", "Writes to a handle.", write),
    Operation(0x06, "SYS_READ", "handle, buffer, count", "bytes not read", "Reads from a handle.", read),
    Operation(0x07, "SYS_READC", "", "byte, or -1", "Reads one byte from the console.", read_char),
    Operation(0x08, "SYS_ISERROR", "status", "1 for an error", "Tells whether a result is an error.", is_error),
    Operation(0x09, "SYS_ISTTY", "handle", "1 for the console", "Tells what a handle stands for.", is_terminal),
    Operation(0x0A, "SYS_SEEK", "handle, position", "0, or -1", "Moves the position of a file.", seek),
    Operation(0x0C, "SYS_FLEN", "handle", "size, or -1", "Tells the size of a file in bytes.", file_length),
    Operation(0x0D, "SYS_TMPNAM", "buffer, number, size", "0, or -1", "Makes a name for a file.", temporary_name),
    Operation(0x0E, "SYS_REMOVE", "name, length", "0, or -1", "Removes a file.", remove),
    Operation(0x0F, "SYS_RENAME", "name, length, new name, length", "0, or -1", "Renames a file.", rename),
    Operation(0x10, "SYS_CLOCK", "", "centiseconds", "Time since the first operation.", clock),
    Operation(0x11, "SYS_TIME", "", "seconds", "Time since 1970-01-01 UTC, modulo 2^32.", time),
    Operation(0x12, "SYS_SYSTEM", "command, length", "-1", "Refused: no program starts another one.", system),
    Operation(0x13, "SYS_ERRNO", "", "number", "The error number of the last failure.", errno),
    Operation(
        0x15, "SYS_GET_CMDLINE", "buffer, size", "0, or -1", "The program's name and arguments.", get_command_line
    ),
    Operation(0x16, "SYS_HEAPINFO", "address of four words", "", "Where heap and stack are.", heap_info),
    Operation(0x18, "SYS_EXIT", "R1 reason", "does not return", "Ends the program: 0 for 0x20026, else 1.", leave),
    Operation(
        0x20, "SYS_EXIT_EXTENDED", "reason, status", "does not return", "Ends with an exit code.", leave_with_status
    ),
    Operation(0x30, "SYS_ELAPSED", "R1 address of 8 bytes", "0", "Ticks since the first operation.", elapsed_ticks),
    Operation(0x31, "SYS_TICKFREQ", "", "1000", "Ticks in a second.", tick_frequency),
)

OPERATIONS = {row.number: row for row in _ROWS}
