"""Calls 0x10 to 0x16: files (spec syscalls.md section 5).

Positions are kept here, in the descriptor table, and every read and write states where it happens. TELL and most of
SEEK therefore ask the host nothing.
"""

from __future__ import annotations

from emu.isa.bits import MASK32, signed
from emu.services.console import NEED_MORE
from emu.services.descriptors import STDERR, STDIN, STDOUT, OpenFile
from emu.services.effects import (
    AwaitInput,
    Close,
    FileSize,
    HostError,
    HostErrorKind,
    Open,
    OpenMode,
    ReadFile,
    Stream,
    Warn,
    Write,
    WriteFile,
)
from emu.services.swi import Service
from emu.services.text import StringFault, printable, read_string, readable_prefix, store_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.guest import Guest
    from emu.services.services import Services
    from emu.services.swi import Asking, Result

NAME_LIMIT = 4096
"""Longest file name in bytes."""
TRANSFER_LIMIT = 1 << 20
"""Most bytes that one READ or WRITE moves."""

_MODES = dict(enumerate((OpenMode.READ, OpenMode.WRITE, OpenMode.APPEND)))
_STREAMS = {STDOUT: Stream.STDOUT, STDERR: Stream.STDERR}
_FAILED = -1


def open_file(services: Services, guest: Guest) -> Asking:
    """OPEN. With a full table the host is not asked at all: nothing is created, emptied or left open."""
    mode = _MODES.get(guest.registers[1])
    try:
        name = read_string(guest.memory, guest.registers[0], NAME_LIMIT + 1)
    except StringFault:
        return _FAILED
    if mode is None or services.descriptors.full:
        return _FAILED
    answer = yield Open(name, mode)
    if isinstance(answer, HostError) and answer.kind is HostErrorKind.REFUSED:
        yield Warn(f'cannot open "{printable(name)}": {answer.message}')
    return services.descriptors.add(OpenFile(answer, mode)) if isinstance(answer, int) else _FAILED


def close_file(services: Services, guest: Guest) -> Asking:
    """CLOSE. The console's descriptors stay open."""
    number = guest.registers[0]
    file = services.descriptors.get(number)
    if file is None:
        return _FAILED
    answer = yield Close(file.handle)
    services.descriptors.remove(number)
    return _FAILED if isinstance(answer, HostError) else 0


def read(services: Services, guest: Guest) -> Asking:
    """READ. The end of the file is an error value, not 0."""
    number, buffer, count = guest.registers[:3]
    file = services.descriptors.get(number)
    if _too_much(buffer, count) or (file is None and number not in (STDIN, STDOUT, STDERR)):
        return _FAILED
    if count == 0:
        return 0
    if file is None:
        if number != STDIN:
            return _FAILED
        while (taken := services.console.take_bytes(count)) is NEED_MORE:
            yield AwaitInput()
        data = taken if isinstance(taken, bytes) else b""
    else:
        if file.mode is OpenMode.WRITE:
            return _FAILED
        answer = yield ReadFile(file.handle, file.position, count)
        data = answer if isinstance(answer, bytes) else b""
        services.descriptors.move(number, file.position + len(data))
    return len(data) if data and store_prefix(guest.memory, buffer, data) else _FAILED


def write(services: Services, guest: Guest) -> Asking:
    """WRITE. All of the buffer, or nothing."""
    number, buffer, count = guest.registers[:3]
    file = services.descriptors.get(number)
    stream = _STREAMS.get(number)
    if _too_much(buffer, count) or (file is None and stream is None):
        return _FAILED
    if file is not None and file.mode is OpenMode.READ:
        return _FAILED
    if count == 0:
        return 0
    data = readable_prefix(guest.memory, buffer, count)
    if len(data) < count:
        return _FAILED
    if stream is not None:
        answer = yield Write(stream, data)
        return _FAILED if isinstance(answer, HostError) else count
    assert file is not None
    answer = yield WriteFile(file.handle, None if file.mode is OpenMode.APPEND else file.position, data)
    if not isinstance(answer, int):
        return _FAILED
    services.descriptors.move(number, answer)
    return count


def seek(services: Services, guest: Guest) -> Asking:
    """SEEK. The offset is unsigned from the start, signed from the position and from the end."""
    number, offset, whence = guest.registers[:3]
    file = services.descriptors.get(number)
    if file is None:
        return _FAILED
    match whence:
        case 0:
            position = offset
        case 1:
            position = file.position + signed(offset)
        case 2:
            size = yield FileSize(file.handle)
            if not isinstance(size, int):
                return _FAILED
            position = size + signed(offset)
        case _:
            return _FAILED
    if not 0 <= position <= MASK32:
        return _FAILED
    services.descriptors.move(number, position)
    return position


def tell(services: Services, guest: Guest) -> Result:
    """TELL."""
    file = services.descriptors.get(guest.registers[0])
    return file.position if file is not None and file.position <= MASK32 else _FAILED


def file_size(services: Services, guest: Guest) -> Asking:
    """FILE_SIZE. The position does not move."""
    file = services.descriptors.get(guest.registers[0])
    if file is None:
        return _FAILED
    size = yield FileSize(file.handle)
    return size if isinstance(size, int) and size <= MASK32 else _FAILED


def _too_much(buffer: int, count: int) -> bool:
    return count > TRANSFER_LIMIT or buffer + count > MASK32 + 1


FILE_CALLS = (
    Service(
        0x10,
        "OPEN",
        "R0 name, R1 mode (0 read, 1 write, 2 append)",
        "R0 descriptor, or -1",
        "Opens a file beneath the program's root directory.",
        open_file,
    ),
    Service(0x11, "CLOSE", "R0 descriptor", "R0 0, or -1", "Closes a file.", close_file),
    Service(
        0x12,
        "READ",
        "R0 descriptor, R1 buffer, R2 count",
        "R0 bytes read, or -1",
        "Reads from a file, or from the console with descriptor 0. The end of the file gives -1.",
        read,
    ),
    Service(
        0x13,
        "WRITE",
        "R0 descriptor, R1 buffer, R2 count",
        "R0 bytes written, or -1",
        "Writes to a file, or to the console with descriptor 1 (output) or 2 (errors).",
        write,
    ),
    Service(
        0x14,
        "SEEK",
        "R0 descriptor, R1 offset, R2 origin (0 start, 1 position, 2 end)",
        "R0 new position, or -1",
        "Moves the position of a file. The offset is signed with origin 1 and 2.",
        seek,
    ),
    Service(0x15, "TELL", "R0 descriptor", "R0 position, or -1", "Tells the position of a file.", tell),
    Service(0x16, "FILE_SIZE", "R0 descriptor", "R0 size, or -1", "Tells the size of a file in bytes.", file_size),
)
