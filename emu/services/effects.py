"""Everything a program can ask of the outside world: a closed union of requests, and what answers them.

The generator of a service call yields an `Effect`; its performer sends the `Answer` back. Each effect names the type of
its answer; `HostError` is an answer, never an exception. Effects carry all that is needed to perform them: a file is
read at a stated position, so the position is part of the guest's state and not of the host's, and a restored snapshot
reads on where it was taken.

Sizes and positions are in bytes. A file handle is an opaque integer chosen by the performer, who never uses one twice.
"""

from __future__ import annotations

from enum import Enum

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias


class Stream(Enum):
    """Where console output goes."""

    STDOUT = "stdout"
    STDERR = "stderr"


class OpenMode(Enum):
    """How a file is opened. The first three are those of OPEN (spec syscalls.md 5.2), all are semihosting's."""

    READ = 0
    """Must exist; reading only."""
    WRITE = 1
    """Created if missing, else emptied; writing only."""
    APPEND = 2
    """Created if missing; every write goes to the end; reading allowed."""
    UPDATE = 3
    """Must exist; reading and writing."""
    REPLACE = 4
    """Created if missing, else emptied; reading and writing."""


class HostErrorKind(Enum):
    """Why the host could not do as asked."""

    NOT_FOUND = "not_found"
    REFUSED = "refused"
    """Denied by the sandbox: `message` is worth a warning."""
    BAD_HANDLE = "bad_handle"
    NO_SPACE = "no_space"
    CLOSED_PIPE = "closed_pipe"
    OTHER = "other"


class HostError(Record):
    """The answer to an effect that failed. `message` is for people, in lower case and without a final period."""

    kind: HostErrorKind
    message: str


class Write(Record):
    """Append `data` to a console stream, in order with every other Write. Answer: None, or HostError."""

    stream: Stream
    data: bytes


class AwaitInput(Record):
    """Feed or close the console input, waiting if need be. Answer: None.

    The call looks at its input again afterwards and asks once more if there is still too little.
    """


class Open(Record):
    """Open a file. `name` is the guest's, as written. Answer: a handle (int), or HostError."""

    name: bytes
    mode: OpenMode


class Close(Record):
    """Close a file. Answer: None, or HostError."""

    handle: int


class ReadFile(Record):
    """One read of at most `count` bytes at `position`. Answer: bytes, empty at the end of the file; or HostError."""

    handle: int
    position: int
    count: int


class WriteFile(Record):
    """Write all of `data` at `position`, or at the end of the file if that is None.

    Answer: the position after the last byte written (int), or HostError.
    """

    handle: int
    position: int | None
    data: bytes


class FileSize(Record):
    """Answer: the size of a file (int), or HostError."""

    handle: int


class Remove(Record):
    """Remove a file, or a link itself. `name` is the guest's, as written. Answer: None, or HostError."""

    name: bytes


class Rename(Record):
    """Give a file, or a link itself, another name; a file of that name is replaced. Answer: None, or HostError."""

    old: bytes
    new: bytes


class Now(Record):
    """Answer: milliseconds since 1970-01-01 UTC (int, of any size)."""


class Random(Record):
    """Answer: a uniformly distributed 32-bit number (int)."""


class Warn(Record):
    """Tell the user, not the program: one line of text without a line end. Answer: None."""

    text: str


Effect: TypeAlias = (
    Write | AwaitInput | Open | Close | ReadFile | WriteFile | FileSize | Remove | Rename | Now | Random | Warn
)
Answer: TypeAlias = int | bytes | HostError | None
