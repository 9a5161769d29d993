"""What tests of the native tier need: a background and a cache that do what they are told, and a look inside."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from emu.isa.engines import python
from emu.isa.engines.native import tier
from emu.isa.machine import Machine


class Later:
    """A background that works when it is told to, or after so many submissions."""

    def __init__(self, *, waits: bool = True) -> None:
        self.waits = waits
        self.waiting: list[Callable[[], None]] = []
        self.is_busy = False

    def submit(self, work: Callable[[], None], *, is_urgent: bool = False) -> None:
        self.waiting.append(work)

    def work(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


class AtOnce:
    """A background that has done everything as soon as it is submitted."""

    is_busy = False

    def __init__(self, *, waits: bool) -> None:
        self.waits = waits

    def submit(self, work: Callable[[], None], *, is_urgent: bool = False) -> None:
        work()


class Kept:
    """A cache in memory."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}
        self.hits = 0

    def load(self, text: str) -> bytes | None:
        self.hits += text in self.codes
        return self.codes.get(text)

    def store(self, text: str, code: bytes) -> None:
        self.codes[text] = code


def stages(machine: Machine) -> set[str]:
    """How the machine's native regions were made."""
    engine = machine.engine
    assert isinstance(engine, python.PythonEngine)
    return {translation.stage for translation in engine._translations.by_start.values() if translation.is_native}


def native_share(machine: Machine) -> float:
    """Which part of all instructions was executed natively, 0 to 1."""
    return machine.translated[1] / machine.instructions if machine.instructions else 0.0


def without_quick_code() -> AbstractContextManager[Any]:
    """As on a computer for which there is no generator of quick code: LLVM compiles from the beginning."""
    return mock.patch.object(tier, "_quick_regions", return_value=None)
