"""Which build of emu this is: the commit that it was made from, and when that was made.

A package that somebody built has a file that says so: `setup.py`, which reads this module without importing emu, has
written it. In a checkout git knows. Neither is looked at before a server starts, nor ever again.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import NamedTuple

FILE = "build.txt"
"""In the package's folder: the commit and the date, in one line."""

PATIENCE_SECONDS = 5


class Build(NamedTuple):
    """Where a build comes from: the full name of a commit, and its date as `2026-01-31T23:59:59Z`."""

    commit: str
    date: str


UNKNOWN = Build("unknown", "unknown")

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def find(package: str = _PACKAGE) -> Build:
    """What is known about the package in a folder. Takes some milliseconds: git may be asked."""
    return _noted(package) or _from_git(os.path.join(os.path.dirname(package), ".git")) or UNKNOWN


def note(package: str, build: Build) -> None:
    """Writes it into a package that is being built, unless it is unknown. Raises OSError."""
    if build != UNKNOWN:
        with open(os.path.join(package, FILE), "w", encoding="ascii") as file:
            file.write(f"{build.commit} {build.date}\n")


def _noted(package: str) -> Build | None:
    try:
        with open(os.path.join(package, FILE), encoding="ascii") as file:
            found = re.fullmatch(r"([0-9a-f]{40,64}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n", file.read(200))
    except (OSError, UnicodeDecodeError):
        return None
    return None if found is None else Build(found[1], found[2])


def _from_git(directory: str) -> Build | None:
    if not os.path.exists(directory):
        return None
    # What a surrounding git has set for its own children must not lead elsewhere; and whoever runs this code trusts
    # the folder that it lies in, whoever owns that.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "safe.directory=*", "--git-dir", directory, "rev-list", "-1", "--format=%ct", "HEAD"]
    try:
        asked = subprocess.run(
            command, env=environment, capture_output=True, check=True, text=True, timeout=PATIENCE_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.fullmatch(r"commit ([0-9a-f]{40,64})\n(\d+)\n", asked.stdout)
    if found is None:
        return None
    return Build(found[1], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(found[2]))))
