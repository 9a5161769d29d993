"""The outside world of a session: files below one folder, bounded in every way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emu.actors.world import FileLimits, LiveWorld, RecordedWorld, Recording
from emu.services.effects import (
    Answer,
    Close,
    FileSize,
    HostError,
    HostErrorKind,
    Now,
    Open,
    OpenMode,
    Random,
    ReadFile,
    WriteFile,
)


def opened(world: LiveWorld, name: bytes, mode: OpenMode) -> int:
    """The handle of a file that opens."""
    handle = world.answer(Open(name, mode))
    assert isinstance(handle, int)
    return handle


def test_files_lie_in_the_folder_and_are_closed_at_the_end(tmp_path: Path) -> None:
    world = LiveWorld(str(tmp_path))
    handle = opened(world, b"a", OpenMode.WRITE)
    assert world.answer(WriteFile(handle, 0, b"text")) == 4
    assert world.answer(FileSize(handle)) == 4
    assert (tmp_path / "a").read_bytes() == b"text"
    assert not world.has_private_folder
    world.close()
    world.close()
    assert isinstance(world.answer(ReadFile(handle, 0, 1)), HostError)
    assert (tmp_path / "a").exists()


def test_a_file_cannot_outgrow_its_limit(tmp_path: Path) -> None:
    world = LiveWorld(str(tmp_path), limits=FileLimits(size=10))
    handle = opened(world, b"f", OpenMode.WRITE)
    assert world.answer(WriteFile(handle, 0, b"12345")) == 5
    appending = opened(world, b"f", OpenMode.APPEND)
    for to, position, data in ((handle, 5, b"123456"), (appending, None, b"123456"), (handle, 1 << 40, b"1")):
        answer = world.answer(WriteFile(to, position, data))
        assert isinstance(answer, HostError)
        assert answer.kind is HostErrorKind.NO_SPACE
    assert world.answer(WriteFile(appending, None, b"12345")) == 10
    assert os.stat(tmp_path / "f").st_size <= 10


def test_files_are_limited_in_number(tmp_path: Path) -> None:
    world = LiveWorld(str(tmp_path), limits=FileLimits(created=3, open=2))
    first = opened(world, b"1", OpenMode.WRITE)
    opened(world, b"2", OpenMode.WRITE)
    assert isinstance(world.answer(Open(b"1", OpenMode.READ)), HostError)
    world.answer(Close(first))
    opened(world, b"3", OpenMode.WRITE)
    world.close()
    answer = world.answer(Open(b"4", OpenMode.WRITE))
    assert isinstance(answer, HostError)
    assert answer.kind is HostErrorKind.NO_SPACE
    assert sorted(os.listdir(tmp_path)) == ["1", "2", "3"]


def test_a_folder_that_cannot_be_made_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    assert isinstance(LiveWorld(None).answer(Open(b"a", OpenMode.WRITE)), HostError)


def test_what_was_recorded_is_answered_again() -> None:
    answers: list[Answer] = []
    numbers = iter([7, 8])
    live = Recording(LiveWorld(None, clock=lambda: 5, random=lambda: next(numbers)), answers.append)
    given = [live.answer(question) for question in (Now(), Random(), Random(), FileSize(1))]
    assert given[:3] == [5, 7, 8]
    recorded = RecordedWorld(iter(answers))
    assert [recorded.answer(question) for question in (Now(), Random(), Random(), FileSize(1))] == given
    with pytest.raises(LookupError):
        recorded.answer(Now())
    live.close()
