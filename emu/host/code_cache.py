"""Compiled guest code on disk, so that the next run of a program starts at full speed.

Theory of operation. Every piece of code is a file of its own in the user's cache directory, named by a digest of what
it was compiled from and of what it was compiled for: the processor and its features, the compiler, the version of
emu. A file begins with a digest of the rest. It is written under another name and then renamed, so readers see all of
it or nothing; any number of processes may read and write at once. A file that does not keep what its digest promises
is deleted, and so are the least recently used ones when all of them together exceed a bound.

Code is only taken from a directory that belongs to the user and that nobody else can write to: who can write there
can execute code in the user's name.
"""

from __future__ import annotations

import os
import stat
from importlib.machinery import PathFinder

from emu import __version__

try:
    from _blake2 import blake2b  # a tenth of the time that importing hashlib takes
except ImportError:  # pragma: no cover - where Python is built without it
    from hashlib import blake2b

MAX_BYTES = 64 << 20
"""What all files together may take; a quarter of it is freed when they take more."""

_MAGIC = b"emu code 1\n"
_DIGEST = 32
_SUFFIX = ".code"
_MAX_FILE = 8 << 20
_MAKERS = ("instructions", "engines", "engines/native")
_PROCESSOR_FILE = "/proc/cpuinfo"
_PROCESSOR_LINES = (b"vendor_id", b"cpu family", b"model", b"stepping", b"flags", b"Features", b"CPU ")


def default_directory() -> str:
    """Where the user's caches are, by the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "emu", "code")


class DiskCodeCache:
    """Implements `emu.isa.engines.native.code.CodeCache`. Never raises for what happens on the disk."""

    def __init__(self, directory: str | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        """Touches nothing before the first use. `directory` is made when something is stored."""
        self._directory = directory or default_directory()
        self._max_bytes = max_bytes
        self._identity: bytes | None = None
        self._stored = 0
        self._may_trim = True

    def load(self, text: str) -> bytes | None:
        """What was stored for this text on a computer like this one, or None."""
        path = self._path(text)
        try:
            if not self._is_private():
                return None
            with open(path, "rb", opener=_open_safely) as file:
                content = file.read(_MAX_FILE + 1)
        except OSError:
            return None
        code = content[len(_MAGIC) + _DIGEST :]
        if content != _wrapped(code):
            _remove(path)
            return None
        try:
            os.utime(path)
        except OSError:
            pass
        return code

    def store(self, text: str, code: bytes) -> None:
        """Keeps what a text was compiled to, if the disk allows."""
        content = _wrapped(code)
        if len(content) > min(_MAX_FILE, self._max_bytes // 4):
            return
        path = self._path(text)
        temporary = f"{path}.{os.getpid()}-{id(code):x}"
        try:
            os.makedirs(self._directory, mode=0o700, exist_ok=True)
            if not self._is_private():
                return
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except OSError:
            _remove(temporary)
            return
        self._stored += len(content)
        if self._may_trim or self._stored > self._max_bytes // 8:
            self._may_trim = False
            self._stored = 0
            self._trim()

    def _path(self, text: str) -> str:
        if self._identity is None:
            self._identity = _identity()
        digest = blake2b(self._identity + text.encode(), digest_size=_DIGEST).hexdigest()
        return os.path.join(self._directory, digest + _SUFFIX)

    def _is_private(self) -> bool:
        status = os.stat(self._directory)
        return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)

    def _trim(self) -> None:
        """Deletes the least recently used files, and what interrupted writers left behind."""
        found: list[tuple[float, int, str]] = []
        try:
            with os.scandir(self._directory) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime, status.st_size, entry.path))
        except OSError:
            return
        total = sum(size for _, size, _ in found)
        if total <= self._max_bytes:
            return
        for _, size, path in sorted(found):
            if total <= self._max_bytes * 3 // 4:
                break
            _remove(path)
            total -= size


def _wrapped(code: bytes) -> bytes:
    return _MAGIC + blake2b(code, digest_size=_DIGEST).digest() + code


def _open_safely(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _identity() -> bytes:
    """Whatever must be the same for code to be right: emu itself, the processor, and the compiler.

    A key says what code was made from, not how, so every source file that has a say in it counts.
    """
    system = os.uname()
    parts = [__version__.encode(), system.sysname.encode(), system.machine.encode(), system.nodename.encode()]
    isa = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "isa")
    for directory in _MAKERS:
        try:
            with os.scandir(os.path.join(isa, directory)) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if entry.name.endswith(".py"):
                        status = entry.stat()
                        parts.append(f"{entry.name} {status.st_mtime_ns} {status.st_size}".encode())
        except OSError:
            pass
    try:
        with open(_PROCESSOR_FILE, "rb") as file:
            lines = file.read(8192).split(b"\n\n", 1)[0].splitlines()
        parts += [line for line in lines if line.startswith(_PROCESSOR_LINES)]
    except OSError:
        pass
    found = PathFinder.find_spec("llvmlite")
    if found is not None and found.origin is not None:
        status = os.stat(found.origin)
        parts += [found.origin.encode(), str((status.st_mtime_ns, status.st_size)).encode()]
    return b"\0".join(parts) + b"\0"
