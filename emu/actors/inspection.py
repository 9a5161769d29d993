"""Questions that change nothing: memory, disassembly, source map, trace, watchpoints as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import DisassemblyLine, TraceEntry, WatchpointInfo
from emu.isa.instructions.disassembler import disassemble
from emu.isa.registers import REGISTER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emu.actors.guest import TraceRecord
    from emu.debugger.watchpoints import Watchpoint
    from emu.isa.machine import Machine
    from emu.isa.program import SourceLine

_WINDOW = 0x8000


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
        text = sources.get(place) or disassemble(word, place, names).text
        lines.append(DisassemblyLine(place, word, text, names.get(place)))
    return tuple(lines)


def source_map(machine: Machine) -> tuple[SourceLine, ...]:
    """The lines of instructions in source order; each address and each line once (spec http-api.md 5.13)."""
    if machine.program is None:
        return ()
    addresses: set[int] = set()
    numbers: set[int] = set()
    lines = []
    for line in machine.program.source_map:
        if line.is_code and line.address not in addresses and line.line not in numbers:
            addresses.add(line.address)
            numbers.add(line.line)
            lines.append(line)
    return tuple(lines)


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
        entries.append(TraceEntry(record.sequence, record.address, record.word, text, changes, record.flags))
    return tuple(entries)


def watchpoint_info(watchpoint: Watchpoint) -> WatchpointInfo:
    """A watchpoint as commands tell it."""
    return WatchpointInfo(watchpoint.number, watchpoint.address, watchpoint.access.value, watchpoint.enabled)
