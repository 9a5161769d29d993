"""From a trace to the source text of a Python function.

Theory of operation. The guest's registers become local variables for the length of the trace (`r0` ... `r14`), which is
where the speed comes from. The function is

    def region(r, f, budget, u, W, H, M, L, S, X, K):

with the registers `r`, flags `f`, counters `u`, the views of memory by word, halfword and byte, the guard tables for
loads and stores, the set `X` of translated addresses, and the profile's counters `K`. It returns the budget left, or
its complement (a negative number) if the next instruction must be interpreted.

*Flags* are rarely needed. An instruction that sets them only captures its operands in variables that nothing else
touches; conditions are computed from these, and the four flags themselves only where the trace is left. Which flags
are derived from what differs from exit to exit: each distinct derivation has a number, the exit leaves it in `e`, and
the epilogue looks it up.

*Memory* is accessed directly when the address is aligned and the guard of its granule is zero. Everything else,
including an address beyond the tables, raises IndexError; `k` says at which instruction, and the function ends as if
it had stopped right before that instruction. Nothing has been assigned by then, because semantics access memory
before they set anything.

*Loops* run while the budget covers the whole trace, so no instruction counts itself.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, C, N, V, Z
from emu.isa.engines.counters import EXTRA_CYCLES, LAST_STORE, LAST_STORE_SIZE
from emu.isa.engines.expressions import Expressions
from emu.isa.registers import PC, SP
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.engines.lifting import Lifted, Step, Value
    from emu.isa.engines.traces import Trace

_FLAG_LOCALS = "nzcv"
_VIEWS = {1: ("M", "a"), 2: ("H", "a >> 1"), 4: ("W", "a >> 2")}


class FlagState(Record):
    """How each flag could be computed now, as Python expressions that are true or false; `n z c v` are the locals.

    `compared` holds the operands where all flags come from one subtraction x - y without carry.
    """

    flags: tuple[str, str, str, str]
    compared: tuple[str, str] | None = None


IN_LOCALS = FlagState(("n", "z", "c", "v"))


class Counted(Record):
    """What one counter of the profile stands for: steps `start` up to `end` of the trace.

    `what` is "reached" for a stretch that was entered, "executed" for a conditional instruction whose condition held,
    and "cycles" for extra cycles. `sign` is -1 for exits within a stretch, which take back what was counted too early.
    """

    start: int
    end: int
    what: str
    sign: int = 1


class SourceWriter:
    """Writes the function for one trace."""

    def __init__(self, trace: Trace, stack_guard: int, profile_base: int | None) -> None:
        self.trace = trace
        self.stack_guard = stack_guard
        self.lines: list[str] = []
        self.indent = 3
        self.state = IN_LOCALS
        self.states: list[FlagState] = [IN_LOCALS]
        self.cold_exits: list[tuple[int, int, int]] = []
        self.written: set[int] = set()
        self.sets_flags = any(step.lifted.flags for step in trace.steps)
        self.uses_flags = self.sets_flags or any(
            step.lifted.reads_flags or step.lifted.instruction.condition != ALWAYS for step in trace.steps
        )
        self.adds_cycles = any(step.lifted.cycles is not None for step in trace.steps)
        self.store_sizes = {s.size for step in trace.steps for s in step.lifted.steps if s.kind == "store"}
        self.profile_base = profile_base
        self.counted: list[Counted] = []
        self.segment_end = 0

    # -- the frame ------------------------------------------------------------------------------------------------

    def write(self) -> str:
        """The whole function."""
        body = self._body()
        length = len(self.trace.steps)
        used = sorted(self._registers_used())
        head = ["def region(r, f, budget, u, W, H, M, L, S, X, K):"]
        head += [f" r{number} = r[{number}]" for number in used]
        if self.uses_flags:
            head.append(" n, z, c, v = f")
        head.append(" e = 0")
        if self.adds_cycles:
            head.append(" x = 0")
        if self.store_sizes:
            head.append(" w = -1")
        if self.cold_exits:
            head += [" cold = False", " try:"]
        else:
            head.append(" if True:")
        head.append(f"  while budget >= {length}:" if self.trace.is_loop else "  while True:")
        tail = []
        if self.trace.is_loop:
            tail += ["  else:", f"   pc = {self.trace.start}"]
        if self.cold_exits:
            tail.append(" except IndexError:")
            if self.profile_base is not None:
                base = self.profile_base + len(self.counted)
                tail.append(f"  K[{base} + 2 * k] += 1; K[{base + 1} + 2 * k] += 1")
            tail += [f"  pc, k, e = {tuple(self.cold_exits)!r}[k]", "  budget -= k", "  cold = True"]
        return "\n".join([*head, *body, *tail, *self._epilogue()]) + "\n"

    def _registers_used(self) -> set[int]:
        used = set(self.written)
        for step in self.trace.steps:
            used |= step.lifted.reads
        return used

    def _epilogue(self) -> list[str]:
        lines = []
        for number, state in enumerate(self.states):
            if number:
                lines.append(f" {'if' if number == 1 else 'elif'} e == {number}:")
                lines += [f"  {line}" for line in self._flag_assignments(state)]
        lines += [f" r[{number}] = r{number}" for number in sorted(self.written)]
        if self.sets_flags:
            lines.append(" f[:] = n, z, c, v")
        lines.append(f" r[{PC}] = pc")
        if self.adds_cycles:
            lines.append(f" u[{EXTRA_CYCLES}] += x")
        if self.store_sizes:
            size = "ws" if len(self.store_sizes) > 1 else str(next(iter(self.store_sizes)))
            lines += [" if w >= 0:", f"  u[{LAST_STORE}] = w", f"  u[{LAST_STORE_SIZE}] = {size}"]
        lines.append(" return ~budget if cold else budget" if self.cold_exits else " return budget")
        return lines

    def _flag_assignments(self, state: FlagState) -> list[str]:
        changed = [
            (local, expression)
            for local, expression in zip(_FLAG_LOCALS, state.flags, strict=True)
            if local != expression
        ]
        if not changed:
            return ["pass"]
        targets = ", ".join(local for local, _ in changed)
        return [f"{targets} = {', '.join(expression for _, expression in changed)}"]

    # -- the body -------------------------------------------------------------------------------------------------

    def _line(self, text: str) -> None:
        self.lines.append(" " * self.indent + text)

    def _body(self) -> list[str]:
        self._begin_segment(0)
        last = len(self.trace.steps) - 1
        for index, step in enumerate(self.trace.steps):
            lifted = step.lifted
            condition = lifted.instruction.condition
            if condition == ALWAYS:
                self._instruction(index, lifted, step.expected)
            elif condition < ALWAYS:
                self._conditional(index, lifted)
            if index == last:
                self._leave_at_end(lifted, step.expected)
        return self.lines

    def _leave_at_end(self, lifted: Lifted, expected: int | None) -> None:
        unconditional = lifted.instruction.condition == ALWAYS
        if unconditional and lifted.target is not None and expected is None:
            return
        length = len(self.trace.steps)
        if self.trace.follow == self.trace.start and self.trace.is_loop:
            self._repeat(length)
        else:
            self._exit(str(self.trace.follow), length)

    def _conditional(self, index: int, lifted: Lifted) -> None:
        condition = self._condition(lifted.instruction.condition)
        if lifted.flags:
            for line in self._flag_assignments(self.state):
                if line != "pass":
                    self._line(line)
            self.state = IN_LOCALS
            condition = self._condition(lifted.instruction.condition)
        outer = self.state
        self._line(f"if {condition}:")
        self.indent += 1
        start = len(self.lines)
        if self.profile_base is not None:
            self._count(index, index + 1, "executed")
        self._instruction(index, lifted, None)
        if lifted.flags and lifted.target is None:
            for line in self._flag_assignments(self.state):
                self._line(line)
        if len(self.lines) == start:
            self._line("pass")
        self.indent -= 1
        self.state = outer
        if lifted.target is not None:
            self._begin_segment(index + 1)

    def _instruction(self, index: int, lifted: Lifted, expected: int | None) -> None:
        expressions = Expressions(lifted, index)
        for position, step in enumerate(lifted.steps):
            self._step(index, position, step, expressions)
        if lifted.cycles is not None:
            cycles = expressions.word(lifted.cycles)
            self._line(f"x += {cycles}")
            if self.profile_base is not None:
                self._count(index, index + 1, "cycles", cycles)
        target = None
        if lifted.target is not None and lifted.target.number is None:
            target = f"p{index}"
            self._line(f"{target} = {expressions.word(lifted.target)}")
        new_state = self._set_flags(index, lifted, expressions) if lifted.flags else None
        self._set_registers(index, lifted, expressions)
        if new_state is not None:
            self.state = new_state
        if self.stack_guard and any(number == SP for number, _ in lifted.registers):
            following = str((lifted.address + 4) & MASK32) if lifted.target is None else target or str(expected)
            self._line(f"if r{SP} < {self.stack_guard}:")
            self.indent += 1
            if self.profile_base is not None and index + 1 < self.segment_end:
                self._count(index + 1, self.segment_end, "reached", sign=-1)
            self._exit(following, index + 1)
            self.indent -= 1
        if lifted.target is not None:
            self._branch(index, lifted, expected, target)

    def _branch(self, index: int, lifted: Lifted, expected: int | None, target: str | None) -> None:
        assert lifted.target is not None
        if expected is None:
            number = lifted.target.number
            if number == self.trace.start and self.trace.is_loop:
                self._repeat(index + 1)
            else:
                self._exit(target or str(number), index + 1)
        elif target is not None:
            self._line(f"if {target} != {expected}:")
            self.indent += 1
            self._exit(target, index + 1)
            self.indent -= 1
            self._begin_segment(index + 1)
        else:
            self._begin_segment(index + 1)

    # -- leaving --------------------------------------------------------------------------------------------------

    def _exit(self, target: str, count: int) -> None:
        state = self._state_number()
        self._line(f"pc = {target}; budget -= {count}" + (f"; e = {state}" if state else ""))
        self._line("break")

    def _repeat(self, count: int) -> None:
        for line in self._flag_assignments(self.state):
            if line != "pass":
                self._line(line)
        self._line(f"budget -= {count}")
        self._line("continue")

    def _state_number(self) -> int:
        if self.state not in self.states:
            self.states.append(self.state)
        return self.states.index(self.state)

    # -- flags ----------------------------------------------------------------------------------------------------

    def _condition(self, code: int) -> str:
        n, z, c, v = self.state.flags
        if self.state.compared is not None:
            x, y = self.state.compared
            sx, sy = _signed_order(x), _signed_order(y)
            table = (
                f"{x} == {y}", f"{x} != {y}", f"{x} >= {y}", f"{x} < {y}", n, f"not ({n})", v, f"not ({v})",
                f"{x} > {y}", f"{x} <= {y}", f"{sx} >= {sy}", f"{sx} < {sy}", f"{sx} > {sy}", f"{sx} <= {sy}",
            )  # fmt: skip
            return table[code]
        table = (
            z, f"not ({z})", c, f"not ({c})", n, f"not ({n})", v, f"not ({v})",
            f"({c}) and not ({z})", f"not ({c}) or ({z})", f"({n}) == ({v})", f"({n}) != ({v})",
            f"not ({z}) and ({n}) == ({v})", f"({z}) or ({n}) != ({v})",
        )  # fmt: skip
        return table[code]

    def _set_flags(self, index: int, lifted: Lifted, expressions: Expressions) -> FlagState:
        values = dict(lifted.flags)
        flags = list(self.state.flags)
        arithmetic = values[V].args[0] if V in values and values[V].op == "overflow" else None
        if arithmetic is not None:
            return self._arithmetic_flags(index, arithmetic, expressions)
        if N in values and Z in values and values[N].op == "is_negative":
            result = values[N].args[0]
            name = self._capture(f"z{index}", result, expressions)
            flags[N], flags[Z] = f"{name} > 0x7FFFFFFF", f"{name} == 0"
            zero_of = values[Z].args[0]
            if zero_of is not result:
                flags[Z] = f"{self._capture(f'y{index}', zero_of, expressions)} == 0"
            rest: Sequence[int] = (C, V)
        else:
            rest = (N, Z, C, V)
        for flag in rest:
            if flag in values:
                name = f"{_FLAG_LOCALS[flag]}{index}_"
                self._line(f"{name} = {expressions.truth(values[flag], self.state.flags)}")
                flags[flag] = name
        n, z, c, v = flags
        return FlagState((n, z, c, v))

    def _arithmetic_flags(self, index: int, node: Value, expressions: Expressions) -> FlagState:
        x = self._capture(f"x{index}", node.args[0], expressions)
        y = self._capture(f"y{index}", node.args[1], expressions)
        carry = node.args[2]
        if node.op == "difference" and carry.op == "truth" and carry.args[0]:
            expressions.define(node, f"({x} - {y}) & 0xFFFFFFFF")
            difference = f"({x} - {y})"
            return FlagState(
                (
                    f"{difference} & 0x80000000 != 0",
                    f"{x} == {y}",
                    f"{x} >= {y}",
                    f"({x} ^ {y}) & ({x} ^ {difference}) & 0x80000000 != 0",
                ),
                (x, y),
            )
        total = f"s{index}"
        truth = expressions.truth(carry, self.state.flags)
        if node.op == "difference":
            self._line(f"{total} = {x} - {y} - (0 if {truth} else 1)")
            out, overflow = f"{total} >= 0", f"({x} ^ {y}) & ({x} ^ {total}) & 0x80000000 != 0"
        else:
            addition = (
                f"{x} + {y}" if carry.op == "truth" and not carry.args[0] else f"{x} + {y} + (1 if {truth} else 0)"
            )
            self._line(f"{total} = {addition}")
            out, overflow = f"{total} > 0xFFFFFFFF", f"({x} ^ {total}) & ({y} ^ {total}) & 0x80000000 != 0"
        expressions.define(node, f"{total} & 0xFFFFFFFF")
        return FlagState(
            (f"{total} & 0x80000000 != 0", f"{total} & 0xFFFFFFFF == 0", out, overflow),
        )

    def _capture(self, name: str, value: Value, expressions: Expressions) -> str:
        """A name or number for `value` that stays true when registers change."""
        if value.number is not None:
            return str(value.number)
        text = expressions.word(value, self.state.flags)
        self._line(f"{name} = {text}")
        expressions.define(value, name)
        return name

    # -- registers and memory -------------------------------------------------------------------------------------

    def _set_registers(self, index: int, lifted: Lifted, expressions: Expressions) -> None:
        assignments = list(dict(lifted.registers).items())
        self.written.update(number for number, _ in assignments)
        texts = [expressions.word(value, self.state.flags) for _, value in assignments]
        if len(assignments) > 1:
            # One assignment may change what another still has to read, so all happen at once.
            self._line(f"{', '.join(f'r{number}' for number, _ in assignments)} = {', '.join(texts)}")
        elif assignments and texts[0] != f"r{assignments[0][0]}":
            self._line(f"r{assignments[0][0]} = {texts[0]}")

    def _cold(self, index: int) -> None:
        number = len(self.cold_exits)
        address = self.trace.steps[index].lifted.address
        self.cold_exits.append((address, index, self._state_number()))
        self._line(f"k = {number}")

    def _step(self, index: int, position: int, step: Step, expressions: Expressions) -> None:
        if position == 0:
            self._cold(index)
        if step.kind == "address":
            self._address(index, step, expressions)
            return
        units = len(step.values)
        address = expressions.word(step.address, self.state.flags)
        self._line(f"a = {address}")
        table = "L" if step.kind == "load" else "S"
        last = f" or {table}[a + {4 * units - 4} >> 6]" if units > 1 else ""
        aligned = f"a & {step.size - 1} or " if step.size > 1 else ""
        if step.kind == "load":
            self._line(f"if {aligned}L[a >> 6]{last}: raise IndexError")
            self._loads(index, position, step, expressions)
        else:
            allowed = "S[a >> 6]"
            if units == 1:
                word = "a" if step.size == 4 else "a & 0xFFFFFFFC"
                allowed = f"S[a >> 6] and (S[a >> 6] != 4 or {word} in X)"
            self._line(f"if {aligned}{allowed}{last}: raise IndexError")
            self._stores(step, expressions)

    def _address(self, index: int, step: Step, expressions: Expressions) -> None:
        base, offset, subtract = step.address.args
        name = f"m{index}"
        sign = "-" if subtract else "+"
        x, y = expressions.operand(base, self.state.flags), expressions.operand(offset, self.state.flags)
        self._line(f"{name} = {x} {sign} {y}")
        # Beyond the top of the address space the guard tables end, so only what falls below zero needs a test; but a
        # post-indexed access does not use the sum as its address.
        is_accessed = any(other.address is step.address for other in self._transfers(index))
        if not is_accessed:
            self._line(f"if not 0 <= {name} <= 0xFFFFFFFF: raise IndexError")
        elif subtract and (offset.number is None or offset.number > 4096):
            self._line(f"if {name} < 0: raise IndexError")
        expressions.define(step.address, name)

    def _transfers(self, index: int) -> list[Step]:
        return [step for step in self.trace.steps[index].lifted.steps if step.kind != "address"]

    def _loads(self, index: int, position: int, step: Step, expressions: Expressions) -> None:
        if len(step.values) == 1:
            view, at = _VIEWS[step.size]
            text = f"{view}[{at}]"
            if step.is_signed:
                sign = 1 << (8 * step.size - 1)
                text = f"({text} ^ {sign}) - {sign} & 0xFFFFFFFF"
            self._line(f"l{index}_{position} = {text}")
            expressions.define_loaded(position, 0, f"l{index}_{position}")
            return
        self._line("a >>= 2")
        for unit, value in enumerate(step.values):
            name = f"l{index}_{unit}"
            at = f"a + {unit}" if unit else "a"
            self._line(f"{name} = W[{at}]")
            expressions.define_loaded(value.args[0], unit, name)

    def _stores(self, step: Step, expressions: Expressions) -> None:
        flags = self.state.flags
        if len(step.values) == 1:
            view, at = _VIEWS[step.size]
            text = expressions.word(step.values[0], flags)
            masks = {1: f"{text} & 255", 2: f"{text} & 65535", 4: text}
            self._line(f"{view}[{at}] = {masks[step.size]}")
            self._line("w = a")
        else:
            self._line(f"w = a + {4 * len(step.values) - 4}; a >>= 2")
            for unit, value in enumerate(step.values):
                self._line(f"W[{f'a + {unit}' if unit else 'a'}] = {expressions.word(value, flags)}")
        if len(self.store_sizes) > 1:
            self._line(f"ws = {step.size}")

    # -- profiling ------------------------------------------------------------------------------------------------

    def counters(self) -> list[Counted]:
        """What each of the profile's counters stands for: first those counted on the way, then the cold exits, two
        each.
        """
        result = list(self.counted)
        for _, index, _ in self.cold_exits:
            end = next(c.end for c in self.counted if c.what == "reached" and c.sign > 0 and c.start <= index < c.end)
            result.append(Counted(index, end, "reached", -1))
            # A conditional instruction leaves from inside its condition, so it was counted as executed, too.
            conditional = self.trace.steps[index].lifted.instruction.condition < ALWAYS
            result.append(Counted(index, index + 1 if conditional else index, "executed", -1))
        return result

    def _begin_segment(self, index: int) -> None:
        steps = self.trace.steps
        if self.profile_base is None or index >= len(steps):
            return
        end = index + 1
        while end < len(steps) and steps[end - 1].lifted.target is None:
            end += 1
        self.segment_end = end
        self._count(index, end, "reached")

    def _count(self, start: int, end: int, what: str, amount: str = "1", sign: int = 1) -> None:
        assert self.profile_base is not None
        self._line(f"K[{self.profile_base + len(self.counted)}] += {amount}")
        self.counted.append(Counted(start, end, what, sign))


def _signed_order(text: str) -> str:
    """An expression that orders like the signed reading of a captured word."""
    if text.isdigit():
        return str(int(text) ^ 0x80000000)
    return f"({text} ^ 0x80000000)"
