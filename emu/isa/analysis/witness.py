"""Seeing every instruction: what it read, wrote and transferred, as the raw material of traces.

Theory of operation. `Witness` is the interpreter, taking notes: a builder that executes an instruction and writes down
which registers its meaning read and set and which accesses it made. So what a trace tells comes from the one
declaration of the instruction, and from this very execution of it.

`Observed` stands in the machine's place towards the driver. It executes one instruction at a time, lends the services
registers and memory that take notes as well, and hands each completed instruction to the observers as a `Moment`. An
instruction that faults, or a call that is abandoned, has not happened and is not shown.

What is executed again and again is executed by functions that note the same (see `noted_steps`), as long as nothing is
set up that could stop the run between two instructions. An instruction is known by its address and its word, so code
that rewrites itself is seen as it is.
"""

from __future__ import annotations

from emu.isa.bits import MASK32, signed
from emu.isa.conditions import CONDITION_TESTS
from emu.isa.engines.interpreter import Interpreter
from emu.isa.faults import GuestFault, MemoryFault
from emu.isa.machine import MAX_CYCLES
from emu.isa.registers import PC
from emu.isa.stops import LimitReached, ServiceCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from emu.isa.analysis.noted_steps import NotedStep
    from emu.isa.faults import Fault
    from emu.isa.machine import Machine
    from emu.isa.memory import Memory
    from emu.isa.stops import Stop, WatchpointHit

    class Observer(Protocol):
        """Somebody who wants to see every instruction."""

        def executed(self, moment: Moment) -> None:
            """One instruction has been executed, or skipped because its condition did not hold."""


OFTEN = 16
"""Executions after which an instruction gets a function of its own."""

MOST_KNOWN = 1 << 16
"""Instructions that are remembered."""


class Access:
    """One data access. `value` is unsigned; a system call may transfer any number of bytes, which are in `data`."""

    __slots__ = ("address", "data", "is_write", "size", "value")

    def __init__(self, is_write: bool, address: int, size: int, value: int, data: bytes = b"") -> None:
        self.is_write = is_write
        self.address = address
        self.size = size
        self.value = value
        self.data = data


class _Known:
    """An instruction that was executed before: its word, how often, and its function once it has one."""

    __slots__ = ("step", "times", "word")

    def __init__(self, word: int) -> None:
        self.word = word
        self.times = 0
        self.step: NotedStep | None = None


class Moment:
    """One instruction that has happened. Only valid during the call that hands it over.

    `sequence` counts instructions from 1, `cycles` is the counter afterwards. `old_registers[15]` is the instruction's
    address, `registers[15]` the next one's. `reads` has one entry per register operand that was read, in the order of
    reading; `writes` one (number, value) per register that was set as an operand, 15 included, branches not.
    """

    __slots__ = (
        "accesses", "address", "cycles", "executed", "flags", "is_service", "old_flags", "old_registers", "reads",
        "registers", "sequence", "word", "writes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.sequence = self.cycles = self.address = self.word = 0
        self.executed = True
        self.is_service = False
        self.old_registers: list[int] = []
        self.registers: list[int] = []
        self.old_flags: tuple[bool, ...] = ()
        self.flags: tuple[bool, ...] = ()
        self.reads: Sequence[int] = ()
        self.writes: Sequence[tuple[int, int]] = ()
        self.accesses: Sequence[Access] = ()


class Witness(Interpreter):
    """The interpreter, taking notes."""

    __slots__ = ("accesses", "reads", "writes")

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine.registers, machine.flags, machine.saved_flags, machine.memory)
        self.forget()

    def forget(self) -> None:
        """Nothing has been seen."""
        self.reads: list[int] = []
        self.writes: list[tuple[int, int]] = []
        self.accesses: list[Access] = []

    def register(self, number: int) -> int:
        self.reads.append(number)
        return super().register(number)

    def set_register(self, number: int, value: int) -> None:
        self.writes.append((number, value))
        super().set_register(number, value)

    def load(self, address: int, size: int, is_signed: bool = False) -> int:
        value = self.memory.load(address, size)
        self.accesses.append(Access(False, address, size, value))
        return signed(value, 8 * size) & MASK32 if is_signed else value

    def store(self, address: int, size: int, value: int) -> None:
        self.memory.store(address, size, value)
        self.accesses.append(Access(True, address, size, value & ((1 << 8 * size) - 1)))

    def load_words(self, address: int, count: int) -> list[int]:
        return [self.load((address + 4 * index) & MASK32, 4) for index in range(count)]

    def store_words(self, address: int, values: list[int]) -> None:
        for index, value in enumerate(values):
            self.store((address + 4 * index) & MASK32, 4, value)


class _LentRegisters(list[int]):
    """The registers as a system call sees them: reading and setting single ones is noted."""

    def __init__(self, registers: list[int], witness: Witness) -> None:
        super().__init__(registers)
        self._real = registers
        self._witness = witness

    def __getitem__(self, index: Any) -> Any:
        numbers = range(len(self))[index] if isinstance(index, slice) else (index,)
        self._witness.reads += [number for number in numbers if number != PC]
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, value)
        self._real[index] = value
        self._witness.writes.append((index, value))


class _LentMemory:
    """Memory as a system call sees it."""

    def __init__(self, memory: Memory, witness: Witness) -> None:
        self._memory = memory
        self._witness = witness

    def read(self, address: int, size: int) -> bytes:
        """See `Memory`."""
        data = self._memory.read(address, size)
        if data:
            self._witness.accesses.append(Access(False, address, size, int.from_bytes(data[:4], "little"), data))
        return data

    def write(self, address: int, data: bytes) -> None:
        """See `Memory`."""
        self._memory.write(address, data)
        if data:
            self._witness.accesses.append(Access(True, address, len(data), int.from_bytes(data[:4], "little"), data))

    def peek(self, address: int, size: int) -> bytes:
        """See `Memory`. Looking is no access."""
        return self._memory.peek(address, size)


class Observed:
    """A machine with observers, for the driver. The machine must interpret, and must have loaded its program."""

    def __init__(self, machine: Machine, observers: Sequence[Observer]) -> None:
        self.machine = machine
        self._observers = observers
        self._witness = machine.interpreter = Witness(machine)
        self._moment = Moment()
        self._known: dict[int, _Known] = {}

    @property
    def instructions(self) -> int:
        """See `Machine`."""
        return self.machine.instructions

    @property
    def registers(self) -> list[int]:
        """What a system call may read and set."""
        return _LentRegisters(self.machine.registers, self._witness)

    @property
    def flags(self) -> list[bool]:
        """See `Machine`."""
        return self.machine.flags

    @property
    def memory(self) -> _LentMemory:
        """What a system call may read and write."""
        return _LentMemory(self.machine.memory, self._witness)

    def run(self, limit: int, *, leaving_breakpoint: bool = False) -> Stop:
        """As `Machine.run`, one instruction at a time."""
        machine = self.machine
        end = machine.instructions + limit
        while (before := machine.instructions) < end:
            if not leaving_breakpoint and self._runs_quickly(end - before):
                continue
            self._look()
            stop = machine.run(1, leaving_breakpoint=leaving_breakpoint)
            leaving_breakpoint = False
            if machine.instructions != before:
                self._show(is_service=False)
                if not isinstance(stop, LimitReached):
                    return stop
            else:
                if isinstance(stop, ServiceCall):
                    self._witness.forget()
                return stop
        return LimitReached()

    def finish_service_call(self) -> WatchpointHit | None:
        """See `Machine`."""
        stop = self.machine.finish_service_call()
        self._show(is_service=True)
        return stop

    def halt(self, exit_code: int) -> object:
        """See `Machine`."""
        halted = self.machine.halt(exit_code)
        self._show(is_service=True)
        return halted

    def fail(self, fault: Fault) -> object:
        """See `Machine`."""
        return self.machine.fail(fault)

    def _runs_quickly(self, limit: int) -> bool:
        """Executes up to `limit` well-known instructions; whether there was one."""
        machine = self.machine
        memory = machine.memory
        if machine.outcome is not None or machine.breakpoints or machine.has_stack_guard or memory.watchpoints:
            return False
        if machine.cycle_limit:
            limit = min(limit, (machine.cycle_limit - machine.cycles) // MAX_CYCLES)
        registers, flags, moment, observers = machine.registers, machine.flags, self._moment, self._observers
        words, known, profile = memory.words, self._known, machine.profile
        moment.is_service = False
        moment.registers = registers
        cycles, before = machine.cycles, machine.instructions
        sequence, last = before, before + limit
        new_flags = tuple(flags)
        while sequence < last and not machine.pause_requested:
            pc = registers[PC]
            place = known.get(pc)
            if place is None or place.word != words[pc >> 2]:
                self._meet(pc)
                break
            step = place.step
            if step is None:
                if not self._is_worth_a_step(pc, place):
                    break
                continue
            moment.old_registers = registers[:]
            moment.old_flags = new_flags
            try:
                extra = step(registers, flags, memory, moment)
            except (GuestFault, IndexError):
                break
            sequence += 1
            cycles += 1 + extra
            machine.instructions = moment.sequence = sequence
            machine.cycles = moment.cycles = cycles
            moment.address = pc
            moment.word = word = place.word
            moment.flags = new_flags = tuple(flags)
            if profile is not None:
                profile.stepped(pc, word, moment.executed, registers[PC], cycles, extra)
            for observer in observers:
                observer.executed(moment)
        return sequence > before

    def _meet(self, pc: int) -> None:
        """An instruction that was not met before, or that was another one then."""
        memory = self.machine.memory
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        try:
            self._known[pc] = _Known(memory.fetch(pc))
        except MemoryFault:
            self._known.pop(pc, None)

    def _is_worth_a_step(self, pc: int, place: _Known) -> bool:
        """Gives an instruction its function if it is executed often enough to pay for it."""
        place.times += 1
        if place.times == OFTEN:
            from emu.isa.analysis.noted_steps import noted_step

            place.step = noted_step(place.word, pc, self.machine.memory.wraps, Access)
        return place.step is not None

    def _look(self) -> None:
        """Before an instruction."""
        machine, moment = self.machine, self._moment
        self._witness.forget()
        moment.old_registers = list(machine.registers)
        moment.old_flags = tuple(machine.flags)
        moment.address = pc = machine.registers[PC]
        memory = machine.memory
        moment.word = memory.words[pc >> 2] if pc < memory.size else 0

    def _show(self, *, is_service: bool) -> None:
        machine, moment, witness = self.machine, self._moment, self._witness
        moment.sequence = machine.instructions
        moment.cycles = machine.cycles
        moment.executed = bool(CONDITION_TESTS[moment.word >> 28](moment.old_flags))
        moment.is_service = is_service
        moment.registers = machine.registers
        moment.flags = tuple(machine.flags)
        moment.reads = witness.reads
        moment.writes = witness.writes
        moment.accesses = witness.accesses
        for observer in self._observers:
            observer.executed(moment)
