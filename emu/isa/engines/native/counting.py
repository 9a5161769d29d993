"""Counters in native code: the emitter says where it is, and the counting is written there.

Theory of operation. What is counted where follows from the region alone (`census`). The hottest counters are
variables, added to memory when the region is left; the others are words of memory. The shadow call stack
(`emu.isa.analysis.calls`) is the one that the interpreter uses, and comes out exactly as if it had.
"""

from __future__ import annotations

from emu.isa.analysis import calls
from emu.isa.bits import MASK32
from emu.isa.engines.native import layout
from emu.isa.engines.native.census import EXTRA, INSTRUCTIONS, is_interpreted
from emu.isa.engines.native.text import signed
from emu.isa.engines.native.uncounted import Uncounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.census import Census, Key
    from emu.isa.engines.native.regions import Block
    from emu.isa.engines.native.text import Text

_MOST_VARIABLES, _MOST_SUMS = 8, 4
"""Counters, and sums of functions' cycles, that are kept in variables. More of them would take registers from the
guest's own.
"""

_IS_CALLED = """define internal preserve_mostcc i1 @returns_to(ptr %calls, ptr %top, i32 %target) noinline nounwind {
entry:
  %bottom = getelementptr i64, ptr %calls, i64 BOTTOM
  br label %search
search:
  %above = phi ptr [ %top, %entry ], [ %at, %look ]
  %at = getelementptr i64, ptr %above, i64 -1
  %more = icmp ugt ptr %at, %bottom
  br i1 %more, label %look, label %none
look:
  %call = load i64, ptr %at
  %address = trunc i64 %call to i32
  %same = icmp eq i32 %address, %target
  br i1 %same, label %found, label %search
found:
  ret i1 true
none:
  ret i1 false
}
""".replace("BOTTOM", str(calls.BOTTOM))


class Counting(Uncounted):
    """Writes the counters of one region."""

    counts = True

    def __init__(self, census: Census) -> None:
        self._census = census
        self._variables = {key: f"%k{census.places[key]}" for key in census.hot[:_MOST_VARIABLES]}
        self._sums = {function: f"%f{number}" for number, function in enumerate(census.hot_functions[:_MOST_SUMS])}
        self._nexts: set[int] = set()
        """Blocks that a computed branch right before them may lead to."""

    def attach(self, text: Text) -> None:
        self._emit = text.emit
        self._line = text.line
        self._label = text.label
        self._begin = text.begin

    def is_interpreted(self, lifted: Lifted) -> bool:
        return is_interpreted(lifted)

    def helpers(self) -> str:
        return (_IS_CALLED if self._census.has_jumps else "") + "!0 = !{}\n"

    def begin(self, state: Callable[[int], str]) -> None:
        self._state = state
        self._nexts.clear()
        self._line(f"%k = load ptr, ptr {state(layout.COUNTERS)}")
        for name in (*self._variables.values(), *self._sums.values()):
            self._line(f"{name} = alloca i64")
            self._line(f"store i64 0, ptr {name}")
        self._add("enter", self._census.start)
        if self._census.region.contexts:
            self._line("%context = alloca i32")
            self._line("store i32 0, ptr %context")
        if self._census.follows_calls:
            self._line(f"%calls = load ptr, ptr {state(layout.CALLS)}")
            self._line("%top = alloca ptr")
            self._line(f"store ptr {self._emit(f'load ptr, ptr {state(layout.CALLS_TOP)}')}, ptr %top")
            self._line(f"%clock = load i64, ptr {state(layout.EXTRA_CYCLES)}")
            place = self._emit(f"getelementptr i64, ptr %calls, i64 {calls.TOTALS}")
            self._line(f"%totals = load ptr, ptr {place}")

    def end(self) -> None:
        census = self._census
        if census.region.contexts:
            done = self._label("outside")
            labels = [self._label("context") for _ in census.region.contexts]
            cases = " ".join(f"i32 {number}, label %{label}" for number, label in enumerate(labels, 1))
            self._line(f"switch i32 {self._emit('load i32, ptr %context')}, label %{done} [ {cases} ]")
            for number, label in enumerate(labels, 1):
                self._begin(label)
                for call in census.region.calls(number):
                    self._push(call.return_address, 0)
                self._line(f"br label %{done}")
            self._begin(done)
        if census.has_total:
            self._add_to(INSTRUCTIONS, self._emit(f"sub i64 %budget, {self._emit('load i64, ptr %rem')}"))
        if census.has_total_cycles:
            self._add_to(EXTRA, self._emit("load i64, ptr %extra"))
        for key, name in self._variables.items():
            self._add_to(self._census.places[key], self._emit(f"load i64, ptr {name}"))
        if self._census.follows_calls:
            self._line(f"store ptr {self._emit('load ptr, ptr %top')}, ptr {self._state(layout.CALLS_TOP)}")
        for function, name in self._sums.items():
            self._add_to(census.totals[function], self._emit(f"load i64, ptr {name}"))

    def _add_to(self, word: int, amount: str) -> None:
        self._increase(self._emit(f"getelementptr i64, ptr %k, i64 {word}"), amount)

    def _increase(self, place: str, amount: str) -> None:
        total = self._emit(f"add i64 {self._emit(f'load i64, ptr {place}')}, {amount}")
        self._line(f"store i64 {total}, ptr {place}")

    def _add(self, what: str, block: int, index: int = 0, *, amount: str = "1") -> None:
        key: Key = (what, block, index)
        if key in self._variables:
            self._increase(self._variables[key], amount)
        elif key in self._census.places:
            self._add_to(self._census.places[key], amount)

    def passed(self, what: str, block: int) -> None:
        self._add(what, block)

    def left_before(self, block: int, index: int) -> None:
        self._add("before", block, index)

    def left_after(self, block: int, index: int, target: str | None, lifted: Lifted) -> None:
        self._add("after", block, index)
        if target is not None:
            is_jump = self._emit(f"icmp ne i32 {target}, {signed((lifted.address + 4) & MASK32)}")
            self._line(f"store i32 {self._emit(f'zext i1 {is_jump} to i32')}, ptr {self._state(layout.UNWINDS)}")

    def condition(self, block: int, index: int, bit: str) -> None:
        key: Key = ("condition", block, index)
        if key in self._census.places:
            self._add(*key, amount=self._emit(f"zext i1 {bit} to i64"))

    def cycles(self, block: int, index: int, amount: str) -> None:
        self._add("cycles", block, index, amount=amount)

    # -- calls and returns ----------------------------------------------------------------------------------------

    def _now(self, spent: int = 0) -> str:
        """The cycle counter, after `spent` instructions that have not been taken from the budget yet."""
        past = self._emit(f"sub i64 %clock, {self._emit('load i64, ptr %rem')}")
        if spent:
            past = self._emit(f"add i64 {past}, {spent}")
        return self._emit(f"add i64 {past}, {self._emit('load i64, ptr %extra')}")

    def _add_cycles(self, function: int, amount: str) -> None:
        """To what all calls of a function have taken."""
        if function in self._sums:
            self._increase(self._sums[function], amount)
        else:
            self._add_to(self._census.totals[function], amount)

    def _entry(self, return_address: int) -> str:
        """The entry for a call."""
        place = self._emit(f"getelementptr i64, ptr %k, i64 {self._census.entries[return_address]}")
        return self._emit(f"load i64, ptr {place}, !invariant.load !0")

    def called(self, block: Block) -> None:
        push, done = self._label("push"), self._label("pushed")
        self._line(f"br i1 {self._has_room(0)}, label %{push}, label %{done}")
        self._begin(push)
        self._push(block.follow, block.count)
        self._line(f"br label %{done}")
        self._begin(done)

    def room(self, block: Block) -> str:
        return self._has_room(len(self._census.region.calls(block.context)))

    def _has_room(self, calls_more: int) -> str:
        """Whether one call can be pushed, and so many before."""
        top = self._emit("load ptr, ptr %top")
        if calls_more:
            top = self._emit(f"getelementptr i64, ptr {top}, i64 {calls_more}")
        place = self._emit(f"getelementptr i64, ptr %calls, i64 {calls.LIMIT}")
        limit = self._emit(f"load ptr, ptr {place}, !invariant.load !0")
        return self._emit(f"icmp ult ptr {top}, {limit}")

    def _push(self, return_address: int, spent: int) -> None:
        top = self._emit("load ptr, ptr %top")
        entry = self._entry(return_address)
        self._line(f"store i64 {entry}, ptr {top}")
        self._line(f"store ptr {self._emit(f'getelementptr i64, ptr {top}, i64 1')}, ptr %top")
        function = self._census.called[return_address]
        self._add_cycles(function, self._emit(f"sub i64 0, {self._now(spent)}"))

    def left_context(self, context: int, executed: int) -> None:
        for call in self._census.region.calls(context):
            self._push(call.return_address, executed)

    def left_within(self, context: int) -> None:
        if self._census.region.contexts:
            self._line(f"store i32 {context}, ptr %context")

    def arrival(self, block: Block, target: int) -> str:
        if target != block.follow:
            return f"arrive{target}"
        self._nexts.add(target)
        return f"next{target}"

    def arrivals(self) -> None:
        for start in sorted(self._census.computed):
            self._begin(f"arrive{start}")
            if start not in self._census.unexpected:
                done = f"next{start}" if start in self._nexts else self._label("popped")
                self._returned(str(signed(start)), done, start)
            elif start in self._nexts:
                self._line(f"br label %next{start}")
            # Going on to the next instruction is no jump, even if some call returns there.
            if start in self._nexts:
                self._begin(f"next{start}")
            self._add("arrive", start)
            self._line(f"br label %b{start}")
        for target in sorted(self._nexts - self._census.computed):
            self._begin(f"next{target}")
            self._add("gone", 0)
            self._line("br label %leave")
        self._begin("gone")
        self._returned(self._emit("load i32, ptr %pc"), self._label("popped"))
        self._add("gone", 0)
        self._line("br label %leave")

    def _returned(self, target: str, done: str, address: int | None = None) -> None:
        """A branch has led to `target`, which is `address`, if that is known: the latest call ends here, or perhaps
        others do, or most likely none.
        """
        top = self._emit("load ptr, ptr %top")
        latest = self._emit(f"getelementptr i64, ptr {top}, i64 -1")
        entry = self._emit(f"load i64, ptr {latest}")
        function = None if address is None else self._census.called.get(address)
        if address is not None and function is not None:
            ends = self._emit(f"icmp eq i64 {entry}, {self._entry(address)}")
        else:
            ends = self._emit(f"icmp eq i32 {self._emit(f'trunc i64 {entry} to i32')}, {target}")
        pop, other = self._label("pop"), self._label("other")
        self._line(f"br i1 {ends}, label %{pop}, label %{other}")
        self._begin(pop)
        self._line(f"store ptr {latest}, ptr %top")
        if function is not None:
            self._add_cycles(function, self._now())
        else:
            total = self._emit(f"getelementptr i8, ptr %totals, i64 {self._emit(f'lshr i64 {entry}, 32')}")
            self._increase(total, self._now())
        self._line(f"br label %{done}")
        self._begin(other)
        search, several = self._label("search"), self._label("several")
        returns = self._emit(f"load ptr, ptr {self._emit(f'getelementptr i64, ptr %calls, i64 {calls.RETURNS}')}")
        number = self._emit(f"and i32 {self._emit(f'lshr i32 {target}, 2')}, {calls.CLASSES - 1}")
        place = self._emit(f"getelementptr i8, ptr {returns}, i32 {number}")
        none = self._emit(f"icmp eq i8 {self._emit(f'load i8, ptr {place}')}, 0")
        self._line(f"br i1 {none}, label %{done}, label %{search}")
        self._begin(search)
        found = self._emit(f"call preserve_mostcc i1 @returns_to(ptr %calls, ptr {top}, i32 {target})")
        self._line(f"br i1 {found}, label %{several}, label %{done}")
        self._begin(several)
        self._line(f"store i32 1, ptr {self._state(layout.UNWINDS)}")
        self._add("gone", 0)
        self._line("br label %leave")
        if not done.startswith("next"):
            self._begin(done)
