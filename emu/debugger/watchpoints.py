"""Watchpoints with numbers and kinds, on bytes of memory and on registers (spec debugger.md section 4).

Theory of operation. Memory reports the accesses that it was asked to watch, and `touched` says which watchpoints they
are for. Registers have no guard: while any register is watched, the program is executed one instruction at a time, and
`stepped` compares before and after. A watchpoint on changes is one on writes that looks whether the value is another
one.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from emu.isa.conditions import CONDITION_TESTS
from emu.isa.engines.lifting import lift
from emu.isa.instructions.decoder import decode
from emu.isa.memory import Watchpoint as MemoryWatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emu.isa.machine import Machine
    from emu.isa.stops import WatchHit

_PC = 15
_KEPT_READS = 4096


class Access(Enum):
    """Which accesses stop the program. A register is written when its value changes."""

    READ = "read"
    WRITE = "write"
    READ_WRITE = "readwrite"
    CHANGE = "change"
    """Written, and the value is another one than before."""


@frozen
class Watchpoint:
    """One watchpoint, on a register or on the `size` bytes from `address` on. `content` is what was there last."""

    number: int
    text: str
    """What is watched, as its user named it."""
    access: Access
    register: int | None = None
    address: int = 0
    size: int = 4
    enabled: bool = True
    hits: int = 0
    content: bytes = bytes(4)

    @property
    def last(self) -> int:
        """The last value seen: of a register, or of the first bytes, four at most."""
        return int.from_bytes(self.content[:4], "little")


class Watchpoints:
    """The watchpoints of one machine. Numbers count from 1 and are never used again."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._by_number: dict[int, Watchpoint] = {}
        self._last = 0
        self._reads: dict[tuple[int, int], frozenset[int]] = {}
        self.on_registers: tuple[int, ...] = ()
        """The numbers of those that watch a register and are enabled."""
        self.written: frozenset[int] = frozenset()
        """The registers of these whose changes count."""
        self.read: frozenset[int] = frozenset()
        """The registers of these whose use counts."""
        self.revision = 0
        """Grows whenever the list changes; hits do not count."""

    def set(self, address: int, access: Access, size: int = 4, text: str | None = None) -> Watchpoint:
        """Adds one on memory."""
        text = text if text is not None else f"[0x{address:08X}]"
        return self._add(Watchpoint(self._last + 1, text, access, None, address, size))

    def set_register(self, register: int, access: Access, text: str) -> Watchpoint:
        """Adds one on a register."""
        return self._add(Watchpoint(self._last + 1, text, access, register))

    def _add(self, watchpoint: Watchpoint) -> Watchpoint:
        self._last = watchpoint.number
        watchpoint = self._by_number[self._last] = evolve(watchpoint, content=self._content(watchpoint))
        self._watch(watchpoint)
        return watchpoint

    def _content(self, watchpoint: Watchpoint) -> bytes:
        if watchpoint.register is not None:
            return self._machine.registers[watchpoint.register].to_bytes(4, "little")
        return self._machine.memory.peek(watchpoint.address, watchpoint.size)

    def _watch(self, watchpoint: Watchpoint) -> None:
        """Makes the machine do what the watchpoint needs now, or no longer."""
        self.revision += 1
        number = watchpoint.number
        wanted = watchpoint.enabled and number in self._by_number
        if watchpoint.register is not None:
            others = tuple(other for other in self.on_registers if other != number)
            self.on_registers = (*others, number) if wanted else others
            watched = [self._by_number[one] for one in self.on_registers]
            self.written = frozenset(one.register or 0 for one in watched if one.access is not Access.READ)
            using = (Access.READ, Access.READ_WRITE)
            self.read = frozenset(one.register or 0 for one in watched if one.access in using)
        elif wanted:
            access = watchpoint.access
            on_read = access in (Access.READ, Access.READ_WRITE)
            end = watchpoint.address + watchpoint.size
            self._machine.memory.watch(MemoryWatch(number, watchpoint.address, end, on_read, access is not Access.READ))
        elif any(one.number == number for one in self._machine.memory.watchpoints):
            self._machine.memory.unwatch(number)

    def remove(self, number: int) -> None:
        """Raises KeyError if there is none."""
        self._watch(self._by_number.pop(number))

    def enable(self, number: int, enabled: bool) -> Watchpoint:
        """Turns a watchpoint on or off. Raises KeyError if there is none."""
        watchpoint = self._by_number[number]
        if watchpoint.enabled != enabled:
            watchpoint = self._by_number[number] = evolve(
                watchpoint, enabled=enabled, content=self._content(watchpoint)
            )
            self._watch(watchpoint)
        return watchpoint

    def clear(self) -> None:
        """Removes all of them."""
        for number in list(self._by_number):
            self.remove(number)

    def refresh(self) -> None:
        """Something else than the program has changed registers or memory: what is there now counts as seen."""
        for number, watchpoint in self._by_number.items():
            self._by_number[number] = evolve(watchpoint, content=self._content(watchpoint))

    def get(self, number: int) -> Watchpoint | None:
        """The watchpoint with a number."""
        return self._by_number.get(number)

    # -- what the program did

    def touched(self, hits: Sequence[WatchHit]) -> tuple[Watchpoint, ...]:
        """The watchpoints on memory that these accesses stop at, by number, each counted once."""
        touched = []
        for number in sorted({hit.watchpoint for hit in hits}):
            watchpoint = self._by_number.get(number)
            if watchpoint is not None:
                content = self._content(watchpoint)
                if watchpoint.access is not Access.CHANGE or content != watchpoint.content:
                    touched.append(self._hit(watchpoint, content))
        return tuple(touched)

    def stepped(self, before: Sequence[int], flags: Sequence[bool], word: int) -> tuple[Watchpoint, ...]:
        """The watchpoints on registers that one instruction stops at, by number, each counted once.

        `before` and `flags` are what they were in front of the instruction `word`, which was executed or skipped.
        """
        touched = []
        registers = self._machine.registers
        for number in self.on_registers:
            watchpoint = self._by_number[number]
            register = watchpoint.register
            assert register is not None
            value = registers[register]
            expected = (before[_PC] + 4) & 0xFFFFFFFF if register == _PC else before[register]
            access = watchpoint.access
            is_hit = access is not Access.READ and value != expected
            if not is_hit and access in (Access.READ, Access.READ_WRITE):
                is_hit = bool(CONDITION_TESTS[word >> 28](flags)) and register in self._read_by(word, before[_PC])
            if is_hit:
                touched.append(self._hit(watchpoint, value.to_bytes(4, "little")))
        return tuple(sorted(touched, key=lambda one: one.number))

    def _hit(self, watchpoint: Watchpoint, content: bytes) -> Watchpoint:
        hit = evolve(watchpoint, hits=watchpoint.hits + 1, content=content)
        self._by_number[watchpoint.number] = hit
        return hit

    def _read_by(self, word: int, pc: int) -> frozenset[int]:
        """The registers that an instruction reads."""
        reads = self._reads.get((word, pc))
        if reads is None:
            if len(self._reads) >= _KEPT_READS:
                self._reads.clear()
            reads = self._reads[word, pc] = lift(decode(word), pc).reads
        return reads

    def __iter__(self) -> Iterator[Watchpoint]:
        """By number."""
        return iter(sorted(self._by_number.values(), key=lambda watchpoint: watchpoint.number))

    def __len__(self) -> int:
        return len(self._by_number)
