"""A guest's files, confined to one directory (spec syscalls.md section 5.3).

Theory of operation. A name is never handed to the operating system as a whole. It is walked component by component,
each opened relative to the directory before it and never following a link, so what a component was when it was looked
at is what is used. Links are read and walked here, by the same rules: `..` in a link goes back to the directory that
was walked through, not to whatever the host calls its parent by then. Above the root there is nothing to open: a link
may lead up and back along the root's own path, which is checked as text, and any other way is refused. Swapping a
link or a directory in while a name is walked can therefore make an open fail, never leave the root. No directory
descriptor outlives the walk, except the root's.

Only regular files are opened. Everything else is refused before it is opened, so that a FIFO cannot block and a
device is not touched, and again afterwards, on the descriptor, in case it was swapped in between.

Where the system cannot open relative to a directory descriptor (Windows), names are resolved, checked, and opened in
three steps. There a link that is swapped in between can escape; do not share such a root with programs you do not
trust.
"""

from __future__ import annotations

import errno
import os
import stat

from emu.host.errors import host_error
from emu.services.effects import (
    Close,
    FileSize,
    HostError,
    HostErrorKind,
    Open,
    OpenMode,
    ReadFile,
    Remove,
    Rename,
    WriteFile,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from emu.services.effects import Answer

MAX_LINKS = 40
"""Symbolic links followed for one name."""

RELATIVE_OPEN = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether this system lets names be walked safely."""

_FLAGS = {
    OpenMode.READ: os.O_RDONLY,
    OpenMode.WRITE: os.O_WRONLY | os.O_CREAT,
    OpenMode.APPEND: os.O_RDWR | os.O_CREAT | os.O_APPEND,
    OpenMode.UPDATE: os.O_RDWR,
    OpenMode.REPLACE: os.O_RDWR | os.O_CREAT,
}
_MUST_EXIST = (OpenMode.READ, OpenMode.UPDATE)
_EMPTIES = (OpenMode.WRITE, OpenMode.REPLACE)
_SAFE = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
# O_PATH asks for no read permission: a directory that may only be searched can be walked through.
_DIRECTORY = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", os.O_RDONLY)
_PERMISSIONS = 0o644
_IS_LINK = {errno.ELOOP, errno.EMLINK, errno.ENOTDIR, getattr(errno, "EFTYPE", errno.ELOOP)}


class _Refused(Exception):
    """A name that the sandbox does not let through; the text says why."""


class SandboxedFiles:
    """The open files of one program. Every method answers with HostError where the host says no, and never raises."""

    def __init__(self, root: str | bytes, *, relative_open: bool = RELATIVE_OPEN) -> None:
        """`root` confines the files; it is opened with the first one. `relative_open` False forces the fallback."""
        self._given = os.path.abspath(os.fsencode(root))
        self._relative_open = relative_open
        self._root: int | None = None
        self._root_parts: list[bytes] = []
        self._files: dict[int, int] = {}
        self._handles = 0

    def perform(self, effect: Open | Close | ReadFile | WriteFile | FileSize | Remove | Rename) -> Answer:
        """Performs one effect; its answer is the one that the effect documents."""
        if isinstance(effect, ReadFile):
            return self.read(effect.handle, effect.position, effect.count)
        if isinstance(effect, WriteFile):
            return self.write(effect.handle, effect.position, effect.data)
        if isinstance(effect, Open):
            return self.open(effect.name, effect.mode)
        if isinstance(effect, Close):
            return self.close_file(effect.handle)
        if isinstance(effect, Remove):
            return self.remove(effect.name)
        if isinstance(effect, Rename):
            return self.rename(effect.old, effect.new)
        return self.size(effect.handle)

    def probe(self) -> HostError | None:
        """Whether the root can be used at all."""
        try:
            self._open_root()
        except OSError as error:
            return host_error(error)
        return None

    def open(self, name: bytes, mode: OpenMode) -> int | HostError:
        """A handle for the file called `name` beneath the root. An absolute name is relative to the root, too."""
        try:
            file = self._open(name, mode)
        except _Refused as refusal:
            return HostError(HostErrorKind.REFUSED, str(refusal))
        except OSError as error:
            return host_error(error)
        self._handles += 1
        self._files[self._handles] = file
        return self._handles

    def remove(self, name: bytes) -> HostError | None:
        """Removes the file called `name`; of a link, the link."""
        try:
            entry = self._entry(name)
            try:
                _require_file_or_link(entry)
                os.unlink(entry.path, dir_fd=entry.folder)
            finally:
                entry.leave()
        except _Refused as refusal:
            return HostError(HostErrorKind.REFUSED, str(refusal))
        except OSError as error:
            return host_error(error)
        return None

    def rename(self, old: bytes, new: bytes) -> HostError | None:
        """Gives the file called `old` the name `new`, in place of a file that is called so; of a link, the link."""
        try:
            source = self._entry(old)
            try:
                _require_file_or_link(source)
                target = self._entry(new)
                try:
                    try:
                        _require_file_or_link(target)
                    except FileNotFoundError:
                        pass
                    os.replace(source.path, target.path, src_dir_fd=source.folder, dst_dir_fd=target.folder)
                finally:
                    target.leave()
            finally:
                source.leave()
        except _Refused as refusal:
            return HostError(HostErrorKind.REFUSED, str(refusal))
        except OSError as error:
            return host_error(error)
        return None

    def read(self, handle: int, position: int, count: int) -> bytes | HostError:
        """One read of at most `count` bytes at byte `position`; no bytes at the end of the file."""
        file = self._files.get(handle)
        if file is None:
            return _bad_handle(handle)
        try:
            os.lseek(file, position, os.SEEK_SET)
            return os.read(file, count)
        except OSError as error:
            return host_error(error)

    def write(self, handle: int, position: int | None, data: bytes) -> int | HostError:
        """Writes all of `data` at byte `position`, or at the end for None. The position after it."""
        file = self._files.get(handle)
        if file is None:
            return _bad_handle(handle)
        try:
            if position is None:
                os.lseek(file, 0, os.SEEK_END)
            else:
                os.lseek(file, position, os.SEEK_SET)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            return os.lseek(file, 0, os.SEEK_CUR)
        except OSError as error:
            return host_error(error)

    def size(self, handle: int) -> int | HostError:
        """The size of an open file in bytes."""
        file = self._files.get(handle)
        if file is None:
            return _bad_handle(handle)
        try:
            return os.fstat(file).st_size
        except OSError as error:
            return host_error(error)

    def close_file(self, handle: int) -> HostError | None:
        """Closes one file."""
        file = self._files.pop(handle, None)
        if file is None:
            return _bad_handle(handle)
        try:
            os.close(file)
        except OSError as error:
            return host_error(error)
        return None

    def close(self) -> None:
        """Closes everything. The sandbox can be used again afterwards; old handles stay invalid."""
        for handle in list(self._files):
            self.close_file(handle)
        if self._root is not None:
            os.close(self._root)
            self._root = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()

    # -- names to descriptors -------------------------------------------------------------------------------------

    def _open_root(self) -> int:
        if self._root is None:
            if self._relative_open:
                self._root = os.open(self._given, _DIRECTORY)
            elif not os.path.isdir(self._given):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            self._root_parts = _components(os.path.realpath(self._given))
        return -1 if self._root is None else self._root

    def _open(self, name: bytes, mode: OpenMode) -> int:
        parts = _allowed_parts(name)
        root = self._open_root()
        file = self._open_beneath(root, parts, mode) if self._relative_open else self._open_checked(parts, mode)
        try:
            _require_regular(os.fstat(file))
            if mode in _EMPTIES:
                os.ftruncate(file, 0)
        except BaseException:
            os.close(file)
            raise
        return file

    def _open_beneath(self, root: int, parts: list[bytes], mode: OpenMode) -> int:
        walk = _Walk(root, self._root_parts, _components(self._given), parts)
        try:
            while walk.step():
                if walk.todo:
                    walk.enter()
                elif (file := walk.open(mode)) is not None:
                    return file
        finally:
            walk.leave()
        raise _Refused("it is a directory")

    def _open_checked(self, parts: list[bytes], mode: OpenMode) -> int:
        path = self._checked(parts)
        try:
            _require_regular(os.lstat(path))
        except FileNotFoundError:
            if mode in _MUST_EXIST:
                raise
        return os.open(path, _FLAGS[mode] | _SAFE, _PERMISSIONS)

    def _checked(self, parts: list[bytes]) -> bytes:
        """The path of `parts` with all links followed, beneath the root."""
        _require_plain(parts)
        root = os.path.realpath(self._given)
        path = os.path.realpath(os.path.join(root, *parts))
        if path != root and not path.startswith(root.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep)):
            raise _Refused("it leads out of the root directory")
        return path

    def _entry(self, name: bytes) -> _Entry:
        """Where the directory entry `name` is, itself not followed if it is a link. Leave it when done."""
        parts = _allowed_parts(name)
        root = self._open_root()
        if not parts:
            raise _Refused("it is a directory")
        if not self._relative_open:
            _require_plain(parts)
            return _Entry(os.path.join(self._checked(parts[:-1]), parts[-1]), None)
        walk = _Walk(root, self._root_parts, _components(self._given), parts)
        try:
            while walk.step():
                if not walk.todo:
                    return _Entry(walk.part, walk)
                walk.enter()
        except BaseException:
            walk.leave()
            raise
        walk.leave()
        raise _Refused("it is a directory")


class _Walk:
    """One way from the root to a file: where it has come to, and what is left of it."""

    def __init__(self, root: int, root_parts: list[bytes], alias: list[bytes], parts: list[bytes]) -> None:
        """`alias` is the root's path as it was given, which absolute links may use as well as the resolved one."""
        self.root = root
        self.root_parts = root_parts
        self.alias = alias
        self.todo = parts[::-1]
        """Components not yet walked, the next one last."""
        self.inside: list[int] = []
        """Descriptors of the directories walked through, from below the root on."""
        self.above: list[bytes] | None = None
        """While a link leads along the path above the root: the path so far. Then `inside` is empty."""
        self.links = 0
        self.part = b""

    def step(self) -> bool:
        """Moves `part` to the next component that is looked up in a directory. False if the walk ends at one."""
        while self.todo:
            self.part = self.todo.pop()
            if self.above is not None:
                self._step_above(self.above)
            elif self.part != b"..":
                return True
            elif self.inside:
                os.close(self.inside.pop())
            else:
                self._go_above(self.root_parts[:-1])
        if self.above is not None:
            raise _Refused("it leads out of the root directory")
        return False

    def enter(self) -> None:
        """Goes into the directory `part`, or where the link of that name leads."""
        try:
            self.inside.append(os.open(self.part, _DIRECTORY | os.O_NOFOLLOW, dir_fd=self.here()))
        except OSError as error:
            if error.errno not in _IS_LINK:
                raise
            self._follow(error)

    def open(self, mode: OpenMode) -> int | None:
        """A descriptor for the file `part`; None if that is a link, whose path is now the rest of the walk."""
        here = self.here()
        try:
            status = os.stat(self.part, dir_fd=here, follow_symlinks=False)
        except FileNotFoundError:
            if mode in _MUST_EXIST:
                raise
        else:
            if stat.S_ISLNK(status.st_mode):
                self._follow(None)
                return None
            _require_regular(status)
        try:
            return os.open(self.part, _FLAGS[mode] | _SAFE, _PERMISSIONS, dir_fd=here)
        except OSError as error:
            if error.errno not in _IS_LINK:
                raise
            self._follow(error)
            return None

    def leave(self) -> None:
        """Closes the directories walked through."""
        while self.inside:
            os.close(self.inside.pop())

    def here(self) -> int:
        """The descriptor of the directory that the walk has come to."""
        return self.inside[-1] if self.inside else self.root

    def _follow(self, problem: OSError | None) -> None:
        """Puts the path of the link `part` in front of what is left. If it is no link, `problem` is what was wrong."""
        self.links += 1
        if self.links > MAX_LINKS:
            raise _Refused("too many symbolic links")
        try:
            target = os.readlink(self.part, dir_fd=self.here())
        except OSError as error:
            raise problem or error from None
        parts = _components(target)
        if target.startswith(b"/"):
            self.leave()
            self._go_above([])
            if parts[: len(self.alias)] == self.alias:
                parts = self.root_parts + parts[len(self.alias) :]
        self.todo += parts[::-1]

    def _go_above(self, path: list[bytes]) -> None:
        self.above = None if path == self.root_parts else path

    def _step_above(self, path: list[bytes]) -> None:
        path = path[:-1] if self.part == b".." else [*path, self.part]
        if path != self.root_parts[: len(path)]:
            raise _Refused("it leads out of the root directory")
        self._go_above(path)


class _Entry:
    """A name in a directory that was walked to: a path, relative to `folder` unless that is None."""

    def __init__(self, path: bytes, walk: _Walk | None) -> None:
        self.path = path
        self.folder = None if walk is None else walk.here()
        self._walk = walk

    def leave(self) -> None:
        """Closes the directories on the way."""
        if self._walk is not None:
            self._walk.leave()


def _components(path: bytes) -> list[bytes]:
    return [part for part in path.split(b"/") if part not in (b"", b".")]


def _allowed_parts(name: bytes) -> list[bytes]:
    if not name:
        raise _Refused("the name is empty")
    if b"\0" in name:
        raise _Refused("the name contains a 0 byte")
    parts = _components(name)
    if b".." in parts:
        raise _Refused('".." is not allowed in a name')
    return parts


def _require_plain(parts: list[bytes]) -> None:
    if any(separator in part for part in parts for separator in (b"\\", b":")) and os.sep != "/":
        raise _Refused("the name contains a character that this system gives a meaning")


def _require_file_or_link(entry: _Entry) -> None:
    status = os.stat(entry.path, dir_fd=entry.folder, follow_symlinks=False)
    if not stat.S_ISLNK(status.st_mode):
        _require_regular(status)


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise _Refused("it is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise _Refused("it is not a regular file")


def _bad_handle(handle: int) -> HostError:
    return HostError(HostErrorKind.BAD_HANDLE, f"handle {handle} is not open")
