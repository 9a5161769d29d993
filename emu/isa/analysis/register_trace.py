"""The register trace: how often, when first and when last each register was read and set (spec diagnostics.md 9).

A register counts as read once for each operand that reads it, and as written for each operand that sets it, whether or
not its value changes. The PC counts where it is an operand; branches do not count. Times are cycle counters after the
instruction, 0 standing for never. SP and PC have a value before the first instruction, so they are never "unused" and
never "read before written".
"""

from __future__ import annotations

from emu.isa.analysis.naming import fault_dict, fault_line
from emu.isa.registers import PC, REGISTER_NAMES, SP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.analysis.witness import Moment
    from emu.isa.machine import Machine

UNIQUE_LIMIT = 10_000
"""Different values that are told apart for one register."""

_HOT = 10


class RegisterUse:
    """What happened to one register."""

    def __init__(self, value: int) -> None:
        self.reads = self.writes = 0
        self.first_read = self.last_read = self.first_write = self.last_write = 0
        self.last_value = value
        self.values: set[int] = set()

    @property
    def accesses(self) -> int:
        """Reads and writes."""
        return self.reads + self.writes


class RegisterTrace:
    """Collects accesses to registers."""

    def __init__(self, machine: Machine, unique_limit: int = UNIQUE_LIMIT) -> None:
        self._machine = machine
        self._unique_limit = unique_limit
        self.uses = [RegisterUse(value) for value in machine.registers]
        self._written = {SP, PC}
        self.read_before_write: set[int] = set()

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        cycles = max(1, moment.cycles)
        for number in moment.reads:
            use = self.uses[number]
            use.reads += 1
            use.first_read = use.first_read or cycles
            use.last_read = cycles
            if number not in self._written:
                self.read_before_write.add(number)
        for number, value in moment.writes:
            use = self.uses[number]
            use.writes += 1
            use.first_write = use.first_write or cycles
            use.last_write = cycles
            use.last_value = value
            if len(use.values) < self._unique_limit:
                use.values.add(value)
            self._written.add(number)

    @property
    def hot(self) -> list[int]:
        """The registers with most accesses, at most ten."""
        used = [number for number in range(16) if self.uses[number].accesses]
        return sorted(used, key=lambda number: (-self.uses[number].accesses, number))[:_HOT]

    @property
    def unused(self) -> list[int]:
        """The registers that were never accessed."""
        return [n for n in range(16) if not self.uses[n].accesses and n not in (SP, PC)]

    def summary(self) -> str:
        """The totals in one line."""
        reads, writes = self._totals()
        return f"{reads} reads, {writes} writes; unused: {_names(self.unused)}"

    def as_text(self) -> str:
        """Totals, rankings, and a line per register that was accessed."""
        reads, writes = self._totals()
        lines = [
            "Register Access Report",
            "======================",
            "",
            f"Total reads:  {reads}",
            f"Total writes: {writes}",
            f"Registers tracked: {sum(1 for use in self.uses if use.accesses)}",
            "",
            "Hot registers:",
        ]
        lines += [f"  {REGISTER_NAMES[n]:<4} {self.uses[n].accesses:>8} accesses" for n in self.hot]
        lines += ["", f"Unused registers: {_names(self.unused)}"]
        lines += [f"Read before write: {_names(sorted(self.read_before_write))}", "", "Details:"]
        for number, use in enumerate(self.uses):
            if use.accesses:
                lines.append(
                    f"  {REGISTER_NAMES[number]:<4} reads {use.reads} (first: cycle {use.first_read}, last: cycle "
                    f"{use.last_read}), writes {use.writes} (first: cycle {use.first_write}, last: cycle "
                    f"{use.last_write}), last value 0x{use.last_value:08X}, unique values {len(use.values)}"
                    f"{' or more' if len(use.values) >= self._unique_limit else ''}"
                )
        return "\n".join(lines) + "\n" + fault_line(self._machine)

    def as_dict(self) -> dict[str, object]:
        """The JSON form, keys as the spec names them."""
        reads, writes = self._totals()
        return {
            "total_reads": reads,
            "total_writes": writes,
            "total_entries": reads + writes,
            "registers_tracked": sum(1 for use in self.uses if use.accesses),
            "register_stats": {
                REGISTER_NAMES[number]: {
                    "read_count": use.reads,
                    "write_count": use.writes,
                    "first_read": use.first_read,
                    "first_write": use.first_write,
                    "last_read": use.last_read,
                    "last_write": use.last_write,
                    "last_value": use.last_value,
                    "unique_values": len(use.values),
                }
                for number, use in enumerate(self.uses)
                if use.accesses
            },
            "hot_registers": [REGISTER_NAMES[number] for number in self.hot],
            "unused_registers": [REGISTER_NAMES[number] for number in self.unused],
            "read_before_write": [REGISTER_NAMES[number] for number in sorted(self.read_before_write)],
            "fault": fault_dict(self._machine),
        }

    def _totals(self) -> tuple[int, int]:
        return sum(use.reads for use in self.uses), sum(use.writes for use in self.uses)


def _names(numbers: list[int]) -> str:
    return ", ".join(REGISTER_NAMES[number] for number in numbers) or "none"
