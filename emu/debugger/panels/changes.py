"""What a command has changed: registers, flags, and the bytes of memory.

Theory of operation. `begin` remembers the machine, `end` looks what is different now. Memory is compared by its
snapshots, which share every page that was not written in between; so the comparison costs what was written, however
large memory is. Between the two nothing of memory counts as changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emu.isa.machine import Machine

PAGE = 4096
_CHUNK = 64
_EMPTY = bytes(PAGE)


class Changes:
    """The difference between a machine before and after."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.registers: frozenset[int] = frozenset()
        """Numbers of the registers that have another value."""
        self.flags: frozenset[int] = frozenset()
        """Likewise, 0 to 3 being N, Z, C, V."""
        self._old: Mapping[int, bytes] = {}
        self._new: Mapping[int, bytes] = {}
        self._pages: frozenset[int] = frozenset()
        self._stored: tuple[int, int] | None = None
        self._before = self._state()

    def _state(self) -> tuple[list[int], list[bool], Mapping[int, bytes], int]:
        machine = self._machine
        return machine.registers[:], machine.flags[:], machine.memory.snapshot().pages, machine.instructions

    def begin(self) -> None:
        """Something may be about to change the machine."""
        self._before = self._state()

    def look(self) -> None:
        """In the middle of a run: registers and flags as they are, nothing of memory."""
        machine = self._machine
        registers, flags, _, _ = self._before
        self.registers = frozenset(n for n in range(16) if machine.registers[n] != registers[n])
        self.flags = frozenset(n for n in range(4) if machine.flags[n] != flags[n])
        self._pages = frozenset()
        self._stored = None

    def end(self) -> None:
        """Whatever it was is over. If it has changed nothing, what was changed before it still counts."""
        old, new = self._before[2], self._machine.memory.snapshot().pages
        registers, flags, _, instructions = self._before
        machine = self._machine
        if old is new and (registers, flags, instructions) == (machine.registers, machine.flags, machine.instructions):
            return
        self.look()
        self._old, self._new = old, new
        numbers = old.keys() | new.keys() if old is not new else frozenset()
        self._pages = frozenset(n for n in numbers if old.get(n) is not new.get(n))
        self._stored = self._machine.memory.last_store

    def written(self, address: int, size: int = 1) -> bool:
        """Whether one of the bytes has another value, or was stored to last."""
        if self._stored is not None and self._stored[0] < address + size and address < sum(self._stored):
            return True
        page = address // PAGE
        if page not in self._pages:
            return False
        offset = address % PAGE
        old, new = self._old.get(page, _EMPTY), self._new.get(page, _EMPTY)
        return old[offset : offset + size] != new[offset : offset + size]

    def first_written(self, outside: tuple[int, int]) -> int | None:
        """The lowest address that was written, not counting the addresses from `outside[0]` up to `outside[1]`."""
        start, end = outside
        found = next((address for address in self._changed_bytes() if not start <= address < end), None)
        if self._stored is not None and not start <= self._stored[0] < end:
            return self._stored[0] if found is None else min(found, self._stored[0])
        return found

    def _changed_bytes(self) -> Iterator[int]:
        for page in sorted(self._pages):
            old, new = self._old.get(page, _EMPTY), self._new.get(page, _EMPTY)
            for chunk in range(0, PAGE, _CHUNK):
                if old[chunk : chunk + _CHUNK] != new[chunk : chunk + _CHUNK]:
                    for offset in range(chunk, chunk + _CHUNK):
                        if old[offset] != new[offset]:
                            yield page * PAGE + offset
