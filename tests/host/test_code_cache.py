"""The code cache gives back what was stored, or nothing: whatever happened to the disk meanwhile."""

from __future__ import annotations

import os
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emu.host import code_cache
from emu.host.code_cache import DiskCodeCache, default_directory

CODE = bytes(range(256)) * 8


def files(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())


def test_what_was_stored_comes_back_in_another_process_s_cache(tmp_path: Path) -> None:
    directory = str(tmp_path / "new" / "cache")
    DiskCodeCache(directory).store("text", CODE)
    assert DiskCodeCache(directory).load("text") == CODE
    assert DiskCodeCache(directory).load("another text") is None


def test_nothing_is_touched_before_something_is_stored(tmp_path: Path) -> None:
    assert DiskCodeCache(str(tmp_path / "cache")).load("text") is None
    assert not (tmp_path / "cache").exists()


def test_another_processor_or_compiler_has_its_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    DiskCodeCache(str(tmp_path)).store("text", CODE)
    processor = tmp_path / "cpuinfo"
    processor.write_text("model : something else\nflags : none\n")
    monkeypatch.setattr(code_cache, "_PROCESSOR_FILE", str(processor))
    assert DiskCodeCache(str(tmp_path)).load("text") is None


def test_another_version_of_emu_has_its_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    DiskCodeCache(str(tmp_path)).store("text", CODE)
    monkeypatch.setattr(code_cache, "__version__", "another")
    assert DiskCodeCache(str(tmp_path)).load("text") is None


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_not_used_and_goes_away(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("cache")
    cache = DiskCodeCache(str(directory))
    cache.store("text", CODE)
    (file,) = files(directory)
    content = bytearray(file.read_bytes())
    if data.draw(st.booleans(), "cut short"):
        del content[data.draw(st.integers(0, len(content) - 1), "length") :]
    else:
        content[data.draw(st.integers(0, len(content) - 1), "place")] ^= data.draw(st.integers(1, 255), "change")
    file.write_bytes(content)
    assert cache.load("text") is None
    assert not files(directory)
    cache.store("text", CODE)
    assert cache.load("text") == CODE


def test_the_least_recently_used_files_make_room(tmp_path: Path) -> None:
    bound = 20 * len(CODE)
    cache = DiskCodeCache(str(tmp_path), max_bytes=bound)
    for number in range(40):
        cache.store(f"text {number}", CODE)
        for age, file in enumerate(sorted(files(tmp_path), key=lambda file: file.stat().st_mtime, reverse=True)):
            os.utime(file, (1e9 - age, 1e9 - age))
        assert cache.load("text 0") == CODE, "what is used stays"
    assert sum(file.stat().st_size for file in files(tmp_path)) <= bound
    assert cache.load("text 39") == CODE
    assert cache.load("text 1") is None


def test_a_directory_that_others_can_write_to_is_not_trusted(tmp_path: Path) -> None:
    cache = DiskCodeCache(str(tmp_path))
    cache.store("text", CODE)
    tmp_path.chmod(0o777)
    assert cache.load("text") is None
    cache.store("other", CODE)
    assert len(files(tmp_path)) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    cache = DiskCodeCache(str(tmp_path / "cache"))
    cache.store("text", CODE)
    (file,) = files(tmp_path / "cache")
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert cache.load("text") is None


def test_a_disk_that_takes_nothing_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = DiskCodeCache(str(tmp_path / "file" / "cache"))
    cache.store("text", CODE)
    assert cache.load("text") is None


def _store_and_load(directory: str, number: int) -> bool:
    cache = DiskCodeCache(directory, max_bytes=64 * len(CODE))
    for turn in range(100):
        text = f"text {(turn * 7 + number) % 20}"
        cache.store(text, text.encode() * 100)
        if cache.load(text) not in (None, text.encode() * 100):
            return False
    return True


def test_many_processes_at_once(tmp_path: Path) -> None:
    with get_context("spawn").Pool(3) as pool:
        assert all(pool.starmap(_store_and_load, [(str(tmp_path), number) for number in range(3)]))


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert default_directory() == "/var/cache/me/emu/code"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative is ignored")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_directory() == "/home/me/.cache/emu/code"
