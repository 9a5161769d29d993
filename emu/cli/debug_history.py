"""The commands of earlier days, kept in a file that the prompt and the full screen share."""

from __future__ import annotations

import os

from emu.debugger.debugger import HISTORY_LIMIT

_FIRST_LINE = "_HiStOrY_V2_"
"""How some line editors begin their files."""


def history_file() -> str:
    """Where it is."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(state, "emu", "debugger_history")


def read_history() -> list[str]:
    """The commands, the newest last; none if there is no file."""
    try:
        with open(history_file(), encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return []
    return [line for line in lines if line and line != _FIRST_LINE][-HISTORY_LIMIT:]


def write_history(commands: list[str]) -> None:
    """Keeps the newest of them. Where that cannot be done, nothing is kept."""
    path = history_file()
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            file.writelines(f"{command}\n" for command in commands[-HISTORY_LIMIT:])
    except OSError:
        pass
