"""The end of a process: it does not take long, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.command import ROOT, TIME_LIMIT, environment

COMMAND = "import sys; sys.argv = ['emu', '--version']; from emu.cli.{} import main; sys.exit(main())"
"""What an installed script does."""

KEPT = """
class Kept:
    def __init__(self, say=print):
        self.say = say

    def __del__(self):
        self.say("taken apart")

kept = Kept()
"""
"""Tells that the interpreter has come to the end of its life."""

THREAD = """
import threading
threading.Thread(target=lambda: (threading.main_thread().join(), print("thread")), daemon={}).start()
"""
"""Goes on when everything else is done."""


def lines(code: str, script: str = "main") -> list[str]:
    """What a process that has executed `code` says after the version."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{COMMAND.format(script)}"],
        capture_output=True,
        cwd=ROOT,
        env=environment(),
        timeout=TIME_LIMIT,
        check=True,
    )
    version, *rest = done.stdout.decode().splitlines()
    assert version.startswith("emu ")
    assert done.stderr == b""
    return rest


@pytest.mark.parametrize("script", ["main", "arm_emulator"])
def test_nothing_is_taken_apart_at_the_end(script: str) -> None:
    assert lines(KEPT, script) == []


@pytest.mark.parametrize("install", ["settrace", "setprofile"])
def test_under_a_debugger_or_profiler_the_end_is_the_usual_one(install: str) -> None:
    observer = "eval('lambda *_: None', {})"  # without this module's names, which would live longer with it
    assert lines(f"{KEPT}\nimport sys; sys.{install}({observer})") == ["taken apart"]


def test_what_is_registered_for_the_end_is_done() -> None:
    assert lines("import atexit; atexit.register(print, 'registered')") == ["registered"]


def test_a_thread_is_waited_for_unless_it_is_a_daemon() -> None:
    assert lines(THREAD.format(False)) == ["thread"]
    assert lines(THREAD.format(True)) == []


def test_a_profiler_shows_what_it_saw() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cProfile", "-m", "emu", "run", "samples/hello.s"],
        capture_output=True,
        cwd=ROOT,
        env=environment(),
        timeout=TIME_LIMIT,
        check=True,
    )
    assert "function calls" in done.stdout.decode()
