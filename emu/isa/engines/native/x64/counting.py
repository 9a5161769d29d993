"""What quick code counts for a profile.

Theory of operation. What is counted, and what that means, follows from the region alone (`native.census`). The
counters are slots behind the code; those of what is in loops are vector registers as long as the region is being
executed, because a loop would wait for a sum in memory. The shadow call stack (`emu.isa.analysis.calls`) comes out as
the interpreter would leave it, with one exception: a jump that ends several calls is left to whoever has called.

The top of that stack is in a host register, and for functions that are called in loops the cycles are summed up in
vector registers. Where a jump leads out of the region, any function may end there.
"""

from __future__ import annotations

from emu.isa.analysis import calls
from emu.isa.bits import MASK32
from emu.isa.engines.native import layout
from emu.isa.engines.native.census import EXTRA, INSTRUCTIONS, is_counted_call, is_interpreted
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, R9, RAX, RCX, RDX, REGISTER, STATE
from emu.isa.engines.native.x64.uncounted import CYCLES, TERM, TOP, Uncounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.analysis.calls import ShadowStack
    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.census import Census
    from emu.isa.engines.native.x64.encoding import Code

_ONE, _SUM, _CLOCK = range(2, 5)
"""Vector registers: the number 1; one for use within an instruction; what the budget is taken from to know the cycles.
Those before are everybody's (`uncounted`).
"""
_FUNCTIONS, _VARIABLES = range(5, 8), range(8, 16)
"""Vector registers that are sums of cycles, and counters."""


class Counting(Uncounted):
    """Writes the counting of one region. `first` is the number of the first slot that is free for it."""

    counts = True

    def __init__(
        self, code: Code, census: Census, stack: ShadowStack, first: int, later: list[Callable[[], None]]
    ) -> None:
        self._code = code
        self._census = census
        self._stack = stack
        self._first = first
        self._later = later
        self._variables = dict(zip(census.hot, _VARIABLES, strict=False))
        self._functions = dict(zip(census.hot_functions, _FUNCTIONS, strict=False))
        self.needs_top = census.follows_calls
        self._searches = False

    def _slot(self, key: tuple[str, int, int]) -> int:
        return self._first + self._census.places[key]

    # -- what flows ------------------------------------------------------------------------------------------------

    def entered(self, start: int) -> None:
        key = "enter", start, 0
        if key in self._census.places:
            self._code.increment_slot(self._slot(key))

    def begin(self) -> None:
        code = self._code
        code.add_to_slot(self._first + INSTRUCTIONS, R9)
        if self._census.has_cycles:
            code.load_wide(RCX, 4 * layout.EXTRA_CYCLES)
            code.subtract_from_slot(self._first + EXTRA, RCX)
        if self._variables:
            code.move(RCX, (CONSTANT, 1))
            code.move_to_vector(_ONE, RCX)
        for key, vector in self._variables.items():
            code.load_vector_slot(vector, self._slot(key))
        if self.needs_top:
            code.load_wide(RCX, 4 * layout.CALLS)
            code.load_memory_wide(TOP, RCX, 8 * calls.TOP)
        if self._functions:
            code.load_wide(RCX, 4 * layout.CLOCK)
            if not self._census.has_cycles:
                code.arithmetic(x.ADD, RCX, (STATE, 4 * layout.EXTRA_CYCLES), wide=True)
            code.move_to_vector_wide(_CLOCK, RCX)
        for vector in self._functions.values():
            code.clear_vector(vector)

    def end(self) -> None:
        code = self._code
        code.subtract_from_slot(self._first + INSTRUCTIONS, R9)
        if self._census.has_cycles:
            code.load_wide(RCX, 4 * layout.EXTRA_CYCLES)
            code.add_to_slot(self._first + EXTRA, RCX)
        for key, vector in self._variables.items():
            code.store_vector_slot(self._slot(key), vector)
        if self.needs_top:
            code.load_wide(RCX, 4 * layout.CALLS)
            code.store_memory_wide(RCX, 8 * calls.TOP, TOP)
        if self._functions:
            code.load_memory_wide(RCX, RCX, 8 * calls.TOTALS)
        for function, vector in self._functions.items():
            code.move_from_vector_wide(RDX, vector)
            code.add_to(RCX, self._stack.place(function), RDX)

    def passed(self, what: str, block: int, index: int = 0) -> None:
        key = what, block, index
        if key in self._variables:
            self._code.add_vectors(self._variables[key], _ONE)
        elif key in self._census.places:
            self._code.increment_slot(self._slot(key))

    def way(self, what: str, block: int, target: str) -> str:
        if (what, block, 0) not in self._census.places:
            return target
        label = self._code.new_label()

        def write() -> None:
            self._code.label(label)
            self.passed(what, block)
            self._code.jump(target)

        self._later.append(write)
        return label

    # -- what is counted as data -----------------------------------------------------------------------------------

    def condition(self, block: int, index: int, holds: int) -> None:
        key = "condition", block, index
        if key in self._census.places:
            self._code.set_register(holds, RAX)
            self._code.move_to_vector(TERM, RAX)
            self._add_term(key)

    def cycles(self, block: int, index: int) -> None:
        key = "cycles", block, index
        if key in self._census.places:
            self._add_term(key)

    def _add_term(self, key: tuple[str, int, int]) -> None:
        code = self._code
        if key in self._variables:
            code.add_vectors(self._variables[key], TERM)
            return
        slot = self._slot(key)
        code.load_vector_slot(_SUM, slot)
        code.add_vectors(_SUM, TERM)
        code.store_vector_slot(slot, _SUM)

    # -- calls and returns -----------------------------------------------------------------------------------------

    def is_interpreted(self, lifted: Lifted) -> bool:
        return is_interpreted(lifted)

    def _now(self, to: int) -> None:
        """The cycle counter, when what has been executed is taken from the budget. Flags change."""
        code = self._code
        if self._census.has_cycles:
            code.store_vector(4 * layout.EXTRA_CYCLES, CYCLES)
        code.load_wide(to, 4 * layout.CLOCK)
        code.arithmetic(x.SUB, to, (REGISTER, R9), wide=True)
        code.arithmetic(x.ADD, to, (STATE, 4 * layout.EXTRA_CYCLES), wide=True)

    def _now_as_vector(self) -> None:
        """The same in a vector register: _SUM."""
        code = self._code
        code.move_to_vector_wide(TERM, R9)
        code.move_vector(_SUM, _CLOCK)
        if self._census.has_cycles:
            code.add_vectors(_SUM, CYCLES)
        code.subtract_vectors(_SUM, TERM)

    def called(self, lifted: Lifted) -> None:
        if not is_counted_call(lifted):
            return
        code, full = self._code, self._code.new_label()
        return_address = (lifted.address + 4) & MASK32
        function = self._census.called[return_address]
        place = self._stack.place(function)
        code.load_wide(RCX, 4 * layout.CALLS)
        code.arithmetic_memory(x.CMP, TOP, RCX, 8 * calls.LIMIT)
        code.jump_if(x.NOT_BELOW, full)
        code.constant_wide(RAX, calls.entry(return_address, place))
        code.store_memory_wide(TOP, 0, RAX)
        code.load_effective(TOP, TOP, 8, wide=True)
        if function in self._functions:
            self._now_as_vector()
            code.subtract_vectors(self._functions[function], _SUM)
        else:
            code.load_memory_wide(RCX, RCX, 8 * calls.TOTALS)
            self._now(RDX)
            code.subtract_from(RCX, place, RDX)
        code.label(full)

    def notices(self, target: int) -> bool:
        return target not in self._census.unexpected or ("arrive", target, 0) in self._census.places

    def jumped(self, target: int | None = None) -> None:
        code = self._code
        function = None if target is None else self._census.called.get(target)
        if target in self._census.unexpected:
            return
        other, done = code.new_label(), code.new_label()
        if target is not None and function in self._functions:
            code.constant_wide(RCX, calls.entry(target, self._stack.place(function)))
            code.arithmetic_memory(x.CMP, RCX, TOP, -8)
            code.jump_if(x.NOT_EQUAL, other)
            code.load_effective(TOP, TOP, -8, wide=True)
            self._now_as_vector()
            code.add_vectors(self._functions[function], _SUM)
        else:
            code.compare_memory_word(RAX, TOP, -8)
            code.jump_if(x.NOT_EQUAL, other)
            code.load_effective(TOP, TOP, -8, wide=True)
            code.move_word(RDX, TOP, 4)
            code.load_wide(RCX, 4 * layout.CALLS)
            code.arithmetic_memory(x.ADD, RDX, RCX, 8 * calls.TOTALS)
            self._now(RCX)
            code.add_to(RDX, 0, RCX)
        code.label(done)
        self._searches = True

        def look_closer() -> None:
            code.label(other)
            code.call("search")
            code.jump_if(x.NOT_EQUAL, done)
            code.store(4 * layout.UNWINDS, (CONSTANT, 1))
            code.jump("gone")

        self._later.append(look_closer)

    def left_after(self, lifted: Lifted) -> None:
        code, next_one = self._code, self._code.new_label()
        code.move(RAX, (STATE, 4 * 15))
        code.arithmetic(x.CMP, RAX, (CONSTANT, (lifted.address + 4) & MASK32))
        code.jump_if(x.EQUAL, next_one)
        code.store(4 * layout.UNWINDS, (CONSTANT, 1))
        code.label(next_one)

    def subroutines(self) -> None:
        """Search: whether any call returns to the address in EAX, as equality."""
        if not self._searches:
            return
        code = self._code
        code.label("search")
        code.load_wide(RCX, 4 * layout.CALLS)
        code.load_memory_wide(RCX, RCX, 8 * calls.RETURNS)
        code.move(RDX, (REGISTER, RAX))
        code.shift(x.SHR, RDX, 2)
        code.arithmetic(x.AND, RDX, (CONSTANT, calls.CLASSES - 1))
        code.compare_byte(RCX, RDX, 1)
        code.jump_if(x.NOT_EQUAL, "search.end")
        code.load_wide(RCX, 4 * layout.CALLS)
        code.load_effective(RCX, RCX, 8 * calls.BOTTOM, wide=True)
        code.move_wide(RDX, TOP)
        code.label("search.next")
        code.load_effective(RDX, RDX, -8, wide=True)
        code.arithmetic(x.CMP, RDX, (REGISTER, RCX), wide=True)
        code.jump_if(x.NOT_ABOVE, "search.none")
        code.compare_memory_word(RAX, RDX, 0)
        code.jump_if(x.NOT_EQUAL, "search.next")
        code.ret()
        code.label("search.none")
        code.arithmetic(x.CMP, RDX, (CONSTANT, 0), wide=True)
        code.label("search.end")
        code.ret()
