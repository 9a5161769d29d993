"""A set of addresses that costs what its ranges cost: a program of a megabyte has a quarter of a million of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Set as AbstractSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STEP = 4
"""Bytes of an instruction."""


class Addresses(AbstractSet[int]):
    """Every fourth address of each range; ranges may overlap, and their ends are rounded inwards."""

    def __init__(self, read: Callable[[], Iterable[tuple[int, int]]]) -> None:
        """`read` is called when somebody first asks: first addresses, and ends, the first addresses after."""
        self._read = read
        self._ranges: tuple[list[int], list[int]] | None = None

    @property
    def _found(self) -> tuple[list[int], list[int]]:
        if self._ranges is None:
            self._ranges = _merged(self._read())
        return self._ranges

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, int) or address % STEP:
            return False
        starts, ends = self._found
        number = bisect_right(starts, address) - 1
        return number >= 0 and address < ends[number]

    def __iter__(self) -> Iterator[int]:
        for start, end in zip(*self._found, strict=True):
            yield from range(start, end, STEP)

    def __len__(self) -> int:
        starts, ends = self._found
        return (sum(ends) - sum(starts)) // STEP

    @classmethod
    def _from_iterable(cls, values: Iterable[int]) -> AbstractSet[int]:  # type: ignore[override]  # what set operations give
        return frozenset(values)


def _merged(ranges: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Starts and ends of the same addresses, ascending and apart."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(ranges):
        first, after = start + STEP - 1 & -STEP, end & -STEP
        if first >= after:
            continue
        if ends and first <= ends[-1]:
            ends[-1] = max(ends[-1], after)
        else:
            starts.append(first)
            ends.append(after)
    return starts, ends
