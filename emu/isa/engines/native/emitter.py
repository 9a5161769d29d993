"""From a region to LLVM assembly text: one function.

Theory of operation. The function is

    i64 region(ptr state, ptr memory, ptr load_guard, ptr store_guard, ptr code_map, i64 budget)

and returns the budget left (`layout` says what `state` holds). Registers, the budget and the flag records (`flags`)
live in stack slots, which LLVM turns into machine registers; the text therefore needs no phi nodes. Every way out
jumps to one epilogue that writes the slots back and works out the flags.

A memory access tests alignment, the size of the buffer and the guard of its granule, and goes on if all is well. Loads
first look whether the address lies in the span of readable memory where such accesses were seen to go; that takes the
place of the other tests, and whoever changes the guards of loads has to drop all native code. Otherwise the region
ends *before* the instruction, with a note that it must be interpreted. Nothing has been assigned by then, because
semantics access memory before they set anything.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, NEVER, C, N, V, Z
from emu.isa.engines.native import layout
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
)
from emu.isa.engines.native.operations import Operations
from emu.isa.engines.native.regions import ends_computed
from emu.isa.memory import CODE, GRANULE_SHIFT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.engines.lifting import Lifted, Step, Value
    from emu.isa.engines.native.regions import Block, Region
    from emu.isa.memory import Memory

NAME = "region"
"""Of the function."""

_TYPES = {1: "i8", 2: "i16", 4: "i32"}
_FLAG_SLOTS = ("n", "z", "c", "v")
_RECORDS = ("nz", "c", "v")

_DECLARATIONS = """declare i32 @llvm.fshr.i32(i32, i32, i32)
declare i32 @llvm.ctlz.i32(i32, i1)
declare i32 @llvm.ctpop.i32(i32)
declare i1 @llvm.expect.i1(i1, i1)
"""


class Emitter:
    """Writes the function for one region. `registers` hold what they did when the region was found to be hot."""

    def __init__(self, region: Region, memory: Memory, registers: Sequence[int] = ()) -> None:
        self._region = region
        self._memory_size = memory.size
        self._lowest = memory.regions[0].start if memory.regions else 0
        self._spans = memory.readable_spans()
        self._registers = registers
        self._lines: list[str] = []
        self._counter = 0
        self._known: dict[int, str] = {}
        self._flags = Flags()
        self._cold: list[str] = []
        self._cold_label: str | None = None
        """Of the way out before the present instruction, once there is one: nothing changes between its checks."""

    def write(self) -> str:
        """The whole module."""
        pointers = ", ".join(f"ptr noalias %{name}" for name in ("s", "m", "lg", "sg", "cm"))
        start = f"define i64 @{NAME}({pointers}, i64 %budget) nounwind {{"
        self._lines = [_DECLARATIONS, start, "entry:"]
        self._prologue()
        for block in self._region.blocks.values():
            self._block(block)
        self._lines += self._cold
        self._epilogue()
        self._lines.append("}")
        return "\n".join(self._lines) + "\n"

    # -- small things

    def _line(self, text: str) -> None:
        self._lines.append("  " + text)

    def _emit(self, text: str) -> str:
        self._counter += 1
        name = f"%t{self._counter}"
        self._lines.append(f"  {name} = {text}")
        return name

    def _label(self, kind: str) -> str:
        self._counter += 1
        return f"{kind}{self._counter}"

    def _state(self, index: int) -> str:
        return self._emit(f"getelementptr i32, ptr %s, i64 {index}")

    # -- entering and leaving

    def _prologue(self) -> None:
        for number in range(15):
            self._line(f"%r{number} = alloca i32")
        for slot in ("pc", "last", "size", "cold", *(f"{r}{part}" for r in _RECORDS for part in ("_kind", "_a", "_b"))):
            self._line(f"%{slot} = alloca i32")
        for slot in _FLAG_SLOTS:
            self._line(f"%{slot} = alloca i1")
        self._line("%rem = alloca i64")
        self._line("%extra = alloca i64")
        for number in range(15):
            self._line(f"store i32 {self._emit(f'load i32, ptr {self._state(number)}')}, ptr %r{number}")
        for flag, slot in enumerate(_FLAG_SLOTS):
            word = self._emit(f"load i32, ptr {self._state(layout.FLAGS + flag)}")
            self._line(f"store i1 {self._emit(f'trunc i32 {word} to i1')}, ptr %{slot}")
        for record in _RECORDS:
            for part in ("_kind", "_a", "_b"):
                self._line(f"store i32 0, ptr %{record}{part}")
        for slot in ("last", "size", "cold"):
            self._line(f"store i32 0, ptr %{slot}")
        self._line("store i64 %budget, ptr %rem")
        self._line("store i64 0, ptr %extra")
        self._line(f"br label %b{self._region.start}")

    def _epilogue(self) -> None:
        self._lines.append("leave:")
        for number in range(15):
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
            value = self._emit(f"trunc i32 {self._emit(f'load i32, ptr {place}')} to i1")
            for candidate in kinds[flag]:
                bit = flag_bit(flag, FlagRecord(candidate, a, b), self._emit)
                chosen = self._emit(f"icmp eq i32 {kind}, {candidate}")
                value = self._emit(f"select i1 {chosen}, i1 {bit}, i1 {value}")
            self._line(f"store i32 {self._emit(f'zext i1 {value} to i32')}, ptr {place}")

    def _leave(self, pc: int, executed: int) -> None:
        """Out of the region after `executed` instructions of the current block."""
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
        self._lines.append(f"b{block.start}:")
        self._known = {}
        self._flags = Flags()
        if block.start in self._region.headers:
            left = self._emit("load i64, ptr %rem")
            enough = self._emit(f"icmp sge i64 {left}, {block.longest}")
            go, stop = self._label("go"), self._label("stop")
            self._line(f"br i1 {self._likely(enough)}, label %{go}, label %{stop}")
            self._lines.append(f"{stop}:")
            self._line(f"store i32 {_i32(block.start)}, ptr %pc")
            self._line("br label %leave")
            self._lines.append(f"{go}:")
        for index, lifted in enumerate(block.body):
            condition = lifted.instruction.condition
            if condition == NEVER:
                continue
            if condition < ALWAYS:
                self._chosen(lifted)
            else:
                self._instruction(index, lifted)
                if lifted.target is not None:
                    self._go_on(block, lifted, block.count)
                    return
        if block.guarded is None:
            self._jump(block, block.follow, block.count)
            return
        self._guarded(block, block.guarded)

    def _likely(self, bit: str) -> str:
        return self._emit(f"call i1 @llvm.expect.i1(i1 {bit}, i1 true)")

    def _chosen(self, lifted: Lifted) -> None:
        """A conditional instruction that only computes: done either way, and its results chosen."""
        condition = self._condition(lifted.instruction.condition)
        operations = self._operations()
        results = [(number, operations.word(value)) for number, value in dict(lifted.registers).items()]
        for number, result in results:
            old = self._register(number)
            self._set_register(number, self._emit(f"select i1 {condition}, i32 {result}, i32 {old}"))

    def _guarded(self, block: Block, lifted: Lifted) -> None:
        condition = self._condition(lifted.instruction.condition)
        taken, skipped = self._label("taken"), self._label("skipped")
        self._line(f"br i1 {condition}, label %{taken}, label %{skipped}")
        known, flags = dict(self._known), self._flags
        self._lines.append(f"{taken}:")
        self._instruction(len(block.body), lifted)
        self._go_on(block, lifted, block.count)
        self._known, self._flags = known, flags
        self._lines.append(f"{skipped}:")
        self._jump(block, block.follow, block.count)

    def _go_on(self, block: Block, lifted: Lifted, executed: int) -> None:
        """After an instruction that may have branched."""
        if lifted.target is None:
            self._jump(block, block.follow, executed)
        elif lifted.target.number is not None:
            self._jump(block, lifted.target.number, executed)
        else:
            self._dispatch(block, executed)

    def _jump(self, block: Block, target: int, executed: int) -> None:
        if target not in self._region.blocks:
            self._leave(_i32(target), executed)
            return
        self._pass_flags(self._region.blocks[target].live_in)
        self._store_flags()
        self._spend(executed)
        self._line(f"br label %b{target}")

    def _dispatch(self, block: Block, executed: int) -> None:
        """To the address that the instruction has left in %target: within the region if it is one of its blocks."""
        target = self._emit("load i32, ptr %pc")
        live: set[int] = set().union(*(self._region.blocks[start].live_in for start in self._region.computed), set())
        assert ends_computed(block)
        self._pass_flags(live)
        self._store_flags()
        self._spend(executed)
        cases = " ".join(f"i32 {_i32(start)}, label %b{start}" for start in sorted(self._region.computed))
        self._line(f"switch i32 {target}, label %leave [ {cases} ]")

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

    def _new_flags(self, lifted: Lifted, operations: Operations) -> Flags:
        values = dict(lifted.flags)
        old = self._flags
        if V in values and values[V].op == "overflow":
            return self._arithmetic_flags(values[V].args[0], values, operations)
        nz, c, v = old.nz, old.c, old.v
        if N in values and Z in values:
            nz = self._sign_and_zero(values[N], values[Z], operations)
        if C in values:
            c = self._explicit(operations.bit(values[C]))
        if V in values:
            v = self._explicit(operations.bit(values[V]))
        return Flags(nz, c, v)

    def _sign_and_zero(self, n: Value, z: Value, operations: Operations) -> FlagRecord:
        if n.op == "is_negative" and z.op == "is_zero":
            high = operations.word(n.args[0])
            if n.args[0] is z.args[0]:
                return FlagRecord(RESULT, high, high)
            return FlagRecord(WIDE, high, operations.word(z.args[0]))
        low = self._emit(f"zext i1 {operations.bit(n)} to i32")
        bit = self._emit(f"zext i1 {operations.bit(z)} to i32")
        both = self._emit(f"or i32 {low}, {self._emit(f'shl i32 {bit}, 1')}")
        return FlagRecord(EXPLICIT, both)

    def _arithmetic_flags(self, node: Value, values: dict[int, Value], operations: Operations) -> Flags:
        x, y = operations.word(node.args[0]), operations.word(node.args[1])
        carry = node.args[2]
        is_difference = node.op == "difference"
        if carry.op == "truth" and carry.args[0] == int(is_difference):
            record = FlagRecord(DIFFERENCE if is_difference else SUM, x, y)
            return Flags(record, record, record)
        result = operations.word(values[N].args[0])
        return Flags(
            FlagRecord(RESULT, result, result),
            self._explicit(operations.bit(values[C])),
            self._explicit(operations.bit(values[V])),
        )

    def _explicit(self, bit: str) -> FlagRecord:
        return FlagRecord(EXPLICIT, self._emit(f"zext i1 {bit} to i32"))

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
        for position, step in enumerate(lifted.steps):
            self._step(index, position, lifted, step, operations)
        if lifted.cycles is not None:
            more = self._emit(f"zext i32 {operations.word(lifted.cycles)} to i64")
            total = self._emit(f"add i64 {self._emit('load i64, ptr %extra')}, {more}")
            self._line(f"store i64 {total}, ptr %extra")
        if lifted.target is not None and lifted.target.number is None:
            self._line(f"store i32 {operations.word(lifted.target)}, ptr %pc")
        results = [(number, operations.word(value)) for number, value in dict(lifted.registers).items()]
        flags = self._new_flags(lifted, operations) if lifted.flags else self._flags
        for number, result in results:
            self._set_register(number, result)
        self._flags = flags

    def _cold_unless(self, fine: str, index: int, lifted: Lifted) -> None:
        """Leaves before the instruction unless the bit `fine` is set."""
        go, is_new = self._label("ok"), self._cold_label is None
        self._cold_label = cold = self._cold_label or self._label("cold")
        self._line(f"br i1 {self._likely(fine)}, label %{go}, label %{cold}")
        if is_new:
            lines, self._lines = self._lines, self._cold
            self._lines.append(f"{cold}:")
            self._line("store i32 1, ptr %cold")
            self._leave(_i32(lifted.address), index)
            self._lines = lines
        self._lines.append(f"{go}:")

    def _step(self, index: int, position: int, lifted: Lifted, step: Step, operations: Operations) -> None:
        if step.kind == "address":
            self._address(index, lifted, step, operations)
            return
        address = operations.word(step.address)
        size, units = step.size, len(step.values)
        if step.kind == "load":
            self._check_load(index, lifted, step, address)
        else:
            self._check(index, lifted, step, address)
        wide = self._emit(f"zext i32 {address} to i64")
        place = self._emit(f"getelementptr i8, ptr %m, i64 {wide}")
        for unit in range(units):
            at = self._emit(f"getelementptr i8, ptr {place}, i64 {4 * unit}") if unit else place
            if step.kind == "load":
                operations.define_loaded(step.values[unit].args[0], unit, self._load(at, step))
            else:
                self._store(at, size, operations.word(step.values[unit]))
        if step.kind == "store":
            last = self._emit(f"add i32 {address}, {4 * units - 4}") if units > 1 else address
            self._line(f"store i32 {last}, ptr %last")
            self._line(f"store i32 {size}, ptr %size")

    def _check_load(self, index: int, lifted: Lifted, step: Step, address: str) -> None:
        """Goes on if all that is loaded lies in the expected span, or else if a closer look finds nothing wrong."""
        size, units = step.size, len(step.values)
        span = self._expected_span(step.address)
        if span is None or span[1] - span[0] < size * units:
            self._check(index, lifted, step, address)
            return
        start, last = span[0], span[1] - size * units
        known = step.address.number
        if known is not None and known & (size - 1) == 0 and start <= known <= last:
            return
        offset = self._emit(f"sub i32 {address}, {_i32(start)}")
        fine = self._emit(f"icmp ule i32 {offset}, {_i32(last - start)}")
        if size > 1:
            fine = self._and_aligned(fine, address, size)
        go, look = self._label("here"), self._label("elsewhere")
        self._line(f"br i1 {self._likely(fine)}, label %{go}, label %{look}")
        self._lines.append(f"{look}:")
        self._check(index, lifted, step, address)
        self._line(f"br label %{go}")
        self._lines.append(f"{go}:")

    def _expected_span(self, address: Value) -> tuple[int, int] | None:
        """Where an address most likely lies, by what its parts are now; the largest span if they do not tell."""
        for guess in _sources(address):
            number = guess.number if guess.op == "const" else None
            if guess.op == "register" and guess.args[0] < len(self._registers):
                number = self._registers[guess.args[0]]
            if number is not None:
                for span in self._spans:
                    if span[0] <= number < span[1]:
                        return span
        return max(self._spans, key=lambda span: span[1] - span[0], default=None)

    def _check(self, index: int, lifted: Lifted, step: Step, address: str) -> None:
        size, units = step.size, len(step.values)
        fine = self._emit(
            f"icmp ult i32 {address}, {self._memory_size - 4 * units + 4 if units > 1 else self._memory_size}"
        )
        if size > 1:
            fine = self._and_aligned(fine, address, size)
        self._cold_unless(fine, index, lifted)
        self._guard(index, lifted, address, step.kind, units)
        if units > 1:
            self._guard(index, lifted, self._emit(f"add i32 {address}, {4 * units - 4}"), step.kind, units)

    def _and_aligned(self, fine: str, address: str, size: int) -> str:
        low = self._emit(f"and i32 {address}, {size - 1}")
        return self._emit(f"and i1 {fine}, {self._emit(f'icmp eq i32 {low}, 0')}")

    def _load(self, place: str, step: Step) -> str:
        kind = _TYPES[step.size]
        value = self._emit(f"load {kind}, ptr {place}, align {step.size}")
        if step.size == 4:
            return value
        return self._emit(f"{'sext' if step.is_signed else 'zext'} {kind} {value} to i32")

    def _store(self, place: str, size: int, value: str) -> None:
        kind = _TYPES[size]
        if size < 4:
            value = self._emit(f"trunc i32 {value} to {kind}")
        self._line(f"store {kind} {value}, ptr {place}, align {size}")

    def _guard(self, index: int, lifted: Lifted, address: str, kind: str, units: int) -> None:
        granule = self._emit(f"lshr i32 {address}, {GRANULE_SHIFT}")
        wide = self._emit(f"zext i32 {granule} to i64")
        table = "%lg" if kind == "load" else "%sg"
        guard = self._emit(f"load i8, ptr {self._emit(f'getelementptr i8, ptr {table}, i64 {wide}')}")
        free = self._emit(f"icmp eq i8 {guard}, 0")
        if kind == "load" or units > 1:
            self._cold_unless(free, index, lifted)
            return
        # Data may share a granule with code: what counts is whether this very word is translated.
        go, look = self._label("free"), self._label("look")
        self._line(f"br i1 {self._likely(free)}, label %{go}, label %{look}")
        self._lines.append(f"{look}:")
        word = self._emit(f"zext i32 {self._emit(f'lshr i32 {address}, 2')} to i64")
        used = self._emit(f"load i8, ptr {self._emit(f'getelementptr i8, ptr %cm, i64 {word}')}")
        only_code = self._emit(f"icmp eq i8 {guard}, {CODE}")
        self._cold_unless(self._emit(f"and i1 {only_code}, {self._emit(f'icmp eq i8 {used}, 0')}"), index, lifted)
        self._line(f"br label %{go}")
        self._lines.append(f"{go}:")

    def _address(self, index: int, lifted: Lifted, step: Step, operations: Operations) -> None:
        """The sum, and no going on if the true one does not fit 32 bits."""
        base, offset, subtract = step.address.args
        x, y = operations.word(base), operations.word(offset)
        total = self._emit(f"{'sub' if subtract else 'add'} i32 {x}, {y}")
        if offset.number is not None and offset.number <= ((1 << 32) - self._memory_size if subtract else self._lowest):
            # What wraps around lands where there is no memory; the access notices.
            operations.define(step.address, total)
            return
        fine = self._emit(f"icmp uge i32 {x}, {y}" if subtract else f"icmp uge i32 {total}, {x}")
        operations.define(step.address, total)
        # The access itself refuses what lies outside the buffer; a sum that wrapped to a small address must not pass.
        self._cold_unless(fine, index, lifted)


def _sources(value: Value) -> list[Value]:
    """The registers and constants that a value is made of, the leftmost first."""
    if value.op in ("register", "const"):
        return [value]
    return [source for arg in value.args if hasattr(arg, "op") for source in _sources(arg)]


def _i32(number: int) -> int:
    number &= MASK32
    return number - (1 << 32) if number >> 31 else number


assert UNCHANGED == 0  # the slots of the records start as zero
