"""When quick code is worth being done better, and how long native code runs until that is looked at again.

Theory of operation. Quick code is written as soon as anything is hot, in small regions, when nobody knows yet where
most time will go. Two things are done about it later. Where execution *hops* from region to region through the chain
every few instructions, one region is written for all the places that it hops to; that happens when hopping has taken
as long as writing will take, and each time costs twice as much as the one before. What belongs to that region is seen
by interpreting now and then for a while: it contains what has been executed, and nothing else. Where most instructions
are executed, LLVM compiles the region anew; the tier looks in the cache first. If that code turns out to be left again
and again after a short time, hopping costs more than it gains, and it is dropped.

Nothing here is done: the tier asks what to do, and does it.
"""

from __future__ import annotations

from emu.isa.engines.native.regions import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from emu.isa.engines.native.x64.quick import QuickRegion, QuickRegions

WORTH_A_LOOK = 1_000_000
"""Instructions in a region of quick code before the cache is asked for better code for it."""

WORTH_COMPILING, WORTH_WAITING = 1_000_000_000, 1_000_000_000
"""Native instructions altogether before better code is compiled in the background, and before it is compiled while the
machine waits, if there is no background."""

WORTH_A_SHARE = 16
"""The part of all native instructions that a region must have executed to be worth better code."""

HOP_PRICE = 2_000
"""Hops for each instruction of a region that joins others: they have taken about as long as writing an instruction."""

SHORT = 256
"""Instructions from hop to hop for which hops do not matter: a hop takes as long as about a hundred."""

LONG, ENOUGH_HOPS = 2048, 2000
"""Instructions from hop to hop below which better code is no use, and is dropped when so many hops have shown that."""

BETTER_SIZE = 128
"""Instructions in a region of better code, at most. To leave out some of what has been joined would not be better."""

SMALLEST_JOINED, JOINED_SIZE = 128, 512
"""For how many instructions hops must have paid before regions are joined, and the most that are written then."""

WORTH_JOINING, MOST_JOINED = 64, 32
"""A place is joined if this part of the hops that the most frequent one has leads there; and the most such places."""

WINDOWS, WINDOW, FROM_WINDOW_TO_WINDOW = 32, 128, 200_003
"""How often execution is watched before that, for how many instructions, and how many are executed in between: a prime
number, so that a loop of any length is seen everywhere.
"""

LOOK = 1_000_000
"""Native instructions, at least, from one time to the next that all this is considered."""

NATIVE_TURN = 1 << 25
"""Instructions that one native call executes at most: a request to pause waits no longer than that."""

QUICK_TURN = 1 << 23
"""The same for quick code, which takes longer for them."""

BUSY_TURN = 1 << 22
"""The same while better code is on its way."""


class Improving:
    """The policy of one machine with quick code."""

    def __init__(self, quick: QuickRegions) -> None:
        self._quick = quick
        self._total = self._since = 0
        self._hops, self._price = 0, HOP_PRICE
        self._recent: dict[int, tuple[int, int]] = {}
        """(instructions, hops to there) by address, from the last look but one to the last."""
        self._entries: tuple[int, ...] = ()
        self._seen: set[int] = set()
        self._windows = 0
        """How often execution still has to be watched before these entries are joined."""
        self._asked: set[int] = set()
        """Where quick code begins for which the cache has been asked for something better."""
        self._tried: set[int] = set()
        """And for which that has been tried to compile."""

    def turn(self, stage: str, is_busy: bool) -> int:
        """How many instructions to execute natively before coming back: soon while better code may be at hand, and
        never so many that a request to pause has to wait.
        """
        if self._windows:
            return FROM_WINDOW_TO_WINDOW
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

    def look(self, may_join: bool) -> None:
        """Looks where execution hops. If too much, it has to be watched for a while (`window`)."""
        self._recent = self._quick.recent_usage()
        hops = {address: count for address, (_, count) in self._recent.items()}
        recent, executed = sum(hops.values()), sum(count for count, _ in self._recent.values())
        self._hops += recent
        if not (may_join and recent) or self._windows:
            return
        if self._hops // self._price < SMALLEST_JOINED or executed > recent * SHORT:
            return
        self._hops = 0
        self._price *= 2
        most = max(hops.values())
        often = [address for address, count in hops.items() if count * WORTH_JOINING >= most]
        self._entries = tuple(sorted(often, key=lambda address: -hops[address])[:MOST_JOINED])
        self._seen = set()
        self._windows = WINDOWS

    @property
    def window(self) -> int:
        """How many instructions should be interpreted next, to see where execution goes."""
        return WINDOW if self._windows else 0

    def watched(self, addresses: Iterable[int]) -> Path | None:
        """These have been executed. The answer is what should be joined, once that is known."""
        if not self._windows:
            return None
        self._seen.update(addresses)
        self._windows -= 1
        entries = tuple(address for address in self._entries if address in self._seen)
        return None if self._windows or not entries else Path(entries, frozenset(self._seen))

    def hot(self) -> tuple[int, QuickRegion] | None:
        """(the header from which most instructions are executed, the region it is in), if that is worth better code."""
        executed, start, quick = self._quick.hottest(self._tried)
        if quick is None or executed < WORTH_A_LOOK or executed * WORTH_A_SHARE < self._total:
            return None
        if quick.path is not None and len(quick.path.addresses) > BETTER_SIZE:
            self._tried.update(quick.slots)
            return None
        recent = [self._recent.get(address, (0, 0)) for address in quick.entries]
        if sum(executed for executed, _ in recent) < LONG * sum(hops for _, hops in recent):
            return None
        return start, quick

    def not_better(self) -> list[int]:
        """From where code that should be better is not."""
        usage = self._quick.better_usage()
        return [start for start, (executed, hops) in usage.items() if hops >= ENOUGH_HOPS and executed < hops * LONG]

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
