"""Loads and stores in native code.

Theory of operation. A memory access tests alignment, the size of the buffer and the guard of its granule, and goes on
if all is well. Loads first look whether the address lies in the span of readable memory where such accesses were seen
to go; that takes the place of the other tests, and whoever changes the guards of loads has to drop all native code.
Otherwise the region ends *before* the instruction, with a note that it must be interpreted. Nothing has been assigned
by then, because semantics access memory before they set anything.
"""

from __future__ import annotations

from emu.isa.engines.native.text import signed
from emu.isa.memory import CODE, GRANULE_SHIFT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted, Step
    from emu.isa.engines.native.operations import Operations
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.engines.native.text import Text
    from emu.isa.memory import Memory

_TYPES = {1: "i8", 2: "i16", 4: "i32"}


class Accesses:
    """Writes the memory accesses of one region.

    `cold_unless` leaves the region before an instruction, the `index`th of its block, unless a bit is set.
    """

    def __init__(
        self, text: Text, memory: Memory, spans: ExpectedSpans, cold_unless: Callable[[str, int, Lifted], None]
    ) -> None:
        self._emit = text.emit
        self._line = text.line
        self._label = text.label
        self._begin = text.begin
        self._likely = text.likely
        self._cold_unless = cold_unless
        self._memory_size = memory.size
        self._lowest = memory.regions[0].start if memory.regions else 0
        self._spans = spans

    def step(self, index: int, position: int, lifted: Lifted, step: Step, operations: Operations) -> None:
        """A step of the `index`th instruction of a block, the `position`th of it."""
        if step.kind == "address":
            self._address(index, lifted, step, operations)
            return
        address = operations.word(step.address)
        size, units = step.size, len(step.values)
        if step.kind == "load":
            self._check_load(index, lifted, step, address)
        else:
            self._check(index, lifted, step, address)
        wide = self._emit(f"zext i32 {address} to i64")
        place = self._emit(f"getelementptr i8, ptr %m, i64 {wide}")
        for unit in range(units):
            at = self._emit(f"getelementptr i8, ptr {place}, i64 {4 * unit}") if unit else place
            if step.kind == "load":
                operations.define_loaded(step.values[unit].args[0], unit, self._load(at, step))
            else:
                self._store(at, size, operations.word(step.values[unit]))
        if step.kind == "store":
            last = self._emit(f"add i32 {address}, {4 * units - 4}") if units > 1 else address
            self._line(f"store i32 {last}, ptr %last")
            self._line(f"store i32 {size}, ptr %size")

    def _check_load(self, index: int, lifted: Lifted, step: Step, address: str) -> None:
        """Goes on if all that is loaded lies in the expected span, or else if a closer look finds nothing wrong."""
        size = step.size
        span = self._spans.expected(step)
        if span is None:
            self._check(index, lifted, step, address)
            return
        start, last = span
        known = step.address.number
        if known is not None and known & (size - 1) == 0 and start <= known <= last:
            return
        offset = self._emit(f"sub i32 {address}, {signed(start)}")
        fine = self._emit(f"icmp ule i32 {offset}, {signed(last - start)}")
        if size > 1:
            fine = self._and_aligned(fine, address, size)
        go, look = self._label("here"), self._label("elsewhere")
        self._line(f"br i1 {self._likely(fine)}, label %{go}, label %{look}")
        self._begin(look)
        self._check(index, lifted, step, address)
        self._line(f"br label %{go}")
        self._begin(go)

    def _check(self, index: int, lifted: Lifted, step: Step, address: str) -> None:
        size, units = step.size, len(step.values)
        fine = self._emit(
            f"icmp ult i32 {address}, {self._memory_size - 4 * units + 4 if units > 1 else self._memory_size}"
        )
        if size > 1:
            fine = self._and_aligned(fine, address, size)
        self._cold_unless(fine, index, lifted)
        self._guard(index, lifted, address, step.kind, units)
        if units > 1:
            self._guard(index, lifted, self._emit(f"add i32 {address}, {4 * units - 4}"), step.kind, units)

    def _and_aligned(self, fine: str, address: str, size: int) -> str:
        low = self._emit(f"and i32 {address}, {size - 1}")
        return self._emit(f"and i1 {fine}, {self._emit(f'icmp eq i32 {low}, 0')}")

    def _load(self, place: str, step: Step) -> str:
        kind = _TYPES[step.size]
        value = self._emit(f"load {kind}, ptr {place}, align {step.size}")
        if step.size == 4:
            return value
        return self._emit(f"{'sext' if step.is_signed else 'zext'} {kind} {value} to i32")

    def _store(self, place: str, size: int, value: str) -> None:
        kind = _TYPES[size]
        if size < 4:
            value = self._emit(f"trunc i32 {value} to {kind}")
        self._line(f"store {kind} {value}, ptr {place}, align {size}")

    def _guard(self, index: int, lifted: Lifted, address: str, kind: str, units: int) -> None:
        granule = self._emit(f"lshr i32 {address}, {GRANULE_SHIFT}")
        wide = self._emit(f"zext i32 {granule} to i64")
        table = "%lg" if kind == "load" else "%sg"
        guard = self._emit(f"load i8, ptr {self._emit(f'getelementptr i8, ptr {table}, i64 {wide}')}")
        free = self._emit(f"icmp eq i8 {guard}, 0")
        if kind == "load" or units > 1:
            self._cold_unless(free, index, lifted)
            return
        # Data may share a granule with code: what counts is whether this very word is translated.
        go, look = self._label("free"), self._label("look")
        self._line(f"br i1 {self._likely(free)}, label %{go}, label %{look}")
        self._begin(look)
        word = self._emit(f"zext i32 {self._emit(f'lshr i32 {address}, 2')} to i64")
        used = self._emit(f"load i8, ptr {self._emit(f'getelementptr i8, ptr %cm, i64 {word}')}")
        only_code = self._emit(f"icmp eq i8 {guard}, {CODE}")
        self._cold_unless(self._emit(f"and i1 {only_code}, {self._emit(f'icmp eq i8 {used}, 0')}"), index, lifted)
        self._line(f"br label %{go}")
        self._begin(go)

    def _address(self, index: int, lifted: Lifted, step: Step, operations: Operations) -> None:
        """The sum, and no going on if the true one does not fit 32 bits."""
        base, offset, subtract = step.address.args
        x, y = operations.word(base), operations.word(offset)
        total = self._emit(f"{'sub' if subtract else 'add'} i32 {x}, {y}")
        if offset.number is not None and offset.number <= ((1 << 32) - self._memory_size if subtract else self._lowest):
            # What wraps around lands where there is no memory; the access notices.
            operations.define(step.address, total)
            return
        fine = self._emit(f"icmp uge i32 {x}, {y}" if subtract else f"icmp uge i32 {total}, {x}")
        operations.define(step.address, total)
        # The access itself refuses what lies outside the buffer; a sum that wrapped to a small address must not pass.
        self._cold_unless(fine, index, lifted)
