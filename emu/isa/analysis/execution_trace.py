"""The execution trace and the memory trace: one line per event, written as it happens (spec diagnostics.md 3, 4)."""

from __future__ import annotations

from emu.isa.analysis.naming import Names
from emu.isa.conditions import flags_text

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
        self._registers = tuple(registers)
        self._nanoseconds = nanoseconds

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        old, new = moment.old_registers, moment.registers
        following = (moment.address + 4) & 0xFFFFFFFF
        changes = " ".join(
            f"{name}=0x{new[number]:08X}"
            for number, name in self._registers
            if new[number] != (old[number] if number != 15 else following)
        )
        place = self._names.place(moment.address)
        text = self._names.instruction(moment.address, moment.word)
        line = (
            f"[{moment.sequence:06d}] {place:<20}: {text:<30} | {changes or '(no changes)'} | "
            f"{flags_text(moment.flags)} | opcode 0x{moment.word:08X} | cycle {moment.cycles}"
        )
        if self._nanoseconds is not None:
            line += f" | {self._nanoseconds()} ns"
        self._write(line + "\n")


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
