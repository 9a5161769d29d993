"""A server knows the commit that it was made from: from a file in a package that was built, or from git."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import emu
from emu.gateway.build import FILE, UNKNOWN, Build, find, note
from emu.gateway.config import GatewayConfig
from tests.gateway.harness import running

SOME = Build("0123456789abcdef" * 2 + "01234567", "2026-01-31T23:59:59Z")

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "emu"
    path.mkdir()
    return path


def git(where: Path, *words: str) -> str:
    who = {f"GIT_{role}_{what}": "somebody" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {"GIT_AUTHOR_DATE": "1700000000 +0100", "GIT_COMMITTER_DATE": "1700000005 -0500"}
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(where), *words]
    return subprocess.run(command, env=own | who | when, check=True, capture_output=True, text=True).stdout.strip()


def checkout(package: Path) -> Build:
    """Makes the folder around a package a checkout with one commit."""
    git(package.parent, "init", "-q", "-b", "main")
    git(package.parent, "commit", "-q", "--allow-empty", "-m", "first")
    return Build(git(package.parent, "rev-parse", "HEAD"), "2023-11-14T22:13:25Z")


def test_a_built_package_says_what_was_noted_when_it_was_built(package: Path) -> None:
    note(str(package), SOME)
    assert find(str(package)) == SOME


def test_where_nothing_is_known_nothing_is_noted_or_made_up(package: Path) -> None:
    note(str(package), UNKNOWN)
    assert list(package.iterdir()) == []
    assert find(str(package)) == UNKNOWN
    (package.parent / ".git").mkdir()
    assert find(str(package)) == UNKNOWN, "git knows nothing of an empty folder"


@pytest.mark.parametrize("text", ["", "\n", f"{SOME.commit}\n", f"{SOME.commit} yesterday\n", "v1 v2\n", "é" * 300])
def test_a_file_that_is_something_else_is_not_believed(package: Path, text: str) -> None:
    (package / FILE).write_text(text, encoding="utf-8")
    assert find(str(package)) == UNKNOWN


@needs_git
def test_in_a_checkout_git_knows_and_the_time_is_universal(package: Path) -> None:
    made = checkout(package)
    assert find(str(package)) == made
    git(package.parent, "gc", "-q")
    assert find(str(package)) == made, "packed, as in a fresh clone"


@needs_git
def test_a_second_working_tree_has_its_own_commit(package: Path, tmp_path: Path) -> None:
    first = checkout(package)
    other = tmp_path / "other"
    git(package.parent, "worktree", "add", "-q", str(other))
    git(other, "commit", "-q", "--allow-empty", "-m", "second")
    (other / "emu").mkdir()
    assert find(str(other / "emu")).commit == git(other, "rev-parse", "HEAD") != first.commit


@needs_git
def test_another_repository_is_not_asked(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = checkout(package)
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY"):  # as in a hook of another repository
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    assert find(str(package)) == made
    inside = package / "site-packages" / "emu"
    inside.mkdir(parents=True)
    assert find(str(inside)) == UNKNOWN, "installed somewhere inside a checkout of something else"


@needs_git
def test_what_was_noted_counts_before_what_lies_around(package: Path) -> None:
    checkout(package)
    note(str(package), SOME)
    assert find(str(package)) == SOME


def test_without_git_nothing_is_known(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package.parent / ".git").mkdir()
    monkeypatch.setenv("PATH", str(package))
    assert find(str(package)) == UNKNOWN


async def test_the_server_says_what_it_was_told() -> None:
    async with running(GatewayConfig(build=SOME)) as gateway:
        answer = (await gateway.http().request("GET", "/api/v1/version")).json()
    assert answer == {
        "version": emu.__version__, "commit": SOME.commit, "date": SOME.date, "buildDate": SOME.date
    }  # fmt: skip
