"""Guest memory: one flat, lazily backed buffer with two guard tables.

Theory of operation. The buffer spans address 0 to the top of the memory map and is anonymous memory of the host:
pages that a program never touches are never allocated, so a map of hundreds of MiB costs nothing up front. Three
views (bytes, halfwords, words) give single-step access of each size.

Every 64 bytes of address space (a granule) have one byte in each of two guard tables, one consulted by loads, one by
stores. Zero means: nothing special here, go ahead. Anything else sends the access down the slow path, which looks up
the region, checks permissions and does the bookkeeping that some feature asked for:

* a store into a CLEAN page marks the page dirty for the next snapshot, then clears the guard of the page;
* a store into CODE tells the engine that translated instructions may be stale;
* an access to a WATCHED granule is compared with the watchpoints.

So one test pays for permissions, snapshots, self-modifying code and watchpoints, and each of them costs nothing where
it is absent. The tables end with one page of forbidden granules, so that a small negative address, used as a Python
index, meets a guard and not the end of the stack.

Addresses are 32-bit unsigned, sizes are in bytes, words are little-endian (the host must be, too).
"""

from __future__ import annotations

import mmap
import sys

from emu.isa.faults import Fault, FaultKind, MemoryFault
from emu.isa.stops import WatchHit
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from emu.isa.layout import Region

GRANULE_SHIFT = 6
GRANULE = 1 << GRANULE_SHIFT
PAGE_SHIFT = 12
PAGE = 1 << PAGE_SHIFT
_GRANULES_PER_PAGE = PAGE >> GRANULE_SHIFT

FORBIDDEN, CLEAN, CODE, WATCHED = 1, 2, 4, 8

_SIZE_NAMES = {1: "byte", 2: "halfword", 4: "word"}
_SET_CLEAN = bytes(value | CLEAN for value in range(256))
_CLEAR_CLEAN = bytes(value & ~CLEAN for value in range(256))
_ZERO_PAGE = bytes(PAGE)


class MemorySnapshot(Record):
    """The contents of memory at one moment: every page that is not all zero. Unchanged pages are shared."""

    pages: Mapping[int, bytes]


class Watchpoint(Record):
    """Addresses `start` up to, not including, `end`, watched for loads, stores or both."""

    number: int
    start: int
    end: int
    on_read: bool
    on_write: bool


class Memory:
    """The memory of one machine."""

    def __init__(self, regions: Sequence[Region], *, wraps: bool = False) -> None:
        """`wraps` says whether base plus offset of an access is taken modulo 2**32 instead of being a fault."""
        self.wraps = wraps
        if sys.byteorder != "little":  # pragma: no cover - no such host to test on
            raise RuntimeError("guest memory needs a little-endian host")
        self.regions = tuple(sorted(regions, key=lambda region: region.start))
        top = max((region.end for region in self.regions), default=0)
        pages = max(1, (top + PAGE - 1) >> PAGE_SHIFT)
        self.size = pages << PAGE_SHIFT
        self._buffer = anonymous_memory(self.size)
        self.bytes = memoryview(self._buffer)
        self.halfwords = self.bytes.cast("H")
        self.words = self.bytes.cast("I")
        granules = (self.size + PAGE) >> GRANULE_SHIFT
        self._readable = _granules_within(region for region in self.regions if region.readable)
        writable = _granules_within(region for region in self.regions if region.writable)
        self.load_guard = anonymous_memory(granules)
        self.store_guard = bytearray((CLEAN,)) * granules
        _set_between(self._readable, self.load_guard, FORBIDDEN)
        _set_between(writable, self.store_guard, FORBIDDEN | CLEAN)
        self._pages: dict[int, bytes] = {}
        self._dirty: set[int] = set()
        self._watchpoints: dict[int, Watchpoint] = {}
        self.watch_hits: list[WatchHit] = []
        self.watching_pc = 0
        self.last_store: tuple[int, int] | None = None
        self._fetch_start = self._fetch_end = 0
        self.code_written: Callable[[int, int], None] = _ignore_code
        self.load_guard_changes = 0
        """How often the guards of loads have changed; who relies on them must look, or see `guards_changed`."""
        self._spans: tuple[int, list[tuple[int, int]]] = (-1, [])
        self.guards_changed: Callable[[], None] = _ignore_guards

    # -- the guest's own accesses ---------------------------------------------------------------------------------

    def load(self, address: int, size: int) -> int:
        """The unsigned value of `size` (1, 2 or 4) bytes. Raises MemoryFault."""
        if address & (size - 1):
            raise _unaligned(address, size)
        if address >= self.size or self.load_guard[address >> GRANULE_SHIFT]:
            self._slow_load(address, size)
        if size == 4:
            return self.words[address >> 2]
        return self.bytes[address] if size == 1 else self.halfwords[address >> 1]

    def store(self, address: int, size: int, value: int) -> None:
        """Writes the low `size` (1, 2 or 4) bytes of `value`. Raises MemoryFault."""
        if address & (size - 1):
            raise _unaligned(address, size)
        slow = address >= self.size or self.store_guard[address >> GRANULE_SHIFT]
        if slow:
            self._check(address, size, write=True)
        if size == 4:
            self.words[address >> 2] = value
        elif size == 1:
            self.bytes[address] = value & 0xFF
        else:
            self.halfwords[address >> 1] = value & 0xFFFF
        self.last_store = (address, size)
        if slow:
            self._stored(address, size)

    def fetch(self, address: int) -> int:
        """The instruction word at `address`. Raises MemoryFault unless it is aligned, mapped and executable."""
        if address & 3:
            raise MemoryFault(
                Fault(FaultKind.UNALIGNED, f"unaligned instruction fetch at 0x{address:08X}", target=address)
            )
        if self._fetch_start <= address < self._fetch_end:
            return self.words[address >> 2]
        region = self.region_at(address)
        if region is None or address + 4 > region.end:
            raise _not_mapped(address)
        if not region.executable:
            message = f"memory access violation: no execute permission at 0x{address:08X} ({region.name} region)"
            raise MemoryFault(Fault(FaultKind.NO_EXECUTE, message, target=address))
        self._fetch_start, self._fetch_end = region.start, region.end
        return self.words[address >> 2]

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes with the guest's permissions, whatever the alignment. Raises MemoryFault at the first bad
        byte.
        """
        self._check_range(address, size, write=False)
        if self._watchpoints and size:
            self._match_watchpoints(address, size, is_write=False)
        return bytes(self.bytes[address : address + size])

    def write(self, address: int, data: bytes) -> None:
        """Stores `data` with the guest's permissions, or nothing at all. Raises MemoryFault at the first bad byte."""
        self._check_range(address, len(data), write=True)
        self._put(address, data)
        if data:
            self.last_store = (address, len(data))
            if self._watchpoints:
                self._match_watchpoints(address, len(data), is_write=True)

    # -- the loader's and the debugger's accesses -----------------------------------------------------------------

    def peek(self, address: int, size: int) -> bytes:
        """What a debugger sees: unmapped bytes read as zero, addresses wrap at 2**32, no watchpoints."""
        result = bytearray(size)
        for region in self.regions:
            for base in (0, 1 << 32):
                start = max(address, region.start + base)
                end = min(address + size, region.end + base)
                if start < end:
                    result[start - address : end - address] = self.bytes[start - base : end - base]
        return bytes(result)

    def poke(self, address: int, data: bytes) -> None:
        """Stores `data` whatever the write permissions. Raises MemoryFault if a byte is not mapped; then nothing is
        stored.
        """
        self.require_mapped(address, len(data))
        self._put(address, data)

    def require_mapped(self, address: int, size: int) -> None:
        """Raises MemoryFault at the first of `size` bytes that no region holds."""
        position, end = address, address + size
        while position < end:
            region = self.region_at(position)
            if region is None:
                raise _not_mapped(position)
            position = region.end

    def clear(self) -> None:
        """Zeroes all memory."""
        self.restore(MemorySnapshot({}))

    def region_at(self, address: int) -> Region | None:
        """The region that holds `address`."""
        for region in self.regions:
            if region.start <= address < region.end:
                return region
        return None

    # -- snapshots ------------------------------------------------------------------------------------------------

    def snapshot(self) -> MemorySnapshot:
        """The contents now. Costs a copy of the pages written since the last snapshot, no more."""
        if self._dirty:
            pages = dict(self._pages)
            for page in self._dirty:
                content = bytes(self.bytes[page << PAGE_SHIFT : (page + 1) << PAGE_SHIFT])
                if content == _ZERO_PAGE:
                    pages.pop(page, None)
                elif pages.get(page) != content:
                    pages[page] = content
                self._mark_clean(page)
            self._dirty.clear()
            self._pages = pages
        return MemorySnapshot(self._pages)

    def restore(self, snapshot: MemorySnapshot) -> None:
        """Puts back the contents of a snapshot taken from a memory with the same regions."""
        wanted = snapshot.pages
        present = self._pages
        changed = set(self._dirty)
        if wanted is not present:
            changed.update(page for page, content in wanted.items() if present.get(page) is not content)
            changed.update(page for page in present if page not in wanted)
        for page in changed:
            start = page << PAGE_SHIFT
            self.bytes[start : start + PAGE] = wanted.get(page, _ZERO_PAGE)
            self._mark_clean(page)
            self.code_written(start, PAGE)
        self._dirty.clear()
        self._pages = dict(wanted)
        self.last_store = None
        self.watch_hits.clear()

    def _mark_clean(self, page: int) -> None:
        first = page * _GRANULES_PER_PAGE
        granules = self.store_guard[first : first + _GRANULES_PER_PAGE]
        self.store_guard[first : first + _GRANULES_PER_PAGE] = granules.translate(_SET_CLEAN)

    def _mark_dirty(self, page: int) -> None:
        self._dirty.add(page)
        first = page * _GRANULES_PER_PAGE
        granules = self.store_guard[first : first + _GRANULES_PER_PAGE]
        self.store_guard[first : first + _GRANULES_PER_PAGE] = granules.translate(_CLEAR_CLEAN)

    # -- code and watchpoints -------------------------------------------------------------------------------------

    def guard_code(self, start: int, end: int, present: bool) -> None:
        """Asks for `code_written` to be called when something in start <= address < end is stored to, or no longer."""
        for granule in range(start >> GRANULE_SHIFT, ((end - 1) >> GRANULE_SHIFT) + 1):
            if present:
                self.store_guard[granule] |= CODE
            else:
                self.store_guard[granule] &= ~CODE

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        """All watchpoints, in the order in which they were set."""
        return tuple(self._watchpoints.values())

    def watch(self, watchpoint: Watchpoint) -> None:
        """Adds a watchpoint, or replaces the one with the same number."""
        self._watchpoints[watchpoint.number] = watchpoint
        self._guard_watched()

    def unwatch(self, number: int) -> None:
        """Removes a watchpoint. Raises KeyError if there is none with that number."""
        del self._watchpoints[number]
        self._guard_watched()

    def _guard_watched(self) -> None:
        clear = bytes(value & ~WATCHED for value in range(256))
        self.load_guard[:] = self.load_guard[:].translate(clear)
        self.store_guard[:] = self.store_guard.translate(clear)
        for watchpoint in self._watchpoints.values():
            for granule in self._granules_watched(watchpoint):
                if watchpoint.on_read:
                    self.load_guard[granule] |= WATCHED
                if watchpoint.on_write:
                    self.store_guard[granule] |= WATCHED

        self.load_guard_changes += 1
        self.guards_changed()

    def _granules_watched(self, watchpoint: Watchpoint) -> range:
        last = min(watchpoint.end - 1, self.size - 1)
        return range(watchpoint.start >> GRANULE_SHIFT, (last >> GRANULE_SHIFT) + 1)

    def readable_spans(self) -> list[tuple[int, int]]:
        """(start, end) of every stretch whose loads need no closer look at present."""
        changes, spans = self._spans
        if changes != self.load_guard_changes:
            watching = [watchpoint for watchpoint in self._watchpoints.values() if watchpoint.on_read]
            watched = sorted({granule for watchpoint in watching for granule in self._granules_watched(watchpoint)})
            spans = []
            for start, end in self._readable:
                for granule in watched:
                    if start <= granule < end:
                        spans.append((start << GRANULE_SHIFT, granule << GRANULE_SHIFT))
                        start = granule + 1
                spans.append((start << GRANULE_SHIFT, end << GRANULE_SHIFT))
            spans = [(start, end) for start, end in spans if start < end]
            self._spans = self.load_guard_changes, spans
        return spans

    def _match_watchpoints(self, address: int, size: int, *, is_write: bool) -> None:
        for watchpoint in self._watchpoints.values():
            wanted = watchpoint.on_write if is_write else watchpoint.on_read
            if wanted and address < watchpoint.end and watchpoint.start < address + size:
                self.watch_hits.append(WatchHit(watchpoint.number, self.watching_pc, address, size, is_write))

    # -- slow paths -----------------------------------------------------------------------------------------------

    def _slow_load(self, address: int, size: int) -> None:
        self._check(address, size, write=False)
        if self._watchpoints:
            self._match_watchpoints(address, size, is_write=False)

    def _stored(self, address: int, size: int) -> None:
        page = address >> PAGE_SHIFT
        if page not in self._dirty:
            self._mark_dirty(page)
        if self.store_guard[address >> GRANULE_SHIFT] & CODE:
            self.code_written(address, size)
        if self._watchpoints:
            self._match_watchpoints(address, size, is_write=True)

    def _put(self, address: int, data: bytes) -> None:
        if not data:
            return
        end = address + len(data)
        self.bytes[address:end] = data
        for page in range(address >> PAGE_SHIFT, ((end - 1) >> PAGE_SHIFT) + 1):
            if page not in self._dirty:
                self._mark_dirty(page)
        self.code_written(address, len(data))

    def _check(self, address: int, size: int, *, write: bool) -> None:
        region = self.region_at(address)
        if region is None or address + size > region.end:
            raise _not_mapped(address)
        if not (region.writable if write else region.readable):
            kind, word = (FaultKind.NO_WRITE, "write") if write else (FaultKind.NO_READ, "read")
            message = f"memory access violation: no {word} permission at 0x{address:08X} ({region.name} region)"
            raise MemoryFault(Fault(kind, message, target=address))

    def _check_range(self, address: int, size: int, *, write: bool) -> None:
        position, end = address, address + size
        while position < end:
            self._check(position, 1, write=write)
            region = self.region_at(position)
            position = region.end if region else end


def _granules_within(regions: Iterable[Region]) -> list[tuple[int, int]]:
    """(the first, the one after the last) of the granules that lie within one of `regions`, which are sorted;
    stretches that adjoin are one.
    """
    stretches: list[tuple[int, int]] = []
    for region in regions:
        start, end = (region.start + GRANULE - 1) >> GRANULE_SHIFT, region.end >> GRANULE_SHIFT
        if start < end:
            if stretches and start <= stretches[-1][1]:
                before = stretches.pop()
                start, end = before[0], max(before[1], end)
            stretches.append((start, end))
    return stretches


def _set_between(stretches: Sequence[tuple[int, int]], table: bytearray | mmap.mmap, value: int) -> None:
    """Sets what of a table is in none of the stretches. The rest, usually nearly all of it, is not touched."""
    last = 0
    for start, end in (*stretches, (len(table), 0)):
        table[last:start] = bytes((value,)) * (start - last)
        last = end


def anonymous_memory(size: int) -> mmap.mmap:
    """Zeros that take no memory and no time until they are touched."""
    if sys.platform == "win32":  # pragma: no cover - no such host to test on
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _ignore_code(_address: int, _size: int) -> None:
    """What happens on a store to code while no engine has translated any."""


def _ignore_guards() -> None:
    """What happens on a change of guards while no engine relies on them."""


def _unaligned(address: int, size: int) -> MemoryFault:
    message = f"unaligned {_SIZE_NAMES[size]} access at 0x{address:08X}"
    return MemoryFault(Fault(FaultKind.UNALIGNED, message, target=address))


def _not_mapped(address: int) -> MemoryFault:
    message = f"memory access violation: address 0x{address:08X} is not mapped"
    return MemoryFault(Fault(FaultKind.NOT_MAPPED, message, target=address))
