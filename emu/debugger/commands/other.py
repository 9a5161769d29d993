"""Commands that change the machine, and those about the conversation itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emu.debugger import helping
from emu.debugger.commands.points import NUMBERS, REGISTER
from emu.debugger.interface import DebuggerError, Leave, ReadText, Say
from emu.isa.bits import MASK32

if TYPE_CHECKING:
    from collections.abc import Generator

    from emu.debugger.debugger import Debugger, Function
    from emu.debugger.interface import Reply, Request

_SIZES = {"b": 1, "h": 2, "w": 4}
_MOST_SOURCES = 10
"""How deep `source` may be nested."""


def _set(debugger: Debugger, rest: str) -> str:
    target, equals, text = rest.partition("=")
    target = re.sub(r"^var(iable)?\s+", "", target.strip())
    if not equals or not target:
        raise DebuggerError("usage: set TARGET = VALUE")
    control = debugger.runner.control
    flag = re.fullmatch(r"\$?cpsr\.([nzcv])", target.lower())
    register = REGISTER.fullmatch(target)
    value = debugger.value(text)
    if flag is not None:
        if value > 1:
            raise DebuggerError("a flag is 0 or 1")
        control.set_flag("nzcv".index(flag[1]), bool(value))
        told = f"Flag {flag[1].upper()} set to {value}"
    elif target.lower() in ("cpsr", "$cpsr"):
        for index in range(4):
            control.set_flag(index, bool(value >> (31 - index) & 1))
        told = f"Register {target} set to 0x{value & 0xF0000000:08X}"
    elif register is not None:
        control.set_register(NUMBERS[register[1].lower()], value)
        told = f"Register {target} set to 0x{value:08X}"
    else:
        told = _store(debugger, target, value)
    debugger.runner.history.add(value)
    return told


def _store(debugger: Debugger, target: str, value: int) -> str:
    memory = re.fullmatch(r"\[(.*)\](?:\.([bhw]))?", target, re.IGNORECASE)
    size = 4
    if target[0] == "*":
        address = debugger.place(target[1:])
    elif memory is not None:
        address = debugger.place(memory[1])
        size = _SIZES[(memory[2] or "w").lower()]
    else:
        raise DebuggerError(f"invalid target: {target}")
    if value >> 8 * size and value < MASK32 + 1 - (1 << 8 * size - 1):
        raise DebuggerError(f"0x{value:X} does not fit into {size} byte{'s' if size > 1 else ''}")
    value &= (1 << 8 * size) - 1
    debugger.runner.context.load(address, size)
    debugger.runner.control.set_memory(address, value.to_bytes(size, "little"))
    return f"Memory 0x{address:08X} set to 0x{value:0{2 * size}X}"


def _alias(debugger: Debugger, rest: str) -> str:
    if not rest:
        lines = [f"  {name} = {text}" for name, text in sorted(debugger.aliases.items())]
        return "\n".join(["Aliases:", *lines]) if lines else "No aliases"
    name, equals, text = rest.partition("=")
    name, text = name.strip(), text.strip()
    if not equals or not text:
        raise DebuggerError("usage: alias NAME = COMMAND")
    if re.fullmatch(r"[A-Za-z_][\w-]*", name) is None:
        raise DebuggerError(f"an alias is a word, not {name}")
    if name.lower() in helping.BY_NAME:
        raise DebuggerError(f"{name} is a command already")
    debugger.aliases[name] = text
    return f"Alias {name} = {text}"


def _unalias(debugger: Debugger, rest: str) -> str:
    if debugger.aliases.pop(rest, None) is None:
        raise DebuggerError(f"no alias is called {rest}" if rest else "which alias?")
    return f"Alias {rest} deleted"


def _source(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    if not rest:
        raise DebuggerError("a file is missing")
    answer = yield ReadText(rest)
    if not isinstance(answer, tuple):
        raise DebuggerError(str(answer))
    if debugger.sourcing >= _MOST_SOURCES:
        raise DebuggerError(f"{rest}: source is nested too deeply")
    debugger.sourcing += 1
    try:
        for number, line in enumerate(answer, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            debugger.failed = False
            yield from debugger.carry_out(line)
            if debugger.failed:
                raise DebuggerError(f"{rest}:{number}: the rest was not carried out")
            if debugger.has_left:
                break
    finally:
        debugger.sourcing -= 1
    return ""


def _echo(_debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    yield Say(rest)
    return ""


def _history(debugger: Debugger, rest: str) -> str:
    commands = debugger.commands
    count = debugger.count(rest) if rest else len(commands)
    lines = [f"{number:5}  {line}" for number, line in enumerate(commands, 1)]
    return "\n".join(lines[-count:])


def _help(debugger: Debugger, rest: str) -> str:
    if not rest:
        return helping.overview()
    command = helping.BY_NAME.get(rest.lower())
    if command is None:
        if rest in debugger.aliases:
            return f"{rest} is an alias of: {debugger.aliases[rest]}"
        raise DebuggerError(f"no help available for command: {rest}")
    return helping.page(command)


def _quit(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    status = debugger.value(rest) & 0xFF if rest else 0
    debugger.has_left = True
    yield Say("Exiting debugger...")
    yield Leave(status)
    return ""


FUNCTIONS: dict[str, Function] = {
    "set": _set, "alias": _alias, "unalias": _unalias, "source": _source, "echo": _echo, "history": _history,
    "help": _help, "quit": _quit,
}  # fmt: skip
