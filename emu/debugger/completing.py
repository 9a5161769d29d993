"""Completion: what the last word of an unfinished command may become."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emu.debugger import helping
from emu.debugger.commands.points import NUMBERS

if TYPE_CHECKING:
    from emu.debugger.debugger import Debugger

FILE_COMMANDS = ("load", "source")
"""Their argument is the name of a file; the front end knows the files."""


def completions(debugger: Debugger, line: str) -> list[str]:
    """Whole words, sorted: names of commands, topics, numbers of breakpoints, symbols, registers."""
    word, blank, rest = line.lstrip().partition(" ")
    if not blank and "/" not in word:
        names = [name for command in helping.COMMANDS for name in command.names[:1]]
        return sorted(name for name in (*names, *debugger.aliases) if name.startswith(word))
    command = helping.BY_NAME.get(word.lower().partition("/")[0])
    name = command.names[0] if command is not None else ""
    last = re.split(r"[^\w.$]", rest)[-1]
    if name == "info" and " " not in rest:
        return sorted(topic for topic in set(helping.INFO_TOPICS.values()) if topic.startswith(last))
    if name == "help":
        return sorted(name for name in helping.BY_NAME if name.startswith(last))
    if name == "unalias":
        return sorted(name for name in debugger.aliases if name.startswith(last))
    if name in ("delete", "enable", "disable", "condition", "ignore"):
        return _numbers(debugger, rest, last)
    if name in (*FILE_COMMANDS, "alias", "echo", "history"):
        return []
    program = debugger.machine.program
    names = [symbol for symbol in (program.symbols if program is not None else ()) if symbol.startswith(last)]
    if name in ("break", "tbreak", "list", "until", "info"):
        files = {line.file.rpartition("/")[2] for line in (program.source_map if program is not None else ())}
        names += [f"{file}:" for file in files if last and file.startswith(last)]
    prefix = "$" if last.startswith("$") else ""
    wanted = last.lower().removeprefix("$")
    return sorted(names) + [prefix + register for register in NUMBERS if last and register.startswith(wanted)]


def _numbers(debugger: Debugger, rest: str, last: str) -> list[str]:
    if rest.startswith("watch "):
        return [str(entry.number) for entry in debugger.runner.watchpoints if str(entry.number).startswith(last)]
    numbers = [str(entry.number) for entry in debugger.runner.breakpoints]
    return [word for word in (*numbers, "watch") if word.startswith(last)]
