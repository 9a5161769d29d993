"""Counting what a program executes, without counting instruction by instruction.

Theory of operation. Interpreted instructions are counted one at a time (`stepped`). Translated code only counts how
often each stretch of a trace was entered; which instructions that means is known from the translation, and is added
up when somebody asks (`counts`). Calls and returns are always interpreted while a profile is attached, so a shadow
call stack gives the cycles of each function, nested calls included.

Counts are kept per address *and* word, so code that rewrites itself is counted under what it was at the time.
"""

from __future__ import annotations

from emu.isa.conditions import ALWAYS
from emu.isa.instructions.decoder import decode
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.engines.source import Counted
    from emu.isa.engines.traces import Trace

_MAX_DEPTH = 10_000


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


class FunctionCost:
    """Calls of one function, and the cycles from each call to its return."""

    __slots__ = ("calls", "cycles")

    def __init__(self) -> None:
        self.calls = 0
        self.cycles = 0


class _Call(Record):
    """An entry of the shadow call stack."""

    function: int
    return_address: int
    cycles: int


class Profile:
    """What one machine has executed since the profile was attached or cleared."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, int], Count] = {}
        self._slots: list[int] = []
        self._meanings: list[tuple[str, int, list[tuple[int, int]]]] = []
        self.functions: dict[int, FunctionCost] = {}
        self._calls: list[_Call] = []

    def clear(self) -> None:
        """Forgets everything counted so far."""
        self._counts.clear()
        self._slots[:] = [0] * len(self._slots)
        self.functions.clear()
        self._calls.clear()

    def stepped(self, address: int, word: int, executed: bool, following: int, cycles: int, extra_cycles: int) -> None:
        """One interpreted instruction. `cycles` is the machine's counter after it, `following` the new PC."""
        count = self._counts.get((address, word))
        if count is None:
            count = self._counts[address, word] = Count()
        count.reached += 1
        if not executed:
            return
        count.executed += 1
        count.extra_cycles += extra_cycles
        if following != (address + 4) & 0xFFFFFFFF:
            self._jumped(address, word, following, cycles)

    def _jumped(self, address: int, word: int, target: int, cycles: int) -> None:
        if is_call(word):
            self.functions.setdefault(target, FunctionCost()).calls += 1
            if len(self._calls) < _MAX_DEPTH:
                self._calls.append(_Call(target, (address + 4) & 0xFFFFFFFF, cycles))
            return
        if is_direct_branch(word):
            return
        for depth in range(len(self._calls) - 1, -1, -1):
            if self._calls[depth].return_address == target:
                for call in self._calls[depth:]:
                    self.functions[call.function].cycles += cycles - call.cycles
                del self._calls[depth:]
                return

    def finish(self, cycles: int) -> None:
        """The program has ended at `cycles`: functions that never returned are charged up to here."""
        for call in self._calls:
            self.functions[call.function].cycles += cycles - call.cycles
        self._calls.clear()

    def add_counters(self, slots: list[int], trace: Trace, counters: Sequence[Counted]) -> None:
        """Appends one slot per counter of a new translation to `slots`, and remembers what it stands for."""
        if slots is not self._slots:
            self.counts()
            self._slots = slots
            self._meanings = []
        for counter in counters:
            steps = trace.steps[counter.start : counter.end]
            places = [(step.lifted.address, step.lifted.instruction.word) for step in steps]
            self._meanings.append((counter.what, counter.sign, places))
            slots.append(0)

    def counts(self) -> dict[Place, Count]:
        """Everything counted so far."""
        for slot, (what, sign, places) in enumerate(self._meanings):
            times = sign * self._slots[slot]
            self._slots[slot] = 0
            if times:
                for address, word in places:
                    self._add(address, word, what, times)
        return {Place(address, word): count for (address, word), count in sorted(self._counts.items())}

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


def is_branch(word: int) -> bool:
    """Whether the word is B, BL, BX or BLX: what branch statistics count."""
    return is_direct_branch(word) or decode(word).form.title == "Branch to register"
