"""What a command says: results on standard output, everything else on standard error, colours only on a terminal.

Text goes straight to the file descriptors. That keeps the order between the guest's output and our own, and a full disk
or a closed pipe is met at the write that fails and not when the interpreter shuts down.
"""

from __future__ import annotations

import errno
import os

from emu.cli.status import CLOSED_PIPE, CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BOLD, RED, YELLOW, GREEN, CYAN = "1", "1;31", "1;33", "32", "36"

STDOUT, STDERR = 1, 2

NO_SPACE = "no space left on the device that standard output goes to"


def colours(descriptor: int) -> bool:
    """Whether text for `descriptor` may be coloured: a capable terminal, and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in (None, "", "dumb"):
        return False
    return os.isatty(descriptor)


def paint(text: str, colour: str, *, on: bool) -> str:
    """`text` in `colour` if colours are on."""
    return f"\x1b[{colour}m{text}\x1b[0m" if on else text


def write(text: str | bytes) -> None:
    """Writes to standard output. Raises CommandError if that cannot be done."""
    try:
        _write_all(STDOUT, text)
    except OSError as error:
        raise output_error(error) from None


def note(text: str) -> None:
    """Writes to standard error. If that fails there is nobody left to tell."""
    try:
        _write_all(STDERR, text)
    except OSError:
        pass


def error(message: str, hint: str = "") -> None:
    """`emu: MESSAGE` on standard error, and the hint below it."""
    coloured = colours(STDERR)
    lines = f"emu: {paint('error:', RED, on=coloured)} {printable(message)}\n"
    if hint:
        lines += f"  {paint('hint:', CYAN, on=coloured)} {printable(hint)}\n"
    note(lines)


def output_error(error: OSError) -> CommandError:
    """What a failed write to standard output means for the command."""
    if error.errno == errno.EPIPE:
        return CommandError("", status=CLOSED_PIPE)
    if error.errno == errno.ENOSPC:
        return CommandError(NO_SPACE)
    if error.errno == errno.EBADF:
        return CommandError("standard output is closed")
    return CommandError(f"cannot write to standard output: {reason(error)}")


def save(path: str, data: bytes) -> None:
    """Writes a file, `-` being standard output. Raises CommandError if that cannot be done."""
    if path == "-":
        write(data)
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
        try:
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as failure:
        raise CommandError(f"cannot write {path}: {reason(failure)}") from None


def reason(failure: OSError | ValueError) -> str:
    """The operating system's words for what went wrong, in lower case and without numbers."""
    if not isinstance(failure, OSError) or not failure.strerror:
        return str(failure)
    text = failure.strerror
    return text[0].lower() + text[1:]


def printable(text: str) -> str:
    """`text` with everything that could move a terminal's cursor made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def table(rows: Sequence[Sequence[str]], indent: str = "") -> str:
    """Columns as wide as their widest cell, two spaces apart; the last one runs free."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        lines.append(indent + "  ".join([*cells, row[-1]]).rstrip() + "\n")
    return "".join(lines)


def encoded(text: str) -> bytes:
    """`text` as bytes; what was not UTF-8 in a source or a file name comes out as it was."""
    return text.encode("utf-8", "surrogateescape")


def _write_all(descriptor: int, text: str | bytes) -> None:
    view = memoryview(encoded(text) if isinstance(text, str) else text)
    while view:
        view = view[os.write(descriptor, view) :]
