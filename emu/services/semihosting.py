"""What a program that uses semihosting has open, and what it is told about itself (Arm semihosting specification 2.0).

Theory of operation. Semihosting is one service call, SVC 0x123456: R0 is the number of an operation, R1 its parameter,
mostly the address of a block of words. The operations (`semihosting_operations`) yield the same effects as every other
call, and by the same rule touch registers and guest memory only after the last one. A console is the file `:tt`; which
of the three streams it is depends on the mode in which it is opened. Times count from the first operation, which a C
program makes before anything else.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum

from emu.isa.faults import Fault, FaultKind
from emu.isa.values import Record
from emu.services.effects import Close, HostErrorKind, Now, OpenMode
from emu.services.guest import Failed
from emu.services.swi import Service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.effects import Answer, Effect, HostError
    from emu.services.guest import Guest
    from emu.services.services import Services
    from emu.services.swi import Asking

NUMBER = 0x123456
FIRST_HANDLE = 1
MOST_FILES = 1024

ENOENT, EIO, EBADF, EACCES, EINVAL, EMFILE, ENOSPC, ESPIPE, EPIPE, ENOSYS = 2, 5, 9, 13, 22, 24, 28, 29, 32, 88
"""Error numbers as newlib has them."""

_ERRNO = {
    HostErrorKind.NOT_FOUND: ENOENT,
    HostErrorKind.REFUSED: EACCES,
    HostErrorKind.BAD_HANDLE: EBADF,
    HostErrorKind.NO_SPACE: ENOSPC,
    HostErrorKind.CLOSED_PIPE: EPIPE,
}


class Kind(Enum):
    """What a handle stands for."""

    FILE = "file"
    INPUT = "input"
    OUTPUT = "output"
    ERRORS = "errors"
    FEATURES = "features"

    @property
    def is_console(self) -> bool:
        """Whether it is one of the three streams."""
        return self in (Kind.INPUT, Kind.OUTPUT, Kind.ERRORS)


class Opened(Record):
    """One open handle: what it stands for, the performer's own handle if it is a file, mode and position in bytes."""

    kind: Kind
    handle: int = 0
    mode: OpenMode = OpenMode.READ
    position: int = 0


class SemihostingSnapshot(Record):
    """The state at one moment."""

    opened: tuple[tuple[int, Opened], ...]
    errno: int
    started: int | None


class Semihosting:
    """The state of one program: its handles, its error number, and when it began."""

    def __init__(self) -> None:
        self.opened: dict[int, Opened] = {}
        self.errno = 0
        self.started: int | None = None
        """Milliseconds since 1970 at the first operation."""

    def add(self, opened: Opened) -> int:
        """Gives it the lowest free handle."""
        number = FIRST_HANDLE
        while number in self.opened:
            number += 1
        self.opened[number] = opened
        return number

    def move(self, number: int, position: int) -> None:
        """Sets the position, in bytes, of an open handle."""
        self.opened[number] = self.opened[number].replace(position=position)

    def failed(self, error: HostError) -> int:
        """Notes the error number; the answer is -1."""
        return self.fail(_ERRNO.get(error.kind, EIO))

    def fail(self, errno: int) -> int:
        """Notes an error number; the answer is -1."""
        self.errno = errno
        return -1

    def close_files(self) -> Generator[Effect, Answer, None]:
        """Closes every file. The answers do not matter."""
        for opened in self.opened.values():
            if opened.kind is Kind.FILE:
                yield Close(opened.handle)
        self.opened.clear()

    def snapshot(self) -> SemihostingSnapshot:
        """The state now."""
        return SemihostingSnapshot(tuple(self.opened.items()), self.errno, self.started)

    def restore(self, snapshot: SemihostingSnapshot) -> None:
        """Puts back a snapshot."""
        self.opened = dict(snapshot.opened)
        self.errno = snapshot.errno
        self.started = snapshot.started


def command_line(name: bytes, arguments: tuple[bytes, ...]) -> bytes:
    """The one string that SYS_GET_CMDLINE gives: words with blanks between, quoted where that is needed.

    Start-up code takes it apart again: a word that begins with a quote goes to the next one of its kind, any other to
    the next blank. Raises ValueError for an argument that no quoting can carry.
    """
    return b" ".join(_quoted(word) for word in (name, *arguments))


def _quoted(word: bytes) -> bytes:
    if word and b" " not in word and word[:1] not in (b'"', b"'"):
        return word
    for quote in (b'"', b"'"):
        if quote not in word:
            return quote + word + quote
    text = word.decode("utf-8", "replace")
    raise ValueError(f"the argument {text!r} has blanks and both kinds of quotes: no C program would receive it whole")


def semihosting_call(services: Services, guest: Guest) -> Asking:
    """SVC 0x123456: performs the operation that R0 names."""
    from emu.services.semihosting_operations import OPERATIONS

    if services.semihosting is None:
        services.semihosting = Semihosting()
    state = services.semihosting
    number = guest.registers[0]
    operation = OPERATIONS.get(number)
    if operation is None:
        message = f"unknown semihosting operation 0x{number:02X}"
        return Failed(Fault(FaultKind.UNKNOWN_SERVICE, message, guest.registers[15]))
    if state.started is None:
        now = yield Now()
        state.started = now if isinstance(now, int) else 0
    result = operation.meaning(services, state, guest)
    if isinstance(result, Generator):
        result = yield from result
    return result


SEMIHOSTING = (
    Service(
        NUMBER,
        "SEMIHOSTING",
        "R0 operation, R1 parameter",
        "R0 result",
        "Does what R0 says, for compiled programs: files, console, time, heap, command line and the end.",
        semihosting_call,
    ),
)
