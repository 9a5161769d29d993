"""Puts native functions in place of the ones written in Python.

Theory of operation. A region is *written*: chosen, and put as LLVM assembly. If the code cache knows that text, the
object code is there, and loading it takes neither LLVM nor noticeable time. Otherwise it is compiled: with a
background, as well as can be done while the machine waits, and fully in the background as soon as that code has shown
that it is worth it; without one, fully at once.

What comes out of the background may be late: the guest may have changed its code meanwhile, or a breakpoint may have
been set. So before it is installed, the words that it was made from are compared with what memory says now.
"""

from __future__ import annotations

import ctypes
from array import array
from functools import partial
from importlib.machinery import PathFinder

from emu.isa.engines.counters import EXTRA_CYCLES, LAST_STORE, LAST_STORE_SIZE
from emu.isa.engines.native import layout
from emu.isa.engines.native.code import FULL, GOOD, QUICK, STAGES
from emu.isa.engines.native.emitter import NAME, Emitter
from emu.isa.engines.native.objects import Unloadable, load
from emu.isa.engines.native.regions import choose_region
from emu.isa.engines.translations import Translation
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from emu.isa.analysis.profile import Profile
    from emu.isa.engines.native.census import Counters
    from emu.isa.engines.native.regions import Region
    from emu.isa.engines.native.uncounted import Uncounted
    from emu.isa.engines.translations import Translations
    from emu.isa.machine import Machine

LARGE = 100
"""Instructions in a region for which even good code takes longer than anybody should wait."""

WORTH_IT_QUICK, WORTH_IT_GOOD = 3_000_000, 100_000_000
"""Instructions in quick and in good code before it is compiled fully."""

_GOOD_MARK = "; good\n"
"""Makes another key of the text for the cache."""

_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64)


class Written(Record):
    """A region as LLVM assembly, and the words that it was made from."""

    start: int
    text: str
    addresses: tuple[int, ...]
    words: tuple[int, ...]
    length: int
    longest: int
    guards: int
    most: int
    stack_guard: int
    counters: Counters | None


class NativeTier:
    """Compiles regions of one machine. The shared state array and the addresses of its memory live here.

    Raises ImportError without LLVM.
    """

    def __init__(self, machine: Machine, translations: Translations) -> None:
        if PathFinder.find_spec("llvmlite") is None:
            raise ImportError("llvmlite")
        self._machine = machine
        self._translations = translations
        self._state = (ctypes.c_uint32 * layout.WORDS)()
        self._words = memoryview(self._state).cast("B").cast("I")
        self._wide = memoryview(self._state).cast("B").cast("Q")
        self._counters: dict[int, Counters] = {}
        memory = machine.memory
        # The buffers must stay where they are: exporting them also keeps them from being resized.
        self._kept = [
            (ctypes.c_char * len(buffer)).from_buffer(buffer)
            for buffer in (memory.bytes, memory.load_guard, memory.store_guard, translations.map_code())
        ]
        self._pointers = (ctypes.addressof(self._state), *(ctypes.addressof(kept) for kept in self._kept))
        self._failed: set[int] = set()
        self._written: dict[int, Written] = {}
        self._improvable: dict[int, tuple[Written, int]] = {}
        self.finished: list[tuple[Written, str, bytes | RuntimeError]] = []
        self.has_compiled = False
        """Whether LLVM has been loaded."""

    # -- from a starting address to a native function -------------------------------------------------------------

    def promote(self, start: int, most: int, *, only_cached: bool = False) -> int:
        """Makes the region from `start` native, of at most `most` instructions; with `only_cached`, if that takes no
        compiling. The answer is how many instructions are native now, or will be when the background is done; 0 if
        nothing came of it.
        """
        if start in self._failed:
            return 0
        machine = self._machine
        cache, background = machine.code_cache, machine.background
        if (cache is None and only_cached) or (background is not None and background.is_busy and not background.waits):
            return 0
        written = self._write(start, most)
        if written is None:
            self._failed.add(start)
            return 0
        if self._install_cached(written):
            return len(written.addresses)
        if only_cached or (background is not None and background.is_busy):
            return 0
        self.has_compiled = True
        level, worth = self._first_level(written)
        if background is not None:
            self._improvable[start] = written, worth
            if not background.waits:
                background.submit(partial(self._compile_for_later, level, written), is_urgent=True)
                return len(written.addresses)
        self._install(written, self._compiled(level, written), STAGES[level])
        return len(written.addresses)

    def _install_cached(self, written: Written) -> bool:
        cache = self._machine.code_cache
        if cache is None:
            return False
        code = cache.load(written.text)
        if code is not None:
            self._install(written, code, "cached")
            return True
        if self._machine.background is None:
            return False
        code = cache.load(_GOOD_MARK + written.text)
        if code is None:
            return False
        self._install(written, code, "good")
        self._improvable[written.start] = written, WORTH_IT_GOOD
        return True

    def _first_level(self, written: Written) -> tuple[int, int]:
        """(the level at which code is compiled first, the instructions in it before it is worth being made better)."""
        if self._machine.background is None:
            return FULL, 0
        return (QUICK, WORTH_IT_QUICK) if len(written.addresses) > LARGE else (GOOD, WORTH_IT_GOOD)

    def reject(self, start: int) -> None:
        """The region from `start` has not been worth it: it stays as it is in Python."""
        self._failed.add(start)
        self._improvable.pop(start, None)

    def _compiled(self, level: int, written: Written) -> bytes:
        """Object code, kept in the cache as well unless it was made quickly. Called from any thread."""
        from emu.isa.engines.native.compiler import compiler

        machine, stage = self._machine, STAGES[level]
        observer, cache = machine.observer, machine.code_cache
        if observer is not None:
            observer.compiling(written.start, stage)
        code = compiler(level).object_code(written.text)
        if observer is not None:
            observer.compiled(written.start, stage)
        if cache is not None and stage != "quick":
            cache.store(written.text if stage == "full" else _GOOD_MARK + written.text, code)
        return code

    def _compile_for_later(self, level: int, written: Written) -> None:
        """In the background."""
        try:
            self.finished.append((written, STAGES[level], self._compiled(level, written)))
        except RuntimeError as error:  # raised again where the machine runs
            self.finished.append((written, STAGES[level], error))

    def _write(self, start: int, most: int) -> Written | None:
        machine = self._machine
        known = self._written.get(start)
        if known is not None and known.most == most and self._is_current(known):
            return known
        memory = machine.memory
        region = choose_region(start, memory, machine.breakpoints, most)
        if region is None:
            return None
        addresses = tuple(region.addresses())
        counting, counters = _counting(region, machine.profile)
        guard = machine.stack_guard
        text = Emitter(region, memory, machine.registers, counting=counting, stack_guard=guard).write()
        words = tuple(memory.words[address >> 2] for address in addresses)
        longest = max(block.longest for block in region.blocks.values())
        length = region.blocks[start].longest
        changes = memory.load_guard_changes
        written = Written(start, text, addresses, words, length, longest, changes, most, guard, counters)
        self._written[start] = written
        return written

    def _is_current(self, written: Written) -> bool:
        machine = self._machine
        memory, words = machine.memory, machine.memory.words
        return (
            memory.load_guard_changes == written.guards
            and machine.stack_guard == written.stack_guard
            and machine.profile is (None if written.counters is None else written.counters.profile)
            and all(words[address >> 2] == word for address, word in zip(written.addresses, written.words, strict=True))
            and machine.breakpoints.isdisjoint(written.addresses)
        )

    # -- better code for what is worth it -------------------------------------------------------------------------

    def executed(self, start: int, count: int) -> None:
        """Code that could be better has executed so many instructions."""
        known = self._improvable.get(start)
        if known is None:
            return
        written, left = known
        self._improvable[start] = written, left - count
        background = self._machine.background
        if left > count or background is None or background.is_busy:
            return
        del self._improvable[start]
        background.submit(partial(self._compile_for_later, FULL, written))

    def install_finished(self) -> None:
        """Puts in place what the background has compiled."""
        while self.finished:
            written, stage, code = self.finished.pop(0)
            if isinstance(code, RuntimeError):
                raise code
            if written.start not in self._failed and self._is_current(written):
                self._install(written, code, stage)

    # -- installing -----------------------------------------------------------------------------------------------

    def _install(self, written: Written, code: bytes, stage: str) -> None:
        try:
            address, keeper = load(code, NAME)
        except Unloadable:
            from emu.isa.engines.native.compiler import link

            address, keeper = link(code)
        self._written.pop(written.start, None)
        function = self._callable(_SIGNATURE(address), keeper)
        if written.counters is not None:
            function = self._counted(function, written.start, written.counters)
        self._translations.add(
            Translation(
                written.start,
                written.addresses,
                function,
                written.length,
                True,
                True,
                stage,
                written.longest,
            )
        )
        machine = self._machine
        if machine.observer is not None:
            machine.observer.installed(written.start, stage, len(written.addresses), machine.instructions)

    def _callable(self, function: Callable[..., int], keeper: object) -> Callable[..., int]:
        """The native function with the signature of the ones written in Python; `keeper` keeps its code alive."""
        words = self._words
        pointers = self._pointers

        def region(
            r: list[int], f: list[bool], budget: int, u: list[int], *_views: object, _keeper: object = keeper
        ) -> int:
            words[layout.REGISTERS : layout.FLAGS] = array("I", r)
            words[layout.FLAGS : layout.LAST_STORE] = array("I", f)
            left = function(*pointers, budget)
            r[:] = words[layout.REGISTERS : layout.FLAGS].tolist()
            f[:] = [flag != 0 for flag in words[layout.FLAGS : layout.LAST_STORE].tolist()]
            extra = words[layout.EXTRA_CYCLES] | words[layout.EXTRA_CYCLES + 1] << 32
            if extra:
                u[EXTRA_CYCLES] += extra
                words[layout.EXTRA_CYCLES] = words[layout.EXTRA_CYCLES + 1] = 0
            if words[layout.LAST_STORE_SIZE]:
                u[LAST_STORE] = words[layout.LAST_STORE]
                u[LAST_STORE_SIZE] = words[layout.LAST_STORE_SIZE]
            return ~left if words[layout.IS_COLD] else left

        return region

    def _counted(self, function: Callable[..., int], start: int, counters: Counters) -> Callable[..., int]:
        """The function with its counters in place."""
        profile, machine, wide = counters.profile, self._machine, self._wide
        by_start = self._translations.by_start
        live = {at: known for at, known in self._counters.items() if at in by_start and by_start[at].is_native}
        live[start] = counters
        self._counters = live
        profile.add_region(counters, live.values())
        address, calls = counters.address, profile.calls.address

        def region(r: list[int], f: list[bool], budget: int, *rest: Any) -> int:
            wide[layout.COUNTERS >> 1] = address
            wide[layout.CALLS >> 1] = calls
            wide[layout.CLOCK >> 1] = machine.cycles + budget
            return function(r, f, budget, *rest)

        return region


def _counting(region: Region, profile: Profile | None) -> tuple[Uncounted | None, Counters | None]:
    if profile is None:
        return None, None
    from emu.isa.engines.native.census import Census, Counters
    from emu.isa.engines.native.counting import Counting

    census = Census(region)
    return Counting(census), Counters(census, profile)
