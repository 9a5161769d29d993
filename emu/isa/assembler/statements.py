"""What the first pass leaves behind: one value per statement that puts something into the image.

All know where they came from (`frame`, `index`, `column` of the first word, counted from 0), their `address`, their
`size` in bytes, and their `serial` number in the order of assembly.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.expressions import Expr
    from emu.isa.assembler.frames import Frame
    from emu.isa.assembler.parser import Instruction
    from emu.isa.instructions import Mnemonic


class Statement:
    """Something at an address."""

    __slots__ = ("frame", "index", "column", "address", "size", "serial")

    is_code = False
    is_mapped = True
    """Whether it belongs into the source map."""

    def __init__(self, place: tuple[Frame, int, int], address: int, size: int, serial: int) -> None:
        self.frame, self.index, self.column = place
        self.address = address
        self.size = size
        self.serial = serial


class InstructionStatement(Statement):
    """An instruction. `parsed` is None if its text makes no sense, or not yet: then `retry` says what to try again."""

    __slots__ = ("parsed", "retry", "pool_address")

    is_code = True

    def __init__(self, place: tuple[Frame, int, int], address: int, serial: int, parsed: Instruction | None) -> None:
        self.frame, self.index, self.column = place
        self.address = address
        self.size = 4
        self.serial = serial
        self.parsed = parsed
        self.retry: tuple[Mnemonic, str, int] | None = None
        self.pool_address: int | None = None
        """For `LDR Rd, =value`: where the value lies, if it is in a pool."""


class DataStatement(Statement):
    """`.word`, `.half`, `.byte`: values of `width` bytes with their columns."""

    __slots__ = ("width", "values")

    def __init__(
        self, place: tuple[Frame, int, int], address: int, serial: int, width: int, values: list[tuple[Expr, int]]
    ) -> None:
        super().__init__(place, address, width * len(values), serial)
        self.width = width
        self.values = values


class BytesStatement(Statement):
    """Bytes known from the start."""

    __slots__ = ("data",)

    def __init__(self, place: tuple[Frame, int, int], address: int, serial: int, data: bytes) -> None:
        super().__init__(place, address, len(data), serial)
        self.data = data


class FillStatement(Statement):
    """`size` bytes, all of them copies of `pattern`; `is_mapped` is False for padding."""

    __slots__ = ("pattern", "is_mapped")

    def __init__(
        self,
        place: tuple[Frame, int, int],
        address: int,
        serial: int,
        size: int,
        pattern: bytes,
        is_mapped: bool = True,
    ) -> None:
        super().__init__(place, address, size, serial)
        self.pattern = pattern
        self.is_mapped = is_mapped


class PoolStatement(Statement):
    """A literal pool: `uses` are the loads that wait for it, `words` value -> position in the pool."""

    __slots__ = ("uses", "words")

    is_mapped = False

    def __init__(
        self, place: tuple[Frame, int, int], address: int, serial: int, size: int, uses: list[InstructionStatement]
    ) -> None:
        super().__init__(place, address, size, serial)
        self.uses = uses
        self.words: dict[int, int] = {}

    def address_of(self, value: int) -> int | None:
        """Where the pool holds `value`, if it does."""
        position = self.words.get(value)
        return None if position is None else self.address + 4 * position
