"""The stack trace: every movement of the stack pointer (spec diagnostics.md section 7).

A store that lowers SP by writing back its base is a push, a load that raises it so is a pop, one entry for each
register transferred. Every other instruction that changes SP is a move. `old` and `new` are SP before and after the
whole instruction.
"""

from __future__ import annotations

from emu.isa.analysis.flag_trace import ENTRY_LIMIT
from emu.isa.analysis.naming import Names, fault_dict, fault_line
from emu.isa.instructions.decoder import decode
from emu.isa.registers import REGISTER_NAMES, SP
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.analysis.witness import Moment
    from emu.isa.machine import Machine

PUSH, POP, MOVE = "PUSH", "POP", "MOVE"


class StackEvent(Record):
    """One register pushed or popped, or one move; a move has no value, address, size and register."""

    sequence: int
    cycles: int
    address: int
    operation: str
    old: int
    new: int
    value: int = 0
    place: int = 0
    size: int = 0
    register: int | None = None


class StackTrace:
    """Collects movements. The stack goes from SP at its creation down to the start of the stack region."""

    def __init__(self, machine: Machine, limit: int = ENTRY_LIMIT) -> None:
        self._machine = machine
        self._limit = limit
        self.base = self.lowest = self.highest = machine.registers[SP]
        self.bottom = machine.memory_map.stack_start
        self.entries: list[StackEvent] = []
        self.pushes = self.pops = self.moves = self.bytes = self.overflows = self.underflows = 0

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        old, new = moment.old_registers[SP], moment.registers[SP]
        if old == new:
            return
        self.lowest = min(self.lowest, new)
        self.highest = max(self.highest, new)
        self.overflows += new < self.bottom
        self.underflows += new > self.base
        operation = _operation(moment)
        if operation == MOVE:
            self.moves += 1
            self._add(StackEvent(moment.sequence, moment.cycles, moment.address, MOVE, old, new))
            return
        for register, access in zip(_registers(moment.word), moment.accesses, strict=True):
            if operation == PUSH:
                self.pushes += 1
            else:
                self.pops += 1
            self.bytes += access.size
            self._add(
                StackEvent(
                    moment.sequence, moment.cycles, moment.address, operation, old, new,
                    access.value, access.address, access.size, register,
                )
            )  # fmt: skip

    def _add(self, event: StackEvent) -> None:
        if len(self.entries) < self._limit:
            self.entries.append(event)

    @property
    def dropped(self) -> int:
        """Events that were counted and not kept."""
        return self.pushes + self.pops + self.moves - len(self.entries)

    @property
    def max_usage(self) -> int:
        """The most bytes in use at one time."""
        return max(0, self.base - self.lowest)

    @property
    def depth(self) -> int:
        """Bytes in use now."""
        return max(0, self.base - self._machine.registers[SP])

    def summary(self) -> str:
        """The most telling figures in one line."""
        return f"{self.pushes} pushes, {self.pops} pops, {self.moves} moves, at most {self.max_usage} bytes in use"

    def as_text(self) -> str:
        """Configuration, usage, counts, warnings, then a line per event."""
        names = Names(self._machine.program)
        size = self.base - self.bottom
        share = f" ({100 * self.max_usage / size:.1f} %)" if size > 0 else ""
        lines = [
            "Stack Trace",
            "===========",
            "",
            f"Stack: 0x{self.base:08X} down to 0x{self.bottom:08X}, {size} bytes",
            f"Maximum usage: {self.max_usage} bytes{share}",
            f"Current depth: {self.depth} bytes",
            f"SP range: 0x{self.lowest:08X} to 0x{self.highest:08X}",
            f"Pushes: {self.pushes}, pops: {self.pops}, moves: {self.moves}, bytes transferred: {self.bytes}",
        ]
        if self.overflows:
            lines.append(f"WARNING: stack overflow: SP went below the stack {self.overflows} times")
        if self.underflows:
            lines.append(f"WARNING: stack underflow: SP went above the stack {self.underflows} times")
        if self.dropped:
            lines.append(f"Entries dropped: {self.dropped}")
        lines.append("")
        for entry in self.entries:
            change = entry.new - entry.old
            line = (
                f"[{entry.sequence:06d}] {names.place(entry.address):<20}: {entry.operation:<4} "
                f"SP 0x{entry.old:08X} -> 0x{entry.new:08X} ({'grows' if change < 0 else 'shrinks'} by "
                f"{abs(change)} bytes)"
            )
            if entry.register is not None:
                arrow = "->" if entry.operation == PUSH else "<-"
                line += (
                    f"  {REGISTER_NAMES[entry.register]} {arrow} [0x{entry.place:08X}] = "
                    f"0x{entry.value:0{2 * entry.size}X}"
                )
            lines.append(line)
        return "\n".join(lines) + "\n" + fault_line(self._machine)

    def as_dict(self) -> dict[str, object]:
        """The JSON form, keys as the spec names them."""
        return {
            "stack_base": self.base,
            "stack_top": self.bottom,
            "stack_size": self.base - self.bottom,
            "max_usage": self.max_usage,
            "current_depth": self.depth,
            "min_sp": self.lowest,
            "max_sp": self.highest,
            "total_pushes": self.pushes,
            "total_pops": self.pops,
            "total_bytes": self.bytes,
            "overflow_count": self.overflows,
            "underflow_count": self.underflows,
            "dropped_entries": self.dropped,
            "fault": fault_dict(self._machine),
            "entries": [
                {
                    "Sequence": entry.sequence,
                    "Cycle": entry.cycles,
                    "PC": entry.address,
                    "Operation": entry.operation,
                    "OldSP": entry.old,
                    "NewSP": entry.new,
                    "Value": entry.value,
                    "Address": entry.place,
                    "Size": entry.size,
                    "Register": "" if entry.register is None else REGISTER_NAMES[entry.register],
                }
                for entry in self.entries
            ],
        }


def _operation(moment: Moment) -> str:
    """PUSH, POP or MOVE for an instruction that has changed SP."""
    if moment.is_service or not moment.accesses:
        return MOVE
    fields = decode(moment.word).field_values()
    if fields.get("rn") != SP or len(_registers(moment.word)) != len(moment.accesses):
        return MOVE
    is_block = "list" in fields
    if not (fields["w"] or (not is_block and not fields["p"])):
        return MOVE
    down = moment.registers[SP] < moment.old_registers[SP]
    if fields["l"]:
        return MOVE if down else POP
    return PUSH if down else MOVE


def _registers(word: int) -> list[int]:
    """The registers that a transfer moves, in the order of their addresses."""
    fields = decode(word).field_values()
    if "list" in fields:
        return [number for number in range(16) if fields["list"] >> number & 1]
    return [fields["rd"]] if "rd" in fields else []
