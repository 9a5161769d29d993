"""What an engine has translated, and which bytes of memory each translation depends on.

Theory of operation. A translation is a function for a starting address together with the addresses of all
instructions in it. Every granule that holds one of these is guarded, so a store to it comes to `forget`, outside
translated code; whatever contains a changed word is dropped. Two finer maps let a store to data that shares a granule
with code go ahead without that: the set `code` for translations in Python, and `code_map`, one byte for each word of
memory, for native ones.
"""

from __future__ import annotations

from emu.isa.memory import GRANULE
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.memory import Memory

_MOST = 4096


class Translation(Record):
    """One translated starting address. `length` is the smallest budget, in instructions, that it may be called with."""

    start: int
    addresses: tuple[int, ...]
    function: Callable[..., int]
    length: int
    is_loop: bool
    is_native: bool = False
    stage: str = "python"
    """Or "cached", "quick", "good" or "full", if it is native."""
    longest: int = 0
    """Native code may come back of its own accord when less than this budget is left."""


class Translations:
    """All translations of one machine."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._users: dict[int, set[int]] = {}
        self.by_start: dict[int, Translation] = {}
        self.loop_heads: set[int] = set()
        self.code: set[int] = set()
        self.code_map: bytearray | None = None

    def map_code(self) -> bytearray:
        """The byte map, made when first asked for and kept up to date from then on."""
        if self.code_map is None:
            self.code_map = bytearray(self._memory.size >> 2)
            for address in self.code:
                self.code_map[address >> 2] = 1
        return self.code_map

    def add(self, translation: Translation) -> None:
        """Keeps a translation; one with the same start gives way."""
        start = translation.start
        if start in self.by_start:
            self._drop(start)
        if len(self.by_start) >= _MOST:
            self.forget_all()
        self.by_start[start] = translation
        if translation.is_loop:
            self.loop_heads.add(start)
        for address in translation.addresses:
            self._users.setdefault(address, set()).add(start)
            if address not in self.code:
                self.code.add(address)
                if self.code_map is not None:
                    self.code_map[address >> 2] = 1
                self._memory.guard_code(address, address + 4, True)

    def forget(self, start: int, end: int) -> list[int]:
        """Drops what contains an instruction in start <= address < end; gives back the starts of what was dropped."""
        if not self.code:
            return []
        first = start & ~3
        if end - first > 4 * len(self.code):
            touched = [address for address in self.code if first <= address < end]
        else:
            touched = [address for address in range(first, end, 4) if address in self.code]
        stale: set[int] = set().union(*(self._users[address] for address in touched), set())
        for region_start in stale:
            self._drop(region_start)
        return list(stale)

    def forget_all(self) -> None:
        """Drops everything."""
        for start in list(self.by_start):
            self._drop(start)

    def _drop(self, start: int) -> None:
        translation = self.by_start.pop(start)
        self.loop_heads.discard(start)
        granules = set()
        for address in translation.addresses:
            users = self._users[address]
            users.discard(start)
            if not users:
                del self._users[address]
                self.code.discard(address)
                if self.code_map is not None:
                    self.code_map[address >> 2] = 0
                granules.add(address & -GRANULE)
        for granule in granules:
            if not any(address in self.code for address in range(granule, granule + GRANULE, 4)):
                self._memory.guard_code(granule, granule + GRANULE, False)
