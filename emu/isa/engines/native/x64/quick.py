"""Which quick code there is, where it may be entered, and what has taken its place.

Theory of operation. Quick code may be entered wherever a budget may have ended and where functions begin, so native
code goes on after each of these. Once there is better code for a header, the chain leads to that, and the
slot of the header in all quick code holds a huge number, so that what is running in quick code leaves there. If the
better code goes, everything is as before.
"""

from __future__ import annotations

import mmap

from emu.isa.engines.native.objects import Arena
from emu.isa.engines.native.x64.chain import Chain, bridge
from emu.isa.engines.native.x64.writer import Writer
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from emu.isa.analysis.profile import Profile
    from emu.isa.engines.native.census import Counters
    from emu.isa.engines.native.regions import Path, Region
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.engines.native.x64.encoding import Code
    from emu.isa.memory import Memory

_NEVER = 1 << 62
_CODE_SIZE, _SLOTS = 1 << 18, 1 << 14


class QuickRegion(Record):
    """Code in place. `entries` are host addresses by the addresses of blocks, `slots` positions in memory and what
    belongs there, by header.
    """

    entries: dict[int, int]
    slots: dict[int, tuple[int, int]]
    arena: Arena
    counters: Counters | None
    path: Path | None = None
    """What it was chosen for."""


class QuickRegions:
    """Of one machine. Raises Unloadable where there is another kind of computer."""

    def __init__(self) -> None:
        self.chain = Chain()
        self._arena = Arena(_CODE_SIZE, _SLOTS)
        self._live: dict[int, list[QuickRegion]] = {}
        self._better: dict[int, tuple[int, int]] = {}
        """Where there is better code, and the usage of the address when that came."""
        self._bridges: dict[int, Arena] = {}
        """What keeps the memory of the bridges to it."""
        self._before: dict[int, tuple[int, int]] = {}
        """The usage of addresses when that was asked last."""

    def write(
        self,
        region: Region,
        memory: Memory,
        spans: ExpectedSpans,
        *,
        profile: Profile | None = None,
        stack_guard: int = 0,
        path: Path | None = None,
    ) -> QuickRegion:
        """Code for a region, not yet in use, which was chosen for a path. With a profile it counts; with `stack_guard`,
        it ends after an instruction that leaves SP below.
        """
        lowest = memory.regions[0].start if memory.regions else 0
        stack = None if profile is None else profile.calls
        quick = Writer(region, memory.size, lowest, spans, stack=stack, stack_guard=stack_guard).write()
        slots = list(quick.slots.values())
        counted_at = 8 * len(slots)
        if quick.census is not None:
            slots += [0] * quick.census.size
        address, first = self._place(quick.code, slots)
        counters = None
        if profile is not None and quick.census is not None:
            from emu.isa.engines.native.census import Counters

            words = self._arena.variables(first + counted_at, quick.census.size)
            counters = Counters(quick.census, profile, words)
        return QuickRegion(
            {start: address + offset for start, offset in quick.entries.items()},
            {header: (first + 8 * number, longest) for number, (header, longest) in enumerate(quick.slots.items())},
            self._arena,
            counters,
            path,
        )

    def _place(self, code: Code, slots: list[int]) -> tuple[int, int]:
        """See `Arena.place`. Begins a new arena if there is no room in the present one."""
        size = code.position
        slots_at = self._arena.slots_from(size, len(slots))
        if slots_at is None:
            whole_pages = size + mmap.PAGESIZE - 1 & -mmap.PAGESIZE
            self._arena = Arena(max(_CODE_SIZE, whole_pages), max(_SLOTS, len(slots)))
            slots_at = self._arena.slots_from(size, len(slots))
            assert slots_at is not None
        return self._arena.place(code.finish(slots_at), slots)

    def add(self, quick: QuickRegion) -> None:
        """From now on it is used, where there is nothing better."""
        for header in quick.entries:
            self._live.setdefault(header, []).append(quick)
            self._direct(header)

    def hottest(self, given_up: Collection[int]) -> tuple[int, int, QuickRegion | None]:
        """(how many instructions have been executed by the quick code where most have been, the address of a header in
        it from which most of them were, that code), or (0, 0, None). What there is better code for does not count, nor
        what is given up.
        """
        most, found = 0, None
        better = self._better
        for quick in {id(each): each for live in self._live.values() for each in live}.values():
            executed = sum(self.chain.executed(entry) for entry in quick.entries if entry not in better)
            if executed > most and any(header not in better and header not in given_up for header in quick.slots):
                most, found = executed, quick
        if found is None:
            return 0, 0, None
        headers = (header for header in found.slots if header not in better and header not in given_up)
        return most, max(headers, key=self.chain.executed), found

    def recent_usage(self) -> dict[int, tuple[int, int]]:
        """(how many instructions have been executed, how often it has been gone to through the chain) by address, since
        this was asked last.
        """
        recent = {}
        for address in self.chain.known:
            executed, calls = self.chain.usage(address)
            executed_before, calls_before = self._before.get(address, (0, 0))
            if calls < calls_before:  # it has left the table meanwhile
                executed_before = calls_before = 0
            if calls > calls_before:
                self._before[address] = executed, calls
                recent[address] = executed - executed_before, calls - calls_before
        return recent

    def better_usage(self) -> dict[int, tuple[int, int]]:
        """(instructions executed, how often gone to through the chain) of better code, by its address."""
        usage = {}
        for address, (executed_before, calls_before) in self._better.items():
            executed, calls = self.chain.usage(address)
            if calls >= calls_before:
                usage[address] = executed - executed_before, calls - calls_before
        return usage

    def remove(self, quick: QuickRegion) -> None:
        """It is not used any more."""
        for header in quick.entries:
            self._live[header] = [other for other in self._live[header] if other is not quick]
            self._direct(header)

    def supersede(self, address: int, code: int, counters: int = 0) -> None:
        """There is better code for an address, which is called as C functions are, with counters elsewhere."""
        self._better[address] = self.chain.usage(address)
        self.chain.put(address, self._place(bridge(code, counters), [])[0])
        self._bridges[address] = self._arena
        self._direct(address)

    def restore(self, address: int) -> None:
        """That better code is not used any more."""
        self._better.pop(address, None)
        self._bridges.pop(address, None)
        self._direct(address)

    def _direct(self, header: int) -> None:
        quick = self._live.get(header)
        is_superseded = header in self._better
        for each in quick or ():
            if header in each.slots:
                at, longest = each.slots[header]
                each.arena.set_slot(at, _NEVER if is_superseded else longest)
        if quick and not is_superseded:
            self.chain.put(header, quick[-1].entries[header])
        elif not is_superseded:
            self._live.pop(header, None)
            self.chain.remove(header)
