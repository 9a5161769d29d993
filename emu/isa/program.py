"""A program: bytes, where they go, what they are called and which source line they came from."""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from emu.isa.layout import MemoryMap


class Location(Record):
    """A place in a source file. `line` and `column` count from 1; 0 where a compiled program does not say."""

    file: str
    line: int
    column: int


class Symbol(Record):
    """A label (an address) or a constant. `value` is 32-bit unsigned."""

    name: str
    value: int
    is_label: bool
    location: Location
    names_code: bool = False
    """For a label: the next thing placed at it is an instruction."""
    block_end: int = 0
    """For a label: first address after the block of the image that the label lies in."""


class SourceLine(Record):
    """One statement that put something into the image: the source map's entry. `line` counts from 1.

    `text` is empty for a compiled program, which knows only the name of the file.
    """

    address: int
    size: int
    file: str
    line: int
    text: str
    is_code: bool


class Segment(Record):
    """Consecutive bytes of the image, placed at `address`."""

    address: int
    data: bytes


class Program(Record):
    """Everything a machine or a debugger needs to know of an assembled source, or of an executable."""

    name: str
    segments: tuple[Segment, ...]
    entry: int
    entry_reason: str
    symbols: Mapping[str, Symbol]
    source_map: Sequence[SourceLine]
    """In source order, of an executable by address. Several lines may share an address (labels, zero-size space)."""
    instruction_addresses: AbstractSet[int]
    """Addresses that hold an instruction: where a breakpoint may be set."""
    memory_map: MemoryMap | None = None
    """The memory that the program was linked for; None leaves it to the machine's layout."""

    def labels(self) -> list[Symbol]:
        """All labels, sorted by address, those of one address in the order of their definition."""
        return sorted((s for s in self.symbols.values() if s.is_label), key=lambda s: s.value)
