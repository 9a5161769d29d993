"""What a region counts for a profile, and what the counters say about each instruction.

Theory of operation. A region is a flow graph: its blocks, one node for all computed branches, and one for the world
outside. `Flow` chooses the few edges that need a counter. Leaving a region is no part of any loop, so every way out
has a counter of its own that costs nothing until it is taken; an instruction that could not be executed is one of
these ways. Only two things are counted as data: how often the condition of an instruction that merely computes held,
and the cycles of a multiplication, which depend on its operands.

The cycles of a call that the shadow call stack knows are added up at its beginning and its end. A call with a context
of its own (`inlining`) is on that stack only if execution has left the context: until then, it has taken what has been
executed there.
"""

from __future__ import annotations

from array import array

from emu.isa.analysis.calls import CLASSES, entry
from emu.isa.analysis.profile import is_call, is_direct_branch
from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, NEVER
from emu.isa.engines.native.flow import Edge, Flow
from emu.isa.engines.native.inlining import is_counted_call
from emu.isa.engines.native.regions import ends_computed
from emu.isa.registers import SP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from emu.isa.analysis.profile import Profile
    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.regions import Block, Region

    Key: TypeAlias = tuple[str, int, int]
    """What is counted, in which block, at which of its instructions (if that matters)."""

INSTRUCTIONS, EXTRA, FIRST = range(3)
"""Words of the counters: what was executed altogether, cycles beyond that, the counters proper."""

_RARE = 1.0
"""The heat of what is executed once each time that execution comes to a region."""

_BRANCH_PRICE = 1.5
"""What a counter on the way of a branch costs, where one behind the branch costs 1."""

_ANYWHERE = -1
"""Where computed branches lead."""

_OUTSIDE, _COMPUTED = 0, 1
"""Nodes; blocks follow."""


def is_jump(lifted: Lifted) -> bool:
    """It may end calls: a branch other than B, BL and BLX."""
    word = lifted.instruction.word
    return lifted.target is not None and not is_direct_branch(word) and not is_call(word)


def is_interpreted(lifted: Lifted) -> bool:
    """The shadow call stack is left to the interpreter: a call of an address that is not known, and a jump to a known
    one that is no B, which hardly anybody writes.
    """
    if is_jump(lifted):
        return lifted.target is not None and lifted.target.number is not None
    return is_call(lifted.instruction.word) and not is_direct_branch(lifted.instruction.word)


def called_from(region: Region) -> dict[int, int]:
    """By the address that a call in a region returns to: what it calls."""
    return {
        (block.last.address + 4) & MASK32: block.last.target.number
        for block in region.blocks.values()
        if block.last.target is not None and block.last.target.number is not None and is_counted_call(block.last)
    }


def unexpected(region: Region, may_return: Callable[[int], bool]) -> set[int]:
    """Where computed branches of a region lead, but no return: jump tables, most likely. `may_return` says whether some
    call might return to an address.
    """
    called = {(address >> 2) % CLASSES for address in called_from(region)}
    return {at for at in region.computed if (at >> 2) % CLASSES not in called and not may_return(at)}


class Census:
    """The counters of one region, and their meaning."""

    def __init__(
        self,
        region: Region,
        unexpected: set[int],
        entries: Collection[int] = (),
        *,
        is_guarded: bool = True,
        is_quick: bool = False,
    ) -> None:
        """`unexpected` are the addresses that no call will return to (`unexpected`). `entries` are the blocks at which
        the code may be entered, if there are others than the first. If it `is_guarded`, it may be left after whatever
        sets SP. In quick code, a counter on a branch that is taken costs a jump more than one where execution falls.
        """
        self.region = region
        self._entries = entries or (region.start,)
        self._is_guarded = is_guarded
        self._branch_price = _BRANCH_PRICE if is_quick else 1
        self.start = region.start
        self.computed = region.computed
        self._heat = _heats(region)
        self._edges: list[Edge] = []
        self._numbers: dict[Key, int] = {}
        self._leaks: dict[Key, tuple[int, int]] = {}
        """What leaves the region out of the way: from which node, after how many instructions of the block."""
        self._nodes = {start: number for number, start in enumerate(region.blocks, 2)}
        self._tops: list[int] = []
        """Blocks that have a node of their own for those that come there."""
        self._list_edges()
        self._flow = Flow(self._edges, _RARE)
        self.has_total = self._flow.derived is not None
        """Whether it matters how many instructions are executed altogether."""
        counted = set(self._flow.counted)
        counters: list[tuple[float, Key]] = [
            (self._edges[number].heat, key) for key, number in self._numbers.items() if number in counted
        ]
        self._shared: dict[tuple[int, int], tuple[Key, bool]] = {}
        """For conditional instructions whose count follows from that of another: which, and whether it is the rest."""
        self._only_cycles: Key | None = None
        counters += self._data_counters()
        self.called = called_from(region)
        """By the address that a call returns to: what it calls."""
        self.unexpected = unexpected
        heats: dict[int, float] = {}
        for block in region.blocks.values():
            function = self.called.get(block.follow)
            if function is not None:
                heats[function] = max(heats.get(function, 0), self._heat[block.start])
        self.calls_are_hot = bool(heats) and max(heats.values()) >= max(map(self._heat.__getitem__, region.blocks))
        """Whether nothing is executed more often than calls."""
        self.hot_functions = sorted((each for each in heats if heats[each] > _RARE), key=lambda each: -heats[each])
        """What is called in loops, the hottest first."""
        self.places = {key: FIRST + number for number, key in enumerate([*(key for _, key in counters), *self._leaks])}
        hottest = sorted((item for item in counters if item[0] > 1), key=lambda item: -item[0])
        self.hot = [key for _, key in hottest]
        """What is counted in loops, the hottest first."""
        instructions = [lifted for block in region.blocks.values() for lifted in block.lifted()]
        self.has_total_cycles = self._only_cycles is not None
        """Whether it matters how many cycles all instructions take beyond the first."""
        self.has_cycles = any(lifted.cycles is not None for lifted in instructions)
        self.has_jumps = any(ends_computed(block) for block in region.blocks.values())
        self.follows_calls = bool(self.called) or self.has_jumps
        self.totals = {function: FIRST + len(self.places) + n for n, function in enumerate(set(self.called.values()))}
        """By functions: where the cycles of those calls are added up that are known to be calls of it."""
        self.size = FIRST + len(self.places) + len(self.totals)
        """Words that the counters take."""
        self.entries = {address: self.size + number for number, address in enumerate(sorted(self.called))}
        """By return addresses: behind the counters, the words that calls push on the shadow stack."""

    # -- the graph ------------------------------------------------------------------------------------------------

    def _list_edges(self) -> None:
        region = self.region
        for start in self._entries:
            self._edge(("enter", start, 0), _OUTSIDE, self._nodes[start], 0, 0.5)
        if region.computed or any(ends_computed(block) for block in region.blocks.values()):
            self._edge(("gone", 0, 0), _COMPUTED, _OUTSIDE, 0, 0.25)
            for start in sorted(region.computed):
                self._edge(("arrive", start, 0), _COMPUTED, self._nodes[start], 0, self._heat[start])
        for block in region.blocks.values():
            self._list_edges_of(block)

    def _list_edges_of(self, block: Block) -> None:
        node, start = self._nodes[block.start], block.start
        if start in self.region.headers:
            self._leaks[("stop", start, 0)] = node, 0
        if self._branch_price > 1 and block.guarded is not None and block.target == start:
            body = len(self._nodes) + len(self._tops) + 2
            self._tops.append(start)
            self._edge(("top", start, 0), node, body, 0, self._heat[start])
            node = body
        for index, lifted in enumerate(block.lifted()):
            if lifted.steps or (lifted.target is not None and is_interpreted(lifted)):
                self._leaks[("before", start, index)] = node, index
            if self._is_guarded and any(number == SP for number, _ in lifted.registers):
                self._leaks[("after", start, index)] = node, index + 1
        last = block.last
        condition = last.instruction.condition
        if block.guarded is not None or (last.target is not None and condition == ALWAYS):
            heat = self._heat_to(block, last)
            if block.guarded is not None:
                heat *= self._branch_price
            self._edge(("taken", start, 0), node, self._target(block, last), block.count, heat)
            if block.expected is not None:
                heat = self._heat[start] * (self._branch_price if block.guarded is not None else 1)
                self._edge(("returned", start, 0), node, self._nodes[block.expected], block.count, heat)
            elif block.target is not None and block.enters_context:
                self._edge(("full", start, 0), node, self._nodes[block.target & MASK32], block.count, 0)
        if block.guarded is not None or last.target is None or condition == NEVER:
            follow = self._nodes.get(block.following, _OUTSIDE)
            heat = min(self._heat[start], self._heat.get(block.following, 0))
            self._edge(("next", start, 0), node, follow, block.count, heat)

    def _target(self, block: Block, last: Lifted) -> int:
        if last.target is None:
            return self._nodes.get(block.following, _OUTSIDE)
        return _COMPUTED if block.target is None else self._nodes.get(block.target, _OUTSIDE)

    def _heat_to(self, block: Block, last: Lifted) -> float:
        heat = self._heat[block.start]
        if block.expected is not None:
            return 0
        if last.target is None:
            return min(heat, self._heat.get(block.following, 0))
        return heat if block.target is None else min(heat, self._heat.get(block.target, 0))

    def _edge(self, key: Key, source: int, target: int, length: int, heat: float) -> None:
        self._numbers[key] = len(self._edges)
        self._edges.append(Edge(source, target, length, heat))

    # -- what is counted as data ----------------------------------------------------------------------------------

    def _data_counters(self) -> list[tuple[float, Key]]:
        counters: list[tuple[float, Key]] = []
        cycles: list[tuple[float, Key]] = []
        for block in self.region.blocks.values():
            known: dict[int, tuple[Key, int]] = {}
            with_last = _as_the_last(block)
            for index, lifted in enumerate(block.lifted()):
                condition = lifted.instruction.condition
                if lifted.cycles is not None and lifted.cycles.number is None and condition != NEVER:
                    cycles.append((self._heat[block.start], ("cycles", block.start, index)))
                if condition < ALWAYS and index < with_last:
                    shared = known.get(condition >> 1)
                    if shared is not None:
                        self._shared[block.start, index] = shared[0], shared[1] != condition
                    else:
                        key = ("condition", block.start, index)
                        known[condition >> 1] = key, condition
                        counters.append((self._heat[block.start], key))
                if _may_change_flags(lifted):
                    known = {}
        cycles.sort(reverse=True, key=lambda item: item[0])
        if not cycles or cycles[0][0] <= _RARE:
            return counters + cycles
        self._only_cycles = cycles[0][1]
        return counters + cycles[1:]

    # -- what the counters say ------------------------------------------------------------------------------------

    def meaning(self, words: Sequence[int]) -> tuple[list[tuple[int, int, int, int, int]], dict[int, int]]:
        """((address, word, reached, executed, extra cycles) of every instruction, the cycles by context), given the
        counters.
        """
        counters = {self._numbers[key]: words[place] for key, place in self.places.items() if key in self._numbers}
        leaks = [(node, length, words[self.places[key]]) for key, (node, length) in self._leaks.items()]
        flows = self._flow.counts(counters, words[INSTRUCTIONS], leaks)
        found: list[tuple[int, int, int, int, int]] = []
        rest = words[EXTRA]
        unknown: int | None = None
        context = 0
        cycles: dict[int, int] = {}
        for block in self.region.blocks.values():
            for place in self._meaning_of(block, words, flows):
                index = (place[0] - block.address) >> 2
                if ("cycles", block.start, index) == self._only_cycles:
                    unknown, context = len(found), block.context
                rest -= place[4]
                if block.context:
                    cycles[block.context] = cycles.get(block.context, 0) + place[2] + place[4]
                found.append(place)
        if unknown is not None:
            found[unknown] = (*found[unknown][:4], rest)
            if context:
                cycles[context] += rest
        return found, cycles

    def _meaning_of(
        self, block: Block, words: Sequence[int], flows: list[int]
    ) -> Iterator[tuple[int, int, int, int, int]]:
        start = block.start

        def flow(what: str, block: int, index: int = 0) -> int:
            number = self._numbers.get((what, block, index))
            return 0 if number is None else flows[number]

        def leak(what: str, block: int, index: int) -> int:
            place = self.places.get((what, block, index))
            return 0 if place is None else words[place]

        executed = {}
        lifted_all = block.lifted()
        taken = flow("taken", start) + flow("returned", start) + flow("full", start)
        reached = taken + flow("next", start)
        for index in range(len(lifted_all) - 1, -1, -1):
            reached += leak("after", start, index)
            executed[index] = reached
            reached += leak("before", start, index)
        with_last, end = _as_the_last(block), len(block.body)
        holding = taken + leak("after", start, end) + leak("before", start, end)
        """How often the condition of the last instruction has held."""
        for index, lifted in enumerate(lifted_all):
            condition = lifted.instruction.condition
            times = executed[index]
            if condition == NEVER:
                times = 0
            elif lifted is block.guarded:
                times = taken + leak("after", start, index)
            elif condition < ALWAYS and index >= with_last:
                times = holding if condition == block.last.instruction.condition else flow("next", start)
            elif condition < ALWAYS:
                key, is_rest = self._shared.get((start, index), (("condition", start, index), False))
                times = words[self.places[key]]
                if is_rest:
                    times = executed[index] - times
            extra = 0
            if lifted.cycles is not None:
                known = self.places.get(("cycles", start, index))
                if lifted.cycles.number is not None:
                    extra = times * lifted.cycles.number
                elif known is not None:
                    extra = words[known]
            yield lifted.address, lifted.instruction.word, executed[index], times, extra


class Counters:
    """The counters of one region, in memory that native code knows. Implements `profile.RegionCounters`."""

    def __init__(self, census: Census, profile: Profile, words: memoryview[int] | None = None) -> None:
        """`words` are the code's own, if it has any. Otherwise it is told the address of those that are made."""
        self._census = census
        self.profile = profile
        self._words: memoryview[int] | array[int]
        self.address = 0
        """Of the counters and, behind them, the entries of the shadow stack."""
        if words is None:
            self._words = array("q", bytes(8 * (census.size + len(census.entries))))
            self.address = self._words.buffer_info()[0]
            for address, place in census.entries.items():
                self._words[place] = entry(address, profile.calls.place(census.called[address]))
        else:
            self._words = words
        for address in census.called:
            profile.calls.expect_return(address)

    def rely(self) -> None:
        """The code is in use from now on."""
        for address in self._census.unexpected:
            self.profile.calls.assume_no_return(address)

    def take(self) -> list[tuple[int, int, int, int, int]]:
        """See `profile.RegionCounters`."""
        census = self._census
        words = self._words[: census.size].tolist()
        if not any(words):
            return []
        self._words[: census.size] = array("q", bytes(8 * census.size))
        for function, place in census.totals.items():
            self.profile.calls.add(function, words[place])
        found, cycles = census.meaning(words)
        for context, count in cycles.items():
            for call in census.region.calls(context):
                self.profile.calls.add(call.function, count)
        return found


def _as_the_last(block: Block) -> int:
    """The first instruction of a block from which on all conditions are that of the last one, which is known from the
    flow, or its opposite.
    """
    index = len(block.body)
    if block.guarded is None:
        return index
    pair = block.guarded.instruction.condition >> 1
    while index:
        lifted = block.body[index - 1]
        condition = lifted.instruction.condition
        if _may_change_flags(lifted) or (condition < ALWAYS and condition >> 1 != pair):
            break
        index -= 1
    return index


def _may_change_flags(lifted: Lifted) -> bool:
    """Whether flags may be different behind an instruction, or execution may have left there."""
    return bool(lifted.steps or lifted.flags) or any(number == SP for number, _ in lifted.registers)


def _heats(region: Region) -> dict[int, float]:
    """How often each block is expected to be executed: ten times for each loop that it is in."""
    successors: dict[int, Sequence[int]] = {_ANYWHERE: sorted(region.computed)}
    for start, block in region.blocks.items():
        successors[start] = [*block.successors, _ANYWHERE] if ends_computed(block) else block.successors
    heats = dict.fromkeys(successors, 1.0)
    loops = _loops(region.start, successors)
    if not loops:
        return heats
    predecessors: dict[int, list[int]] = {start: [] for start in successors}
    for start, following in successors.items():
        for other in following:
            predecessors[other].append(start)
    for header, sources in loops.items():
        body, pending = {header}, sources
        while pending:
            start = pending.pop()
            if start not in body:
                body.add(start)
                pending += predecessors[start]
        for start in body:
            heats[start] = min(heats[start] * 10, 1e6)
    return heats


def _loops(start: int, successors: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """For each block to which a path comes back: the blocks it comes from."""
    found: dict[int, list[int]] = {}
    is_open = {start: True}
    stack = [(start, iter(successors[start]))]
    while stack:
        address, following = stack[-1]
        for other in following:
            if other not in is_open:
                is_open[other] = True
                stack.append((other, iter(successors[other])))
                break
            if is_open[other]:
                found.setdefault(other, []).append(address)
        else:
            is_open[address] = False
            stack.pop()
    return found
