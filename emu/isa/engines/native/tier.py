"""Puts native functions in place of the ones written in Python.

Theory of operation. Where there is a quick code generator for the computer (`x64`), a hot region gets quick code at
once, which is entered and left through a chain. Where most time goes in quick code, the region from there is *better*:
its code is looked up in the cache, or compiled fully by LLVM in the background, while the quick code runs on.

On other computers LLVM compiles from the beginning: with a background, as well as can be done while the machine waits,
and fully in the background as soon as that code has shown that it is worth it; without one, fully at once.

Code in the cache is found by what it is made of (`Written.key`), which takes neither compiling nor writing assembly.

What comes out of the background may be late: the guest may have changed its code meanwhile, or a breakpoint may have
been set. So before it is installed, the words that it was made from are compared with what memory says now.
"""

from __future__ import annotations

import ctypes
from functools import partial

from emu.isa.engines.counters import EXTRA_CYCLES, LAST_STORE, LAST_STORE_SIZE
from emu.isa.engines.native import has_compiler, layout
from emu.isa.engines.native.code import FULL, GOOD, NAME, QUICK, STAGES
from emu.isa.engines.native.improving import BETTER_SIZE, JOINED_SIZE, Improving
from emu.isa.engines.native.objects import Unloadable, load
from emu.isa.engines.native.regions import choose_region
from emu.isa.engines.native.spans import ExpectedSpans
from emu.isa.engines.translations import Translation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from emu.isa.engines.native.census import Counters
    from emu.isa.engines.native.regions import Path
    from emu.isa.engines.native.written import Written
    from emu.isa.engines.native.x64.chain import Chain
    from emu.isa.engines.native.x64.quick import QuickRegion, QuickRegions
    from emu.isa.engines.translations import Translations
    from emu.isa.machine import Machine

LARGE = 100
"""Instructions in a region for which even good code takes longer than anybody should wait."""

WORTH_IT_QUICK, WORTH_IT_GOOD = 3_000_000, 100_000_000
"""Instructions in LLVM's quick and good code before it is compiled fully."""

NATIVE_TURN, TURNS = 1 << 25, {"quick": 1 << 21, "good": 1 << 24}
"""Instructions that one native call executes at most, without a quick code generator: a request to pause waits no
longer than that; fewer while better code is on its way."""

_GOOD_MARK = "; good\n"
"""Makes another key for the cache."""

_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64)


class NativeTier:
    """Compiles regions of one machine. The shared state array and the addresses of its memory live here.

    Raises ImportError without LLVM, unless it can do without.
    """

    def __init__(self, machine: Machine, translations: Translations) -> None:
        self._quick = _quick_regions()
        self._is_prepared = False
        self._is_compiler_known: bool | None = None
        if self._quick is None and not self._has_compiler:
            raise ImportError("llvmlite")
        self._machine = machine
        self._translations = translations
        translations.dropped = self._dropped
        self._state = (ctypes.c_uint32 * layout.WORDS)()
        self._words = memoryview(self._state).cast("B").cast("I")
        memory = machine.memory
        # The buffers must stay where they are: exporting them also keeps them from being resized.
        self._kept = [
            (ctypes.c_char * len(buffer)).from_buffer(buffer)
            for buffer in (memory.bytes, memory.load_guard, memory.store_guard, translations.map_code())
        ]
        self._pointers = (ctypes.addressof(self._state), *(ctypes.addressof(kept) for kept in self._kept))
        for index, pointer in ((layout.LOAD_GUARD, self._pointers[2]), (layout.CODE_MAP, self._pointers[4])):
            self._words[index], self._words[index + 1] = pointer & 0xFFFFFFFF, pointer >> 32
        self._wide = memoryview(self._state).cast("B").cast("Q")
        self._counters: dict[int, Counters] = {}
        """Of present translations, by their identities."""
        self._failed: set[int] = set()
        self._written: dict[int, Written] = {}
        self._improvable: dict[int, tuple[Written, int]] = {}
        self._quick_code: dict[int, QuickRegion] = {}
        """By the identity of the translation."""
        self._improving = None if self._quick is None else Improving(self._quick)
        self._ran: dict[int, int] = {}
        """Instructions by the start of a region, as far as the chain does not count them."""
        self.longest = 0
        """Native code may come back of its own accord when less than this budget is left."""
        self.finished: list[tuple[Written, str, bytes | RuntimeError]] = []

    @property
    def _has_compiler(self) -> bool:
        if self._is_compiler_known is None:
            self._is_compiler_known = has_compiler()
        return self._is_compiler_known

    @property
    def is_quick(self) -> bool:
        """Whether native code is there at once."""
        return self._quick is not None

    # -- from a starting address to a native function -------------------------------------------------------------

    def promote(self, start: int, most: int, *, only_cached: bool = False) -> int:
        """Makes the region from `start` native, of at most `most` instructions; with `only_cached`, if that takes no
        compiling. The answer is how many instructions are native now, or will be when the background is done; 0 if
        nothing came of it.
        """
        if start in self._failed:
            return 0
        if self._quick is not None:
            return self._write_quick(start, most, self._quick, self._quick.chain.known)
        self._prepare()
        machine = self._machine
        cache, background = machine.code_cache, machine.background
        if (
            not self._has_compiler
            or (cache is None and only_cached)
            or (background is not None and background.is_busy and not background.waits)
        ):
            return 0
        written = self._write(start, most)
        if written is None:
            self._failed.add(start)
            return 0
        if self._install_cached(written):
            return len(written.addresses)
        if only_cached or (background is not None and background.is_busy):
            return 0
        level, worth = self._first_level(written)
        if background is not None:
            self._improvable[start] = written, worth
            if not background.waits:
                background.submit(partial(self._compile_for_later, level, written), is_urgent=True)
                return len(written.addresses)
        self._install(written, self._compiled(level, written), STAGES[level])
        return len(written.addresses)

    def _write_quick(
        self, start: int, most: int, regions: QuickRegions, known: Collection[int], path: Path | None = None
    ) -> int:
        machine = self._machine
        memory = machine.memory
        region = choose_region(start, memory, machine.breakpoints, most, known, path)
        if region is None:
            self._failed.add(start)
            return 0
        if machine.profile is not None:
            from emu.isa.engines.native.inlining import FOR_QUICK_CODE, with_calls_inlined

            region = with_calls_inlined(region, FOR_QUICK_CODE)
        spans = ExpectedSpans(memory, machine.registers)
        guard = machine.stack_guard
        quick = regions.write(region, memory, spans, profile=machine.profile, stack_guard=guard, path=path)
        longest = max(block.longest for block in region.blocks.values())
        self.longest = max(self.longest, longest)
        addresses = tuple(region.addresses())
        translation = Translation(
            start,
            addresses,
            self._profiled(self._callable(regions.chain.run, None, regions.chain)),
            longest,
            True,
            True,
            "quick",
            longest,
            tuple(entry for entry in quick.entries if entry != start),
        )
        self._translations.add(translation)
        self._quick_code[id(translation)] = quick
        self._count(translation, quick.counters)
        regions.add(quick)
        if machine.observer is not None:
            machine.observer.installed(start, "quick", len(addresses), machine.instructions)
        return len(addresses)

    def _prepare(self) -> None:
        """Before the cache or the background are first looked for."""
        if not self._is_prepared:
            self._is_prepared = True
            if self._machine.prepare_native is not None:
                self._machine.prepare_native()

    def _install_cached(self, written: Written) -> bool:
        cache = self._machine.code_cache
        if cache is None:
            return False
        code = cache.load(written.key)
        if code is not None:
            self._install(written, code, "cached")
            return True
        if self._machine.background is None or self.is_quick:
            return False
        code = cache.load(_GOOD_MARK + written.key)
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
        from emu.isa.engines.native.emitter import Emitter

        machine, stage = self._machine, STAGES[level]
        observer, cache = machine.observer, machine.code_cache
        if observer is not None:
            observer.compiling(written.start, stage)
        counting, guard = None, written.stack_guard
        if written.counted is not None:
            from emu.isa.engines.native.counting import Counting

            counting = Counting(written.counted.census)
        emitter = Emitter(written.region, machine.memory, written.spans, counting=counting, stack_guard=guard)
        code = compiler(level).object_code(emitter.write())
        if observer is not None:
            observer.compiled(written.start, stage)
        if cache is not None and level != QUICK:
            cache.store(written.key if level == FULL else _GOOD_MARK + written.key, code)
        return code

    def _compile_for_later(self, level: int, written: Written) -> None:
        """In the background."""
        try:
            self.finished.append((written, STAGES[level], self._compiled(level, written)))
        except RuntimeError as error:  # raised again where the machine runs
            self.finished.append((written, STAGES[level], error))

    def _write(self, start: int, most: int, path: Path | None = None) -> Written | None:
        from emu.isa.engines.native.written import Counted, Written

        machine = self._machine
        known = self._written.get(start)
        if known is not None and (known.most, known.path) == (most, path) and self._is_current(known):
            return known
        memory = machine.memory
        region = choose_region(start, memory, machine.breakpoints, most, (), path)
        if region is None:
            return None
        addresses = tuple(region.addresses())
        words = tuple(memory.words[address >> 2] for address in addresses)
        spans = ExpectedSpans(memory, machine.registers)
        guard, changes = machine.stack_guard, memory.load_guard_changes
        counted = None
        if machine.profile is not None:
            counted = Counted(region, machine.profile, is_guarded=bool(guard))
        parts = (start, addresses, words, sorted(region.computed), spans.all, memory.size, memory.wraps)
        key = repr((*parts, guard, None if counted is None else counted.key))
        written = Written(start, region, spans, key, addresses, words, changes, most, path, guard, counted)
        self._written[start] = written
        return written

    def _is_current(self, written: Written) -> bool:
        machine = self._machine
        memory, words = machine.memory, machine.memory.words
        return (
            memory.load_guard_changes == written.guards
            and machine.stack_guard == written.stack_guard
            and machine.profile is (None if written.counted is None else written.counted.profile)
            and (written.counted is None or written.counted.is_current)
            and all(words[address >> 2] == word for address, word in zip(written.addresses, written.words, strict=True))
            and machine.breakpoints.isdisjoint(written.addresses)
        )

    # -- better code for what is worth it -------------------------------------------------------------------------

    def turn(self, stage: str) -> int:
        """How many instructions to execute natively before coming back: soon while better code may be at hand, and
        never so many that a request to pause has to wait.
        """
        if self._improving is None:
            return TURNS.get(stage, NATIVE_TURN)
        background = self._machine.background
        return self._improving.turn(stage, background is not None and background.is_busy)

    def executed(self, start: int, count: int) -> None:
        """Native code that was entered at `start` has executed so many instructions."""
        if self._quick is not None and self._improving is not None:
            if self._improving.is_due(count):
                self._improving.look(self._machine.makes_native)
                self._improve(self._improving)
            return
        self._ran[start] = self._ran.get(start, 0) + count
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

    @property
    def window(self) -> int:
        """How many instructions should be interpreted next (`watched`)."""
        return 0 if self._improving is None else self._improving.window

    def watched(self, addresses: Iterable[int]) -> None:
        """These have been interpreted."""
        if self._quick is None or self._improving is None:
            return
        path = self._improving.watched(addresses)
        if path is not None and self._machine.makes_native:
            self._write_quick(path.entries[0], JOINED_SIZE, self._quick, (), path)

    def usage(self) -> dict[int, int]:
        """How many instructions native code has executed, by the address at which it was entered."""
        usage = dict(self._ran)
        if self._quick is not None:
            for address, executed in self._quick.chain.totals().items():
                usage[address] = usage.get(address, 0) + executed
        return {address: executed for address, executed in usage.items() if executed}

    def _improve(self, improving: Improving) -> None:
        """Looks where most of the time goes, and for better code for that."""
        for start in improving.not_better():
            self._translations.forget_start(start, but="quick")
        hot = improving.hot()
        if hot is None:
            return
        start, quick = hot
        self._prepare()
        background = self._machine.background
        may_compile = (
            self._has_compiler
            and (background is None or not background.is_busy)
            and improving.may_compile(start, background is not None)
        )
        # Once soon, and again before compiling: the path may be another one by then.
        if not improving.may_ask(start) and not may_compile:
            return
        written = self._write(start, BETTER_SIZE, quick.path)
        if written is None or self._install_cached(written) or not may_compile:
            return
        if background is None:
            self._install(written, self._compiled(FULL, written), "full")
        else:
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
        quick, region = self._quick, written.region
        counters = None if written.counted is None else written.counted.counters()
        counted_at = 0 if counters is None else counters.address
        if quick is not None:
            function = self._callable(quick.chain.run, keeper, quick.chain)
        else:
            function = self._callable(_SIGNATURE(address), keeper)
        function = self._profiled(function, counted_at)
        longest = max(block.longest for block in region.blocks.values())
        length = longest if self.is_quick else region.blocks[written.start].longest
        self.longest = max(self.longest, longest)
        translation = Translation(written.start, written.addresses, function, length, True, True, stage, longest)
        self._translations.add(translation)
        self._count(translation, counters)
        if quick is not None:
            quick.supersede(written.start, address, counted_at)
        machine = self._machine
        if machine.observer is not None:
            machine.observer.installed(written.start, stage, len(written.addresses), machine.instructions)

    def _dropped(self, translation: Translation) -> None:
        self._counters.pop(id(translation), None)
        if self._quick is None:
            return
        quick = self._quick_code.pop(id(translation), None)
        if quick is None:
            self._quick.restore(translation.start)
            return
        self._quick.remove(quick)
        if self._improving is not None:
            self._improving.dropped(quick.entries)

    def _callable(self, function: Callable[..., int], keeper: object, chain: Chain | None = None) -> Callable[..., int]:
        """The native function with the signature of the ones written in Python; `keeper` keeps its code alive."""
        state, words, pointers = self._state, self._words, self._pointers
        put, get = layout.REGISTERS_AND_FLAGS.pack_into, layout.REGISTERS_AND_FLAGS.unpack_from

        def region(
            r: list[int], f: list[bool], budget: int, u: list[int], *_views: object, _keeper: object = keeper
        ) -> int:
            if chain is not None:
                chain.refresh(r[15])
            put(state, 0, *r, *f)
            words[layout.LAST_STORE_SIZE] = words[layout.IS_COLD] = 0
            left = function(*pointers, budget)
            values = get(state)
            r[:], f[:] = values[:16], values[16:]
            extra = words[layout.EXTRA_CYCLES] | words[layout.EXTRA_CYCLES + 1] << 32
            if extra:
                u[EXTRA_CYCLES] += extra
                words[layout.EXTRA_CYCLES] = words[layout.EXTRA_CYCLES + 1] = 0
            if words[layout.LAST_STORE_SIZE]:
                u[LAST_STORE] = words[layout.LAST_STORE]
                u[LAST_STORE_SIZE] = words[layout.LAST_STORE_SIZE]
            return ~left if words[layout.IS_COLD] else left

        return region

    def _count(self, translation: Translation, counters: Counters | None) -> None:
        """A translation that is in use now has counters."""
        if counters is not None:
            self._counters[id(translation)] = counters
            counters.profile.add_region(counters, self._counters.values())
            counters.rely()

    def _profiled(self, function: Callable[..., int], counters: int = 0) -> Callable[..., int]:
        """The function with all that is needed for counting in place, if anything is counted."""
        machine, profile = self._machine, self._machine.profile
        if profile is None:
            return function
        words, wide, calls = self._words, self._wide, profile.calls

        def region(r: list[int], f: list[bool], budget: int, u: list[int], *rest: Any) -> int:
            wide[layout.COUNTERS >> 1] = counters
            wide[layout.CALLS >> 1], wide[layout.CALLS_LIMIT >> 1] = calls.address, calls.limit
            wide[layout.CALLS_TOP >> 1] = calls.top
            wide[layout.EXTRA_CYCLES >> 1] = clock = machine.cycles + budget
            left = function(r, f, budget, u, *rest)
            u[EXTRA_CYCLES] -= clock
            calls.top = wide[layout.CALLS_TOP >> 1]
            if words[layout.UNWINDS]:
                words[layout.UNWINDS] = 0
                calls.unwind(r[15], clock - max(left, ~left) + u[EXTRA_CYCLES])
            return left

        return region


def _quick_regions() -> QuickRegions | None:
    from emu.isa.engines.native.x64.quick import QuickRegions

    try:
        return QuickRegions()
    except Unloadable:
        return None
