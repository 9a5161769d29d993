"""Counters in native code: the emitter says where it is, and the counting is written there.

Theory of operation. What is counted where follows from the region alone (`census`). The hottest counters are
variables, added to memory when the region is left; the others are words of memory. The shadow call stack
(`emu.isa.analysis.calls`) is the one that the interpreter uses, and comes out exactly as if it had.
"""

from __future__ import annotations

from emu.isa.analysis import calls
from emu.isa.bits import MASK32
from emu.isa.engines.native import layout
from emu.isa.engines.native.census import EXTRA, INSTRUCTIONS, is_counted_call, is_interpreted, is_jump
from emu.isa.engines.native.uncounted import Uncounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.census import Census, Key
    from emu.isa.engines.native.text import Text

_UNWIND = """define internal ptr @unwind(ptr %calls, ptr %top, i64 %target, i64 %clock) noinline nounwind {
entry:
  %bottom = getelementptr i64, ptr %calls, i64 BOTTOM
  br label %search
search:
  %above = phi ptr [ %top, %entry ], [ %at, %look ]
  %at = getelementptr i64, ptr %above, i64 -3
  %more = icmp ugt ptr %at, %bottom
  br i1 %more, label %look, label %none
look:
  %address = load i64, ptr %at
  %same = icmp eq i64 %address, %target
  br i1 %same, label %pop, label %search
pop:
  %end = phi ptr [ %top, %look ], [ %entry.at, %pop ]
  %entry.at = getelementptr i64, ptr %end, i64 -3
  %place = getelementptr i64, ptr %end, i64 -2
  %sum = load ptr, ptr %place
  %start.at = getelementptr i64, ptr %end, i64 -1
  %start = load i64, ptr %start.at
  %cycles = sub i64 %clock, %start
  %old = load i64, ptr %sum
  %new = add i64 %old, %cycles
  store i64 %new, ptr %sum
  %again = icmp ugt ptr %entry.at, %at
  br i1 %again, label %pop, label %found
found:
  ret ptr %at
none:
  ret ptr %top
}
""".replace("BOTTOM", str(calls.BOTTOM))


class Counting(Uncounted):
    """Writes the counters of one region."""

    counts = True

    def __init__(self, census: Census) -> None:
        self._census = census

    def attach(self, text: Text) -> None:
        self._emit = text.emit
        self._line = text.line
        self._label = text.label
        self._begin = text.begin

    def is_interpreted(self, lifted: Lifted) -> bool:
        return is_interpreted(lifted)

    def helpers(self) -> str:
        return _UNWIND if self._census.has_jumps else ""

    def begin(self, state: Callable[[int], str]) -> None:
        self._line(f"%k = load ptr, ptr {state(layout.COUNTERS)}")
        for name in self._census.variables.values():
            self._line(f"{name} = alloca i64")
            self._line(f"store i64 0, ptr {name}")
        self._add("enter", self._census.start)
        if self._census.follows_calls:
            self._line(f"%calls = load ptr, ptr {state(layout.CALLS)}")
            self._line("%top = alloca ptr")
            self._line(f"store ptr {self._emit('load ptr, ptr %calls')}, ptr %top")
            clock, extra = (self._emit(f"load i64, ptr {state(at)}") for at in (layout.CLOCK, layout.EXTRA_CYCLES))
            self._line(f"%clock = add i64 {clock}, {extra}")

    def end(self) -> None:
        self._add_to(INSTRUCTIONS, self._emit(f"sub i64 %budget, {self._emit('load i64, ptr %rem')}"))
        if self._census.has_cycles:
            self._add_to(EXTRA, self._emit("load i64, ptr %extra"))
        for key, name in self._census.variables.items():
            self._add_to(self._census.places[key], self._emit(f"load i64, ptr {name}"))
        if self._census.follows_calls:
            self._line(f"store ptr {self._emit('load ptr, ptr %top')}, ptr %calls")

    def _place(self, word: int) -> str:
        return self._emit(f"getelementptr i64, ptr %k, i64 {word}")

    def _add_to(self, word: int, amount: str) -> None:
        self._increase(self._place(word), amount)

    def _increase(self, place: str, amount: str) -> None:
        total = self._emit(f"add i64 {self._emit(f'load i64, ptr {place}')}, {amount}")
        self._line(f"store i64 {total}, ptr {place}")

    def _add(self, what: str, block: int, index: int = 0, *, amount: str = "1") -> None:
        key: Key = (what, block, index)
        if key in self._census.variables:
            self._increase(self._census.variables[key], amount)
        elif key in self._census.places:
            self._add_to(self._census.places[key], amount)

    def passed(self, what: str, block: int) -> None:
        self._add(what, block)

    def left_before(self, block: int, index: int) -> None:
        self._add("before", block, index)

    def left_after(self, block: int, index: int) -> None:
        self._add("after", block, index)

    def condition(self, block: int, index: int, bit: str) -> None:
        key: Key = ("condition", block, index)
        if key in self._census.places:
            self._add(*key, amount=self._emit(f"zext i1 {bit} to i64"))

    def cycles(self, block: int, index: int, amount: str) -> None:
        self._add("cycles", block, index, amount=amount)

    # -- calls and returns ----------------------------------------------------------------------------------------

    def jumped(self, index: int, lifted: Lifted, target: str) -> None:
        if is_counted_call(lifted):
            self._called(index, lifted)
        elif is_jump(lifted):
            self._returned(index, lifted, target)

    def _now(self, index: int) -> str:
        """The cycle counter after the `index`th instruction of the block."""
        spent = self._emit(f"sub i64 %clock, {self._emit('load i64, ptr %rem')}")
        more = self._emit("load i64, ptr %extra")
        return self._emit(f"add i64 {self._emit(f'add i64 {spent}, {more}')}, {index + 1}")

    def _called(self, index: int, lifted: Lifted) -> None:
        assert lifted.target is not None and lifted.target.number is not None
        top = self._emit("load ptr, ptr %top")
        limit = self._emit(f"load ptr, ptr {self._emit(f'getelementptr i64, ptr %calls, i64 {calls.LIMIT}')}")
        room = self._emit(f"icmp ult ptr {top}, {limit}")
        push, done = self._label("push"), self._label("pushed")
        self._line(f"br i1 {room}, label %{push}, label %{done}")
        self._begin(push)
        function = self._census.first_function + self._census.functions.index(lifted.target.number)
        entry = (
            ("i64", str((lifted.address + 4) & MASK32)),
            ("ptr", self._emit(f"load ptr, ptr {self._place(function)}")),
            ("i64", self._now(index)),
        )
        for position, (kind, value) in enumerate(entry):
            self._line(f"store {kind} {value}, ptr {self._emit(f'getelementptr i64, ptr {top}, i64 {position}')}")
        self._line(f"store ptr {self._emit(f'getelementptr i64, ptr {top}, i64 {calls.ENTRY}')}, ptr %top")
        self._line(f"br label %{done}")
        self._begin(done)

    def _returned(self, index: int, lifted: Lifted, target: str) -> None:
        """The latest call ends here, or perhaps others do, or none."""
        assert lifted.target is not None
        following = (lifted.address + 4) & MASK32
        if lifted.target.number == following:
            return
        wide = self._emit(f"zext i32 {target} to i64")
        top = self._emit("load ptr, ptr %top")
        entry, sum_at, start_at = (
            self._emit(f"getelementptr i64, ptr {top}, i64 {offset - calls.ENTRY}") for offset in range(calls.ENTRY)
        )
        latest = self._emit(f"icmp eq i64 {self._emit(f'load i64, ptr {entry}')}, {wide}")
        ends, other, search, pop, done = map(self._label, ("ends", "other", "search", "pop", "popped"))
        self._line(f"br i1 {latest}, label %{ends}, label %{other}")
        self._begin(ends)
        # Going on to the next instruction is no jump, even if some call returns there.
        is_next = self._emit(f"icmp eq i64 {wide}, {following}")
        self._line(f"br i1 {is_next}, label %{done}, label %{pop}")
        self._begin(pop)
        place = self._emit(f"load ptr, ptr {sum_at}")
        spent = self._emit(f"sub i64 {self._now(index)}, {self._emit(f'load i64, ptr {start_at}')}")
        self._increase(place, spent)
        self._line(f"store ptr {entry}, ptr %top")
        self._line(f"br label %{done}")
        self._begin(other)
        returns = self._emit(f"load ptr, ptr {self._emit(f'getelementptr i64, ptr %calls, i64 {calls.RETURNS}')}")
        number = self._emit(f"and i64 {self._emit(f'lshr i64 {wide}, 2')}, {calls.CLASSES - 1}")
        known = self._emit(f"load i8, ptr {self._emit(f'getelementptr i8, ptr {returns}, i64 {number}')}")
        unknown = self._emit(f"icmp eq i8 {known}, 0")
        none = self._emit(f"or i1 {unknown}, {self._emit(f'icmp eq i64 {wide}, {following}')}")
        self._line(f"br i1 {none}, label %{done}, label %{search}")
        self._begin(search)
        found = self._emit(f"call ptr @unwind(ptr %calls, ptr {top}, i64 {wide}, i64 {self._now(index)})")
        self._line(f"store ptr {found}, ptr %top")
        self._line(f"br label %{done}")
        self._begin(done)
