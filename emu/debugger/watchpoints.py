"""Watchpoints with numbers and kinds (spec debugger.md section 4)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from emu.isa.memory import Watchpoint as MemoryWatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emu.isa.machine import Machine
    from emu.isa.stops import WatchHit


class Access(Enum):
    """Which accesses stop the program."""

    READ = "read"
    WRITE = "write"
    READ_WRITE = "readwrite"


@frozen
class Watchpoint:
    """One watchpoint on the bytes `address` up to, not including, `address` + `size`."""

    number: int
    address: int
    size: int
    access: Access
    enabled: bool = True
    hits: int = 0


@define
class Watchpoints:
    """The memory watchpoints of one machine. Numbers count from 1 and are never used again."""

    _machine: Machine
    _by_number: dict[int, Watchpoint] = field(init=False, factory=dict)
    _last: int = field(init=False, default=0)

    def set(self, address: int, access: Access, size: int = 4) -> Watchpoint:
        """Adds one."""
        self._last += 1
        watchpoint = Watchpoint(self._last, address, size, access)
        self._by_number[self._last] = watchpoint
        self._watch(watchpoint)
        return watchpoint

    def take_number(self) -> int:
        """A number for a watchpoint on something else than memory: they share one sequence."""
        self._last += 1
        return self._last

    def _watch(self, watchpoint: Watchpoint) -> None:
        access = watchpoint.access
        end = watchpoint.address + watchpoint.size
        watch = MemoryWatch(
            watchpoint.number, watchpoint.address, end, access is not Access.WRITE, access is not Access.READ
        )
        self._machine.memory.watch(watch)

    def remove(self, number: int) -> None:
        """Raises KeyError if there is none."""
        watchpoint = self._by_number.pop(number)
        if watchpoint.enabled:
            self._machine.memory.unwatch(number)

    def enable(self, number: int, enabled: bool) -> None:
        """Turns a watchpoint on or off. Raises KeyError if there is none."""
        watchpoint = self._by_number[number]
        if watchpoint.enabled == enabled:
            return
        self._by_number[number] = evolve(watchpoint, enabled=enabled)
        if enabled:
            self._watch(watchpoint)
        else:
            self._machine.memory.unwatch(number)

    def clear(self) -> None:
        """Removes all of them."""
        for number in list(self._by_number):
            self.remove(number)

    def forget_all(self) -> None:
        """The machine has dropped its watchpoints itself."""
        self._by_number.clear()

    def get(self, number: int) -> Watchpoint | None:
        """The watchpoint with a number."""
        return self._by_number.get(number)

    def touched(self, hits: tuple[WatchHit, ...]) -> tuple[Watchpoint, ...]:
        """The watchpoints that asked for these accesses, by number, each hit counted once."""
        touched = []
        for number in sorted({hit.watchpoint for hit in hits}):
            watchpoint = self._by_number.get(number)
            if watchpoint is not None:
                self._by_number[number] = watchpoint = evolve(watchpoint, hits=watchpoint.hits + 1)
                touched.append(watchpoint)
        return tuple(touched)

    def __iter__(self) -> Iterator[Watchpoint]:
        """By number."""
        return iter(sorted(self._by_number.values(), key=lambda watchpoint: watchpoint.number))

    def __len__(self) -> int:
        return len(self._by_number)
