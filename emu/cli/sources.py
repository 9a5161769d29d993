"""Reading what a command was given: a source or an image, from a file or from standard input."""

from __future__ import annotations

import os
import stat

from emu.cli import output
from emu.cli.status import CommandError
from emu.isa.values import Record

LARGEST = 16 << 20
"""No file longer than this many bytes is read."""

STDIN_NAME = "<stdin>"

ELF = b"\x7fELF"
"""How a compiled program begins."""

_BINARIES = ((ELF, "an ELF program"), (b"MZ", "a Windows program"), (b"\x1f\x8b", "a gzip archive"))


class Input(Record):
    """The bytes of a file and what messages call it. `path` is empty for standard input."""

    name: str
    path: str
    data: bytes


def read(path: str) -> Input:
    """The file at `path`, or standard input for `-`. Raises CommandError saying what is wrong with it."""
    if path == "-":
        return Input(STDIN_NAME, "", _read_descriptor(0, "standard input"))
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise CommandError(f"file not found: {path}", hint=_neighbour(path)) from None
    except (OSError, ValueError) as failure:
        raise CommandError(f"cannot read {path}: {output.reason(failure)}") from None
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise CommandError(f"{path} is a directory", hint=_sources_in(path))
        return Input(path, path, _read_descriptor(descriptor, path))
    finally:
        os.close(descriptor)


def read_source(path: str) -> Input:
    """Like `read`, for assembly text. Raises CommandError for files that are plainly something else."""
    return checked_source(read(path))


def checked_source(source: Input) -> Input:
    """`source`, if it can be assembly text. Raises CommandError for what is plainly something else."""
    for magic, what in _BINARIES:
        if source.data.startswith(magic):
            hint = f"to run it: emu run {source.path or '-'}" if magic == ELF else ""
            raise CommandError(f"{source.name} is {what}, not assembly source", hint=hint)
    zero = source.data.find(b"\0")
    if zero >= 0:
        hint = f"to look at an image: emu disasm --base 0x8000 {source.path or '-'}"
        raise CommandError(f"{source.name} is not assembly source: there is a zero byte at offset {zero}", hint=hint)
    return source


def _read_descriptor(descriptor: int, name: str) -> bytes:
    chunks = []
    total = 0
    try:
        while chunk := os.read(descriptor, min(1 << 20, LARGEST + 1 - total)):
            chunks.append(chunk)
            total += len(chunk)
            if total > LARGEST:
                raise CommandError(f"{name} is too large: more than {LARGEST >> 20} MiB")
    except OSError as failure:
        raise CommandError(f"cannot read {name}: {output.reason(failure)}") from None
    return b"".join(chunks)


def _neighbour(path: str) -> str:
    """A hint naming the file that was probably meant."""
    if os.path.isfile(path + ".s"):
        return f"did you mean {path}.s?"
    import difflib

    folder, name = os.path.split(path)
    try:
        near = difflib.get_close_matches(name, os.listdir(folder or "."), n=1, cutoff=0.75)
    except OSError:
        return f"there is no directory {folder}"
    return f"did you mean {os.path.join(folder, near[0])}?" if near else ""


def _sources_in(path: str) -> str:
    try:
        names = sorted(name for name in os.listdir(path) if name.endswith(".s"))
    except OSError:
        return ""
    return f"did you mean {os.path.join(path, names[0])}?" if len(names) == 1 else "name one source file in it"
