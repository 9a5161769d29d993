"""The flag trace: the instructions that changed flags (spec diagnostics.md section 8)."""

from __future__ import annotations

from emu.isa.analysis.naming import Names, fault_dict, fault_line
from emu.isa.conditions import flags_text
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.analysis.witness import Moment
    from emu.isa.machine import Machine

ENTRY_LIMIT = 100_000
"""Entries that a report keeps. Its counters go on, and it says how many were dropped."""

_LETTERS = "NZCV"


class FlagChange(Record):
    """One instruction after which at least one flag differs. `sequence` is its running number."""

    sequence: int
    cycles: int
    address: int
    word: int
    old: tuple[bool, ...]
    new: tuple[bool, ...]

    @property
    def changed(self) -> str:
        """The letters that differ, in the order N Z C V."""
        return "".join(
            letter for letter, old, new in zip(_LETTERS, self.old, self.new, strict=True) if bool(old) != bool(new)
        )


class FlagTrace:
    """Collects changes of flags."""

    def __init__(self, machine: Machine, limit: int = ENTRY_LIMIT) -> None:
        self._machine = machine
        self._limit = limit
        self.entries: list[FlagChange] = []
        self.total = 0
        self.counts = [0, 0, 0, 0]

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        old, new = moment.old_flags, moment.flags
        if old == new:
            return
        self.total += 1
        for number in range(4):
            if old[number] != new[number]:
                self.counts[number] += 1
        if len(self.entries) < self._limit:
            self.entries.append(FlagChange(moment.sequence, moment.cycles, moment.address, moment.word, old, new))

    @property
    def dropped(self) -> int:
        """Changes that were counted and not kept."""
        return self.total - len(self.entries)

    def summary(self) -> str:
        """The counters in one line."""
        counts = ", ".join(f"{letter} {count}" for letter, count in zip(_LETTERS, self.counts, strict=True))
        return f"{self.total} changes ({counts})"

    def as_text(self) -> str:
        """The counters, then a line per change."""
        names = Names(self._machine.program)
        lines = ["Flag Trace", "==========", "", f"Total changes: {self.summary().replace(' changes', '')}"]
        if self.dropped:
            lines.append(f"Entries dropped: {self.dropped}")
        lines.append("")
        for entry in self.entries:
            text = names.instruction(entry.address, entry.word)
            new = "".join(
                letter + ("*" if flag in entry.changed else "")
                for flag, letter in zip(_LETTERS, flags_text(entry.new), strict=True)
            )
            lines.append(
                f"[{entry.sequence:06d}] {names.place(entry.address):<20}: {text:<30} {flags_text(entry.old)} -> "
                f"{new:<8}  (changed: {entry.changed})"
            )
        return "\n".join(lines) + "\n" + fault_line(self._machine)

    def as_dict(self) -> dict[str, object]:
        """The JSON form, keys as the spec names them."""
        names = Names(self._machine.program)
        n, z, c, v = self.counts
        return {
            "total_changes": self.total,
            "n_changes": n,
            "z_changes": z,
            "c_changes": c,
            "v_changes": v,
            "dropped_entries": self.dropped,
            "fault": fault_dict(self._machine),
            "entries": [
                {
                    "Sequence": entry.sequence,
                    "Cycle": entry.cycles,
                    "PC": entry.address,
                    "Instruction": names.instruction(entry.address, entry.word),
                    "OldFlags": dict(zip(_LETTERS, map(bool, entry.old), strict=True)),
                    "NewFlags": dict(zip(_LETTERS, map(bool, entry.new), strict=True)),
                    "Changed": entry.changed,
                }
                for entry in self.entries
            ],
        }
