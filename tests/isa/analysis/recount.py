"""What the reports should contain, computed again from the states around each instruction and from its operations.

Each instruction is executed alone by a plain machine. What it accessed is calculated from the recorded operations and
the state before it, so neither the way the reports look at a run nor their bookkeeping is used.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from emu.isa.bits import MASK32, signed
from emu.isa.conditions import CONDITION_TESTS
from emu.isa.engines.interpreter import Interpreter
from emu.isa.engines.lifting import Lifted, Value, lift
from emu.isa.instructions.decoder import decode
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.stops import LimitReached, ServiceCall

NO_MEMORY: Any = None
CALCULATOR = Interpreter([0] * 16, [False] * 4, [False] * 4, NO_MEMORY)


@frozen
class Recounted:
    """One instruction that was executed or skipped."""

    address: int
    word: int
    executed: bool
    old: tuple[int, ...]
    new: tuple[int, ...]
    old_flags: tuple[bool, ...]
    new_flags: tuple[bool, ...]
    cycles: int
    reads: frozenset[int]
    writes: tuple[tuple[int, int], ...]
    accesses: tuple[tuple[bool, int, int, int], ...]


class Evaluation:
    """The values of one instruction's operations in the state before it."""

    def __init__(self, machine: Machine, lifted: Lifted) -> None:
        self.machine = machine
        self.lifted = lifted
        self.registers = list(machine.registers)
        self.flags = list(machine.flags)
        self.saved = list(machine.saved_flags)

    def value(self, node: Value) -> Any:
        op, args = node.op, node.args
        match op:
            case "const" | "truth":
                return args[0]
            case "register":
                return self.registers[args[0]]
            case "flag":
                return self.flags[args[0]]
            case "saved_flag":
                return self.saved[args[0]]
            case "loaded":
                step = self.lifted.steps[args[0]]
                place = (self.value(step.address) + step.size * args[1]) & MASK32
                loaded = int.from_bytes(self.machine.memory.peek(place, step.size), "little")
                return signed(loaded, 8 * step.size) & MASK32 if step.is_signed else loaded
            case "address":
                base, offset = self.value(args[0]), self.value(args[1])
                return (base - offset if args[2] else base + offset) & MASK32
            case "result" | "carry" | "overflow":
                parts = getattr(CALCULATOR, args[0].op)(*map(self.value, args[0].args))
                return parts[("result", "carry", "overflow").index(op)]
            case "low" | "high":
                x, y, is_signed = args[0].args
                return CALCULATOR.multiply_long(self.value(x), self.value(y), is_signed)[op == "high"]
        return getattr(CALCULATOR, op)(*map(self.value, args))


def recount(program: Program, limit: int) -> list[Recounted]:
    """Executes up to `limit` instructions, to the first SWI."""
    machine = Machine(engine="interpreter")
    machine.load(program)
    story = []
    for _ in range(limit):
        pc, old, old_flags = machine.registers[15], tuple(machine.registers), tuple(machine.flags)
        word = int.from_bytes(machine.memory.peek(pc, 4), "little")
        lifted = lift(decode(word), pc)
        executed = bool(CONDITION_TESTS[word >> 28](machine.flags))
        reads: frozenset[int] = frozenset()
        writes: tuple[tuple[int, int], ...] = ()
        accesses: list[tuple[bool, int, int, int]] = []
        if executed:
            evaluation = Evaluation(machine, lifted)
            reads = lifted.reads
            writes = tuple((number, evaluation.value(value)) for number, value in lifted.registers)
            for step in lifted.steps:
                if step.kind == "address":
                    continue
                for index, unit in enumerate(step.values):
                    place = (evaluation.value(step.address) + index * step.size) & MASK32
                    value = evaluation.value(unit) & ((1 << 8 * step.size) - 1)
                    accesses.append((step.kind == "store", place, step.size, value))
        stop = machine.step()
        if isinstance(stop, ServiceCall):
            break
        assert isinstance(stop, LimitReached), stop
        new = tuple(machine.registers)
        story.append(
            Recounted(
                pc, word, executed, old, new, old_flags, tuple(machine.flags), machine.cycles, reads, writes,
                tuple(accesses),
            )
        )  # fmt: skip
    return story
