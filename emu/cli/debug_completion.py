"""Completion at the prompt and on the full screen: the debugger's own words, and names of files."""

from __future__ import annotations

import os

from emu.debugger.completing import FILE_COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.debugger.debugger import Debugger

MOST_FILES = 1000


def completions(debugger: Debugger, line: str) -> list[str]:
    """What the last word of a line may become; of a path, what stands behind its last slash."""
    word, blank, rest = line.lstrip().partition(" ")
    if blank and word.lower() in FILE_COMMANDS:
        return _files(rest.lstrip())
    return debugger.completions(line)


def _files(path: str) -> list[str]:
    folder, _, beginning = path.rpartition("/")
    if "/" in path and not folder:
        folder = "/"
    names = []
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            for entry in entries:
                if entry.name.startswith(beginning) and (beginning or not entry.name.startswith(".")):
                    names.append(entry.name + ("/" if entry.is_dir() else ""))
                    if len(names) >= MOST_FILES:
                        break
    except OSError:
        return []
    return sorted(names)
