"""Choosing what becomes one native function: the part of the program that hot code can reach without leaving.

A region starts at a hot address and takes in everything that direct branches, calls and recognised jump tables lead
to, up to a size at which compiling takes longer than it saves. It is cut into blocks: straight runs of instructions
that are entered at the top only. A conditional instruction stays inside a block when it only computes; one that sets
flags, touches memory or branches ends it, so that its effects happen on a path of their own.

Execution counts itself by blocks. Wherever a path can come back to a block that may already have been executed, or
arrive by a computed branch, the block is a *header*: it is entered only if the budget covers the longest way from
there to the next header.
"""

from __future__ import annotations

from collections import deque

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, FLAGS_READ, NEVER
from emu.isa.engines.lifting import Lifted, lift
from emu.isa.faults import MemoryFault
from emu.isa.instructions.decoder import decode
from emu.isa.registers import LR
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from emu.isa.memory import Memory

MAX_INSTRUCTIONS = 600
_MAX_TABLE = 256


class Context(Record):
    """Within a call of `function` that returns to `return_address`, made in the context with the number `outer`."""

    function: int
    return_address: int
    outer: int


class Block:
    """Instructions executed one after the other. A conditional last one is kept apart from the `body`, as `guarded`.

    `start` is the address, and the number of the block's context in the high half (`inlining`). In the same way it says
    where execution goes on: `following`, if the last instruction does not branch, `target`, if it does and that is
    known, and `expected`, where it most likely leads if that is not known, or always if it `is_certain`.
    """

    __slots__ = (
        "body",
        "expected",
        "following",
        "guarded",
        "is_certain",
        "live_in",
        "longest",
        "needs",
        "provides",
        "start",
        "successors",
        "target",
    )

    def __init__(self, start: int) -> None:
        self.start = start
        self.following = 0
        self.target: int | None = None
        self.expected: int | None = None
        self.is_certain = False
        self.body: list[Lifted] = []
        self.guarded: Lifted | None = None
        self.successors: list[int] = []
        """Addresses of the blocks that directly follow, among those of the region."""
        self.needs: set[int] = set()
        self.provides: set[int] = set()
        self.live_in: set[int] = set()
        self.longest = 0

    def copy(self, start: int) -> Block:
        """The same instructions, with the same successors, as another block."""
        copy = Block(start)
        copy.body, copy.guarded = self.body, self.guarded
        copy.following, copy.target, copy.expected = self.following, self.target, self.expected
        copy.successors = list(self.successors)
        return copy

    @property
    def count(self) -> int:
        """Instructions that one pass executes."""
        return len(self.body) + (self.guarded is not None)

    @property
    def address(self) -> int:
        """Of the first instruction."""
        return self.start & MASK32

    @property
    def context(self) -> int:
        """The number of the context; 0 for a block that is there for everybody."""
        return self.start >> 32

    @property
    def only_branches(self) -> bool:
        """Whether the last instruction does nothing but branch, to where that is certain."""
        last = self.last
        if last.target is None or last.steps or last.flags or last.registers:
            return False
        return self.target is not None or self.is_certain

    @property
    def enters_context(self) -> bool:
        """Whether it ends with a call that leads to a context of its own."""
        return self.target is not None and self.target >> 32 not in (0, self.context)

    @property
    def last(self) -> Lifted:
        """The last instruction."""
        return self.guarded or self.body[-1]

    @property
    def follow(self) -> int:
        """The address after the last instruction."""
        return (self.start + 4 * self.count) & MASK32

    def lifted(self) -> list[Lifted]:
        """All instructions."""
        return [*self.body, self.guarded] if self.guarded is not None else list(self.body)


class Path(Record):
    """What has been seen to be executed. Computed branches are expected to lead to the `entries`."""

    entries: tuple[int, ...]
    addresses: frozenset[int]


class Region:
    """A set of blocks with one entry. `computed` are blocks that a computed branch may reach."""

    __slots__ = ("blocks", "computed", "contexts", "headers", "start")

    def __init__(
        self, start: int, blocks: dict[int, Block], computed: set[int], contexts: tuple[Context, ...] = ()
    ) -> None:
        """The contexts are numbered from 1."""
        self.start = start
        self.blocks = blocks
        self.contexts = contexts
        self.computed = computed & blocks.keys()
        self.headers = self._find_headers()
        self._measure()

    def addresses(self) -> list[int]:
        """The addresses of all instructions."""
        return [lifted.address for block in self.blocks.values() if not block.context for lifted in block.lifted()]

    def calls(self, context: int) -> list[Context]:
        """The calls that a context is within, the first one first."""
        found: list[Context] = []
        while context:
            found.append(self.contexts[context - 1])
            context = found[-1].outer
        found.reverse()
        return found

    def _find_headers(self) -> set[int]:
        """The entry, the targets of computed branches, and the targets of every edge that closes a cycle."""
        headers = {self.start} | self.computed
        state: dict[int, int] = {}
        for root in [self.start, *sorted(self.computed)]:
            if root in state:
                continue
            stack = [(root, iter(self.blocks[root].successors))]
            state[root] = 1
            while stack:
                address, successors = stack[-1]
                following = next(successors, None)
                if following is None:
                    state[address] = 2
                    stack.pop()
                elif following not in state:
                    state[following] = 1
                    stack.append((following, iter(self.blocks[following].successors)))
                elif state[following] == 1:
                    headers.add(following)
        return headers

    def _measure(self) -> None:
        """`longest` of each block: the most instructions from its top to the next header or exit."""
        done: dict[int, int] = {}
        for root in self.blocks:
            stack = [root]
            while stack:
                address = stack[-1]
                block = self.blocks[address]
                inner = [s for s in block.successors if s not in self.headers]
                missing = [s for s in inner if s not in done]
                if missing:
                    stack.extend(missing)
                    continue
                done[address] = block.longest = block.count + max((done[s] for s in inner), default=0)
                stack.pop()

    def find_live_flags(self) -> None:
        """Fills in `needs`, `provides` and `live_in` of all blocks."""
        for block in self.blocks.values():
            for lifted in block.lifted():
                condition = lifted.instruction.condition
                block.needs |= (set(FLAGS_READ[condition]) | lifted.reads_flags) - block.provides
                if condition == ALWAYS:
                    block.provides |= {flag for flag, _ in lifted.flags}
            block.live_in = set(block.needs)
        through_exits = set().union(*(self.blocks[address].live_in for address in self.computed), set())
        changed = True
        while changed:
            changed = False
            through_exits = set().union(*(self.blocks[address].live_in for address in self.computed), set())
            for block in self.blocks.values():
                out: set[int] = set().union(*(self.blocks[s].live_in for s in block.successors), set())
                if ends_computed(block):
                    out |= through_exits
                live = block.needs | (out - block.provides)
                if live != block.live_in:
                    block.live_in = live
                    changed = True


def ends_computed(block: Block) -> bool:
    """Whether the block's last instruction branches to a computed address."""
    last = block.last
    return last.target is not None and last.target.number is None


def is_plain(lifted: Lifted) -> bool:
    """It only computes registers, so under a condition it can be executed either way and its result chosen."""
    return not lifted.flags and not lifted.steps and lifted.target is None and lifted.cycles is None


def choose_region(
    start: int,
    memory: Memory,
    breakpoints: Collection[int],
    most: int = MAX_INSTRUCTIONS,
    known: Collection[int] = (),
    path: Path | None = None,
) -> Region | None:
    """The region from `start`, or None if not even its first instruction can be translated. It ends where it comes to
    an address that is `known`. With a path, it is that, as far as it is near to `start` or to any of its entries.
    """
    also = () if path is None else path.entries
    found: dict[int, Lifted] = {}
    leaders: set[int] = {start, *also}
    computed: set[int] = set(also)
    pending = deque((start, *also))
    while pending:
        address = pending.popleft()
        while address not in found and len(found) < most:
            if address != start and (address in breakpoints or address in known):
                break
            if path is not None and address not in path.addresses:
                break
            lifted = _lifted(address, memory)
            if lifted is None:
                break
            found[address] = lifted
            following = (address + 4) & MASK32
            condition = lifted.instruction.condition
            if lifted.target is None or condition == NEVER:
                if condition < ALWAYS and not is_plain(lifted):
                    leaders.add(following)
                address = following
                continue
            targets, returns = _targets(lifted, memory)
            computed.update(returns)
            leaders.update(targets, returns)
            leaders.add(following)
            pending.extend(targets)
            pending.extend(returns)
            if condition != ALWAYS:
                pending.append(following)
            break
    if start not in found:
        return None
    return Region(start, _cut(found, leaders), computed)


def _lifted(address: int, memory: Memory) -> Lifted | None:
    try:
        lifted = lift(decode(memory.fetch(address)), address, memory.wraps)
    except MemoryFault:
        return None
    return None if lifted.is_exceptional and lifted.instruction.condition != NEVER else lifted


def _targets(lifted: Lifted, memory: Memory) -> tuple[list[int], list[int]]:
    """(addresses of direct branches, addresses that some computed branch will come to)."""
    assert lifted.target is not None
    following = (lifted.address + 4) & MASK32
    calls = any(number == LR for number, _ in lifted.registers) or _takes_return_address(lifted, memory)
    returns = [following] if calls else []
    if lifted.target.number is not None:
        return [lifted.target.number], returns
    word = lifted.instruction.word
    if word & 0x0FFFFFF0 == 0x079FF100:  # LDR PC, [PC, Rm, LSL #2]: addresses follow
        return [], returns + _table_entries(lifted.address + 8, memory)
    if word & 0x0FFFFFF0 == 0x008FF100:  # ADD PC, PC, Rm, LSL #2: branches follow
        return [], returns + _table_of_branches(lifted.address + 8, memory)
    return [], returns


def _takes_return_address(lifted: Lifted, memory: Memory) -> bool:
    """Whether the instruction before is MOV LR, PC: together they are a call."""
    try:
        return memory.fetch((lifted.address - 4) & MASK32) == 0xE1A0E00F
    except MemoryFault:
        return False


def _table_entries(address: int, memory: Memory) -> list[int]:
    entries: list[int] = []
    while len(entries) < _MAX_TABLE:
        try:
            memory.fetch(address)
            target = memory.words[address >> 2]
            memory.fetch(target)
        except MemoryFault:
            break
        entries.append(target)
        address += 4
    return sorted(set(entries))


def _table_of_branches(address: int, memory: Memory) -> list[int]:
    entries: list[int] = []
    while len(entries) < _MAX_TABLE:
        try:
            word = memory.fetch(address)
        except MemoryFault:
            break
        if word & 0xFF000000 != 0xEA000000:
            break
        entries.append(address)
        address += 4
    return entries


def _cut(found: dict[int, Lifted], leaders: set[int]) -> dict[int, Block]:
    blocks: dict[int, Block] = {}
    for start in sorted(leaders & found.keys()):
        block = Block(start)
        address = start
        while address in found and (address == start or address not in leaders):
            lifted = found[address]
            condition = lifted.instruction.condition
            if condition < ALWAYS and not is_plain(lifted):
                block.guarded = lifted
                break
            block.body.append(lifted)
            address = (address + 4) & MASK32
            if lifted.target is not None and condition == ALWAYS:
                break
        blocks[start] = block
    for block in blocks.values():
        block.following = block.follow
        block.target = None if block.last.target is None else block.last.target.number
        block.successors = successors(block, blocks)
    return blocks


def successors(block: Block, blocks: Collection[int]) -> list[int]:
    """The blocks that directly follow on one."""
    last = block.last
    condition = last.instruction.condition
    found = [] if last.target is not None and condition == ALWAYS else [block.following]
    if last.target is not None and condition != NEVER:
        found += [each for each in (block.target, block.expected) if each is not None]
    return [each for each in found if each in blocks]
