"""The image: where its bytes lie, whether they may lie there, and the program made of them (spec section 9)."""

from __future__ import annotations

from emu.isa.assembler.diagnostics import Note, StatementError
from emu.isa.bits import MASK32
from emu.isa.layout import CODE_START, Layout
from emu.isa.program import Location, Program, Segment, SourceLine, Symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.reporter import Reporter
    from emu.isa.assembler.statements import Statement
    from emu.isa.assembler.symbols import Definition

OUTSIDE = Location("<command line>", 1, 1)
"""Where constants are said to be defined that did not come from the source."""


def runs_of(statements: Sequence[Statement]) -> list[tuple[int, int, int, int]]:
    """Stretches of addresses filled by consecutive statements: start, stop, first statement, last statement plus 1."""
    runs: list[tuple[int, int, int, int]] = []
    start = stop = first = -1
    index = 0
    for index, statement in enumerate(statements):
        size = statement.size
        if not size:
            continue
        if statement.address == stop:
            stop += size
            continue
        if stop >= 0:
            runs.append((start, stop, first, index))
        start, stop, first = statement.address, statement.address + size, index
    if stop >= 0:
        runs.append((start, stop, first, index + 1))
    return runs


def blocks_of(statements: Sequence[Statement]) -> list[tuple[int, int]]:
    """Stretches of addresses without a gap, ascending: start, stop."""
    blocks: list[tuple[int, int]] = []
    for start, stop, _, _ in sorted(runs_of(statements)):
        if blocks and start <= blocks[-1][1]:
            blocks[-1] = blocks[-1][0], max(stop, blocks[-1][1])
        else:
            blocks.append((start, stop))
    return blocks


def check_overlap(statements: Sequence[Statement], reporter: Reporter) -> None:
    """Reports statements that use addresses used before them."""
    runs = sorted(runs_of(statements))
    for number in range(1, len(runs)):
        (_, stop, *before), (start, _, *after) = runs[number - 1], runs[number]
        if start >= stop:
            continue
        one, other = statements[before[0] : before[1]], statements[after[0] : after[1]]
        if before > after:
            one, other = other, one
        pair = next(
            (earlier, later)
            for later in other
            if later.size
            for earlier in one
            if earlier.address < later.address + later.size and later.address < earlier.address + earlier.size
            if earlier.size
        )
        _report_overlap(*pair, reporter)


def _report_overlap(earlier: Statement, later: Statement, reporter: Reporter) -> None:
    address = max(earlier.address, later.address)
    error = StatementError("overlap", f"address 0x{address:08X} is used already", later.column)
    place = earlier.frame.location(earlier.index, earlier.column)
    error.notes = (Note("used first here", place.file, place.line, place.column),)
    error.hint = "leave more room between the .org directives"
    reporter.error(later.frame, later.index, error)


def check_mapped(statements: Sequence[Statement], entry: int, layout: Layout | None, reporter: Reporter) -> None:
    """Reports the first statement of every run that leaves the memory of `layout`, which is the standard one if None.

    The region below 0x8000 exists for programs that use it (spec cpu.md 2.1).
    """
    runs = runs_of(statements)
    with_low = entry < CODE_START or any(start < CODE_START for start, *_ in runs)
    ranges: list[tuple[int, int]] = []
    for low, high in sorted((region.start, region.end) for region in (layout or Layout()).regions(with_low)):
        if ranges and low <= ranges[-1][1]:
            ranges[-1] = ranges[-1][0], max(high, ranges[-1][1])
        else:
            ranges.append((low, high))
    for start, stop, first, last in runs:
        if any(low <= start and stop <= high for low, high in ranges):
            continue
        bad = next((high for low, high in ranges if low <= start < high), start)
        statement = next(s for s in statements[first:last] if s.size and s.address + s.size > bad)
        where = ", ".join(f"0x{low:08X} to 0x{high - 1:08X}" for low, high in ranges)
        error = StatementError("memory", f"the image leaves the mapped memory at 0x{bad:08X}", statement.column)
        error.hint = f"there is memory from {where}"
        reporter.error(statement.frame, statement.index, error)


def entry_point(first: FirstPass, explicit: int | None) -> tuple[int, str]:
    """Where execution begins, and by which rule (spec 9.3)."""
    if explicit is not None:
        return explicit, "given explicitly"
    start = first.symbols.definitions.get("_start")
    if start is not None:
        return start.value & MASK32, "_start"
    instructions = [statement.address for statement in first.statements if statement.is_code]
    if first.origin is not None and first.origin in instructions:
        return first.origin, "origin of the program"
    if instructions:
        return instructions[0], "first instruction"
    return CODE_START, "default"


def build(first: FirstPass, chunks: Sequence[tuple[int, bytes]], name: str, entry: tuple[int, str]) -> Program:
    """The program made of a source without errors."""
    statements = first.statements
    blocks = blocks_of(statements)
    return Program(
        name,
        _segments(chunks),
        entry[0],
        entry[1],
        _symbols(first, blocks),
        tuple(
            [
                SourceLine(
                    s.address, s.size, s.frame.source.name, s.frame.first + s.index, s.frame.raw(s.index), s.is_code
                )
                for s in statements
                if s.is_mapped
            ]
        ),
        frozenset([s.address for s in statements if s.is_code]),
    )


def _segments(chunks: Sequence[tuple[int, bytes]]) -> tuple[Segment, ...]:
    runs: list[tuple[int, list[bytes]]] = []
    stop = -1
    for address, data in chunks:
        if not data:
            continue
        if address != stop:
            runs.append((address, []))
            stop = address
        runs[-1][1].append(data)
        stop += len(data)
    segments: list[tuple[int, bytes]] = []
    for address, pieces in sorted((address, b"".join(pieces)) for address, pieces in runs):
        if segments and address == segments[-1][0] + len(segments[-1][1]):
            segments[-1] = segments[-1][0], segments[-1][1] + pieces
        else:
            segments.append((address, pieces))
    return tuple([Segment(address, data) for address, data in segments])


def _symbols(first: FirstPass, blocks: list[tuple[int, int]]) -> dict[str, Symbol]:
    code = {statement.address for statement in first.statements if statement.is_code}
    symbols: dict[str, Symbol] = {}
    for definition in first.symbols.definitions.values():
        value = definition.value & MASK32
        place = _location(definition)
        if definition.is_label:
            symbols[definition.name] = Symbol(
                definition.name, value, True, place, value in code, _block_end(value, blocks)
            )
        else:
            symbols[definition.name] = Symbol(definition.name, value, False, place)
    return symbols


def _location(definition: Definition) -> Location:
    if definition.frame is None:
        return OUTSIDE
    return definition.frame.location(definition.index, definition.column)


def _block_end(address: int, blocks: list[tuple[int, int]]) -> int:
    low, high = 0, len(blocks)
    while low < high:
        middle = (low + high) // 2
        if blocks[middle][1] <= address:
            low = middle + 1
        else:
            high = middle
    if low < len(blocks) and blocks[low][0] <= address:
        return blocks[low][1]
    return address
