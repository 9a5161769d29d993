"""Hot code as Python functions, cold code by the interpreter.

Theory of operation. The engine interprets until execution reaches an address that has been a starting point often
enough; then it chooses a trace, writes a function for it and compiles that (`traces`, `source`). From then on,
whenever the PC is at that address and the budget covers the whole trace, the function runs instead. A function
returns at an exit of its trace, or asks for one interpreted step where something unusual has to happen. Starting
points are where interpretation begins after a function has ended, and where an interpreted branch lands: so loop
headers and the continuations of traces become hot, and nothing else.

Translations are only ever a copy of what memory says. A granule with translated code is guarded; a store to it makes
`forget` drop every region that contains a changed word, outside translated code, because a guarded store is
interpreted.
"""

from __future__ import annotations

from emu.isa.engines.counters import EXTRA_CYCLES, LAST_STORE, LAST_STORE_SIZE
from emu.isa.registers import PC, SP
from emu.isa.stops import BreakpointHit
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.traces import Trace
    from emu.isa.machine import Machine
    from emu.isa.stops import Stop

HOT = 24
"""How often an address is a starting point before it is translated. Writing and compiling an instruction takes as
long as interpreting it about this many times."""

_MAX_REGIONS = 4096


class _Region(Record):
    """A translated trace. `length` is the largest number of instructions that one pass executes."""

    trace: Trace
    function: Callable[..., int]
    length: int


class PythonEngine:
    """See the module's docstring. Implements `machine.Engine`."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._regions: dict[int, _Region] = {}
        self._loop_heads: set[int] = set()
        self._heat: dict[int, int] = {}
        self._users: dict[int, set[int]] = {}
        self._code: set[int] = set()
        self._counters = [0, -1, 4]
        self._profile_slots: list[int] = []
        memory = machine.memory
        self._arguments = (
            self._counters,
            memory.words,
            memory.halfwords,
            memory.bytes,
            memory.load_guard,
            memory.store_guard,
            self._code,
        )

    def run(self, budget: int, leaving_breakpoint: bool) -> Stop | None:
        """See `machine.Engine`."""
        machine = self._machine
        registers, flags = machine.registers, machine.flags
        breakpoints = machine.breakpoints
        regions = self._regions
        arguments = (*self._arguments, self._profile_slots)
        guard = machine.stack_guard
        while budget > 0:
            pc = registers[PC]
            if breakpoints and pc in breakpoints and not leaving_breakpoint:
                return BreakpointHit(pc)
            region = regions.get(pc)
            # With SP below the guard already, only the interpreter can tell whether an instruction changes it.
            if region is None or region.length > budget or (guard and registers[SP] < guard):
                before = machine.instructions
                stop = self._interpret(budget, leaving_breakpoint)
                if stop is not None:
                    return stop
                executed = machine.instructions - before
                if executed:
                    leaving_breakpoint = False
                    budget -= executed
                continue
            leaving_breakpoint = False
            sp = registers[SP]
            left = region.function(registers, flags, budget, *arguments)
            must_step = left < 0
            if must_step:
                left = ~left
            self._account(budget - left)
            budget = left
            if guard and sp != registers[SP] < guard:
                return machine.fail_stack_guard()
            if must_step:
                pc = registers[PC]
                if budget <= 0:
                    return None
                if breakpoints and pc in breakpoints and pc != region.trace.start:
                    return BreakpointHit(pc)
                stop = machine.step_once()
                if stop is not None:
                    return stop
                budget -= 1
        return None

    def _account(self, executed: int) -> None:
        machine = self._machine
        counters = self._counters
        machine.instructions += executed
        machine.cycles += executed + counters[EXTRA_CYCLES]
        counters[EXTRA_CYCLES] = 0
        if counters[LAST_STORE] >= 0:
            machine.memory.last_store = (counters[LAST_STORE], counters[LAST_STORE_SIZE])
            counters[LAST_STORE] = -1

    def _interpret(self, budget: int, leaving_breakpoint: bool) -> Stop | None:
        """Interprets from here to the next starting point, at most `budget` instructions, at least one."""
        machine = self._machine
        registers, breakpoints, regions = machine.registers, machine.breakpoints, self._regions
        start = registers[PC]
        if budget > 1:
            # Single steps leave the heat alone: they cannot use a translation, nor should they keep others from one.
            heat = self._heat.get(start, 0) + 1
            self._heat[start] = heat
            if heat == HOT and self._translate(start):
                return None
        while True:
            pc = registers[PC]
            if breakpoints and pc in breakpoints and not leaving_breakpoint:
                return BreakpointHit(pc)
            leaving_breakpoint = False
            stop = machine.step_once()
            if stop is not None:
                return stop
            budget -= 1
            following = registers[PC]
            if budget <= 0 or following != pc + 4 or following in regions:
                return None

    def _translate(self, start: int) -> bool:
        # A program that never gets hot never pays for loading the translator.
        from emu.isa.engines.source import SourceWriter
        from emu.isa.engines.traces import choose_trace

        machine = self._machine
        profile = machine.profile
        trace = choose_trace(
            start, machine.memory, machine.breakpoints, self._loop_heads, through_calls=profile is None
        )
        if trace is None:
            return False
        if len(self._regions) >= _MAX_REGIONS:
            self.forget_all()
        writer = SourceWriter(trace, machine.stack_guard, None if profile is None else len(self._profile_slots))
        namespace: dict[str, Callable[..., int]] = {}
        exec(compile(writer.write(), f"<region 0x{start:08X}>", "exec"), namespace)
        if profile is not None:
            counters = writer.counters()
            profile.add_counters(self._profile_slots, trace, counters)
        region = _Region(trace, namespace["region"], len(trace.steps))
        self._regions[start] = region
        if trace.is_loop:
            self._loop_heads.add(start)
        for address in trace.addresses():
            self._users.setdefault(address, set()).add(start)
            self._code.add(address)
            machine.memory.guard_code(address, address + 4, True)
        return True

    def translated(self) -> list[int]:
        """The starts of all translated traces, sorted."""
        return sorted(self._regions)

    def forget(self, start: int, end: int) -> None:
        """See `machine.Engine`."""
        if not self._code:
            return
        first = start & ~3
        stale: set[int] = set()
        if end - first > 4 * len(self._code):
            touched = [address for address in self._code if first <= address < end]
        else:
            touched = [address for address in range(first, end, 4) if address in self._code]
        for address in touched:
            stale |= self._users[address]
        for region_start in stale:
            self._drop(region_start)

    def _drop(self, start: int) -> None:
        region = self._regions.pop(start)
        self._loop_heads.discard(start)
        self._heat.pop(start, None)
        granules = set()
        for address in region.trace.addresses():
            users = self._users[address]
            users.discard(start)
            if not users:
                del self._users[address]
                self._code.discard(address)
                granules.add(address & ~63)
        for granule in granules:
            if not any(address in self._code for address in range(granule, granule + 64, 4)):
                self._machine.memory.guard_code(granule, granule + 64, False)

    def forget_all(self) -> None:
        """See `machine.Engine`."""
        for start in list(self._regions):
            self._drop(start)
        self._heat.clear()
