"""The listing: addresses and bytes beside the source."""

from __future__ import annotations

from emu.isa.assembler.diagnostics import printable
from emu.isa.assembler.statements import InstructionStatement, PoolStatement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.isa.assembler.assemble import Assembly
    from emu.isa.assembler.statements import Statement
    from emu.isa.program import Program

_BYTES_PER_ROW = 8
_ROWS = 4
_WIDTH = 10 + 3 * _BYTES_PER_ROW


def listing(assembly: Assembly) -> str:
    """The source line by line with the address and the bytes of each; instructions as words, data as bytes.

    What a line includes or expands to follows it, marked with +. Literal pools stand where they lie. Empty if the
    assembly has no program.
    """
    program = assembly.program
    if program is None:
        return ""
    memory = {segment.address: segment.data for segment in program.segments}
    statements = assembly.passes.statements
    by_line: dict[int, list[Statement]] = {}
    behind: list[PoolStatement] = []
    for statement in statements:
        if isinstance(statement, PoolStatement) and not statement.uses:
            if statement.size:
                behind.append(statement)
        else:
            by_line.setdefault(_root_line(statement), []).append(statement)
    source = next(iter(assembly.passes.sources.values()))
    lines: list[str] = []
    for index, raw in enumerate(source.raw):
        _line(lines, index, raw, by_line.get(index, []), memory)
    for pool in behind:
        lines.append(f"{'':{_WIDTH}}       literal pool")
        _pool(lines, pool, memory)
    lines += ["", *_labels(program), f"entry 0x{program.entry:08X} ({program.entry_reason})"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _root_line(statement: Statement) -> int:
    frame, index = statement.frame, statement.index
    while frame.parent is not None:
        frame, index = frame.parent, frame.call_index
    # A repetition's lines are lines of the source itself.
    return frame.first - 1 + index


def _line(lines: list[str], index: int, raw: str, statements: list[Statement], memory: Mapping[int, bytes]) -> None:
    own = [s for s in statements if s.frame.parent is None]
    rest = [s for s in statements if s.frame.parent is not None]
    text = printable_source(raw)
    rows: list[str] = []
    for statement in own:
        if not isinstance(statement, PoolStatement):
            rows += _rows(statement, memory)
    lines.append(f"{rows[0] if rows else '':{_WIDTH}}{index + 1:6} {text}")
    lines += rows[1:]
    for statement in rest:
        shown = printable_source(statement.frame.lines[statement.index].strip())
        more = _rows(statement, memory) or [""]
        lines.append(f"{more[0]:{_WIDTH}}{'+':>6} {shown}")
        lines += more[1:]
    for statement in statements:
        if isinstance(statement, PoolStatement):
            _pool(lines, statement, memory)


def _rows(statement: Statement, memory: Mapping[int, bytes]) -> list[str]:
    """Address and bytes of a statement."""
    if isinstance(statement, PoolStatement) or not statement.size:
        return []
    if isinstance(statement, InstructionStatement):
        word = int.from_bytes(_bytes(statement.address, 4, memory), "little")
        return [f"{statement.address:08X}  {word:08X}"]
    rows: list[str] = []
    shown = min(statement.size, _BYTES_PER_ROW * _ROWS)
    for offset in range(0, shown, _BYTES_PER_ROW):
        address = statement.address + offset
        data = _bytes(address, min(_BYTES_PER_ROW, shown - offset), memory)
        rows.append(f"{address:08X}  {data.hex(' ').upper()}")
    if shown < statement.size:
        rows.append(f"{'':10}... {statement.size - shown} more bytes")
    return rows


def _pool(lines: list[str], pool: PoolStatement, memory: Mapping[int, bytes]) -> None:
    for address in range(pool.address, pool.address + pool.size, 4):
        word = int.from_bytes(_bytes(address, 4, memory), "little")
        lines.append(f"{address:08X}  {word:08X}")


def _bytes(address: int, size: int, memory: Mapping[int, bytes]) -> bytes:
    for start, data in memory.items():
        if start <= address < start + len(data):
            return data[address - start : address - start + size]
    return b""


def _labels(program: Program) -> list[str]:
    labels = program.labels()
    return [f"{label.value:08X}  {label.name}" for label in labels] + ([""] if labels else [])


def printable_source(text: str) -> str:
    """A source line as a terminal shows it: tabs expanded, other controls escaped."""
    return printable(text.expandtabs(8))
