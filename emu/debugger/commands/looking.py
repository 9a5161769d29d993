"""Commands that show something and change nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emu.debugger import helping, views
from emu.debugger.code import disassembly, file_and_line
from emu.debugger.commands.points import NUMBERS, REGISTER
from emu.debugger.examining import Shape, examine, parse_letter, parse_shape, shown
from emu.debugger.expressions import ExpressionError, parse
from emu.debugger.interface import DebuggerError, ReadText
from emu.isa.faults import MemoryFault
from emu.isa.registers import PC, REGISTER_NAMES

if TYPE_CHECKING:
    from collections.abc import Generator

    from emu.debugger.debugger import Debugger, Function
    from emu.debugger.interface import Reply, Request

_MOST_INSTRUCTIONS = 4096
_AROUND = 5
_MOST_LINES = 10_000


def split_format(rest: str) -> tuple[str, str]:
    """What stands behind a leading slash, and the rest."""
    if not rest.startswith("/"):
        return "", rest
    letters, _, text = rest[1:].partition(" ")
    return letters, text.strip()


def _print(debugger: Debugger, rest: str) -> str:
    letters, text = split_format(rest)
    letter = parse_letter(letters) if letters else ""
    value = debugger.value(text)
    debugger.runner.history.add(value)
    told = shown(value, letter, 4, debugger.machine.program) if letter else views.number(value)
    return f"${len(debugger.runner.history.values)} = {told}"


def _display(debugger: Debugger, rest: str) -> str:
    if not rest:
        return "\n".join(debugger.displayed()) or "No displays"
    letters, text = split_format(rest)
    if letters:
        if not _is_of_memory(letters):
            parse_letter(letters)
        parse_shape(letters)
        rest = f"/{letters} {text}"
    parse(text)
    debugger.last_display += 1
    debugger.displays[debugger.last_display] = rest
    return debugger.displayed()[-1]


def _is_of_memory(letters: str) -> bool:
    """Whether a display's format is one of `x`: with a count or a unit, or for strings or instructions."""
    return len(letters) > 1 or letters.lower() in "is"


def displayed(debugger: Debugger, number: int, rest: str) -> str:
    """One display as it is now."""
    letters, text = split_format(rest)
    try:
        value = debugger.value(text)
        if not letters:
            told = views.number(value)
        elif _is_of_memory(letters):
            return f"{number}: {rest}\n{examine(debugger.machine, value, parse_shape(letters), debugger.index)[0]}"
        else:
            told = shown(value, letters.lower(), 4, debugger.machine.program)
    except ExpressionError as error:
        told = f"<{error.message}>"
    except DebuggerError as error:
        told = f"<{error}>"
    return f"{number}: {rest} = {told}"


def _undisplay(debugger: Debugger, rest: str) -> str:
    if not rest:
        debugger.displays.clear()
        return "All displays deleted"
    number = debugger.number(rest, "display")
    if debugger.displays.pop(number, None) is None:
        raise DebuggerError(f"no display number {number}")
    return f"Display {number} deleted"


def _x(debugger: Debugger, rest: str) -> str:
    shape, place = debugger.examined[0] if not rest else Shape(), rest
    if rest.startswith("/"):
        match = re.match(r"/(\w*)\s*(.*)", rest, re.DOTALL)
        assert match is not None
        shape, place = parse_shape(match[1]), match[2]
    if place:
        address = debugger.place(place)
    else:
        behind = debugger.examined[1]
        address = behind if behind is not None else debugger.machine.registers[PC]
    told, behind = examine(debugger.machine, address, shape, debugger.index)
    debugger.examined = shape, behind
    return told


def _info(debugger: Debugger, rest: str) -> str:
    word, _, argument = rest.partition(" ")
    topic = helping.topic(word)
    if topic is None:
        topics = ", ".join(dict.fromkeys(helping.INFO_TOPICS.values()))
        raise DebuggerError(f"unknown topic: {word} (help info lists them)" if word else f"info what? {topics}")
    argument = argument.strip()
    if argument and topic not in helping.TOPICS_WITH_ARGUMENT:
        raise DebuggerError(f"unexpected: {argument}")
    machine, runner = debugger.machine, debugger.runner
    match topic:
        case "registers":
            return _info_registers(debugger, argument)
        case "flags":
            return views.flags(machine)
        case "breakpoints":
            return views.breakpoints(runner.breakpoints)
        case "watchpoints":
            return views.watchpoints(runner.watchpoints)
        case "stack":
            return views.stack(machine)
        case "display":
            return "\n".join(debugger.displayed()) or "No displays"
        case "program":
            return views.program(machine, runner.is_active)
        case "memory":
            return views.memory_map(machine)
        case "symbols":
            return views.symbols(machine.program, argument)
        case "symbol":
            return _info_symbol(debugger, argument)
    return _info_line(debugger, argument)


def _info_registers(debugger: Debugger, names: str) -> str:
    if not names:
        return views.registers(debugger.machine)
    lines = []
    for name in names.replace(",", " ").split():
        match = REGISTER.fullmatch(name)
        if match is not None:
            number = NUMBERS[match[1].lower()]
            place = debugger.index.place(debugger.machine.registers[number])
            told = (
                f"  {REGISTER_NAMES[number]:<3} = {views.number(debugger.machine.registers[number])} {place}".rstrip()
            )
        elif name.lower().removeprefix("$") in ("cpsr", "flags"):
            told = views.flags(debugger.machine)
        else:
            raise DebuggerError(f"invalid register: {name}")
        lines.append(told)
    return "\n".join(lines)


def _info_symbol(debugger: Debugger, place: str) -> str:
    address = debugger.code_place(place)
    name = debugger.index.place(address)
    return f"0x{address:08X} is {name}" if name else f"No symbol at or before 0x{address:08X}"


def _info_line(debugger: Debugger, place: str) -> str:
    address = debugger.code_place(place)
    line = debugger.index.line_at(address)
    if line is None:
        return f"No source line for 0x{address:08X}"
    kind = "code" if line.is_code else "data"
    text = f"\n  {line.text.strip()}" if line.text else ""
    last = line.address + line.size - 1
    return f"{line.file}:{line.line} is {kind} from 0x{line.address:08X} to 0x{last:08X}{text}"


def _list(debugger: Debugger, rest: str) -> Generator[Request, Reply, str]:
    address, first, last = debugger.frame_place(), 0, 0
    file = debugger.own_file()
    span = re.fullmatch(r"([0-9]{1,9})\s*(?:(,)\s*([0-9]{1,9})?)?", rest)
    if span is not None:
        first = int(span[1])
        last = int(span[3]) if span[3] else first + 2 * _AROUND - 1 if span[2] else 0
        if not last:
            address = debugger.line_address(first)
    elif rest:
        address = debugger.code_place(rest)
    line = debugger.index.line_at(address)
    if not last and (line is None or line.text):
        return views.listing(debugger.machine, address)
    if not last and line is not None:
        file, middle = line.file, first or line.line
        first, last = max(1, middle - _AROUND + 1), middle + _AROUND
    if not first <= last <= first + _MOST_LINES:
        raise DebuggerError(f"from line {first} to {last}: list FIRST, LAST")
    lines = yield from text_of(debugger, file)
    if isinstance(lines, str):
        if line is not None and not rest:
            return f"=> 0x{address:08X}: {file_and_line(line)} (the text is not there: {lines})"
        raise DebuggerError(lines)
    if first > len(lines):
        raise DebuggerError(f"{file} has {len(lines)} lines")
    return views.text_lines(debugger.machine, debugger.index, file, lines, first, min(last, len(lines)))


def text_of(debugger: Debugger, file: str) -> Generator[Request, Reply, tuple[str, ...] | str]:
    """The lines of a source file; a text that says why there are none."""
    if not file:
        return "no source file is known"
    known = debugger.texts.get(file)
    if known is None:
        answer = yield ReadText(file)
        known = answer if isinstance(answer, tuple) else _statements(debugger, file) or str(answer)
        debugger.texts[file] = known
    return known


def _statements(debugger: Debugger, file: str) -> tuple[str, ...]:
    """What the program itself knows of a file: its statements, and nothing of the lines between them."""
    texts = {line.line: line.text for line in debugger.index.lines.values() if line.file == file and line.text}
    return tuple(texts.get(number, "") for number in range(1, max(texts, default=0) + 1))


def _disassemble(debugger: Debugger, rest: str) -> str:
    place, comma, count_text = rest.rpartition(",")
    if not comma:
        place, count_text = rest, ""
    address = debugger.code_place(place)
    count = debugger.value(count_text) if comma else 8
    if not 1 <= count <= _MOST_INSTRUCTIONS:
        raise DebuggerError(f"count must be between 1 and {_MOST_INSTRUCTIONS}")
    if address % 4:
        raise DebuggerError(f"0x{address:08X} is not the address of an instruction: it is no multiple of 4")
    try:
        debugger.machine.memory.require_mapped(address, 4)
    except MemoryFault as error:
        raise DebuggerError(f"failed to read memory at 0x{address:08X}: {error.fault.message}") from None
    region = debugger.machine.memory.region_at(address)
    if region is not None:
        count = min(count, (region.end - address) // 4)
    return disassembly(debugger.machine, debugger.index, address, count)


FUNCTIONS: dict[str, Function] = {
    "print": _print, "display": _display, "undisplay": _undisplay, "x": _x, "info": _info,
    "list": _list, "disassemble": _disassemble,
}  # fmt: skip
