"""A region that is to be compiled by LLVM, now or later: what it was made from and how it counts."""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.analysis.profile import Profile
    from emu.isa.engines.native.census import Counters
    from emu.isa.engines.native.regions import Path, Region
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.engines.native.uncounted import Uncounted


class Written(Record):
    """A region, the words that it was made from, and where loads were expected to go."""

    start: int
    region: Region
    spans: ExpectedSpans
    key: str
    addresses: tuple[int, ...]
    words: tuple[int, ...]
    length: int
    longest: int
    guards: int
    most: int
    path: Path | None
    stack_guard: int
    counters: Counters | None
    counting: Uncounted | None


def counting_of(region: Region, profile: Profile | None) -> tuple[Uncounted | None, Counters | None]:
    """(what writes the counters of a region, the counters), or two times None if nobody counts."""
    if profile is None:
        return None, None
    from emu.isa.engines.native.census import Census, Counters
    from emu.isa.engines.native.counting import Counting

    census = Census(region, profile.calls.may_return)
    return Counting(census), Counters(census, profile)
