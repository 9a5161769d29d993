"""Questions that change nothing: memory, disassembly, source map, trace, watchpoints as they are told."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from emu.actors.commands import DisassemblyLine, Load, TraceEntry, WatchpointInfo
from emu.actors.debug_commands import ProgramSource, SourceFile
from emu.isa.instructions.disassembler import disassemble
from emu.isa.places import source_line
from emu.isa.registers import REGISTER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emu.actors.commands import LoadElf
    from emu.actors.recorders import TraceRecord
    from emu.debugger.watchpoints import Watchpoint
    from emu.isa.machine import Machine
    from emu.isa.program import Program, SourceLine

_WINDOW = 0x8000


def labels(program: Program) -> dict[str, int]:
    """The labels by name, ascending; of static functions with one name each has a name of its own."""
    found = [(symbol.value, name) for name, symbol in program.symbols.items() if symbol.is_label]
    found.sort(key=itemgetter(0))
    return {name: value for value, name in found}


def labels_by_address(machine: Machine) -> dict[int, str]:
    """The first label at each address."""
    names: dict[int, str] = {}
    if machine.program is not None:
        for symbol in machine.program.labels():
            names.setdefault(symbol.value, symbol.name)
    return names


def disassembly(machine: Machine, address: int, count: int) -> tuple[DisassemblyLine, ...]:
    """Up to `count` words from `address` on, as far as memory is mapped without a hole (spec http-api.md 5.12)."""
    if address % 4:
        return ()
    memory = machine.memory
    if address < _WINDOW and memory.region_at(address) is None:
        address = _WINDOW
    names = labels_by_address(machine)
    sources: dict[int, str] = {}
    if machine.program is not None:
        for line in machine.program.source_map:
            if line.is_code:
                sources.setdefault(line.address, line.text)
    lines = []
    for place in range(address, address + 4 * count, 4):
        if memory.region_at(place) is None:
            break
        word = int.from_bytes(memory.peek(place, 4), "little")
        decoded = _decoded(machine.program, word, place, names)
        text = sources.get(place) or _text(machine.program, word, place, names)
        lines.append(DisassemblyLine(place, word, text, names.get(place), decoded))
    return tuple(lines)


def _text(program: Program | None, word: int, address: int, names: dict[int, str]) -> str:
    """What stands at an address that no source line is known of; a compiled program tells its data apart."""
    is_compiled = program is not None and program.memory_map is not None
    if is_compiled and program is not None and address not in program.instruction_addresses:
        return f".word   0x{word:08X}"
    return disassemble(word, address, names).text


def _decoded(program: Program | None, word: int, address: int, names: dict[int, str]) -> str:
    """The instruction, whatever the source says; words of the image that the program put there as data are data."""
    if program is None or address in program.instruction_addresses:
        return disassemble(word, address, names).text
    is_data = any(one.address <= address < one.address + len(one.data) for one in program.segments)
    return f".word   0x{word:08X}" if is_data else disassemble(word, address, names).text


def source_map(machine: Machine) -> tuple[SourceLine, ...]:
    """The lines of instructions in source order; each address and each line once (spec http-api.md 5.13).

    Of a compiled program the lines of the file with `main` come first. A line of C has many addresses: this is the
    lowest one.
    """
    program = machine.program
    if program is None:
        return ()
    addresses: set[int] = set()
    seen: set[tuple[str, int]] = set()
    lines = []
    for line in program.source_map:
        if line.is_code and line.address not in addresses and (line.file, line.line) not in seen:
            addresses.add(line.address)
            seen.add((line.file, line.line))
            lines.append(line)
    if program.memory_map is not None:
        start = program.symbols.get("main")
        main = source_line(program, start.value) if start is not None else None
        main_file = main.file if main is not None else ""
        lines.sort(key=lambda line: (line.file != main_file, line.file, line.line))
    return tuple(lines)


def program_source(program: Program, command: Load | LoadElf) -> ProgramSource:
    """What a program was made from. An executable knows the names of its files; their texts may have come with it."""
    if isinstance(command, Load):
        return ProgramSource(
            program.name, "assembly", (SourceFile(program.name, command.source.decode("utf-8", "replace")),)
        )
    names = dict.fromkeys(line.file for line in program.source_map)
    texts = dict(command.sources)
    return ProgramSource(program.name, "elf", tuple(SourceFile(name, _text_of(name, texts)) for name in names))


def _text_of(name: str, texts: Mapping[str, str]) -> str:
    """The text of a file under the longest end of its path that somebody has named; empty if there is none."""
    while name not in texts:
        _, slash, name = name.partition("/")
        if not slash:
            return ""
    return texts[name]


def trace(records: Iterable[TraceRecord]) -> tuple[TraceEntry, ...]:
    """The trace with words disassembled, each different one once."""
    texts: dict[tuple[int, int], str] = {}
    entries = []
    for record in records:
        place = (record.address, record.word)
        text = texts.get(place)
        if text is None:
            text = texts[place] = disassemble(record.word, record.address).text
        changes = {REGISTER_NAMES[number] if number != 13 else "R13": value for number, value in record.changes}
        changes = {("R14" if name == "LR" else name): value for name, value in changes.items()}
        entries.append(TraceEntry(record.cycles, record.address, record.word, text, changes, record.flags))
    return tuple(entries)


def watchpoint_info(watchpoint: Watchpoint) -> WatchpointInfo:
    """A watchpoint as commands tell it."""
    return WatchpointInfo(watchpoint.number, watchpoint.address, watchpoint.access.value, watchpoint.enabled)
