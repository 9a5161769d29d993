"""A region that is to be compiled by LLVM, now or later: what it was made from and how it counts."""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.analysis.profile import Profile
    from emu.isa.engines.native.census import Census, Counters
    from emu.isa.engines.native.regions import Path, Region
    from emu.isa.engines.native.spans import ExpectedSpans


class Written(Record):
    """A region, the words that it was made from, and where loads were expected to go."""

    start: int
    plain: Region
    spans: ExpectedSpans
    key: str
    addresses: tuple[int, ...]
    words: tuple[int, ...]
    guards: int
    most: int
    path: Path | None
    stack_guard: int
    counted: Counted | None

    @property
    def region(self) -> Region:
        """As it is compiled."""
        return self.plain if self.counted is None else self.counted.census.region


class Counted:
    """How a region counts. What that takes is worked out when it is first needed, which may be in another thread."""

    def __init__(self, region: Region, profile: Profile, *, is_guarded: bool) -> None:
        from emu.isa.engines.native.census import unexpected

        self.profile = profile
        self._is_guarded = is_guarded
        self._region = region
        self._unexpected = unexpected(region, profile.calls.may_return)
        self._census: Census | None = None

    @property
    def key(self) -> tuple[int, ...]:
        """What makes the code for the same region different, if it counts."""
        return tuple(sorted(self._unexpected))

    @property
    def is_current(self) -> bool:
        """Whether all that the counting relies on still holds."""
        return not any(map(self.profile.calls.may_return, self._unexpected))

    @property
    def census(self) -> Census:
        """What is counted, in the region with calls inlined."""
        if self._census is None:
            from emu.isa.engines.native.census import Census
            from emu.isa.engines.native.inlining import FOR_LLVM, with_calls_inlined

            region = with_calls_inlined(self._region, FOR_LLVM)
            self._census = Census(region, self._unexpected, is_guarded=self._is_guarded)
        return self._census

    def counters(self) -> Counters:
        """New ones."""
        from emu.isa.engines.native.census import Counters

        return Counters(self.census, self.profile)
