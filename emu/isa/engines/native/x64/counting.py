"""What quick code counts for a profile.

Theory of operation. What is counted, and what that means, follows from the region alone (`native.census`). The
counters are slots behind the code: a processor of today adds to memory in a loop without waiting for it, and whatever
is kept in registers makes entering and leaving a region take longer. The shadow call stack (`emu.isa.analysis.calls`)
comes out as the interpreter would leave it, with one exception: a jump that ends several calls is left to whoever has
called.

The top of that stack is in a host register. The cycles of the function that is called most are summed up in registers,
and without the clock, which is the same at all calls and returns: how many there were of both is known at the end from
where the top is then. Where a jump leads out of the region, any function may end there.
"""

from __future__ import annotations

from emu.isa.analysis import calls
from emu.isa.bits import MASK32
from emu.isa.engines.native import layout
from emu.isa.engines.native.census import EXTRA, INSTRUCTIONS, is_interpreted
from emu.isa.engines.native.inlining import is_counted_call
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, R9, RAX, RCX, RDI, RDX, REGISTER, STATE
from emu.isa.engines.native.x64.uncounted import CYCLES, TERM, TOP, Uncounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.analysis.calls import ShadowStack
    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.census import Census
    from emu.isa.engines.native.regions import Block
    from emu.isa.engines.native.x64.encoding import Code

_SUM, _CLOCK, _TOTAL = range(2, 5)
"""Vector registers: one for use within an instruction; what the budget is taken from to know the cycles; the sum of
cycles of one function, as far as that is not in `Counting.spare`. Those before are everybody's (`uncounted`).
"""


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
        self._function = census.hot_functions[0] if census.hot_functions else None
        """The one that is called most."""
        self.needs_top = bool(census.called) or not census.unexpected >= census.computed
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
        if self.needs_top:
            code.load_wide(RCX, 4 * layout.CALLS)
            code.load_memory_wide(TOP, RCX, 8 * calls.TOP)
        if self._function is not None:
            code.load_wide(RCX, 4 * layout.CLOCK)
            if not self._census.has_cycles:
                code.arithmetic(x.ADD, RCX, (STATE, 4 * layout.EXTRA_CYCLES), wide=True)
            code.move_to_vector_wide(_CLOCK, RCX)
            code.clear_vector(_TOTAL)
            if self.spare is not None:
                code.move(self.spare, (CONSTANT, 0))

    def end(self) -> None:
        code = self._code
        code.subtract_from_slot(self._first + INSTRUCTIONS, R9)
        if self._census.has_cycles:
            code.load_wide(RCX, 4 * layout.EXTRA_CYCLES)
            code.add_to_slot(self._first + EXTRA, RCX)
        if self.needs_top:
            code.load_wide(RCX, 4 * layout.CALLS)
            if self._function is not None:
                code.load_memory_wide(RDX, RCX, 8 * calls.TOP)
            code.store_memory_wide(RCX, 8 * calls.TOP, TOP)
        if self._function is not None:
            code.arithmetic(x.SUB, RDX, (REGISTER, TOP), wide=True)
            code.shift_wide(x.SAR, RDX, 3)
            code.move_from_vector_wide(RAX, _CLOCK)
            code.multiply(RDX, (REGISTER, RAX), wide=True)
            code.move_from_vector_wide(RAX, _TOTAL)
            code.arithmetic(x.ADD, RDX, (REGISTER, RAX), wide=True)
            if self.spare is not None:
                code.arithmetic(x.ADD, RDX, (REGISTER, self.spare), wide=True)
            code.load_memory_wide(RCX, RCX, 8 * calls.TOTALS)
            code.add_to(RCX, self._stack.place(self._function), RDX)

    def passed(self, what: str, block: int, index: int = 0) -> None:
        key = what, block, index
        if key in self._census.places:
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
        code, slot = self._code, self._slot(key)
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

    def _add_time(self, operation: int) -> None:
        """Adds the budget less further cycles to the sum of cycles, or subtracts it."""
        code = self._code
        add, subtract = code.add_vectors, code.subtract_vectors
        if operation == x.SUB:
            add, subtract = subtract, add
        if self.spare is not None:
            code.arithmetic(operation, self.spare, (REGISTER, R9), wide=True)
        else:
            code.move_to_vector_wide(_SUM, R9)
            add(_TOTAL, _SUM)
        if self._census.has_cycles:
            subtract(_TOTAL, CYCLES)

    def is_call(self, lifted: Lifted) -> bool:
        return is_counted_call(lifted)

    def called(self, lifted: Lifted) -> None:
        full = self._code.new_label()
        self._compare_room(0)
        self._code.jump_if(x.NOT_BELOW, full)
        return_address = (lifted.address + 4) & MASK32
        self._push(return_address, self._census.called[return_address])
        self._code.label(full)

    def look_for_room(self, block: Block, full: str) -> None:
        self._compare_room(len(self._census.region.calls(block.context)))
        self._code.jump_if(x.NOT_BELOW, full)

    def _compare_room(self, calls_more: int) -> None:
        """Whether one call can be pushed, and so many before, as `below`."""
        code, top = self._code, TOP
        if calls_more:
            top = RAX
            code.load_effective(RAX, TOP, 8 * calls_more, wide=True)
        code.arithmetic(x.CMP, top, (STATE, 4 * layout.CALLS_LIMIT), wide=True)

    def leave_context(self, context: int) -> None:
        for call in self._census.region.calls(context):
            self._push(call.return_address, call.function)

    def _push(self, return_address: int, function: int) -> None:
        code, place = self._code, self._stack.place(function)
        code.constant_wide(RAX, calls.entry(return_address, place))
        code.store_memory_wide(TOP, 0, RAX)
        code.load_effective(TOP, TOP, 8, wide=True)
        if function == self._function:
            self._add_time(x.ADD)
            return
        code.load_wide(RCX, 4 * layout.CALLS)
        code.load_memory_wide(RCX, RCX, 8 * calls.TOTALS)
        self._now(RDX)
        code.subtract_from(RCX, place, RDX)
        if self._function is not None:
            code.add_vectors(_TOTAL, _CLOCK)

    def notices(self, target: int) -> bool:
        return target not in self._census.unexpected or ("arrive", target, 0) in self._census.places

    def jumped(self, target: int) -> None:
        if target in self._census.unexpected:
            return
        code = self._code
        function = self._census.called.get(target)
        other, done = code.new_label(), code.new_label()
        if function is not None and function == self._function:
            code.constant_wide(RCX, calls.entry(target, self._stack.place(function)))
            code.arithmetic_memory(x.CMP, RCX, TOP, -8)
            code.jump_if(x.NOT_EQUAL, other)
            code.load_effective(TOP, TOP, -8, wide=True)
            self._add_time(x.SUB)
        else:
            self._pop(other)
        code.label(done)
        self._later.append(lambda: self._look_closer(other, done, "gone"))

    def _pop(self, other: str) -> None:
        """Ends the latest call if it returns to the address in EAX; else goes on elsewhere."""
        code = self._code
        code.compare_memory_word(RAX, TOP, -8)
        code.jump_if(x.NOT_EQUAL, other)
        code.load_effective(TOP, TOP, -8, wide=True)
        code.move_word(RDX, TOP, 4)
        code.load_wide(RCX, 4 * layout.CALLS)
        code.arithmetic_memory(x.ADD, RDX, RCX, 8 * calls.TOTALS)
        self._now(RCX)
        code.add_to(RDX, 0, RCX)
        if self._function is not None:
            code.subtract_vectors(_TOTAL, _CLOCK)

    def _look_closer(self, other: str, none: str, several: str) -> None:
        """Where to go on if the latest call does not end at the address in EAX: if no others do, or perhaps some."""
        code = self._code
        self._searches = True
        code.label(other)
        code.call("search")
        code.jump_if(x.NOT_EQUAL, none)
        code.store(4 * layout.UNWINDS, (CONSTANT, 1))
        code.jump(several)

    def departed(self) -> None:
        code, other, done = self._code, self._code.new_label(), self._code.new_label()
        if self.needs_top:
            self._pop(other)
            code.jump("gone")
            self._look_closer(other, "gone", "gone")
            return
        code.store_memory_wide(RDI, 4 * layout.TEMPORARIES, TOP)
        code.load_wide(RCX, 4 * layout.CALLS)
        code.load_memory_wide(TOP, RCX, 8 * calls.TOP)
        self._pop(other)
        code.load_wide(RCX, 4 * layout.CALLS)
        code.store_memory_wide(RCX, 8 * calls.TOP, TOP)
        code.label(done)
        code.load_memory_wide(TOP, RDI, 4 * layout.TEMPORARIES)
        code.jump("gone")
        self._look_closer(other, done, done)

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
