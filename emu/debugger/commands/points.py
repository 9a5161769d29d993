"""Breakpoints and watchpoints: setting, changing, removing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emu.debugger.interface import DebuggerError
from emu.debugger.watchpoints import Access, Watchpoint
from emu.isa.faults import MemoryFault

if TYPE_CHECKING:
    from emu.debugger.breakpoints import Breakpoint
    from emu.debugger.debugger import Debugger, Function

LARGEST_RANGE = 1 << 20
"""Bytes that one watchpoint may watch."""

REGISTER = re.compile(r"\$?(r(?:1[0-5]|[0-9])|sp|lr|pc)", re.IGNORECASE)
NUMBERS = {"sp": 13, "lr": 14, "pc": 15} | {f"r{number}": number for number in range(16)}
_SIZES = {"b": 1, "h": 2, "w": 4}
_KINDS = {
    "watch": (Access.WRITE, "Watchpoint"),
    "cwatch": (Access.CHANGE, "Change watchpoint"),
    "rwatch": (Access.READ, "Read watchpoint"),
    "awatch": (Access.READ_WRITE, "Access watchpoint"),
}


def _break(debugger: Debugger, rest: str, *, temporary: bool = False) -> str:
    parts = re.split(r"\bif\b", rest, maxsplit=1)
    condition = parts[1].strip() if len(parts) > 1 else ""
    address = debugger.code_place(parts[0])
    set_ = debugger.runner.breakpoints.set(address, condition=condition or None, temporary=temporary)
    text = f"{'Temporary breakpoint' if temporary else 'Breakpoint'} {set_.number} at 0x{address:08X}"
    text += f" (condition: {condition})" if condition else ""
    if not debugger.index.is_instruction(address):
        text += "\nNote: the program has no instruction there"
        if debugger.machine.memory.region_at(address) is None and re.fullmatch(r"\s*[0-9]+\s*", parts[0]):
            text += f"; for line {address} say break :{address}"
    return text


def _tbreak(debugger: Debugger, rest: str) -> str:
    return _break(debugger, rest, temporary=True)


def _condition(debugger: Debugger, rest: str) -> str:
    number, _, condition = rest.partition(" ")
    found = _breakpoint(debugger, number)
    text = condition.strip().removeprefix("if ").strip()
    debugger.runner.breakpoints.change(found.address, condition=text or None, set_condition=True)
    return f"Breakpoint {found.number} now stops {f'if {text}' if text else 'always'}"


def _ignore(debugger: Debugger, rest: str) -> str:
    number, _, count_text = rest.partition(" ")
    found = _breakpoint(debugger, number)
    if not count_text.strip():
        raise DebuggerError("how many times? ignore NUMBER COUNT")
    count = debugger.value(count_text)
    debugger.runner.breakpoints.ignore(found.address, count)
    return f"Breakpoint {found.number} will be passed {count} time{'' if count == 1 else 's'}"


def _watch_kind(debugger: Debugger, name: str, rest: str) -> str:
    access, title = _KINDS[name]
    text = rest.strip()
    if not text:
        raise DebuggerError("a register or a place is missing")
    watchpoints = debugger.runner.watchpoints
    register = REGISTER.fullmatch(text)
    if register is not None:
        number = watchpoints.set_register(NUMBERS[register[1].lower()], access, text).number
    else:
        address, size = _range(debugger, text)
        number = watchpoints.set(address, access, size, text).number
    return f"{title} {number}: {text}"


def _range(debugger: Debugger, text: str) -> tuple[int, int]:
    """Which bytes `[PLACE]`, `[PLACE].b`, `PLACE` or `PLACE, LENGTH` mean."""
    place, comma, length = text.rpartition(",")
    if comma:
        size = debugger.value(length)
        if not 1 <= size <= LARGEST_RANGE:
            raise DebuggerError(f"a watchpoint is on 1 to {LARGEST_RANGE} bytes")
    else:
        place, size = text, 4
    place = place.strip()
    match = re.fullmatch(r"\[([^\[\]]*)\](?:\.([bhw]))?", place, re.IGNORECASE)
    if match is not None:
        place = match[1]
        if match[2] and not comma:
            size = _SIZES[match[2].lower()]
    address = debugger.place(place)
    if not comma and address % size:
        raise DebuggerError(f"failed to read memory at 0x{address:08X}: unaligned access")
    try:
        debugger.machine.memory.require_mapped(address, size)
    except MemoryFault as error:
        raise DebuggerError(f"failed to read memory at 0x{address:08X}: {error.fault.message}") from None
    return address, size


def _delete(debugger: Debugger, rest: str) -> str:
    runner = debugger.runner
    watch, numbers = _kind_and_numbers(rest)
    if not numbers:
        if watch:
            runner.watchpoints.clear()
            return "All watchpoints deleted"
        runner.breakpoints.clear()
        return "All breakpoints deleted"
    told = []
    for text in numbers:
        if watch:
            entry = _watchpoint(debugger, text)
            runner.watchpoints.remove(entry.number)
            told.append(f"Watchpoint {entry.number} deleted")
        else:
            found = _breakpoint(debugger, text)
            runner.breakpoints.remove(found.address)
            told.append(f"Breakpoint {found.number} deleted")
    return "\n".join(told)


def _clear(debugger: Debugger, rest: str) -> str:
    address = debugger.code_place(rest)
    found = debugger.runner.breakpoints.at(address)
    if found is None:
        raise DebuggerError(f"no breakpoint at 0x{address:08X}")
    debugger.runner.breakpoints.remove(address)
    return f"Breakpoint {found.number} deleted"


def _enable(debugger: Debugger, rest: str, *, on: bool = True) -> str:
    how = "enabled" if on else "disabled"
    runner = debugger.runner
    watch, numbers = _kind_and_numbers(rest)
    if not numbers:
        kind = "watchpoints" if watch else "breakpoints"
        known = [entry.number for entry in (runner.watchpoints if watch else runner.breakpoints)]
        if not known:
            raise DebuggerError(f"there are no {kind}")
        for number in known:
            _turn(debugger, watch, str(number), on)
        return f"All {kind} {how}"
    return "\n".join(f"{_turn(debugger, watch, text, on)} {how}" for text in numbers)


def _turn(debugger: Debugger, watch: bool, number: str, on: bool) -> str:
    if not watch:
        found = _breakpoint(debugger, number)
        debugger.runner.breakpoints.enable(found.address, on)
        return f"Breakpoint {found.number}"
    entry = _watchpoint(debugger, number)
    debugger.runner.watchpoints.enable(entry.number, on)
    return f"Watchpoint {entry.number}"


def _disable(debugger: Debugger, rest: str) -> str:
    return _enable(debugger, rest, on=False)


def _kind_and_numbers(rest: str) -> tuple[bool, list[str]]:
    """Whether watchpoints are meant, and which numbers."""
    words = rest.replace(",", " ").split()
    if words and words[0] in ("watch", "watchpoint", "watchpoints", "w"):
        return True, words[1:]
    if words and words[0] in ("break", "breakpoint", "breakpoints", "b"):
        return False, words[1:]
    return False, words


def _breakpoint(debugger: Debugger, text: str) -> Breakpoint:
    found = debugger.runner.breakpoints.numbered(debugger.number(text, "breakpoint"))
    if found is None:
        raise DebuggerError(f"no breakpoint number {text}")
    return found


def _watchpoint(debugger: Debugger, text: str) -> Watchpoint:
    found = debugger.runner.watchpoints.get(debugger.number(text, "watchpoint"))
    if found is None:
        raise DebuggerError(f"no watchpoint number {text}")
    return found


def toggle(debugger: Debugger, address: int) -> str:
    """Removes the breakpoint at `address`, or sets one: what a key or a click does."""
    found = debugger.runner.breakpoints.at(address)
    if found is not None:
        return _clear(debugger, f"0x{address:X}")
    return _break(debugger, f"0x{address:X}")


FUNCTIONS: dict[str, Function] = {
    "break": _break, "tbreak": _tbreak, "condition": _condition, "ignore": _ignore, "delete": _delete,
    "clear": _clear, "enable": _enable, "disable": _disable,
    "watch": lambda debugger, rest: _watch_kind(debugger, "watch", rest),
    "cwatch": lambda debugger, rest: _watch_kind(debugger, "cwatch", rest),
    "rwatch": lambda debugger, rest: _watch_kind(debugger, "rwatch", rest),
    "awatch": lambda debugger, rest: _watch_kind(debugger, "awatch", rest),
}  # fmt: skip
