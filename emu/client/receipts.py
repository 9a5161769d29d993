"""What commands answer: when they took effect, and the machine behind a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from emu.client.updates import Cursor, read_flags, read_registers
from emu.wire import models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.client.http import Answer


@frozen
class Receipt:
    """The answer to a command: `cursor` is the last event that the command itself caused."""

    cursor: Cursor

    @property
    def seq(self) -> int:
        """The number of that event."""
        return self.cursor.seq


@frozen
class Loaded(Receipt):
    """A program is in memory."""

    symbols: Mapping[str, int]
    entry: int


@frozen
class Stepped(Receipt):
    """The machine after a step."""

    registers: tuple[int, ...]
    flags: tuple[bool, bool, bool, bool]
    cycles: int

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self.registers[15]


@frozen
class Watchpoint(Receipt):
    """A watchpoint that was set."""

    id: int


def cursor_of(answer: Answer) -> Cursor:
    """The last event that a command caused."""
    seq = answer.headers.get("emu-seq", "0")
    return Cursor(answer.headers.get("emu-epoch", ""), int(seq) if seq.isdecimal() else 0)


def stepped(answer: Answer) -> Stepped:
    """The registers in an answer."""
    values = answer.read(models.Registers)
    return Stepped(cursor_of(answer), read_registers(values), read_flags(values.cpsr), values.cycles)
