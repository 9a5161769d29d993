"""Hot code as machine code or as Python functions, cold code by the interpreter.

Theory of operation. The engine interprets until execution reaches an address that has been a starting point often
enough; then it chooses a trace, writes a function for it and compiles that (`traces`, `source`). From then on,
whenever the PC is at that address and the budget covers the whole trace, the function runs instead. A function
returns at an exit of its trace, or asks for one interpreted step where something unusual has to happen. Starting
points are where interpretation begins after a function has ended, and where an interpreted branch lands: so loop
headers and the continuations of traces become hot, and nothing else.

With a native tier that has native code at once, such addresses become the starts of native regions, and there are no
functions in Python. With one that has to compile, functions in Python are run with limited patience: whichever of them
is running when patience ends is where the time goes, and becomes the start of a native region. So do addresses at
which native code keeps coming back.

Translations are only ever a copy of what memory says (`translations`): dropping any of them changes nothing but speed.
"""

from __future__ import annotations

from emu.isa.engines.counters import (
    CALL_EFFORT,
    EXTRA_CYCLES,
    INTERPRETED_EFFORT,
    LAST_STORE,
    LAST_STORE_SIZE,
    NATIVE_SHIFT,
)
from emu.isa.engines.translations import Translation, Translations
from emu.isa.registers import PC, SP
from emu.isa.stops import BreakpointHit
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.native.tier import NativeTier
    from emu.isa.machine import Machine
    from emu.isa.stops import Stop

HOT = 24
"""How often an address is a starting point before it is translated. Writing and compiling an instruction takes as
long as interpreting it about this many times."""

QUICK_HOT = 6
"""The same where there is quick native code, once its generator is loaded: that takes less time than a function in
Python."""

PATIENCE = 40_000
"""Instructions in Python functions before the running one is made native by LLVM: about what compiling a region costs.
A call counts as some instructions, too."""

FIRST_PATIENCE = 500_000
"""The same before the first native region, which has to load LLVM besides."""

CACHED_PATIENCE = 40_000
"""The same from one look to the next whether native code for the running function is cached, before the first."""


class Prices(Record):
    """What native code costs, in instructions in Python functions that must have been executed: for every region, and
    for every instruction in it. So making it takes a fraction of the time that has been spent anyway, and code that is
    large and not very hot stays as it is. Regions of fewer instructions than `smallest` are not even tried.
    """

    region: int
    instruction: int
    smallest: int


PRICES = Prices(150_000, 4_000, 64)
"""Of LLVM."""

QUICK_PRICES = Prices(0, 300, 32)
"""Of quick code. It is always worth making what is smallest, if only to save a function in Python."""

LARGEST, QUICK_LARGEST = 600, 256
"""The limits on the size of a region, however much credit there is."""

INTERPRETED_CREDIT = 10
"""What an interpreted instruction counts for in patience and credit."""

VISITS, WORTH_A_VISIT = 64, 100
"""A native region that executes fewer instructions than this for each of so many visits costs more than it saves: going
in and out takes as long as that many instructions in a Python function."""

_MANY_EXITS = 16
_NEVER = 1 << 62
_NO_SLOTS: list[int] = []


class PythonEngine:
    """See the module's docstring. Implements `machine.Engine`."""

    def __init__(self, machine: Machine, *, native: bool = False) -> None:
        """With `native`, very hot code becomes machine code where LLVM is installed."""
        self._machine = machine
        self._translations = Translations(machine.memory)
        self._heat: dict[int, int] = {}
        self._hot = HOT
        self._counters = [0, -1, 4]
        self._patience = min(CACHED_PATIENCE, FIRST_PATIENCE) if native else _NEVER
        self._slow_instructions = self._looked = self._credit = 0
        self._only_looks = True
        """Whether LLVM is still to be avoided; cached code needs none."""
        self._exits: dict[int, int] = {}
        self._visits: dict[int, tuple[int, int]] = {}
        self._tier: NativeTier | None = None
        self._window = 0
        """How many instructions to interpret next, so that the tier sees where execution goes."""
        memory = machine.memory
        self._arguments = (
            self._counters,
            memory.words,
            memory.halfwords,
            memory.bytes,
            memory.load_guard,
            memory.store_guard,
            self._translations.code,
        )

    def run(self, budget: int, leaving_breakpoint: bool) -> Stop | None:
        """See `machine.Engine`."""
        machine = self._machine
        registers, flags = machine.registers, machine.flags
        breakpoints = machine.breakpoints
        regions = self._translations.by_start
        profile = machine.profile
        arguments = (*self._arguments, profile.slots if profile is not None else _NO_SLOTS)
        guard = machine.stack_guard
        effort = machine.effort
        while budget > 0 and effort > 0 and not machine.pause_requested:
            pc = registers[PC]
            if breakpoints and pc in breakpoints and not leaving_breakpoint:
                return BreakpointHit(pc)
            region = regions.get(pc)
            # With SP below the guard already, only the interpreter can tell whether an instruction changes it.
            if region is None or region.length > budget or self._window or (guard and registers[SP] < guard):
                before = machine.instructions
                stop = self._interpret(budget, leaving_breakpoint)
                if stop is not None:
                    return stop
                executed = machine.instructions - before
                effort -= INTERPRETED_EFFORT * executed
                self._credit += INTERPRETED_CREDIT * executed
                self._slow_instructions += INTERPRETED_CREDIT * executed
                if executed:
                    leaving_breakpoint = False
                    budget -= executed
                continue
            leaving_breakpoint = False
            sp = registers[SP]
            if region.is_native and self._tier is not None:
                turn = max(self._tier.turn(region.stage), region.length)
                allowed = min(budget, turn, max(effort << NATIVE_SHIFT, region.length))
            else:
                allowed = min(budget, max(self._patience, region.length))
            left = region.function(registers, flags, allowed, *arguments)
            must_step = left < 0
            if must_step:
                left = ~left
            self._account(allowed - left)
            if left == allowed and not must_step:
                # The region has given way to one that needs a larger budget.
                stop = self._interpret(1, True)
                if stop is not None:
                    return stop
                budget -= 1
                effort -= INTERPRETED_EFFORT
                continue
            budget -= allowed - left
            machine.translated[region.is_native] += allowed - left
            effort -= CALL_EFFORT + (allowed - left >> NATIVE_SHIFT if region.is_native else allowed - left)
            if guard and sp != registers[SP] < guard:
                return machine.fail_stack_guard()
            if must_step:
                pc = registers[PC]
                if budget <= 0:
                    return None
                if breakpoints and pc in breakpoints and pc != region.start:
                    return BreakpointHit(pc)
                stop = machine.step_once()
                if stop is not None:
                    return stop
                budget -= 1
                effort -= INTERPRETED_EFFORT
            if self._patience != _NEVER:
                self._judge(region, allowed - left, left)
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
        registers, breakpoints, regions = machine.registers, machine.breakpoints, self._translations.by_start
        start = registers[PC]
        if self._window:
            return self._watch(budget, leaving_breakpoint)
        if budget > 1:
            # Single steps leave the heat alone: they cannot use a translation, nor should they keep others from one.
            heat = self._heat.get(start, 0) + 1
            self._heat[start] = heat
            if heat >= self._hot and start not in regions:
                if self._promote_quickly(start) or self._translate(start):
                    return None
                self._heat[start] = -_NEVER
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

    def _watch(self, budget: int, leaving_breakpoint: bool) -> Stop | None:
        """Interprets for the tier to see, at most `budget` instructions."""
        machine, tier = self._machine, self._tier
        left, self._window = min(budget, self._window), 0
        seen = []
        stop: Stop | None = None
        while left and stop is None:
            pc = machine.registers[PC]
            if machine.breakpoints and pc in machine.breakpoints and not leaving_breakpoint:
                stop = BreakpointHit(pc)
                break
            leaving_breakpoint = False
            stop = machine.step_once()
            seen.append(pc)
            left -= 1
        if tier is not None:
            tier.watched(seen)
        return stop

    def _translate(self, start: int) -> bool:
        # A program that never gets hot never pays for loading the translator.
        from emu.isa.engines.source import SourceWriter
        from emu.isa.engines.traces import choose_trace

        machine = self._machine
        profile = machine.profile
        heads = self._translations.loop_heads
        trace = choose_trace(start, machine.memory, machine.breakpoints, heads, through_calls=profile is None)
        if trace is None:
            return False
        writer = SourceWriter(trace, machine.stack_guard, None if profile is None else len(profile.slots))
        namespace: dict[str, Callable[..., int]] = {}
        exec(compile(writer.write(), f"<region 0x{start:08X}>", "exec"), namespace)
        if profile is not None:
            profile.add_counters(trace, writer.counters())
        self._translations.add(
            Translation(start, tuple(trace.addresses()), namespace["region"], len(trace.steps), trace.is_loop)
        )
        if machine.observer is not None:
            machine.observer.installed(start, "python", len(trace.steps), machine.instructions)
        return True

    @property
    def native_regions(self) -> int:
        """How many regions are native now."""
        return len(self._translations.native)

    def native_usage(self) -> dict[int, int]:
        """See `machine.Engine`."""
        return self._tier.usage() if self._tier is not None else {}

    # -- the native tier ------------------------------------------------------------------------------------------

    def _judge(self, region: Translation, executed: int, left: int) -> None:
        """Whether what has just run, or where it came out, should be native."""
        tier = self._tier
        if tier is not None and tier.finished:
            tier.install_finished()
        if not region.is_native or tier is None:
            self._slow_instructions += executed + CALL_EFFORT // 4
            self._credit += executed + CALL_EFFORT // 4
            if self._slow_instructions >= self._patience:
                self._lose_patience(region.start)
            return
        tier.executed(region.start, executed)
        self._window = tier.window
        if left < tier.longest:
            return  # coming back because the budget is used up says nothing about the program
        visits, total = self._visits.get(region.start, (0, 0))
        self._visits[region.start] = visits + 1, total + executed
        if visits + 1 == VISITS:
            del self._visits[region.start]
            if not tier.is_quick and total + executed < VISITS * WORTH_A_VISIT:
                self._translations.forget_start(region.start)
                self._heat.pop(region.start, None)
                tier.reject(region.start)
                return
        if not tier.is_quick:
            pc = self._machine.registers[PC]
            exits = self._exits.get(pc, 0) + 1
            self._exits[pc] = exits
            if exits % _MANY_EXITS == 0:
                self._promote(pc, only_cached=self._only_looks)

    def _lose_patience(self, start: int) -> None:
        """Much has been executed in Python functions, and the one from `start` is the present one."""
        self._looked += self._slow_instructions
        self._slow_instructions = 0
        tier = self._load_tier()
        if tier is not None and not tier.is_quick and self._only_looks:
            machine = self._machine
            may_be_cached = machine.code_cache is not None or machine.prepare_native is not None
            if may_be_cached and self._promote(start, only_cached=True):
                return
            if self._looked < FIRST_PATIENCE:
                return
            self._only_looks = False
            self._patience = PATIENCE
        self._promote(start)

    def _load_tier(self) -> NativeTier | None:
        if self._tier is None and self._patience != _NEVER:
            machine = self._machine
            try:
                from emu.isa.engines.native.tier import NativeTier

                self._tier = NativeTier(machine, self._translations)
            except ImportError:
                self._patience = _NEVER
                return None
            if self._tier.is_quick:
                self._hot = min(HOT, QUICK_HOT)
        return self._tier

    def _promote_quickly(self, start: int) -> bool:
        """Where native code is there at once, it saves the way through a function in Python."""
        if not self._machine.makes_native:
            return False
        tier = self._load_tier()
        return tier is not None and tier.is_quick and self._promote(start)

    def _promote(self, start: int, *, only_cached: bool = False) -> bool:
        """Whether the region from `start` has become native just now."""
        machine, tier = self._machine, self._tier
        known = self._translations.by_start.get(start)
        if start in machine.breakpoints or not machine.makes_native:
            return False
        if tier is None or (known is not None and known.is_native):
            return False
        prices, largest = (QUICK_PRICES, QUICK_LARGEST) if tier.is_quick else (PRICES, LARGEST)
        most = min((self._credit - prices.region) // prices.instruction, largest)
        if most < prices.smallest:
            if not tier.is_quick:
                return False
            most = prices.smallest
        # Sizes in steps, so that a region comes out the same in every run and its code is found in the cache.
        most = 1 << most.bit_length() - 1 if most < largest else largest
        written = tier.promote(start, most, only_cached=only_cached)
        if written:
            self._credit -= prices.region + prices.instruction * written
        return written > 0

    # -- what changes under it ------------------------------------------------------------------------------------

    def forget(self, start: int, end: int) -> None:
        """See `machine.Engine`."""
        for dropped in self._translations.forget(start, end):
            self._heat.pop(dropped, None)
            self._exits.pop(dropped, None)
            self._visits.pop(dropped, None)

    def forget_all(self) -> None:
        """See `machine.Engine`."""
        self._translations.forget_all()
        self._heat.clear()
        self._exits.clear()
        self._visits.clear()
