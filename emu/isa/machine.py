"""One ARM machine: registers, flags, memory, counters, and the way it runs.

Theory of operation. `Machine.run(limit)` executes at most `limit` instructions and says why it stopped. Nothing
reaches the machine from outside while it runs: a SWI ends the run *before* the instruction, the driver does what the
call asks for, and then either completes the instruction (`finish_service_call`), ends the program (`halt`) or fails
it (`fail`). So the same program with the same answers stops at the same instruction in the same state, whatever the
engine and however the run was sliced.

`step_once` is the definition of execution: fetch, decode, condition, semantics, count. Engines translate hot code and
come back to it for everything unusual. The last outcome (halted or faulted) is sticky until `restart`, `load` or
`restore`.

Registers are 32-bit unsigned; `registers[15]` is the address of the next instruction. `instructions` counts everything
fetched, `cycles` what spec cpu.md section 10 says.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import CONDITION_TESTS
from emu.isa.engines.counters import ENDLESS
from emu.isa.engines.interpreter import Interpreter, PendingServiceCall
from emu.isa.faults import Fault, FaultKind, GuestFault, MemoryFault
from emu.isa.instructions.decoder import decode
from emu.isa.layout import CODE_START, Layout
from emu.isa.memory import Memory, MemorySnapshot
from emu.isa.registers import PC, SP
from emu.isa.stops import Faulted, Halted, LimitReached, ServiceCall, WatchpointHit
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from emu.isa.analysis.profile import Profile
    from emu.isa.engines.native.code import Background, CodeCache, Observer
    from emu.isa.program import Program
    from emu.isa.stops import Stop

    class Engine(Protocol):
        """Executes for a machine. Keeps no state that matters: dropping everything it knows changes only its speed."""

        def run(self, budget: int, leaving_breakpoint: bool) -> Stop | None:
            """Executes up to `budget` instructions; None if all were executed, the effort is spent, or on a pause."""

        def forget(self, start: int, end: int) -> None:
            """Something changed in start <= address < end: translations of it are stale."""

        def forget_all(self) -> None:
            """Every translation is stale."""

        def native_usage(self) -> dict[int, int]:
            """How many instructions native code has executed, by the address at which it was entered."""


MAX_CYCLES = 16
"""The most cycles that one instruction takes."""


class MachineSnapshot(Record):
    """The whole state of a machine at one moment."""

    registers: tuple[int, ...]
    flags: tuple[bool, ...]
    saved_flags: tuple[bool, ...]
    instructions: int
    cycles: int
    outcome: Halted | Faulted | None
    memory: MemorySnapshot


class Machine:
    """A machine without program until `load`. `engine` is "auto", "native", "python" or "interpreter"."""

    def __init__(self, layout: Layout | None = None, *, engine: str = "auto", stack_guard: bool = False) -> None:
        self.layout = layout or Layout()
        self.memory_map = self.layout.memory_map()
        """Of the program that is loaded, or the layout's own."""
        self.has_stack_guard = stack_guard
        self.engine_name = engine
        self.registers = [0] * 16
        self.flags = [False] * 4
        self.saved_flags = [False] * 4
        self.instructions = 0
        self.cycles = 0
        self.cycle_limit = 0
        self.outcome: Halted | Faulted | None = None
        self.program: Program | None = None
        self._profile: Profile | None = None
        self.code_cache: CodeCache | None = None
        """Where compiled native code is kept between runs, if anywhere."""
        self.background: Background | None = None
        """What compiles while the machine runs, if anything does."""
        self.makes_native = True
        """Whether hot code may become native now. Set to false while the machine runs where nobody may wait long."""
        self.prepare_native: Callable[[], None] | None = None
        """Called when native code is first considered: time enough to set the two above."""
        self.observer: Observer | None = None
        """Who is told what becomes hot and is translated, if anybody."""
        self.breakpoints: set[int] = set()
        self.effort = ENDLESS
        """See `run`."""
        self.pause_requested = False
        """Set by `pause`, perhaps from a signal handler or another thread."""
        self.translated = [0, 0]
        """How many of `instructions` functions in Python executed, and how many native ones."""
        self._attach(Memory(self.memory_map.regions, wraps=self.memory_map.wraps))

    def _attach(self, memory: Memory) -> None:
        self.memory = memory
        self.interpreter = Interpreter(self.registers, self.flags, self.saved_flags, memory)
        self.engine = self._make_engine()
        memory.code_written = self._code_written
        memory.guards_changed = self.engine.forget_all

    def _make_engine(self) -> Engine:
        if self.engine_name == "interpreter":
            from emu.isa.engines.stepping import SteppingEngine

            return SteppingEngine(self)
        from emu.isa.engines.python import PythonEngine

        return PythonEngine(self, native=self.engine_name != "python")

    def use_engine(self, name: str) -> None:
        """Executes with another engine from now on; see the class. What the machine is does not change."""
        if self._profile is not None:
            self._profile.counts()
        self.engine_name = name
        self._attach(self.memory)

    def _code_written(self, address: int, size: int) -> None:
        self.engine.forget(address, address + size)

    @property
    def stack_guard(self) -> int:
        """The address below which SP is a fault; 0 without a guard."""
        return self.memory_map.stack_start if self.has_stack_guard else 0

    @property
    def profile(self) -> Profile | None:
        """What counts the executed instructions, if anything does."""
        return self._profile

    @profile.setter
    def profile(self, profile: Profile | None) -> None:
        self._profile = profile
        if profile is not None:
            profile.calls.assumption_failed = self._forget_code
        self.engine.forget_all()

    def _forget_code(self) -> None:
        self.engine.forget_all()

    # -- programs -------------------------------------------------------------------------------------------------

    def load(self, program: Program) -> None:
        """Replaces the program: memory holds its image and nothing else, registers are as after a restart.

        Breakpoints stay where they still mark an instruction. Raises MemoryFault if a byte has no place; then the
        machine is as before.
        """
        wanted = program.memory_map or self.layout.memory_map(_lives_low(program))
        if (wanted.regions, wanted.wraps) == (self.memory_map.regions, self.memory_map.wraps):
            memory = self.memory
            for segment in program.segments:
                memory.require_mapped(segment.address, len(segment.data))
            memory.clear()
        else:
            memory = Memory(wanted.regions, wraps=wanted.wraps)
            for segment in program.segments:
                memory.require_mapped(segment.address, len(segment.data))
            for watchpoint in self.memory.watchpoints:
                memory.watch(watchpoint)
            self._attach(memory)
        self.memory_map = wanted
        for segment in program.segments:
            memory.poke(segment.address, segment.data)
        self.program = program
        self.breakpoints.difference_update([a for a in self.breakpoints if a not in program.instruction_addresses])
        self.engine.forget_all()
        self.restart()

    def reload(self) -> None:
        """Restores the image of the loaded program, then restarts."""
        if self.program is not None:
            self.load(self.program)

    def start_over(self) -> None:
        """`restart`; a compiled program also gets its image anew: it relies on the values its variables begin with."""
        if self.program is not None and self.program.memory_map is not None:
            self.load(self.program)
        else:
            self.restart()

    def restart(self) -> None:
        """Registers, flags and counters to their start values, PC to the entry. Memory and breakpoints stay."""
        self.registers[:] = [0] * 16
        self.flags[:] = [False] * 4
        self.saved_flags[:] = [False] * 4
        self.instructions = self.cycles = 0
        self.translated[:] = [0, 0]
        self.outcome = None
        self.memory.last_store = None
        self.memory.watch_hits.clear()
        if self.program is not None:
            self.registers[SP] = self.memory_map.stack_top & MASK32
            self.registers[PC] = self.program.entry
        if self.profile is not None:
            self.profile.clear()

    def clear(self) -> None:
        """Removes program, breakpoints and watchpoints; memory has the layout's regions again, all of it is zero."""
        self.program = None
        self.breakpoints.clear()
        for watchpoint in self.memory.watchpoints:
            self.memory.unwatch(watchpoint.number)
        standard = self.layout.memory_map()
        if self.memory_map == standard:
            self.memory.clear()
            self.engine.forget_all()
        else:
            self._attach(Memory(standard.regions, wraps=standard.wraps))
            self.memory_map = standard
        self.restart()

    # -- running --------------------------------------------------------------------------------------------------

    def run(self, limit: int | None = None, *, leaving_breakpoint: bool = False, effort: int | None = None) -> Stop:
        """Executes at most `limit` instructions (None: no limit) and says why it stopped.

        `leaving_breakpoint` makes the very first instruction ignore a breakpoint on itself. With `effort`, it may
        return LimitReached earlier: an instruction costs 1 in a Python function, some twenty times that when
        interpreted and next to nothing in native code, so that an effort of ten thousand takes a millisecond or so,
        whatever the program does.
        """
        remaining = limit
        self.effort = ENDLESS if effort is None else effort
        while True:
            if self.outcome is not None:
                return self.outcome
            if remaining is not None and remaining <= 0:
                return LimitReached()
            chunk = remaining if remaining is not None else 1 << 62
            if self.cycle_limit:
                left = self.cycle_limit - self.cycles
                if left <= 0:
                    message = f"cycle limit exceeded ({self.cycle_limit} cycles)"
                    return self.fail(Fault(FaultKind.CYCLE_LIMIT, message, self.registers[PC]))
                chunk = min(chunk, max(1, left // MAX_CYCLES))
            before = self.instructions
            stop = self.engine.run(chunk, leaving_breakpoint)
            if stop is not None:
                return stop
            executed = self.instructions - before
            if executed < chunk:
                self.pause_requested = False
                return LimitReached()
            leaving_breakpoint = False
            if remaining is not None:
                remaining -= executed

    def pause(self) -> None:
        """Makes a run in progress, or else the next one, return LimitReached before its limit.

        It does so within a few hundredths of a second. Safe from another thread and from a signal handler.
        """
        self.pause_requested = True

    def step(self) -> Stop:
        """Executes one instruction, whatever breakpoints say."""
        return self.run(1, leaving_breakpoint=True)

    def step_once(self) -> Stop | None:
        """One instruction by the interpreter; None if it was executed and nothing is to be reported."""
        registers = self.registers
        pc = registers[PC]
        memory = self.memory
        try:
            instruction = decode(memory.fetch(pc))
        except MemoryFault as error:
            return self.fail(error.fault.replace(pc=pc))
        executed = CONDITION_TESTS[instruction.condition](self.flags)
        following = (pc + 4) & MASK32
        sp = registers[SP]
        if executed:
            interpreter = self.interpreter
            interpreter.begin(pc)
            memory.watching_pc = pc
            try:
                instruction.form.semantics(interpreter, instruction.fields)
            except PendingServiceCall as call:
                return ServiceCall(call.number, pc)
            except GuestFault as error:
                memory.watch_hits.clear()
                return self.fail(_located(error.fault, pc, instruction.word))
            if interpreter.target is not None:
                following = interpreter.target
            self.cycles += interpreter.extra_cycles
        registers[PC] = following
        self.instructions += 1
        self.cycles += 1
        profile = self._profile
        if profile is not None:
            extra = self.interpreter.extra_cycles if executed else 0
            profile.steps.append((pc, instruction.word, bool(executed), extra))
            if executed and following != (pc + 4) & MASK32:
                profile.jumped(pc, instruction.word, following, self.cycles)
        if executed and self.stack_guard and sp != registers[SP] < self.stack_guard:
            return self.fail_stack_guard()
        return self.take_watch_hits() if memory.watch_hits else None

    def take_watch_hits(self) -> WatchpointHit:
        """The accesses that watchpoints caught since the last call."""
        hits = tuple(self.memory.watch_hits)
        self.memory.watch_hits.clear()
        return WatchpointHit(hits)

    def fail_stack_guard(self) -> Faulted:
        """The stack guard has seen SP below the stack region."""
        sp = self.registers[SP]
        message = f"stack guard: SP is 0x{sp:08X}, below the stack region at 0x{self.stack_guard:08X}"
        return self.fail(Fault(FaultKind.STACK_GUARD, message, self.registers[PC], sp))

    # -- what the driver says -------------------------------------------------------------------------------------

    def finish_service_call(self, *, counted: bool = True) -> WatchpointHit | None:
        """The SWI at the PC is done: go past it. `counted` is false for the breakpoint call, which takes no cycle.

        Gives back the watched accesses that the service made.
        """
        pc = self.registers[PC]
        self.registers[PC] = (pc + 4) & MASK32
        self.instructions += 1
        if counted:
            self.cycles += 1
        self._count_service_call(pc)
        return self.take_watch_hits() if self.memory.watch_hits else None

    def halt(self, exit_code: int) -> Halted:
        """The program has ended with the SWI at the PC. `exit_code` is a signed 32-bit number."""
        self.instructions += 1
        self._count_service_call(self.registers[PC])
        self.outcome = Halted(exit_code)
        return self.outcome

    def _count_service_call(self, pc: int) -> None:
        if self.profile is not None:
            word = self.memory.words[pc >> 2]
            self.profile.stepped(pc, word, True, (pc + 4) & MASK32, self.cycles, 0)

    def fail(self, fault: Fault) -> Faulted:
        """The program cannot go on."""
        self.outcome = Faulted(fault)
        return self.outcome

    # -- breakpoints ----------------------------------------------------------------------------------------------

    def set_breakpoint(self, address: int) -> None:
        """Stops `run` before the instruction at `address`."""
        if address not in self.breakpoints:
            self.breakpoints.add(address)
            self.engine.forget(address, address + 4)

    def clear_breakpoint(self, address: int) -> None:
        """Removes a breakpoint. Raises KeyError if there is none."""
        self.breakpoints.remove(address)
        self.engine.forget(address, address + 4)

    # -- snapshots ------------------------------------------------------------------------------------------------

    def snapshot(self) -> MachineSnapshot:
        """The state now; cheap where little was written since the last one."""
        return MachineSnapshot(
            tuple(self.registers),
            tuple(self.flags),
            tuple(self.saved_flags),
            self.instructions,
            self.cycles,
            self.outcome,
            self.memory.snapshot(),
        )

    def restore(self, snapshot: MachineSnapshot) -> None:
        """Back to a snapshot of this machine, or of another with the same program and layout."""
        self.registers[:] = snapshot.registers
        self.flags[:] = snapshot.flags
        self.saved_flags[:] = snapshot.saved_flags
        self.instructions = snapshot.instructions
        self.cycles = snapshot.cycles
        self.outcome = snapshot.outcome
        self.memory.restore(snapshot.memory)


def _lives_low(program: Program) -> bool:
    return program.entry < CODE_START or any(segment.address < CODE_START for segment in program.segments)


def _located(fault: Fault, pc: int, word: int) -> Fault:
    if fault.kind in (FaultKind.UNDEFINED, FaultKind.COPROCESSOR):
        return fault.replace(pc=pc, message=f"{fault.message}: 0x{word:08X} at 0x{pc:08X}")
    return fault.replace(pc=pc)
