"""Puts native functions in place of the ones written in Python."""

from __future__ import annotations

import ctypes
from array import array

from emu.isa.engines.counters import EXTRA_CYCLES, LAST_STORE, LAST_STORE_SIZE
from emu.isa.engines.native import layout
from emu.isa.engines.native.compiler import NAME, compiler
from emu.isa.engines.native.emitter import Emitter
from emu.isa.engines.native.regions import choose_region
from emu.isa.engines.translations import Translation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.native.compiler import NativeFunction
    from emu.isa.engines.translations import Translations
    from emu.isa.machine import Machine


class NativeTier:
    """Compiles regions of one machine. The shared state array and the addresses of its memory live here."""

    def __init__(self, machine: Machine, translations: Translations) -> None:
        self._machine = machine
        self._translations = translations
        self._state = (ctypes.c_uint32 * layout.WORDS)()
        self._words = memoryview(self._state).cast("B").cast("I")
        memory = machine.memory
        # The buffers must stay where they are: exporting them also keeps them from being resized.
        self._kept = [
            (ctypes.c_char * len(buffer)).from_buffer(buffer)
            for buffer in (memory.bytes, memory.load_guard, memory.store_guard, translations.map_code())
        ]
        self._pointers = (ctypes.addressof(self._state), *(ctypes.addressof(kept) for kept in self._kept))
        self._failed: set[int] = set()

    def promote(self, start: int) -> bool:
        """Makes the region from `start` native, if it can be."""
        machine = self._machine
        if start in self._failed:
            return False
        region = choose_region(start, machine.memory, machine.breakpoints)
        if region is None:
            self._failed.add(start)
            return False
        text = Emitter(region, machine.memory.size, NAME).write()
        function, keeper = compiler().compile(text, machine.code_cache)
        self._translations.add(
            Translation(
                start,
                tuple(region.addresses()),
                self._callable(function, keeper),
                region.blocks[start].longest,
                True,
                True,
            )
        )
        return True

    def _callable(self, function: NativeFunction, keeper: object) -> Callable[..., int]:
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
