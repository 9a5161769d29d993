"""One thread compiles for many machines: in order of urgency, boundedly, and for nobody who has gone."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from io import FileIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from emu.host import background
from emu.host.background import CompilerThread, ThreadBackground


class Gate:
    """Work that begins when the thread comes to it and ends when it is told to."""

    def __init__(self) -> None:
        self.has_begun, self.may_end = Event(), Event()

    def __call__(self) -> None:
        self.has_begun.set()
        assert self.may_end.wait(20)


@pytest.fixture
def gate() -> Gate:
    return Gate()


def finish(background: ThreadBackground) -> None:
    """Waits until all that was submitted before has been done."""
    done = Event()
    background.submit(done.set)
    assert done.wait(20)


def test_work_is_done_in_order_and_urgent_work_first(gate: Gate) -> None:
    thread = CompilerThread()
    first, second = (thread.background(waits=False) for _ in range(2))
    done: list[str] = []
    first.submit(gate)
    assert gate.has_begun.wait(20)
    first.submit(lambda: done.append("better"))
    second.submit(lambda: done.append("better, too"))
    second.submit(lambda: done.append("first code"), is_urgent=True)
    gate.may_end.set()
    finish(first)
    assert done == ["first code", "better", "better, too"]


def test_a_machine_is_busy_with_its_own_work_only(gate: Gate) -> None:
    thread = CompilerThread()
    working, idle = (thread.background(waits=False) for _ in range(2))
    working.submit(gate)
    assert working.is_busy
    assert not idle.is_busy
    gate.may_end.set()
    other = Event()
    idle.submit(other.set)
    assert other.wait(20)
    assert not working.is_busy


def test_a_full_queue_keeps_everybody_busy(gate: Gate) -> None:
    thread = CompilerThread(most_waiting=2)
    working, idle = (thread.background(waits=False) for _ in range(2))
    working.submit(gate)
    assert gate.has_begun.wait(20)
    for _ in range(2):
        assert not idle.is_busy
        working.submit(lambda: None)
    assert idle.is_busy
    gate.may_end.set()


def test_what_waits_for_a_machine_that_is_gone_is_dropped(gate: Gate) -> None:
    thread = CompilerThread()
    gone, other = (thread.background(waits=False) for _ in range(2))
    done: list[str] = []
    gone.submit(gate)
    assert gate.has_begun.wait(20)
    gone.submit(lambda: done.append("urgent"), is_urgent=True)
    gone.submit(lambda: done.append("not urgent"))
    gone.close()
    gone.submit(lambda: done.append("too late"))
    gate.may_end.set()
    finish(other)
    assert done == []


def test_one_machine_alone_needs_no_more_than_a_background() -> None:
    background = ThreadBackground()
    assert background.waits
    finish(background)


def test_the_compiler_is_read_before_it_is_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All of its library, once; whatever is wrong with it is left to loading it."""
    library = tmp_path / "binding" / "lib.so"
    library.parent.mkdir()
    library.write_bytes(bytes(background._PIECE + 5))
    spec = ModuleSpec("llvmlite", None)
    spec.submodule_search_locations = [str(tmp_path)]
    read: list[int] = []

    class Watched(FileIO):
        def readinto(self, buffer: Any, /) -> int:
            count = super().readinto(buffer)
            read.append(count or 0)
            return count

    monkeypatch.delitem(sys.modules, "llvmlite", raising=False)
    monkeypatch.setattr(PathFinder, "find_spec", lambda _: spec)
    monkeypatch.setattr(Path, "open", lambda path, *_, **__: Watched(path))
    background.read_compiler()
    assert sum(read) == background._PIECE + 5
    library.unlink()
    library.mkdir()
    background.read_compiler()
    monkeypatch.setattr(PathFinder, "find_spec", lambda _: None)
    background.read_compiler()
    assert sum(read) == background._PIECE + 5
