"""Looking into the machine: registers, memory, disassembly, source map (spec http-api.md 5.10 to 5.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import Disassemble, GetSourceMap, GetState, ReadMemory
from emu.gateway.http import Endpoint, Query, Refused, address, json, whole_number
from emu.gateway.render import registers
from emu.wire import models

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.gateway.http import Answer, Call
    from emu.isa.program import SourceLine

MOST_BYTES = 1 << 20
MOST_INSTRUCTIONS = 1000
SOME_INSTRUCTIONS = 10

_ADDRESS = Query(
    "address",
    "`0x` and hexadecimal digits, or decimal",
    {"type": "string", "pattern": "^(0x[0-9A-Fa-f]+|[0-9]+)$"},
    True,
)


async def read_registers(call: Call) -> Answer:
    """The registers, of a running program as they are now."""
    state = call.session.picture()
    if state.status.is_active:
        state = (await call.ask(GetState())).answer
    return json(registers(state))


async def read_memory(call: Call) -> Answer:
    """Bytes of memory; unmapped ones are zero."""
    start = _address(call)
    spelling = call.query("length")
    length = whole_number(spelling, 1 << 64)
    if length is None:
        raise Refused(400, "Invalid length parameter")
    if length > MOST_BYTES:
        raise Refused(400, "Length too large (max 1048576 bytes)")
    data = (await call.ask(ReadMemory(start, length))).answer if length else b""
    return json(models.MemoryBytes(start, data, length))


async def disassemble(call: Call) -> Answer:
    """Instructions from an address on."""
    start = _address(call)
    count = whole_number(call.query("count"), 1 << 64) or SOME_INSTRUCTIONS
    if count > MOST_INSTRUCTIONS:
        raise Refused(400, "Count too large (max 1000)")
    lines = (await call.ask(Disassemble(start, count))).answer if start % 4 == 0 else ()
    return json(
        models.Disassembly(
            [
                models.Instruction(line.address, line.word, line.text, line.text, line.symbol or "", line.decoded)
                for line in lines
            ]
        )
    )


async def source_map(call: Call) -> Answer:
    """The source lines of instructions, each address and each line once: clients use both as keys."""
    entries = _numbered((await call.ask(GetSourceMap())).answer)
    return json(models.SourceMap(entries, entries))


def _numbered(lines: Sequence[SourceLine]) -> list[models.MappedLine]:
    """Numbers that are there once although every file begins with 1: as if the files were one after the other."""
    entries: list[models.MappedLine] = []
    numbers: set[int] = set()
    file, before, highest = lines[0].file if lines else "", 0, 0
    for line in lines:
        if line.file != file:
            file, before = line.file, highest
        number = before + line.line
        if number in numbers:
            continue
        numbers.add(number)
        highest = max(highest, number)
        if line.text:
            entries.append(models.MappedLine(line.address, number, line.text, line.text))
        else:
            text = f"{line.file}:{line.line}"
            entries.append(models.MappedLine(line.address, number, text, text, line.file, line.line))
    return entries


def _address(call: Call) -> int:
    number = address(call.query("address"))
    if number is None:
        raise Refused(400, "Invalid address parameter")
    return number


ENDPOINTS = (
    Endpoint("GET", "/api/v1/session/{id}/registers", read_registers, "The registers", {200: models.Registers}),
    Endpoint(
        "GET",
        "/api/v1/session/{id}/memory",
        read_memory,
        "Bytes of memory",
        {200: models.MemoryBytes, 400: models.Error},
        query=(
            _ADDRESS,
            Query("length", "how many bytes", {"type": "integer", "minimum": 0, "maximum": MOST_BYTES}, True),
        ),
    ),
    Endpoint(
        "GET",
        "/api/v1/session/{id}/disassembly",
        disassemble,
        "Instructions",
        {200: models.Disassembly, 400: models.Error},
        query=(
            _ADDRESS,
            Query("count", "how many words, 10 by default", {"type": "integer", "minimum": 0, "maximum": 1000}),
        ),
    ),
    Endpoint("GET", "/api/v1/session/{id}/sourcemap", source_map, "Source lines", {200: models.SourceMap}),
    Endpoint("GET", "/api/v1/session/{id}/source-map", source_map, "Source lines", {200: models.SourceMap}),
)
