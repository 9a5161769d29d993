"""When quick code is worth being done better, and how long native code runs until that is looked at again.

Theory of operation. Quick code is written as soon as anything is hot, in small regions, when nobody knows yet where
most time will go. Two things are done about it later. Where execution *hops* from region to region through the chain
every few instructions, one region is written for all the places that it hops to; that happens when hopping has taken
as long as writing will take, and each time costs twice as much as the one before. Where most instructions are executed,
LLVM compiles the region anew; the tier looks in the cache first.

Nothing here is done: the tier asks what to do, and does it.
"""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from emu.isa.engines.native.x64.quick import QuickRegion, QuickRegions

WORTH_A_LOOK = 1_000_000
"""Instructions in a region of quick code before the cache is asked for better code for it."""

WORTH_COMPILING, WORTH_WAITING = 50_000_000, 150_000_000
"""Native instructions altogether before better code is compiled in the background, and before it is compiled while the
machine waits, if there is no background."""

WORTH_A_SHARE = 16
"""The part of all native instructions that a region must have executed to be worth better code."""

HOP_PRICE = 2_000
"""Hops for each instruction of a region that joins others: they have taken about as long as writing an instruction."""

SHORT = 256
"""Instructions from hop to hop for which hops do not matter: a hop takes as long as about a hundred."""

SMALLEST_JOINED, JOINED_SIZE = 128, 256
"""Instructions in a region that joins others. A smaller one would leave out most of a loop."""

WORTH_JOINING, MOST_JOINED = 64, 32
"""The part of all hops that lead to a place that is joined with others, and the most such places."""

LOOK = 1_000_000
"""Native instructions, at least, from one time to the next that all this is considered."""

NATIVE_TURN = 1 << 25
"""Instructions that one native call executes at most: a request to pause waits no longer than that."""

QUICK_TURN = 1 << 23
"""The same for quick code, which takes longer for them."""

BUSY_TURN = 1 << 22
"""The same while better code is on its way."""


class Joint(Record):
    """A region to write from `start` that takes in what can be reached from there and from what is in it `also`."""

    start: int
    also: tuple[int, ...]
    most: int


class Improving:
    """The policy of one machine with quick code."""

    def __init__(self, quick: QuickRegions) -> None:
        self._quick = quick
        self._total = self._since = 0
        self._hops, self._price = 0, HOP_PRICE
        self._asked: set[int] = set()
        """Where quick code begins for which the cache has been asked for something better."""
        self._tried: set[int] = set()
        """And for which that has been tried to compile."""

    def turn(self, stage: str, is_busy: bool) -> int:
        """How many instructions to execute natively before coming back: soon while better code may be at hand, and
        never so many that a request to pause has to wait.
        """
        most = BUSY_TURN if is_busy else QUICK_TURN if stage == "quick" else NATIVE_TURN
        return min(most, max(LOOK, self._total >> 2))

    def is_due(self, count: int) -> bool:
        """Whether it is time to look, now that so many instructions more have been executed."""
        self._since += count
        if self._since < max(LOOK, self._total >> 4):
            return False
        self._total += self._since
        self._since = 0
        return True

    def joint(self) -> Joint | None:
        """What should be joined now. Expected to be done when asked."""
        hops, executed = self._quick.recent_hops()
        recent = sum(hops.values())
        self._hops += recent
        most = min(self._hops // self._price, JOINED_SIZE)
        if most < SMALLEST_JOINED or executed > recent * SHORT:
            return None
        self._hops = 0
        self._price *= 2
        often = [address for address, count in hops.items() if count * WORTH_JOINING >= recent]
        start, *also = sorted(often, key=lambda address: -hops[address])[:MOST_JOINED]
        return Joint(start, tuple(also), most)

    def hot(self) -> tuple[int, QuickRegion] | None:
        """(the header from which most instructions are executed, the region it is in), if that is worth better code."""
        executed, start, quick = self._quick.hottest(self._tried)
        if quick is None or executed < WORTH_A_LOOK or executed * WORTH_A_SHARE < self._total:
            return None
        return start, quick

    def may_ask(self, start: int) -> bool:
        """Whether the cache should be asked; true once for each header."""
        is_new = start not in self._asked
        self._asked.add(start)
        return is_new

    def may_compile(self, start: int, in_background: bool) -> bool:
        """Whether LLVM should compile the region; true once for each header."""
        if self._total < (WORTH_COMPILING if in_background else WORTH_WAITING):
            return False
        self._tried.add(start)
        return True

    def dropped(self, headers: Collection[int]) -> None:
        """Quick code with these headers is not there any more: what follows may be something else."""
        self._asked.difference_update(headers)
        self._tried.difference_update(headers)
