"""From a region to LLVM assembly text: one function.

Theory of operation. The function is

    i64 region(ptr state, ptr memory, ptr load_guard, ptr store_guard, ptr code_map, i64 budget)

and returns the budget left (`layout` says what `state` holds). Registers, the budget and the flag records (`flags`)
live in stack slots, which LLVM turns into machine registers; the text therefore needs no phi nodes. Every way out
jumps to one epilogue that writes the slots back and works out the flags.

Where an instruction cannot be executed here (`accesses`), the region ends *before* it, with a note that it must be
interpreted. Where somebody counts (`counting`), each way through the region is told to it.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, NEVER, C, N, V, Z
from emu.isa.engines.native import layout
from emu.isa.engines.native.accesses import Accesses
from emu.isa.engines.native.code import NAME
from emu.isa.engines.native.flags import (
    DIFFERENCE,
    EXPLICIT,
    RESULT,
    SUM,
    UNCHANGED,
    WIDE,
    FlagRecord,
    Flags,
    condition_bit,
    flag_bit,
    new_flags,
)
from emu.isa.engines.native.inlining import is_counted_call
from emu.isa.engines.native.operations import Operations
from emu.isa.engines.native.regions import ends_computed
from emu.isa.engines.native.text import Text, signed
from emu.isa.engines.native.uncounted import Uncounted
from emu.isa.registers import PC, SP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.regions import Block, Region
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.memory import Memory

_FLAG_SLOTS = ("n", "z", "c", "v")
_RECORDS = ("nz", "c", "v")

_DECLARATIONS = """declare i32 @llvm.fshr.i32(i32, i32, i32)
declare i32 @llvm.ctlz.i32(i32, i1)
declare i32 @llvm.ctpop.i32(i32)
declare i1 @llvm.expect.i1(i1, i1)
"""


class Emitter:
    """Writes the function for one region. From any thread: of memory it only asks where it lies.

    With `counting` it counts what it executes; with `stack_guard` it ends after an instruction that leaves SP below.
    """

    def __init__(
        self,
        region: Region,
        memory: Memory,
        spans: ExpectedSpans,
        *,
        counting: Uncounted | None = None,
        stack_guard: int = 0,
    ) -> None:
        self._text = text = Text()
        self._emit = text.emit
        self._line = text.line
        self._label = text.label
        self._begin = text.begin
        self._likely = text.likely
        self._region = region
        region.find_live_flags()
        self._used = _used(region)
        self._accesses = Accesses(text, memory, spans, self._cold_unless)
        self._counting = counting or Uncounted()
        self._counting.attach(text)
        self._stack_guard = stack_guard
        self._here = region.start
        """The block that is being written."""
        self._context = 0
        """The context in which execution is there."""
        self._known: dict[int, str] = {}
        self._flags = Flags()
        self._cold: list[str] = []
        self._cold_label: str | None = None
        """Of the way out before the present instruction, once there is one: nothing changes between its checks."""

    def write(self) -> str:
        """The whole module."""
        pointers = ", ".join(f"ptr noalias %{name}" for name in ("s", "m", "lg", "sg", "cm"))
        start = f"define i64 @{NAME}({pointers}, i64 %budget) nounwind {{"
        lines = self._text.lines
        lines += [_DECLARATIONS, start, "entry:"]
        self._prologue()
        for block in self._region.blocks.values():
            self._block(block)
        if any(ends_computed(block) for block in self._region.blocks.values()):
            self._counting.arrivals()
        lines += self._cold
        self._epilogue()
        lines += ["}", self._counting.helpers()]
        return "\n".join(lines) + "\n"

    # -- small things

    def _state(self, index: int) -> str:
        return self._emit(f"getelementptr i32, ptr %s, i64 {index}")

    # -- entering and leaving

    def _prologue(self) -> None:
        for number in self._used:
            self._line(f"%r{number} = alloca i32")
        for slot in ("pc", "last", "size", "cold", *(f"{r}{part}" for r in _RECORDS for part in ("_kind", "_a", "_b"))):
            self._line(f"%{slot} = alloca i32")
        for slot in _FLAG_SLOTS:
            self._line(f"%{slot} = alloca i1")
        self._line("%rem = alloca i64")
        self._line("%extra = alloca i64")
        for number in self._used:
            self._line(f"store i32 {self._emit(f'load i32, ptr {self._state(number)}')}, ptr %r{number}")
        for flag, slot in enumerate(_FLAG_SLOTS):
            # Quick code stores a byte of it, and a word that has just been stored as a byte is slow to load.
            byte = self._emit(f"load i8, ptr {self._state(layout.FLAGS + flag)}")
            self._line(f"store i1 {self._emit(f'trunc i8 {byte} to i1')}, ptr %{slot}")
        for record in _RECORDS:
            for part in ("_kind", "_a", "_b"):
                self._line(f"store i32 0, ptr %{record}{part}")
        for slot, index in (("last", layout.LAST_STORE), ("size", layout.LAST_STORE_SIZE)):
            self._line(f"store i32 {self._emit(f'load i32, ptr {self._state(index)}')}, ptr %{slot}")
        self._line("store i32 0, ptr %cold")
        self._line("store i64 %budget, ptr %rem")
        self._line("store i64 0, ptr %extra")
        self._counting.begin(self._state)
        self._line(f"br label %b{self._region.start}")

    def _epilogue(self) -> None:
        self._begin("leave")
        self._counting.end()
        for number in self._used:
            self._line(f"store i32 {self._emit(f'load i32, ptr %r{number}')}, ptr {self._state(number)}")
        for slot, index in (("pc", 15), ("last", layout.LAST_STORE), ("size", layout.LAST_STORE_SIZE)):
            self._line(f"store i32 {self._emit(f'load i32, ptr %{slot}')}, ptr {self._state(index)}")
        self._line(f"store i32 {self._emit('load i32, ptr %cold')}, ptr {self._state(layout.IS_COLD)}")
        place = self._state(layout.EXTRA_CYCLES)
        total = self._emit(f"add i64 {self._emit(f'load i64, ptr {place}')}, {self._emit('load i64, ptr %extra')}")
        self._line(f"store i64 {total}, ptr {place}")
        self._leave_flags()
        self._line(f"ret i64 {self._emit('load i64, ptr %rem')}")

    def _leave_flags(self) -> None:
        kinds = {N: (EXPLICIT, RESULT, WIDE, DIFFERENCE, SUM), C: (EXPLICIT, DIFFERENCE, SUM)}
        kinds |= {Z: kinds[N], V: kinds[C]}
        for flag, slot in enumerate(("nz", "nz", "c", "v")):
            kind, a, b = (self._emit(f"load i32, ptr %{slot}{part}") for part in ("_kind", "_a", "_b"))
            place = self._state(layout.FLAGS + flag)
            value = self._emit(f"trunc i8 {self._emit(f'load i8, ptr {place}')} to i1")
            for candidate in kinds[flag]:
                bit = flag_bit(flag, FlagRecord(candidate, a, b), self._emit)
                chosen = self._emit(f"icmp eq i32 {kind}, {candidate}")
                value = self._emit(f"select i1 {chosen}, i1 {bit}, i1 {value}")
            self._line(f"store i32 {self._emit(f'zext i1 {value} to i32')}, ptr {place}")

    def _leave(self, pc: int | str, executed: int) -> None:
        """Out of the region after `executed` instructions of the current block."""
        self._counting.left_within(self._context)
        self._store_flags()
        self._spend(executed)
        self._line(f"store i32 {pc}, ptr %pc")
        self._line("br label %leave")

    def _spend(self, count: int) -> None:
        if count:
            left = self._emit("load i64, ptr %rem")
            self._line(f"store i64 {self._emit(f'sub i64 {left}, {count}')}, ptr %rem")

    # -- blocks

    def _block(self, block: Block) -> None:
        self._begin(f"b{block.start}")
        self._here, self._context = block.start, block.context
        self._known = {}
        self._flags = Flags()
        if block.start in self._region.headers:
            left = self._emit("load i64, ptr %rem")
            enough = self._emit(f"icmp sge i64 {left}, {block.longest}")
            go, stop = self._label("go"), self._label("stop")
            self._line(f"br i1 {self._likely(enough)}, label %{go}, label %{stop}")
            self._begin(stop)
            self._counting.passed("stop", block.start)
            self._leave(signed(block.address), 0)
            self._begin(go)
        for index, lifted in enumerate(block.body):
            condition = lifted.instruction.condition
            if condition == NEVER:
                continue
            if condition < ALWAYS:
                self._chosen(index, lifted)
            else:
                self._instruction(index, lifted)
                if lifted.target is not None:
                    self._go_on(block, lifted)
                    return
        if block.guarded is None:
            self._jump("next", block, block.following)
            return
        self._guarded(block, block.guarded)

    def _chosen(self, index: int, lifted: Lifted) -> None:
        """A conditional instruction that only computes: done either way, and its results chosen."""
        condition = self._condition(lifted.instruction.condition)
        operations = self._operations()
        results = [(number, operations.word(value)) for number, value in dict(lifted.registers).items()]
        for number, result in results:
            old = self._register(number)
            self._set_register(number, self._emit(f"select i1 {condition}, i32 {result}, i32 {old}"))
        self._counting.condition(self._here, index, condition)
        self._guard_stack(index, lifted, None)

    def _guarded(self, block: Block, lifted: Lifted) -> None:
        condition = self._condition(lifted.instruction.condition)
        taken, skipped = self._label("taken"), self._label("skipped")
        self._line(f"br i1 {condition}, label %{taken}, label %{skipped}")
        known, flags, context = dict(self._known), self._flags, self._context
        self._begin(taken)
        self._instruction(len(block.body), lifted)
        self._go_on(block, lifted)
        self._known, self._flags, self._context = known, flags, context
        self._begin(skipped)
        self._jump("next", block, block.following)

    def _go_on(self, block: Block, lifted: Lifted) -> None:
        """After an instruction that may have branched."""
        if lifted.target is None:
            self._jump("taken", block, block.following)
        elif block.target is None:
            self._dispatch(block)
        elif not block.enters_context:
            if is_counted_call(lifted):
                self._leave_context(block.count)
                self._counting.called(block)
            self._jump("taken", block, block.target)
        else:
            room = self._counting.room(block)
            if room is not None:
                flags, context = self._flags, self._context
                inside, full = self._label("inside"), self._label("full")
                self._line(f"br i1 {self._likely(room)}, label %{inside}, label %{full}")
                self._begin(full)
                self._jump("full", block, block.target & MASK32)
                self._flags, self._context = flags, context
                self._begin(inside)
            self._jump("taken", block, block.target)

    def _jump(self, how: str, block: Block, target: int) -> None:
        self._counting.passed(how, block.start)
        if target not in self._region.blocks:
            self._leave(signed(target), block.count)
            return
        if not target >> 32:
            self._leave_context(block.count)
        self._to_block(target, block.count)

    def _leave_context(self, executed: int) -> None:
        if self._context:
            self._counting.left_context(self._context, executed)
            self._context = 0

    def _to_block(self, target: int, executed: int) -> None:
        self._pass_flags(self._region.blocks[target].live_in)
        self._store_flags()
        self._spend(executed)
        self._line(f"br label %b{target}")

    def _dispatch(self, block: Block) -> None:
        """To the address that the instruction has left in %target: within the region if it is one of its blocks."""
        target = self._emit("load i32, ptr %pc")
        executed = block.count
        if block.expected is not None:
            returns = self._emit(f"icmp eq i32 {target}, {signed(block.expected)}")
            back, elsewhere = self._label("back"), self._label("elsewhere")
            self._line(f"br i1 {self._likely(returns)}, label %{back}, label %{elsewhere}")
            self._begin(back)
            flags = self._flags
            self._counting.passed("returned", block.start)
            self._to_block(block.expected, executed)
            self._flags = flags
            self._begin(elsewhere)
            self._leave_context(executed)
        live: set[int] = set().union(*(self._region.blocks[start].live_in for start in self._region.computed), set())
        assert ends_computed(block)
        self._counting.passed("taken", block.start)
        self._pass_flags(live)
        self._store_flags()
        self._spend(executed)
        targets = sorted(self._region.computed)
        if self._counting.counts and block.follow not in self._region.computed:
            targets.append(block.follow)
        cases = " ".join(f"i32 {signed(each)}, label %{self._counting.arrival(block, each)}" for each in targets)
        self._line(f"switch i32 {target}, label %{'gone' if self._counting.counts else 'leave'} [ {cases} ]")

    # -- flags

    def _flag(self, flag: int) -> str:
        record = self._flags.record(flag)
        if record is None:
            return self._emit(f"load i1, ptr %{_FLAG_SLOTS[flag]}")
        return flag_bit(flag, record, self._emit)

    def _condition(self, code: int) -> str:
        return condition_bit(code, self._flags, self._flag, self._emit)

    def _pass_flags(self, wanted: set[int]) -> None:
        """Explicit flags for a block that looks at them before it sets them."""
        for flag in sorted(wanted):
            if self._flags.record(flag) is not None:
                self._line(f"store i1 {self._flag(flag)}, ptr %{_FLAG_SLOTS[flag]}")

    def _store_flags(self) -> None:
        """The records as data."""
        for name, record in zip(_RECORDS, (self._flags.nz, self._flags.c, self._flags.v), strict=True):
            if record is not None:
                self._line(f"store i32 {record.kind}, ptr %{name}_kind")
                self._line(f"store i32 {record.a}, ptr %{name}_a")
                self._line(f"store i32 {record.b}, ptr %{name}_b")

    # -- one instruction

    def _operations(self) -> Operations:
        return Operations(self._emit, self._register, self._flag)

    def _register(self, number: int) -> str:
        if number not in self._known:
            self._known[number] = self._emit(f"load i32, ptr %r{number}")
        return self._known[number]

    def _set_register(self, number: int, name: str) -> None:
        self._known[number] = name
        self._line(f"store i32 {name}, ptr %r{number}")

    def _instruction(self, index: int, lifted: Lifted) -> None:
        operations = self._operations()
        self._cold_label = None
        if self._counting.is_interpreted(lifted):
            self._cold_unless("false", index, lifted)
        for position, step in enumerate(lifted.steps):
            self._accesses.step(index, position, lifted, step, operations)
        if lifted.cycles is not None:
            more = self._emit(f"zext i32 {operations.word(lifted.cycles)} to i64")
            total = self._emit(f"add i64 {self._emit('load i64, ptr %extra')}, {more}")
            self._line(f"store i64 {total}, ptr %extra")
            self._counting.cycles(self._here, index, more)
        target = operations.word(lifted.target) if lifted.target is not None else None
        if lifted.target is not None and lifted.target.number is None:
            self._line(f"store i32 {target}, ptr %pc")
        results = [(number, operations.word(value)) for number, value in dict(lifted.registers).items()]
        flags = new_flags(lifted, self._flags, operations, self._emit) if lifted.flags else self._flags
        for number, result in results:
            self._set_register(number, result)
        self._flags = flags
        self._guard_stack(index, lifted, target)

    def _guard_stack(self, index: int, lifted: Lifted, target: str | None) -> None:
        """Leaves after an instruction that has set SP below the guard. It was not below before."""
        if not self._stack_guard or all(number != SP for number, _ in lifted.registers):
            return
        go, below = self._label("above"), self._label("below")
        fine = self._emit(f"icmp uge i32 {self._register(SP)}, {signed(self._stack_guard)}")
        self._line(f"br i1 {self._likely(fine)}, label %{go}, label %{below}")
        lines, self._text.lines = self._text.lines, self._cold
        self._begin(below)
        self._line("store i32 1, ptr %cold")
        self._counting.left_after(self._here, index, target, lifted)
        self._leave(target or str(signed(lifted.address + 4)), index + 1)
        self._text.lines = lines
        self._begin(go)

    def _cold_unless(self, fine: str, index: int, lifted: Lifted) -> None:
        """Leaves before the instruction unless the bit `fine` is set."""
        go, is_new = self._label("ok"), self._cold_label is None
        self._cold_label = cold = self._cold_label or self._label("cold")
        self._line(f"br i1 {self._likely(fine)}, label %{go}, label %{cold}")
        if is_new:
            lines, self._text.lines = self._text.lines, self._cold
            self._begin(cold)
            self._line("store i32 1, ptr %cold")
            self._counting.left_before(self._here, index)
            self._leave(signed(lifted.address), index)
            self._text.lines = lines
        self._begin(go)


def _used(region: Region) -> list[int]:
    """The registers that instructions of a region read or write, but the PC."""
    used: set[int] = set()
    for block in region.blocks.values():
        for lifted in block.lifted():
            used.update(lifted.reads)
            used.update(number for number, _ in lifted.registers)
    return sorted(used - {PC})


assert UNCHANGED == 0  # the slots of the records start as zero
