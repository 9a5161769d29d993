"""The execution trace and the memory trace: one line per event, written as it happens (spec diagnostics.md 3, 4)."""

from __future__ import annotations

from itertools import product

from emu.isa.analysis.naming import Names
from emu.isa.bits import MASK32
from emu.isa.conditions import flags_text
from emu.isa.registers import PC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emu.isa.analysis.witness import Access, Moment
    from emu.isa.program import Program

TRACE_NAMES = (*(f"R{number}" for number in range(15)), "PC")
"""What registers are called in the trace unless the filter calls them SP or LR."""

_NUMBERS = {name: number for number, name in enumerate(TRACE_NAMES)} | {"SP": 13, "LR": 14}
_SIZES = {1: "BYTE", 2: "HALF", 4: "WORD"}
_SHOWN_BYTES = 16
_MOST_HEADS = 1 << 16
_NO_CHANGES = "(no changes) "
_FLAG_TEXTS = {flags: flags_text(flags) for flags in product((False, True), repeat=4)}


class BadFilter(ValueError):
    """A word in a register filter is no register."""


def parse_filter(text: str) -> tuple[tuple[int, str], ...]:
    """Numbers and names of the registers in `R0,SP,PC`, ascending, each once. Raises BadFilter."""
    chosen: dict[int, str] = {}
    for word in text.split(","):
        name = word.strip().upper()
        number = _NUMBERS.get(name)
        if number is None:
            raise BadFilter(word.strip())
        chosen[number] = name
    return tuple(sorted(chosen.items()))


class ExecutionTrace:
    """One line per instruction:

    `[NUMBER] PLACE: INSTRUCTION | CHANGES | FLAGS | opcode WORD | cycle COUNT`, and the time since the start if there
    is a clock.
    """

    def __init__(
        self,
        program: Program | None,
        write: Callable[[str], None],
        registers: Sequence[tuple[int, str]] = tuple(enumerate(TRACE_NAMES)),
        nanoseconds: Callable[[], int] | None = None,
    ) -> None:
        """`write` gets the lines. Only changes of `registers` (number, name) are told, but every instruction is."""
        self._names = Names(program)
        self._write = write
        self._told = dict(registers)
        self._nanoseconds = nanoseconds
        self._heads: dict[int, tuple[int, str, str]] = {}

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        address, word = moment.address, moment.word
        head = self._heads.get(address)
        if head is None or head[0] != word:
            head = self._meet(address, word)
        # Only what was set can have changed, and the PC.
        new = moment.registers
        writes = moment.writes
        changes = _NO_CHANGES
        if writes:
            changes = self._changes(writes, moment.old_registers, new) or _NO_CHANGES
        if new[PC] != (address + 4) & MASK32 and PC in self._told:
            changes = f"{'' if changes is _NO_CHANGES else changes}{self._told[PC]}=0x{new[PC]:08X} "
        time = f" | {self._nanoseconds()} ns" if self._nanoseconds is not None else ""
        number = str(moment.sequence).zfill(6)
        flags = _FLAG_TEXTS[moment.flags]
        self._write(f"[{number}] {head[1]}{changes}| {flags}{head[2]}{moment.cycles}{time}\n")

    def _changes(self, writes: Sequence[tuple[int, int]], old: Sequence[int], new: Sequence[int]) -> str:
        """What became of the registers that were set, the PC left out."""
        told = self._told
        if len(writes) == 1:
            number = writes[0][0]
            if number == PC or new[number] == old[number] or number not in told:
                return ""
            return f"{told[number]}=0x{new[number]:08X} "
        return "".join(
            [
                f"{told[number]}=0x{new[number]:08X} "
                for number in sorted({number for number, _ in writes})
                if number != PC and new[number] != old[number] and number in told
            ]
        )

    def _meet(self, address: int, word: int) -> tuple[int, str, str]:
        """The parts of the line that an instruction always has."""
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        place, text = self._names.place(address), self._names.instruction(address, word)
        head = word, f"{place:<20}: {text:<30} | ", f" | opcode 0x{word:08X} | cycle "
        self._heads[address] = head
        return head


class MemoryTrace:
    """One line per data access: `[NUMBER] [READ ] PC <- [ADDRESS] = VALUE (SIZE)`, writes with `[WRITE]` and `->`.

    The accesses of system calls end in `SWI`, and give their number of bytes where that is no word, half or byte.
    """

    def __init__(self, program: Program | None, write: Callable[[str], None]) -> None:
        self._names = Names(program)
        self._write = write
        self.reads = self.writes = 0

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        for access in moment.accesses:
            if access.is_write:
                self.writes += 1
                kind, arrow = "[WRITE]", "->"
            else:
                self.reads += 1
                kind, arrow = "[READ ]", "<-"
            place = self._names.place(moment.address)
            target = self._names.place(access.address)
            self._write(
                f"[{moment.sequence:06d}] {kind} {place:<20} {arrow} [{target:<20}] = {_value(access)}"
                f"{' SWI' if moment.is_service else ''}\n"
            )


def _value(access: Access) -> str:
    size = _SIZES.get(access.size)
    if size is not None:
        return f"0x{access.value:0{2 * access.size}X} ({size})"
    data = access.data[:_SHOWN_BYTES]
    more = "..." if len(access.data) > len(data) else ""
    return f"{data.hex(' ').upper()}{more} ({access.size} BYTES)"
