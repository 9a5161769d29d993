"""Counting what a program executes, without counting instruction by instruction.

Theory of operation. Interpreted instructions are counted one at a time (`stepped`). Functions in Python only count how
often each stretch of a trace was entered, and native regions how often some of their edges were taken; which
instructions that means is known from the translation, and is added up when somebody asks (`counts`).

The cycles of each function, nested calls included, come from a shadow call stack (`calls`), which the interpreter and
native code share; functions in Python leave calls and returns to the interpreter while a profile is attached.

Counts are kept per address *and* word, so code that rewrites itself is counted under what it was at the time.
"""

from __future__ import annotations

from collections import Counter

from emu.isa.analysis.calls import ShadowStack
from emu.isa.conditions import ALWAYS
from emu.isa.instructions.decoder import decode
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Protocol

    from emu.isa.engines.source import Counted
    from emu.isa.engines.traces import Trace

    class RegionCounters(Protocol):
        """What a native region counts by itself."""

        def take(self) -> Iterable[tuple[int, int, int, int, int]]:
            """(address, word, reached, executed, extra cycles) for all instructions since the last time."""


_MOST_STEPS = 20_000
"""Interpreted instructions that are added up at a time."""


class Place(Record):
    """An instruction word at an address."""

    address: int
    word: int


class Count:
    """How often a place was reached, how often its condition held there, and the cycles beyond the first of each
    time.
    """

    __slots__ = ("executed", "extra_cycles", "reached")

    def __init__(self) -> None:
        self.reached = 0
        self.executed = 0
        self.extra_cycles = 0


class FunctionCost(Record):
    """Calls of one function, and the cycles from each call to its return, or until now if there was none."""

    calls: int
    cycles: int


class Profile:
    """What one machine has executed since the profile was attached or cleared."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, int], Count] = {}
        self.steps: list[tuple[int, int, bool, int]] = []
        """Interpreted instructions that are not in `_counts` yet: address, word, executed, further cycles. Whoever puts
        one there says so if it has `jumped`.
        """
        self.slots: list[int] = []
        """The counters of functions in Python."""
        self._meanings: list[tuple[str, int, list[tuple[int, int]]]] = []
        self._regions: list[RegionCounters] = []
        self._calls_of: dict[int, int] = {}
        self.calls = ShadowStack()

    def clear(self) -> None:
        """Forgets everything counted so far."""
        self._gather()
        self._counts.clear()
        self._calls_of.clear()
        self.calls.clear()

    def stepped(self, address: int, word: int, executed: bool, following: int, cycles: int, extra_cycles: int) -> None:
        """One interpreted instruction. `cycles` is the machine's counter after it, `following` the new PC."""
        self.steps.append((address, word, executed, extra_cycles))
        if executed and following != (address + 4) & 0xFFFFFFFF:
            self.jumped(address, word, following, cycles)

    def jumped(self, address: int, word: int, target: int, cycles: int) -> None:
        """An interpreted instruction has gone on elsewhere than behind it."""
        if len(self.steps) > _MOST_STEPS:
            self._gather_steps()
        if word & 0x0F000000 == 0x0A000000:  # most jumps are made by B, and neither begin nor end a call
            return
        if is_call(word):
            self._calls_of[target] = self._calls_of.get(target, 0) + 1
            self.calls.push((address + 4) & 0xFFFFFFFF, target, cycles)
        elif not is_direct_branch(word):
            self.calls.unwind(target, cycles)

    def add_counters(self, trace: Trace, counters: Sequence[Counted]) -> None:
        """Appends one slot per counter of a new translation to `slots`, and remembers what it stands for."""
        for counter in counters:
            steps = trace.steps[counter.start : counter.end]
            places = [(step.lifted.address, step.lifted.instruction.word) for step in steps]
            self._meanings.append((counter.what, counter.sign, places))
            self.slots.append(0)

    def add_region(self, counters: RegionCounters, live: Collection[RegionCounters]) -> None:
        """A native region counts from now on, unless it does already. Of the others, those in `live` still do."""
        if len(self._regions) > 2 * len(live) + 16:
            self._gather()
            self._regions = [region for region in self._regions if region in live]
        if counters not in self._regions:
            self._regions.append(counters)

    def counts(self) -> dict[Place, Count]:
        """Everything counted so far."""
        return {Place(address, word): count for (address, word), count in sorted(self.tallies())}

    def tallies(self) -> Collection[tuple[tuple[int, int], Count]]:
        """The same as ((address, word), count), in no particular order: sooner at hand."""
        self._gather()
        return self._counts.items()

    def _gather_steps(self) -> None:
        for (address, word, executed, extra_cycles), times in Counter(self.steps).items():
            count = self._counts.setdefault((address, word), Count())
            count.reached += times
            if executed:
                count.executed += times
                count.extra_cycles += extra_cycles * times
        self.steps.clear()

    def _gather(self) -> None:
        """Adds up what is not added up yet."""
        self._gather_steps()
        for slot, (what, sign, places) in enumerate(self._meanings):
            times = sign * self.slots[slot]
            self.slots[slot] = 0
            if times:
                for address, word in places:
                    self._add(address, word, what, times)
        for region in self._regions:
            for address, word, reached, executed, extra_cycles in region.take():
                count = self._counts.setdefault((address, word), Count())
                count.reached += reached
                count.executed += executed
                count.extra_cycles += extra_cycles
                if executed and is_call(word):
                    target = branch_target(address, word)
                    if target != (address + 4) & 0xFFFFFFFF:
                        self._calls_of[target] = self._calls_of.get(target, 0) + executed

    def functions(self, cycles: int) -> dict[int, FunctionCost]:
        """What was called, by address, when the machine's counter is at `cycles`."""
        self._gather()
        costs = self.calls.costs(cycles)
        return {address: FunctionCost(calls, costs.get(address, 0)) for address, calls in self._calls_of.items()}

    def _add(self, address: int, word: int, what: str, times: int) -> None:
        count = self._counts.setdefault((address, word), Count())
        if what == "cycles":
            count.extra_cycles += times
        elif what == "executed":
            count.executed += times
        else:
            count.reached += times
            if word >> 28 == ALWAYS:
                count.executed += times


def is_call(word: int) -> bool:
    """Whether the word is BL or BLX."""
    return word & 0x0F000000 == 0x0B000000 or word & 0x0FFFFFF0 == 0x012FFF30


def is_call_after(before: int, word: int) -> bool:
    """Whether the word is a call, given the one before it: BL, BLX, or a branch behind `MOV LR, PC`.

    The latter is how a processor without BLX calls the function that a register or a table points to.
    """
    if is_call(word):
        return True
    if before & 0x0FFFFFFF != 0x01A0E00F:
        return False
    is_load = word & 0x0C10F000 == 0x0410F000
    is_move = word & 0x0DE0F000 == 0x01A0F000
    return word & 0x0FFFFFF0 == 0x012FFF10 or is_load or is_move


def is_direct_branch(word: int) -> bool:
    """Whether the word is B or BL."""
    return word & 0x0E000000 == 0x0A000000


def branch_target(address: int, word: int) -> int:
    """Where the B or BL at `address` goes."""
    offset = word & 0x00FFFFFF
    return (address + 8 + (((offset ^ 0x800000) - 0x800000) << 2)) & 0xFFFFFFFF


def is_branch(word: int) -> bool:
    """Whether the word is B, BL, BX or BLX: what branch statistics count."""
    return is_direct_branch(word) or decode(word).form.title == "Branch to register"
