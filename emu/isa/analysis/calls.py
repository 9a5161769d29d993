"""The shadow call stack: who was called, where each call returns to, and the cycles spent in between.

Theory of operation. Everything lives in arrays that do not move, so that native code works on the same stack as the
interpreter. `memory` holds 64-bit words: the address of the first free entry, the address behind the last one, the
address of `returns`, and from `BOTTOM` on entries of three words: the return address, the address of the function's
sum of cycles, and the cycle counter at the call. The lowest entry is one that no address returns to.

A jump to an address that some entry returns to ends that call and all above it. Most jumps to computed addresses that
are not the return of the latest call are no returns at all; `returns`, one byte for each class of addresses, says of
which addresses this is certain.
"""

from __future__ import annotations

from array import array

MAX_DEPTH = 10_000
"""Calls within calls that are followed."""

TOP, LIMIT, RETURNS, BOTTOM = 0, 1, 2, 3
"""Positions in `memory`."""

ENTRY = 3
"""Words of an entry."""

CLASSES = 4096
"""An address belongs to the class of its word's number modulo this."""

_NOWHERE = (1 << 64) - 1


class ShadowStack:
    """See the module's docstring. Functions are named by their addresses."""

    def __init__(self) -> None:
        self.memory = array("Q", bytes(8 * (BOTTOM + ENTRY * (1 + MAX_DEPTH))))
        self.returns = array("B", bytes(CLASSES))
        self._sums: dict[int, array[int]] = {}
        self._functions: dict[int, int] = {}
        memory = self.memory
        self._base = memory.buffer_info()[0]
        memory[LIMIT] = self._base + 8 * len(memory)
        memory[RETURNS] = self.returns.buffer_info()[0]
        memory[BOTTOM] = _NOWHERE
        self.clear()

    @property
    def address(self) -> int:
        """Where `memory` is, for native code."""
        return self._base

    def clear(self) -> None:
        """No call has been made."""
        self.memory[TOP] = self._base + 8 * (BOTTOM + ENTRY)
        for cycles in self._sums.values():
            cycles[0] = 0

    def sum_address(self, function: int) -> int:
        """Where the sum of a function's cycles is, a signed 64-bit word that stays there."""
        if function not in self._sums:
            cycles = self._sums[function] = array("q", (0,))
            self._functions[cycles.buffer_info()[0]] = function
        return self._sums[function].buffer_info()[0]

    def expect_return(self, address: int) -> None:
        """From now on entries may return to this address."""
        self.returns[(address >> 2) % CLASSES] = 1

    def push(self, return_address: int, function: int, cycles: int) -> None:
        """A call, unless the stack is full."""
        memory = self.memory
        if memory[TOP] >= memory[LIMIT]:
            return
        self.expect_return(return_address)
        position = memory[TOP] - self._base >> 3
        memory[position] = return_address
        memory[position + 1] = self.sum_address(function)
        memory[position + 2] = cycles
        memory[TOP] += 8 * ENTRY

    def unwind(self, target: int, cycles: int) -> None:
        """A jump that ends the latest call which returns to `target`, and all calls made since, if there is one."""
        if not self.returns[(target >> 2) % CLASSES]:
            return
        memory = self.memory
        top = memory[TOP] - self._base >> 3
        for position in range(top - ENTRY, BOTTOM, -ENTRY):
            if memory[position] == target:
                for at in range(position, top, ENTRY):
                    self._sums[self._functions[memory[at + 1]]][0] += cycles - memory[at + 2]
                memory[TOP] = self._base + 8 * position
                return

    def costs(self, cycles: int) -> dict[int, int]:
        """The cycles of each function, where calls that have not returned last until now."""
        costs = {function: total[0] for function, total in self._sums.items()}
        memory = self.memory
        for at in range(BOTTOM + ENTRY, memory[TOP] - self._base >> 3, ENTRY):
            costs[self._functions[memory[at + 1]]] += cycles - memory[at + 2]
        return costs
