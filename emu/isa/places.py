"""What an address is called: label+offset, and the source line it came from (spec diagnostics.md section 11)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.program import Program, SourceLine, Symbol


def nearest_label(program: Program, address: int) -> Symbol | None:
    """The last label at or below `address` in the same block of the image; the first defined of several at one
    address.
    """
    best: Symbol | None = None
    for symbol in program.symbols.values():
        if (
            symbol.is_label
            and symbol.value <= address < max(symbol.block_end, symbol.value + 1)
            and (best is None or symbol.value > best.value)
        ):
            best = symbol
    return best


def address_name(program: Program | None, address: int) -> str:
    """`label`, `label+DECIMAL`, or eight hexadecimal digits after 0x."""
    label = nearest_label(program, address) if program is not None else None
    if label is None:
        return f"0x{address:08X}"
    return label.name if label.value == address else f"{label.name}+{address - label.value}"


def source_line(program: Program | None, address: int) -> SourceLine | None:
    """The statement that put something at `address`; an instruction wins over data of size zero."""
    found: SourceLine | None = None
    if program is not None:
        for line in program.source_map:
            if line.address <= address < line.address + line.size:
                if line.is_code:
                    return line
                found = line
    return found
