"""Calling `emu` as a shell does: in a process of its own, with real descriptors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
WORKED_EXAMPLE = (ROOT / "tests" / "programs" / "worked_example.s").read_text(encoding="ascii")
"""The program that the specification of the reports works through."""

TIME_LIMIT = 60
"""Seconds after which a command counts as hanging."""


@frozen
class Result:
    """What was left behind when the command ended."""

    status: int
    out: bytes
    err: str


def environment(**more: str) -> dict[str, str]:
    """The variables of a plain, colourless terminal."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("EMU_")}
    nobody = {"XDG_CONFIG_HOME": os.devnull}
    return plain | nobody | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"} | more


def command_line(*words: str | Path) -> list[str]:
    """The process to start for `emu WORDS`."""
    return [sys.executable, "-m", "emu", *map(str, words)]


def emu(*words: str | Path, stdin: bytes = b"", cwd: Path | None = None, **variables: str) -> Result:
    """Runs `emu WORDS` to its end."""
    done = subprocess.run(
        command_line(*words),
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(**variables),
        timeout=TIME_LIMIT,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def read_to_the_end(leader: int) -> bytes:
    """What appears on a terminal until the last process that writes to it has gone."""
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:  # Linux reports the end of a terminal as an error
        pass
    return shown
