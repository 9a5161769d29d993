"""What the reports should contain, computed again from the states around each instruction and from its operations.

Each instruction is executed alone by a plain machine. What it accessed is calculated from the recorded operations and
the state before it, so neither the way the reports look at a run nor their bookkeeping is used. What a system call
reads and writes is written down in a table here.
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
from emu.isa.stops import Faulted, Halted, LimitReached, ServiceCall
from emu.services.driver import serve, settle
from emu.services.effects import Answer, AwaitInput, Effect
from emu.services.effects import Random as RandomEffect
from emu.services.services import Services

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
    """(is write, address, size, value) of each."""
    is_service: bool = False
    transferred: tuple[tuple[bool, int, bytes], ...] = ()
    """(is write, address, bytes) for a system call."""


@frozen
class Story:
    """A whole run. A fault or a call that ends the program is the machine's outcome."""

    steps: list[Recounted]
    machine: Machine


def perform(effect: Effect, services: Services) -> Answer:
    """A world in which everybody says the same."""
    if isinstance(effect, AwaitInput):
        services.console.feed(b"a line\n")
    return 0x12345678 if isinstance(effect, RandomEffect) else None


SERVICE_REGISTERS: dict[int, tuple[set[int], bool]] = {
    0x00: ({0}, False),
    0x01: ({0}, False),
    0x02: ({0}, False),
    0x03: ({0, 1}, False),
    0x05: ({0, 1}, True),
    0x07: (set(), False),
    0x20: ({0}, True),
    0x31: (set(), True),
    0xF4: ({0}, False),
}
"""Number: the registers that the call reads, and whether it sets R0."""


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
    return retell(program, limit, Services(), stop_at_services=True).steps


def retell(program: Program, limit: int, services: Services, *, stop_at_services: bool = False) -> Story:
    """Executes up to `limit` instructions with their system calls, to the end or the first fault."""
    machine = Machine(engine="interpreter")
    machine.load(program)
    story: list[Recounted] = []
    while machine.instructions < limit:
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
        transferred: tuple[tuple[bool, int, bytes], ...] = ()
        if isinstance(stop, ServiceCall):
            if stop_at_services:
                break
            over = settle(machine, stop, serve(machine, services, stop, lambda effect: perform(effect, services)))
            if isinstance(over, Faulted):
                break
            numbers, sets_r0 = SERVICE_REGISTERS[stop.number]
            reads = frozenset(numbers)
            writes = ((0, machine.registers[0]),) if sets_r0 else ()
            transferred = _transferred(stop.number, old, machine)
        elif isinstance(stop, Faulted):
            break
        else:
            assert isinstance(stop, LimitReached), stop
        story.append(
            Recounted(
                pc, word, executed, old, tuple(machine.registers), old_flags, tuple(machine.flags), machine.cycles,
                reads, writes, tuple(accesses), isinstance(stop, ServiceCall), transferred,
            )
        )  # fmt: skip
        if isinstance(machine.outcome, Halted):
            break
    return Story(story, machine)


def _transferred(number: int, old: tuple[int, ...], machine: Machine) -> tuple[tuple[bool, int, bytes], ...]:
    if number == 0x02:
        length = machine.memory.peek(old[0], 1 << 12).index(0) + 1
        return ((False, old[0], machine.memory.peek(old[0], length)),)
    if number == 0x05:
        text = b"a line"[: (old[1] or 256) - 1] + b"\0"
        return ((True, old[0], text),)
    if number == 0x20 and machine.registers[0]:
        return ((True, machine.registers[0], bytes((old[0] + 3) & ~3)),)
    return ()
