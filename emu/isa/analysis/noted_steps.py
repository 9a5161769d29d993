"""Python functions that execute one instruction and note what it did, for reports on long runs.

Theory of operation. `Witness` interprets an instruction with notes, which takes some microseconds. What is executed
often gets a function of its own here, written from the recorded operations of the instruction: it tests the
condition, makes the accesses, sets registers and flags, and puts what happened into the `Moment`. Which registers are
read, and in which order, depends on the instruction's fields alone and is noted once.

A function does nothing unusual. Where an access faults, it ends before it has set anything, and the interpreter
executes the instruction again, to the same fault.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, C, N, V, Z
from emu.isa.engines.expressions import Expressions
from emu.isa.engines.lifting import Recorder, Value, recorded, walk
from emu.isa.instructions.decoder import decode
from emu.isa.registers import PC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from emu.isa.analysis.witness import Moment
    from emu.isa.engines.lifting import Lifted, Step
    from emu.isa.memory import Memory

    NotedStep: TypeAlias = "Callable[[list[int], list[bool], Memory, Moment], int]"
    """Executes for registers, flags and memory; fills the moment; returns the cycles beyond the first."""

_FLAGS = ("n", "z", "c", "v")
_CONDITIONS = (
    "z", "not z", "c", "not c", "n", "not n", "v", "not v", "c and not z", "not c or z", "n == v", "n != v",
    "not z and n == v", "z or n != v", "True", "False",
)  # fmt: skip


class _Noting(Recorder):
    """A recorder that keeps the order in which registers are read and set, the PC among them."""

    def __init__(self, location: int, wraps: bool) -> None:
        super().__init__(location, wraps)
        self.read_order: list[int] = []
        self.write_order: list[int] = []

    def register(self, number: int) -> Value:
        self.read_order.append(number)
        return super().register(number)

    def set_register(self, number: int, value: Value) -> None:
        self.write_order.append(number)
        super().set_register(number, value)


class _Rendered(Expressions):
    """Expressions with the overflow of sums whose results have names."""

    def _bit_overflow(self, node: Value) -> str:
        x, y, result = self._operand(node.args[0]), self._operand(node.args[1]), self._result(node)
        if node.op == "difference":
            return f"(({x} ^ {y}) & ({x} ^ {result}) & 0x80000000 != 0)"
        return f"(({x} ^ {result}) & ({y} ^ {result}) & 0x80000000 != 0)"


def noted_step(word: int, address: int, wraps: bool, access: type) -> NotedStep | None:
    """The function for the instruction `word` at `address`, None for one that is left to the interpreter.

    `access` is called with is_write, address, size and value for each data access.
    """
    recorder = _Noting(address, wraps)
    lifted = recorded(recorder, decode(word), address)
    if lifted.is_exceptional:
        return None
    source = _Writer(recorder, lifted).write()
    namespace: dict[str, object] = {"access": access}
    exec(compile(source, f"<step 0x{address:08X}>", "exec"), namespace)
    step: NotedStep = namespace["step"]  # type: ignore[assignment]  # the source defines it
    return step


class _Writer:
    """Writes one function."""

    def __init__(self, recorder: _Noting, lifted: Lifted) -> None:
        self.lifted = lifted
        self.reads = tuple(recorder.read_order)
        self.write_order = recorder.write_order
        self.expressions = _Rendered(lifted, 0)
        self.lines: list[str] = []
        self.accesses: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(" " + text)

    def write(self) -> str:
        """The source text."""
        lifted = self.lifted
        condition = lifted.instruction.condition
        following = (lifted.address + 4) & MASK32
        if condition != ALWAYS or lifted.reads_flags:
            self.line("n, z, c, v = f")
        if condition != ALWAYS:
            self.line(f"if not ({_CONDITIONS[condition]}):")
            self.line(" m.executed = False")
            self.line(" m.reads = m.writes = m.accesses = ()")
            self.line(f" r[{PC}] = {following}")
            self.line(" return 0")
        self.line("m.executed = True")
        for number in sorted(lifted.reads):
            self.line(f"r{number} = r[{number}]")
        for position, step in enumerate(lifted.steps):
            self._step(position, step)
        self._name_sums()
        self._assign(following)
        return "\n".join(["def step(r, f, memory, m):", *self.lines]) + "\n"

    # -- accesses

    def _step(self, position: int, step: Step) -> None:
        if step.kind == "address":
            base, offset, subtract = step.address.args
            name = f"a{position}"
            sign = "-" if subtract else "+"
            self.line(f"{name} = {self.expressions.operand(base)} {sign} {self.expressions.operand(offset)}")
            self.line(f"if not 0 <= {name} <= {MASK32}: raise IndexError")
            self.expressions.define(step.address, name)
            return
        first = f"b{position}"
        self.line(f"{first} = {self.expressions.word(step.address, _FLAGS)}")
        for unit, value in enumerate(step.values):
            name = f"l{position}_{unit}"
            place = first if not unit else f"({first} + {unit * step.size} & {MASK32})"
            if step.kind == "load":
                self.line(f"{name} = memory.load({place}, {step.size})")
                self.accesses.append(f"access(False, {place}, {step.size}, {name})")
                self._loaded(position, unit, step, name)
            else:
                mask = (1 << 8 * step.size) - 1
                self.line(f"{name} = ({self.expressions.word(value, _FLAGS)}) & {mask}")
                self.line(f"memory.store({place}, {step.size}, {name})")
                self.accesses.append(f"access(True, {place}, {step.size}, {name})")

    def _loaded(self, position: int, unit: int, step: Step, name: str) -> None:
        if step.is_signed:
            bits = 8 * step.size
            extended = f"({name} | {MASK32 ^ ((1 << bits) - 1)} if {name} >> {bits - 1} else {name})"
            self.line(f"{name}_ = {extended}")
            name += "_"
        self.expressions.define_loaded(position, unit, name)

    # -- results

    def _roots(self) -> list[Value]:
        lifted = self.lifted
        roots = [value for _, value in (*lifted.registers, *lifted.flags)]
        return roots + [value for value in (lifted.target, lifted.cycles) if value is not None]

    def _name_sums(self) -> None:
        """Sums are computed once, before registers are set; what they add is named too where it is used again."""
        named: set[int] = set()

        def note(value: Value) -> None:
            if value.op in ("sum", "difference") and id(value) not in named:
                named.add(id(value))
                name = f"s{len(named)}"
                for letter, operand in zip("xy", value.args[:2], strict=True):
                    if operand.op != "const":
                        text = self.expressions.word(operand, _FLAGS)
                        self.line(f"{letter}{name} = {text}")
                        self.expressions.define(operand, f"{letter}{name}")
                self.line(f"{name} = {self.expressions.word(Value('result', value), _FLAGS)}")
                self.expressions.define(value, name)

        for root in self._roots():
            walk(root, note)

    def _assign(self, following: int) -> None:
        lifted, expressions = self.lifted, self.expressions
        values: dict[int, list[str]] = {}
        for index, (number, value) in enumerate(lifted.registers):
            self.line(f"v{index} = {expressions.word(value, _FLAGS)}")
            values.setdefault(number, []).append(f"v{index}")
        for flag, value in lifted.flags:
            self.line(f"{_FLAGS[flag]}_ = {expressions.truth(value, _FLAGS)}")
        if lifted.cycles is not None:
            self.line(f"cycles = {expressions.word(lifted.cycles, _FLAGS)}")
        if lifted.target is not None:
            self.line(f"following = {expressions.word(lifted.target, _FLAGS)}")
            values[PC] = ["following"]
        self.line(f"m.reads = {self.reads!r}")
        writes = [f"({number}, {values[number].pop(0)})" for number in self.write_order]
        self.line(f"m.writes = ({', '.join(writes)},)" if writes else "m.writes = ()")
        self.line(f"m.accesses = ({', '.join(self.accesses)},)" if self.accesses else "m.accesses = ()")
        for index, (number, _) in enumerate(lifted.registers):
            self.line(f"r[{number}] = v{index}")
        if {flag for flag, _ in lifted.flags} == {N, Z, C, V}:
            self.line("f[:] = n_, z_, c_, v_")
        else:
            for flag, _ in lifted.flags:
                self.line(f"f[{flag}] = {_FLAGS[flag]}_")
        self.line(f"r[{PC}] = {'following' if lifted.target is not None else following}")
        self.line("return cycles" if lifted.cycles is not None else "return 0")
