"""What quick code counts for a profile.

Theory of operation. What is counted, and what that means, follows from the region alone (`native.census`). The
counters are slots behind the code: a processor of today adds to memory in a loop without waiting for it, and whatever
is kept in registers makes entering and leaving a region take longer. The shadow call stack (`emu.isa.analysis.calls`)
comes out as the interpreter would leave it, with one exception: a jump that ends several calls is left to whoever has
called.

The top of that stack is in a host register, unless the guest's registers need them all more. The cycles of calls are
added up in slots as well, as far as it is known what is called. Where a jump leads out of the region, any function may
end there.
"""

from __future__ import annotations

from emu.isa.analysis import calls
from emu.isa.bits import MASK32
from emu.isa.engines.native import layout
from emu.isa.engines.native.census import EXTRA, INSTRUCTIONS, is_interpreted
from emu.isa.engines.native.inlining import is_counted_call
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, R9, RAX, RCX, RDI, RDX, REGISTER, STATE, Code
from emu.isa.engines.native.x64.uncounted import CYCLES, TOP, Uncounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.analysis.calls import ShadowStack
    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.census import Census
    from emu.isa.engines.native.regions import Block


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
        self._places = census.places
        self._later = later
        self._top = RCX
        """The host register in which the top of the shadow call stack is while it is looked at."""
        self._has_called = self._unwinds = False

    def needs_top(self, is_free: bool) -> bool:
        follows_calls = bool(self._census.called) or not self._census.unexpected >= self._census.computed
        if follows_calls and (is_free or self._census.calls_are_hot):
            self._top = TOP
        return self._top == TOP

    # -- what flows ------------------------------------------------------------------------------------------------

    def entered(self, start: int) -> None:
        self.passed("enter", start)

    def begin(self) -> None:
        code = self._code
        if self._census.has_total:
            code.add_to_slot(self._first + INSTRUCTIONS, R9)
        if self._census.has_total_cycles:
            code.load_wide(RCX, 4 * layout.EXTRA_CYCLES)
            code.subtract_from_slot(self._first + EXTRA, RCX)
        if self._top == TOP:
            code.load_wide(TOP, 4 * layout.CALLS_TOP)

    def end(self) -> None:
        code = self._code
        if self._census.has_total:
            code.subtract_from_slot(self._first + INSTRUCTIONS, R9)
        if self._census.has_total_cycles:
            code.load_wide(RCX, 4 * layout.EXTRA_CYCLES)
            code.add_to_slot(self._first + EXTRA, RCX)
        if self._top == TOP:
            code.store_memory_wide(RDI, 4 * layout.CALLS_TOP, TOP)

    def passed(self, what: str, block: int, index: int = 0) -> None:
        place = self._places.get((what, block, index))
        if place is not None:
            self._code.increment_slot(self._first + place)

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
        place = self._places.get(("condition", block, index))
        if place is not None:
            self._code.set_register(holds, RAX)
            self._code.load_slot(RDX, self._first + place)
            self._code.load_sum(RAX, RAX, RDX, 0, wide=True)
            self._code.store_slot(self._first + place, RAX)

    def last_condition(self, block: int, index: int, holds: int) -> None:
        place = self._places.get(("condition", block, index))
        if place is not None:
            self._code.set_register(holds, RAX)
            self._code.add_to_slot(self._first + place, RAX)

    def cycles(self, block: int, index: int) -> None:
        place = self._places.get(("cycles", block, index))
        if place is not None:
            self._code.add_to_slot(self._first + place, RAX)

    # -- calls and returns -----------------------------------------------------------------------------------------

    def is_interpreted(self, lifted: Lifted) -> bool:
        return is_interpreted(lifted)

    def _now(self, to: int) -> None:
        """The cycle counter, when what has been executed is taken from the budget. Flags change."""
        if self._census.has_cycles:
            self._code.move_from_vector_wide(to, CYCLES)
        else:
            self._code.load_wide(to, 4 * layout.EXTRA_CYCLES)
        self._code.arithmetic(x.SUB, to, (REGISTER, R9), wide=True)

    def is_call(self, lifted: Lifted) -> bool:
        return is_counted_call(lifted)

    def called(self, lifted: Lifted) -> None:
        code, full = self._code, self._code.new_label()
        self._compare_room(0)
        code.jump_if(x.NOT_BELOW, full)
        return_address = (lifted.address + 4) & MASK32
        self._push(return_address, self._census.called[return_address])
        code.label(full)

    def look_for_room(self, block: Block, full: str) -> None:
        self._compare_room(len(self._census.region.calls(block.context)))
        self._code.jump_if(x.NOT_BELOW, full)

    def _compare_room(self, calls_more: int) -> None:
        """Whether one call can be pushed, and so many before, as `below`."""
        code, top = self._code, self._load_top()
        if calls_more:
            code.load_effective(RAX, top, 8 * calls_more, wide=True)
            top = RAX
        code.arithmetic(x.CMP, top, (STATE, 4 * layout.CALLS_LIMIT), wide=True)

    def _load_top(self) -> int:
        """The host register in which the top of the shadow call stack is now."""
        if self._top != TOP:
            self._code.load_wide(self._top, 4 * layout.CALLS_TOP)
        return self._top

    def _move_top(self, bytes_up: int) -> None:
        self._code.load_effective(self._top, self._top, bytes_up, wide=True)
        if self._top != TOP:
            self._code.store_memory_wide(RDI, 4 * layout.CALLS_TOP, self._top)

    def leave_context(self, context: int) -> None:
        if context:
            for call in self._census.region.calls(context):
                self._push(call.return_address, call.function)

    def _push(self, return_address: int, function: int) -> None:
        code = self._code
        code.constant_wide(RAX, calls.entry(return_address, self._stack.place(function)))
        code.store_memory_wide(self._load_top(), 0, RAX)
        self._move_top(8)
        self._now(RDX)
        code.subtract_from_slot(self._first + self._census.totals[function], RDX)

    def _call(self, subroutine: str) -> None:
        """Of what expects the top in TOP. The host's flags are the answer."""
        code = self._code
        if self._top != TOP:
            code.store_memory_wide(RDI, 4 * layout.TEMPORARIES, TOP)
            code.load_wide(TOP, 4 * layout.CALLS_TOP)
        code.call(subroutine)
        if self._top != TOP:
            code.store_memory_wide(RDI, 4 * layout.CALLS_TOP, TOP)
            code.load_memory_wide(TOP, RDI, 4 * layout.TEMPORARIES)
        self._has_called = True

    def notices(self, target: int) -> bool:
        return target not in self._census.unexpected or ("arrive", target, 0) in self._census.places

    def jumped(self, target: int) -> None:
        if target in self._census.unexpected:
            return
        code = self._code
        function = self._census.called.get(target)
        if function is None:
            self._call("pop")
            code.jump_if(x.EQUAL, self._several())
            return
        other, done = code.new_label(), code.new_label()
        code.constant_wide(RDX, calls.entry(target, self._stack.place(function)))
        code.arithmetic_memory(x.CMP, RDX, self._load_top(), -8)
        code.jump_if(x.NOT_EQUAL, other)
        self._move_top(-8)
        self._now(RDX)
        code.add_to_slot(self._first + self._census.totals[function], RDX)
        code.label(done)

        def look_closer() -> None:
            code.label(other)
            self._call("search")
            code.jump_if(x.NOT_EQUAL, done)
            code.jump(self._several())

        self._later.append(look_closer)

    def _several(self) -> str:
        """Where to go on if only the caller can tell which calls have ended."""
        self._unwinds = True
        return "several"

    def departed(self) -> None:
        self._call("pop")
        self._code.jump_if(x.EQUAL, self._several())
        self._code.jump("gone")

    def left_after(self, lifted: Lifted) -> None:
        code, next_one = self._code, self._code.new_label()
        code.move(RAX, (STATE, 4 * 15))
        code.arithmetic(x.CMP, RAX, (CONSTANT, (lifted.address + 4) & MASK32))
        code.jump_if(x.EQUAL, next_one)
        code.store(4 * layout.UNWINDS, (CONSTANT, 1))
        code.label(next_one)

    def subroutines(self) -> None:
        code = self._code
        if self._unwinds:
            code.label("several")
            code.store(4 * layout.UNWINDS, (CONSTANT, 1))
            code.jump("gone")
        if self._has_called:
            has_cycles = self._census.has_cycles
            if has_cycles not in _subroutines:
                _subroutines[has_cycles] = _written(has_cycles)
            code.append(*_subroutines[has_cycles])


_LABELS = "pop", "search"
_subroutines: dict[bool, tuple[bytes, dict[str, int]]] = {}
"""What regions share, written once: the code, and where in it the labels are, for those with multiplications and those
without.
"""


def _written(has_cycles: bool) -> tuple[bytes, dict[str, int]]:
    """The subroutines. They use EAX, ECX and EDX."""
    code = Code()

    # Ends the latest call if it returns to the address in EAX. If others end there, that is said as equality.
    code.label("pop")
    code.compare_memory_word(RAX, TOP, -8)
    code.jump_if(x.NOT_EQUAL, "search")
    code.load_effective(TOP, TOP, -8, wide=True)
    code.move_word(RDX, TOP, 4)
    code.load_wide(RCX, 4 * layout.CALLS)
    code.arithmetic_memory(x.ADD, RDX, RCX, 8 * calls.TOTALS)
    if has_cycles:
        code.move_from_vector_wide(RCX, CYCLES)
    else:
        code.load_wide(RCX, 4 * layout.EXTRA_CYCLES)
    code.arithmetic(x.SUB, RCX, (REGISTER, R9), wide=True)
    code.add_to(RDX, 0, RCX)
    code.arithmetic(x.CMP, TOP, (CONSTANT, 0), wide=True)
    code.ret()

    # Says as equality whether any call returns to the address in EAX.
    code.label("search")
    code.load_wide(RCX, 4 * layout.CALLS)
    code.load_memory_wide(RCX, RCX, 8 * calls.RETURNS)
    code.move(RDX, (REGISTER, RAX))
    code.shift(x.SHR, RDX, 2)
    code.arithmetic(x.AND, RDX, (CONSTANT, calls.CLASSES - 1))
    code.compare_byte(RCX, RDX, 1)
    code.jump_if(x.NOT_EQUAL, "end")
    code.load_wide(RCX, 4 * layout.CALLS)
    code.load_effective(RCX, RCX, 8 * calls.BOTTOM, wide=True)
    code.move_wide(RDX, TOP)
    code.label("next")
    code.load_effective(RDX, RDX, -8, wide=True)
    code.arithmetic(x.CMP, RDX, (REGISTER, RCX), wide=True)
    code.jump_if(x.NOT_ABOVE, "none")
    code.compare_memory_word(RAX, RDX, 0)
    code.jump_if(x.NOT_EQUAL, "next")
    code.ret()
    code.label("none")
    code.arithmetic(x.CMP, RDX, (CONSTANT, 0), wide=True)
    code.label("end")
    code.ret()
    return code.finish(0), {label: code.place(label) for label in _LABELS}
