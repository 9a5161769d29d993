"""Everything outside a session's machine that a program can ask for: files, time and random numbers.

Theory of operation. The guest's effects are answered while its slice executes, in whichever thread that is. Every
answer that could have been different passes through `Recording`, which writes it into the session's journal;
`Recorded` answers from a journal instead, so that a replay meets the same world. Console output and input are the
session's own affair.

A session without a folder of its own gets a private temporary one with the first file it opens, and loses it at the
end. How much a program may store is bounded: in number of files it creates and in the size of each.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import frozen

from emu.host.clock import system_clock
from emu.host.randomness import system_random
from emu.host.sandbox import SandboxedFiles
from emu.services.effects import (
    Close,
    FileSize,
    HostError,
    HostErrorKind,
    Now,
    Open,
    OpenMode,
    Random,
    ReadFile,
    Remove,
    Rename,
    WriteFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emu.services.effects import Answer

Question: TypeAlias = Now | Random | Open | Close | ReadFile | WriteFile | FileSize | Remove | Rename
"""The effects that a world answers."""


class World(Protocol):
    """Answers effects. Called by one thread at a time."""

    def answer(self, question: Question) -> Answer:
        """The answer that the effect documents. Never raises for anything the guest did."""

    @property
    def has_private_folder(self) -> bool:
        """Whether `close` has a folder to remove."""

    def close(self) -> None:
        """Closes files and removes what was private. May wait for the disk."""


@frozen
class FileLimits:
    """What a program may store."""

    size: int = 16 << 20
    """The largest file, in bytes."""
    created: int = 256
    """How often a program may open a file for writing before it is refused."""
    open: int = 64
    """Files open at the same time: each is a descriptor of the server."""


class LiveWorld:
    """The world of a session on this computer."""

    def __init__(
        self,
        root: str | None,
        *,
        clock: Callable[[], int] = system_clock,
        random: Callable[[], int] = system_random,
        limits: FileLimits | None = None,
    ) -> None:
        """`root` confines the program's files; None makes a private folder when the first file is opened."""
        self._root = root
        self._clock = clock
        self._random = random
        self._limits = limits or FileLimits()
        self._files: SandboxedFiles | None = None
        self._private: str | None = None
        self._created = 0
        self._open: set[int] = set()

    @property
    def has_private_folder(self) -> bool:
        """Whether `close` has a folder to remove."""
        return self._private is not None

    def answer(self, question: Question) -> Answer:
        """See World."""
        if isinstance(question, Now):
            return self._clock()
        if isinstance(question, Random):
            return self._random()
        if isinstance(question, WriteFile):
            return self._write(question)
        if isinstance(question, Open):
            return self._opened(question)
        if isinstance(question, (Remove, Rename)):
            return self._changed(question)
        if isinstance(question, Close):
            self._open.discard(question.handle)
        return self._sandbox().perform(question)

    def _opened(self, question: Open) -> Answer:
        if len(self._open) >= self._limits.open:
            return HostError(HostErrorKind.OTHER, "too many open files")
        if question.mode is not OpenMode.READ:
            if self._created >= self._limits.created:
                return HostError(HostErrorKind.NO_SPACE, "this program has written enough files")
            self._created += 1
        try:
            answer = self._sandbox().perform(question)
        except OSError as error:
            return HostError(HostErrorKind.OTHER, f"no folder for files: {error}")
        if isinstance(answer, int):
            self._open.add(answer)
        return answer

    def _changed(self, question: Remove | Rename) -> Answer:
        try:
            return self._sandbox().perform(question)
        except OSError as error:
            return HostError(HostErrorKind.OTHER, f"no folder for files: {error}")

    def _write(self, question: WriteFile) -> Answer:
        files = self._sandbox()
        start = question.position if question.position is not None else files.size(question.handle)
        if isinstance(start, int) and start + len(question.data) > self._limits.size:
            return HostError(HostErrorKind.NO_SPACE, "the file would become too large")
        return files.perform(question)

    def _sandbox(self) -> SandboxedFiles:
        if self._files is None:
            root = self._root
            if root is None:
                root = self._private = tempfile.mkdtemp(prefix="emu-")
            self._files = SandboxedFiles(root)
        return self._files

    def close(self) -> None:
        """See World."""
        files, self._files = self._files, None
        if files is not None:
            with suppress(OSError):
                files.close()
        self._open.clear()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None


class Recording:
    """A world whose answers are written down."""

    def __init__(self, world: World, record: Callable[[Answer], None]) -> None:
        self._world = world
        self._record = record

    def answer(self, question: Question) -> Answer:
        """See World."""
        answer = self._world.answer(question)
        self._record(answer)
        return answer

    @property
    def has_private_folder(self) -> bool:
        """See World."""
        return self._world.has_private_folder

    def close(self) -> None:
        """See World."""
        self._world.close()


class RecordedWorld:
    """Answers what was written down, in order. Raises LookupError when there is nothing left."""

    def __init__(self, answers: Iterator[Answer]) -> None:
        self._answers = answers

    def answer(self, question: Question) -> Answer:
        """See World."""
        for answer in self._answers:
            return answer
        raise LookupError(f"no answer was recorded for {question}")

    @property
    def has_private_folder(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Nothing to close."""
