"""A guest's files on a real directory (spec syscalls.md sections 5.2 to 5.6)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from emu.host.sandbox import RELATIVE_OPEN, SandboxedFiles
from emu.services.effects import (
    Close,
    FileSize,
    HostError,
    HostErrorKind,
    Open,
    OpenMode,
    ReadFile,
    WriteFile,
)

READ, WRITE, APPEND = OpenMode.READ, OpenMode.WRITE, OpenMode.APPEND


@pytest.fixture(params=[pytest.param(True, id="relative"), pytest.param(False, id="checked")])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SandboxedFiles]:
    """Both ways of opening: the safe one, and the one for systems that cannot do it."""
    if request.param:
        assert RELATIVE_OPEN
    with SandboxedFiles(str(tmp_path), relative_open=request.param) as sandbox:
        yield sandbox


def handle(answer: int | HostError) -> int:
    assert isinstance(answer, int), answer
    return answer


def kind(answer: object) -> HostErrorKind:
    assert isinstance(answer, HostError), answer
    return answer.kind


def test_a_file_is_created_written_and_read_back(files: SandboxedFiles, tmp_path: Path) -> None:
    out = handle(files.open(b"demo.txt", WRITE))
    assert files.write(out, 0, b"hello world") == 11
    assert files.close_file(out) is None
    assert (tmp_path / "demo.txt").read_bytes() == b"hello world"

    back = handle(files.open(b"demo.txt", READ))
    assert files.read(back, 6, 32) == b"world"
    assert files.read(back, 0, 5) == b"hello"
    assert files.read(back, 11, 5) == b""
    assert files.read(back, 4000, 5) == b""
    assert files.size(back) == 11


def test_created_files_have_the_usual_permissions(files: SandboxedFiles, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        files.open(b"new", WRITE)
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_reading_does_not_create(files: SandboxedFiles, tmp_path: Path) -> None:
    assert kind(files.open(b"missing", READ)) is HostErrorKind.NOT_FOUND
    assert kind(files.open(b"no/such/dir/file", READ)) is HostErrorKind.NOT_FOUND
    assert list(tmp_path.iterdir()) == []


def test_directories_are_not_created(files: SandboxedFiles, tmp_path: Path) -> None:
    assert kind(files.open(b"dir/file", WRITE)) is HostErrorKind.NOT_FOUND
    assert list(tmp_path.iterdir()) == []


def test_writing_empties_what_was_there(files: SandboxedFiles, tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"a long text")
    out = handle(files.open(b"old", WRITE))
    assert files.size(out) == 0
    files.write(out, 3, b"x")
    assert (tmp_path / "old").read_bytes() == b"\0\0\0x"


def test_appending_keeps_what_was_there_and_always_goes_to_the_end(files: SandboxedFiles, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"one,")
    log = handle(files.open(b"log", APPEND))
    assert files.read(log, 0, 3) == b"one"
    assert files.write(log, None, b"two") == 7
    assert (tmp_path / "log").read_bytes() == b"one,two"
    fresh = handle(files.open(b"fresh", APPEND))
    assert files.write(fresh, None, b"first") == 5


def test_the_host_refuses_what_the_mode_does_not_allow(files: SandboxedFiles, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    assert kind(files.write(handle(files.open(b"a", READ)), 0, b"x")) is HostErrorKind.OTHER
    assert kind(files.read(handle(files.open(b"a", WRITE)), 0, 1)) is HostErrorKind.OTHER


@pytest.mark.parametrize(
    "name", [b"dir/file", b"/dir/file", b"//dir//./file", b"./dir/file", b"dir/file/", b"/dir/./file/."]
)
def test_names_are_relative_to_the_root_however_they_are_written(
    files: SandboxedFiles, tmp_path: Path, name: bytes
) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "file").write_bytes(b"found")
    assert files.read(handle(files.open(name, READ)), 0, 9) == b"found"


def test_any_byte_may_be_in_a_name(files: SandboxedFiles, tmp_path: Path) -> None:
    for name in (b"a..b", b"...", b"with space", b"\xff\xfe", b"-rf"):
        files.write(handle(files.open(name, WRITE)), 0, name)
    assert {os.fsencode(path.name) for path in tmp_path.iterdir()} == {
        b"a..b",
        b"...",
        b"with space",
        b"\xff\xfe",
        b"-rf",
    }


def test_handles_are_never_used_twice(files: SandboxedFiles) -> None:
    first = handle(files.open(b"a", WRITE))
    files.close_file(first)
    second = handle(files.open(b"a", WRITE))
    assert second != first
    for answer in (files.read(first, 0, 1), files.write(first, 0, b""), files.size(first), files.close_file(first)):
        assert kind(answer) is HostErrorKind.BAD_HANDLE


def test_effects_are_performed_with_the_answers_they_document(files: SandboxedFiles) -> None:
    out = files.perform(Open(b"a", APPEND))
    assert isinstance(out, int)
    assert files.perform(WriteFile(out, None, b"text")) == 4
    assert files.perform(FileSize(out)) == 4
    assert files.perform(ReadFile(out, 1, 2)) == b"ex"
    assert files.perform(Close(out)) is None
    assert kind(files.perform(Close(out))) is HostErrorKind.BAD_HANDLE


def test_closing_the_sandbox_closes_everything(tmp_path: Path) -> None:
    before = open_descriptors()
    with SandboxedFiles(str(tmp_path)) as sandbox:
        for number in range(5):
            sandbox.open(b"%d" % number, WRITE)
        assert open_descriptors() == before + 6
    assert open_descriptors() == before


def test_a_root_that_is_no_directory_is_an_error_value(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for relative in (True, False):
        for root in ("missing", "file"):
            sandbox = SandboxedFiles(str(tmp_path / root), relative_open=relative)
            assert sandbox.probe() is not None
            assert kind(sandbox.open(b"a", READ)) in (HostErrorKind.NOT_FOUND, HostErrorKind.OTHER)
        good = SandboxedFiles(str(tmp_path), relative_open=relative)
        assert good.probe() is None
        good.close()


def open_descriptors() -> int:
    count = 0
    for descriptor in range(256):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        count += 1
    return count
