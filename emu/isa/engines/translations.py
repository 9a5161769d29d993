"""What an engine has translated, and which bytes of memory each translation depends on.

Theory of operation. A translation is a function for a starting address together with the addresses of all
instructions in it. Every granule that holds one of these is guarded, so a store to it comes to `forget`, outside
translated code; whatever contains a changed word is dropped. Two finer maps let a store to data that shares a granule
with code go ahead without that: the set `code` for translations in Python, and `code_map`, one byte for each word of
memory, for native ones.

Native code may be entered at further addresses than its start, and there may be several translations for an address;
then the best one counts, and when it is dropped, the next best.
"""

from __future__ import annotations

from emu.isa.memory import GRANULE, anonymous_memory
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

    from emu.isa.memory import Memory

_MOST = 4096
_RANKS = {"python": 0, "quick": 1, "good": 2, "cached": 3, "full": 3}


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
    entries: tuple[int, ...] = ()
    """Further addresses at which it may be entered."""


class Translations:
    """All translations of one machine."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._all: dict[int, Translation] = {}
        self._serial = 0
        self._users: dict[int, set[int]] = {}
        self._at: dict[int, list[int]] = {}
        self.by_start: dict[int, Translation] = {}
        """The best translation that may be entered at an address."""
        self.loop_heads: set[int] = set()
        self.code: set[int] = set()
        self.code_map: mmap | None = None
        self.dropped: Callable[[Translation], None] | None = None
        """Is told about every native translation that is dropped."""

    @property
    def native(self) -> list[Translation]:
        """All native ones."""
        return [translation for translation in self._all.values() if translation.is_native]

    def map_code(self) -> mmap:
        """The byte map, made when first asked for and kept up to date from then on."""
        if self.code_map is None:
            self.code_map = anonymous_memory(self._memory.size >> 2)
            for address in self.code:
                self.code_map[address >> 2] = 1
        return self.code_map

    def add(self, translation: Translation) -> None:
        """Keeps a translation. Functions in Python for its addresses give way, and so does one for the same start
        that is not worse than it or, without entries, can only be entered there.
        """
        if len(self._all) >= _MOST:
            self.forget_all()
        start = translation.start
        for address in (start, *translation.entries):
            for serial in list(self._at.get(address, ())):
                other = self._all[serial]
                if not other.is_native or (
                    other.start == start and (not other.entries or _is_as_good(other, translation))
                ):
                    self._drop(serial)
        self._serial += 1
        self._all[self._serial] = translation
        for address in (start, *translation.entries):
            self._at.setdefault(address, []).append(self._serial)
            self._choose(address)
        for address in translation.addresses:
            self._users.setdefault(address, set()).add(self._serial)
            if address not in self.code:
                self.code.add(address)
                if self.code_map is not None:
                    self.code_map[address >> 2] = 1
                self._memory.guard_code(address, address + 4, True)

    def _choose(self, address: int) -> None:
        """Which of the translations for an address counts."""
        serials = self._at.get(address)
        if not serials:
            self._at.pop(address, None)
            self.by_start.pop(address, None)
            self.loop_heads.discard(address)
            return
        best = max((self._all[serial] for serial in serials), key=lambda translation: _RANKS[translation.stage])
        self.by_start[address] = best
        if best.is_loop:
            self.loop_heads.add(address)

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
        return [self._drop(serial) for serial in sorted(stale)]

    def forget_start(self, start: int, *, but: str | None = None) -> None:
        """Drops what begins at an address, `but` for what is at one stage."""
        for serial in list(self._at.get(start, ())):
            if self._all[serial].start == start and self._all[serial].stage != but:
                self._drop(serial)

    def forget_all(self) -> None:
        """Drops everything."""
        for serial in list(self._all):
            self._drop(serial)

    def _drop(self, serial: int) -> int:
        translation = self._all.pop(serial)
        for address in (translation.start, *translation.entries):
            self._at[address].remove(serial)
            self._choose(address)
        granules = set()
        for address in translation.addresses:
            users = self._users[address]
            users.discard(serial)
            if not users:
                del self._users[address]
                self.code.discard(address)
                if self.code_map is not None:
                    self.code_map[address >> 2] = 0
                granules.add(address & -GRANULE)
        for granule in granules:
            if not any(address in self.code for address in range(granule, granule + GRANULE, 4)):
                self._memory.guard_code(granule, granule + GRANULE, False)
        if translation.is_native and self.dropped is not None:
            self.dropped(translation)
        return translation.start


def _is_as_good(present: Translation, other: Translation) -> bool:
    return _RANKS[present.stage] >= _RANKS[other.stage]
