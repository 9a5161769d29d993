"""Which blocks are written how often: for each *version* of a block other things are known of the flags at its top.

Theory of operation. Where two ways meet, each may remember a comparison in other registers (`pending`). Rather than
have both write it to memory, the block is written twice. A version for which nothing is remembered is there wherever
code may be entered, and for all ways for which a block has been written often enough; these write what they remember.
"""

from __future__ import annotations

from emu.isa.engines.native.x64.pending import ANYTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from emu.isa.engines.native.x64.pending import FlagState

MOST, MOST_OF_LOOPS, MOST_OF_READERS = 1, 2, 4
"""Versions of a block beside the one for anything: of any block, where a loop begins, where flags are looked at."""


def name(address: int) -> str:
    """The label of the version of a block for which nothing is remembered."""
    return f"block {address}"


class Versions:
    """Of one region. `live` are the flags that are alive at the top of its blocks; loops begin at `headers`; flags are
    looked at in the blocks that are `readers`.
    """

    def __init__(self, live: Mapping[int, int], headers: Collection[int], readers: Collection[int]) -> None:
        self._live = live
        self._headers = headers
        self._readers = readers
        self._labels: dict[int, dict[FlagState, str]] = {}
        self._unwritten: dict[str, tuple[int, FlagState]] = {}

    def want(self, start: int, state: FlagState) -> tuple[str, bool]:
        """(the label of a version of a block for a state, whether everything must be written on the way there)."""
        if not self._live[start]:
            return self._label(start, ANYTHING), False
        known = self._labels.setdefault(start, {})
        most = MOST_OF_READERS if start in self._readers else MOST_OF_LOOPS if start in self._headers else MOST
        if state in known or len(known) - (ANYTHING in known) < most:
            return self._label(start, state), False
        return self._label(start, ANYTHING), True

    def _label(self, start: int, state: FlagState) -> str:
        known = self._labels.setdefault(start, {})
        label = known.get(state)
        if label is None:
            known[state] = label = name(start) if state == ANYTHING else f"{name(start)} {len(known)}"
            self._unwritten[label] = start, state
        return label

    def is_unwritten(self, label: str) -> bool:
        """Whether that version still has to be written."""
        return label in self._unwritten

    def take(self, label: str | None = None) -> tuple[str, int, FlagState] | None:
        """(label, block, state) of the version to write next, which is the one with `label` if that is given."""
        if label is None:
            if not self._unwritten:
                return None
            label = min(self._unwritten, key=lambda each: self._unwritten[each][0])
        return label, *self._unwritten.pop(label)
