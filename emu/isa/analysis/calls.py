"""The shadow call stack: who was called, where each call returns to, and the cycles spent in between.

Theory of operation. Everything lives in arrays that do not move, so that native code works on the same stack as the
interpreter. `memory` holds 64-bit words: the address of the first free entry, the address behind the last one, the
address of `returns`, the address of the totals, and from `BOTTOM` on the entries: the return address, and in the high
half which total is that of the function, in bytes. The lowest entry is one that nobody returns to.

The cycles of a function are those at all returns less those at all calls, so an entry need not know when it was made:
calls that have not returned count as if they did now. Whoever returns finds the total without knowing the function.

A jump to an address that some entry returns to ends that call and all above it. Most jumps to computed addresses that
are not the return of the latest call are no returns at all; `returns`, one byte for each class of addresses, says of
which addresses this is certain. Native code may rely on that for some addresses (`assume_no_return`); should one of
them become a return address after all, `assumption_failed` is called.
"""

from __future__ import annotations

from array import array

from emu.isa.bits import MASK32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 10_000
"""Calls within calls that are followed."""

MAX_FUNCTIONS = 1 << 16
"""Functions whose cycles are added up; those of any others are not."""

TOP, LIMIT, RETURNS, TOTALS, BOTTOM = range(5)
"""Positions in `memory`."""

CLASSES = 4096
"""An address belongs to the class of its word's number modulo this."""


class ShadowStack:
    """See the module's docstring. Functions are named by their addresses."""

    def __init__(self) -> None:
        self.memory = array("Q", bytes(8 * (BOTTOM + 1 + MAX_DEPTH)))
        self.returns = array("B", bytes(CLASSES))
        self._totals = array("q", bytes(8 * (MAX_FUNCTIONS + 1)))
        self._places: dict[int, int] = {}
        self._assumed: set[int] = set()
        self.assumption_failed: Callable[[], object] = _nobody_cares
        memory = self.memory
        self._base = memory.buffer_info()[0]
        memory[LIMIT] = self._base + 8 * len(memory)
        memory[RETURNS] = self.returns.buffer_info()[0]
        memory[TOTALS] = self._totals.buffer_info()[0]
        memory[BOTTOM] = (1 << 64) - 1
        self.clear()

    @property
    def address(self) -> int:
        """Where `memory` is, for native code."""
        return self._base

    @property
    def top(self) -> int:
        """Where the first free entry is."""
        return self.memory[TOP]

    @top.setter
    def top(self, address: int) -> None:
        self.memory[TOP] = address

    @property
    def limit(self) -> int:
        """What the top must be below for native code to push a call."""
        return self.memory[LIMIT]

    def clear(self) -> None:
        """No call has been made."""
        self.memory[TOP] = self._base + 8 * (BOTTOM + 1)
        for place in self._places.values():
            self._totals[place >> 3] = 0

    def place(self, function: int) -> int:
        """Where the total of a function is, in bytes behind the first. It stays there."""
        place = self._places.get(function)
        if place is None:
            place = 8 * min(len(self._places), MAX_FUNCTIONS)
            if place < 8 * MAX_FUNCTIONS:
                self._places[function] = place
        return place

    def expect_return(self, address: int) -> None:
        """From now on entries may return to this address."""
        number = (address >> 2) % CLASSES
        self.returns[number] = 1
        if number in self._assumed:
            self._assumed.clear()
            self.assumption_failed()

    def may_return(self, address: int) -> bool:
        """Whether an entry might return to this address."""
        return self.returns[(address >> 2) % CLASSES] != 0

    def assume_no_return(self, address: int) -> None:
        """Native code will rely on it that nothing returns to this address."""
        self._assumed.add((address >> 2) % CLASSES)

    def add(self, function: int, cycles: int) -> None:
        """Cycles that a call of a function has taken without being here."""
        self._totals[self.place(function) >> 3] += cycles

    def push(self, return_address: int, function: int, cycles: int) -> None:
        """A call, unless the stack is full."""
        memory = self.memory
        if memory[TOP] >= memory[LIMIT]:
            return
        self.expect_return(return_address)
        place = self.place(function)
        memory[memory[TOP] - self._base >> 3] = entry(return_address, place)
        memory[TOP] += 8
        self._totals[place >> 3] -= cycles

    def unwind(self, target: int, cycles: int) -> None:
        """A jump that ends the latest call which returns to `target`, and all calls made since, if there is one."""
        if not self.may_return(target):
            return
        memory = self.memory
        top = memory[TOP] - self._base >> 3
        for position in range(top - 1, BOTTOM, -1):
            if memory[position] & MASK32 == target:
                for ended in memory[position:top]:
                    self._totals[ended >> 35] += cycles
                memory[TOP] = self._base + 8 * position
                return

    def costs(self, cycles: int) -> dict[int, int]:
        """The cycles of each function, where calls that have not returned last until now."""
        memory = self.memory
        totals = self._totals[: len(self._places) + 1].tolist()
        for open_call in memory[BOTTOM + 1 : memory[TOP] - self._base >> 3]:
            if open_call >> 35 < len(totals):
                totals[open_call >> 35] += cycles
        return {function: totals[place >> 3] for function, place in self._places.items()}


def entry(return_address: int, place: int) -> int:
    """The word for a call of the function whose total is at `place`."""
    return place << 32 | return_address


def _nobody_cares() -> None:
    pass
