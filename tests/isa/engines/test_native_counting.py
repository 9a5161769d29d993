"""Native code counts for a profile exactly what the interpreter counts, at every stop.

Everything is tried with quick code, and with LLVM alone, as on a computer for which there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from random import Random
from unittest import mock

import pytest

pytest.importorskip("llvmlite", reason="the native tier needs llvmlite")

from emu.isa.analysis import calls
from emu.isa.analysis.profile import FunctionCost, Profile
from emu.isa.engines import python
from emu.isa.engines.native import improving, tier
from emu.isa.faults import FaultKind
from emu.isa.machine import Machine
from emu.isa.memory import Watchpoint
from emu.isa.stops import Faulted, LimitReached, ServiceCall
from tests.isa.assembly import program
from tests.isa.engines.native_machines import Later, native_share, stages, without_quick_code
from tests.isa.engines.twins import EAGER, IMPATIENT, Twins, WildWriter, counted, wander
from tests.isa.programs import ProgramWriter, data_image, program_of

FIBONACCI = """
_start: LDR R12, =rounds
        LDR R12, [R12]
        MOV SP, #0x50000
again:  MOV R0, #9
        BL fib
        SUBS R12, R12, #1
        BNE again
        SWI #0
fib:    CMP R0, #2
        MOVLT PC, LR
        STMFD SP!, {R4, R5, LR}
        MOV R4, R0
        SUB R0, R0, #1
        BL fib
        MOV R5, R0
        SUB R0, R4, #2
        BL fib
        ADD R0, R0, R5
        LDMFD SP!, {R4, R5, PC}
rounds: .word 100
"""


@pytest.fixture(autouse=True, params=["quick code", "LLVM alone"])
def _impatient(request: pytest.FixtureRequest) -> Iterator[None]:
    is_quick = request.param == "quick code"
    if is_quick and tier._quick_regions() is None:
        pytest.skip("there is no quick code for this computer")
    with mock.patch.multiple(python, **IMPATIENT), nullcontext() if is_quick else without_quick_code():
        yield


def test_whatever_is_done_to_them(seed: int) -> None:
    """Slices, steps, breakpoints, watchpoints, limits, snapshots, stores into code, and now and then a new profile."""
    share = 0.0
    for number in range(8):
        random = Random(seed + number)
        writer = WildWriter(random, random.choice((4, 12, 40))) if number % 3 else ProgramWriter(random)
        words = writer.write(loops=3, units=random.randrange(5, 30))
        guard = bool(random.randrange(2))
        twins = Twins(program_of(words, data_image(random)), engine="native", stack_guard=guard, profiled=True)
        twins.history.append(f"EMU_SEED={seed}, program {number}")
        for _ in range(3):
            wander(twins, random, 20)
            twins.attach_profile()
        wander(twins, random, 20)
        share = max(share, native_share(twins.translating))
    assert share > 0.3, f"EMU_SEED={seed}"


def test_every_limit_of_a_program_that_calls(seed: int) -> None:
    """Stopped after every number of instructions, in the middle of blocks, of calls and of conditional code."""
    random = Random(seed)
    machine, exact = Machine(engine="native"), Machine(engine="interpreter")
    for each in (machine, exact):
        each.load(program(FIBONACCI))
        each.profile = Profile()
    machine.run(2000)
    exact.run(2000)
    for _ in range(250):
        limit = random.choice((1, 2, 3, 5, 8, 13, 21, 34, 55, 400))
        assert machine.run(limit) == exact.run(limit) == LimitReached()
        assert counted(machine) == counted(exact), f"EMU_SEED={seed}, {machine.instructions} instructions"
    assert native_share(machine) > 0.5


def test_recursion_costs_what_it_costs() -> None:
    """Each call counts its own cycles and those of all calls within."""
    twins = Twins(program(FIBONACCI), engine="native", profiled=True)
    assert isinstance(twins.run(None), ServiceCall)
    costs = twins.translating.profile.functions(twins.translating.cycles) if twins.translating.profile else {}
    assert costs[0x8020].calls == 100 * 109
    assert native_share(twins.translating) > 0.99


def test_calls_deeper_than_the_shadow_stack() -> None:
    """What is beyond is not followed, on either engine."""
    with mock.patch.object(calls, "MAX_DEPTH", 5):
        twins = Twins(program(FIBONACCI), engine="native", profiled=True)
        twins.run(30_000)
        twins.run(1234)


@pytest.mark.parametrize("jump", ["MOV PC, R4", "LDMFD SP!, {R4, PC}", "BX R4"])
def test_a_jump_out_of_several_calls_ends_them_all(jump: str) -> None:
    source = f"""
_start: MOV SP, #0x50000
        MOV R5, #300
again:  BL first
back:   SUBS R5, R5, #1
        BNE again
        SWI #0
first:  LDR R4, =back
        STMFD SP!, {{R4, LR}}
        BL second
        SWI #1
second: BL third
        SWI #1
third:  CMP R5, #0
        {"STMFD SP!, {R4}" if jump.startswith("LDM") else "NOP"}
        {"STMFD SP!, {R4}" if jump.startswith("LDM") else "NOP"}
        MOV R6, #7
        {jump}
        .pool
"""
    twins = Twins(program(source), engine="native", profiled=True)
    assert isinstance(twins.run(None), ServiceCall)
    assert native_share(twins.translating) > 0.5


def test_conditions_that_are_each_others_opposite() -> None:
    """One counter is enough for both, as long as flags stay as they are and nothing leaves in between."""
    source = """
_start: MOV R5, #3008
        MOV R1, #0x20000
loop:   TST R5, #7
        MOVEQ R0, #1
        MOVNE R0, #2
        ADDEQ R2, R2, #1
        CMP R5, #1000
        MOVGE R3, R5
        MOVLT R4, R5
        LDR R6, [R1]
        ADDLT R7, R7, R6
        ADDGE R7, R7, #1
        SUBS R5, R5, #1
        BNE loop
        SWI #0
"""
    twins = Twins(program(source), engine="native", profiled=True)
    assert isinstance(twins.run(None), ServiceCall)
    assert native_share(twins.translating) > 0.9


@pytest.mark.parametrize(
    "last", ["BNE loop", "STRNE R5, [R1]", "LDREQ R6, [R1]", "ADDNES R7, R7, #0", "SUBEQ SP, SP, #4"]
)
def test_conditions_that_are_those_of_what_follows(last: str) -> None:
    """Whether they held is known from the way that execution goes on, even if it goes on in the interpreter."""
    source = f"""
_start: LDR R5, =1500
        MOV R1, #0x20000
        MOV SP, #0x50000
loop:   SUBS R5, R5, #1
        BMI over
        ADD R1, R1, R5, LSR #9
        BIC R1, R1, #0xFF
        TST R5, #1
        MOVNE R0, #1
        ADD R4, R4, #1
        ADDEQ R2, R2, #1
        MOVNE R3, R5
        {last}
        ADD R4, R4, #1
        B loop
over:   SWI #0
        .pool
"""
    twins = Twins(program(source), engine="native", profiled=True)
    twins.watch(Watchpoint(1, 0x20000, 0x20004, on_read=True, on_write=True))
    while not isinstance(twins.run(333), ServiceCall):
        pass
    assert native_share(twins.translating) > 0.3


def test_a_jump_table_beside_the_place_a_call_returns_to() -> None:
    """The first case of the table is where a call returns to, so the shadow call stack has to look closely."""
    source = """
_start: MOV SP, #0x50000
        MOV R5, #300
again:  BL work
        SUBS R5, R5, #1
        BNE again
        SWI #0
work:   STMFD SP!, {LR}
        AND R0, R5, #3
        LDR PC, [PC, R0, LSL #2]
        NOP
        .word zero, one, two, three
one:    BL leaf
zero:   ADD R1, R1, #1
        LDMFD SP!, {PC}
two:    ADD R1, R1, #2
        LDMFD SP!, {PC}
three:  ADD R1, R1, #3
        LDMFD SP!, {PC}
leaf:   BX LR
"""
    twins = Twins(program(source), engine="native", profiled=True)
    assert isinstance(twins.run(None), ServiceCall)
    assert native_share(twins.translating) > 0.5


def test_an_address_that_nothing_returned_to_until_late() -> None:
    """Native code relies on it that the cases of a jump table are no return addresses, until a call before one of them
    is executed for the first time: then the next jump to that case ends the call.
    """
    source = """
_start: MOV SP, #0x50000
        LDR R5, =1200
again:  SUBS R5, R5, #1
        BEQ over
        CMP R5, #500
        LDREQ R6, =late
        MOVEQ PC, R6
        AND R0, R5, #1
        LDR PC, [PC, R0, LSL #2]
        NOP
        .word zero, one
late:   BL again
zero:   ADD R1, R1, #1
        B again
one:    ADD R1, R1, #2
        B again
over:   SWI #0
        .pool
"""
    twins = Twins(program(source), engine="native", profiled=True)
    assert isinstance(twins.run(None), ServiceCall)
    assert native_share(twins.translating) > 0.5


def test_the_stack_guard_stops_native_code_after_the_instruction() -> None:
    source = """
_start: MOV R5, #0
down:   STMFD SP!, {R5}
        ADD R5, R5, #1
        CMP R5, R6
        MOVNE R7, R5
        B down
"""
    twins = Twins(program(source), engine="native", stack_guard=True, profiled=True)
    stop = twins.run(None)
    assert isinstance(stop, Faulted)
    assert stop.fault.kind is FaultKind.STACK_GUARD
    assert native_share(twins.translating) > 0.9


@pytest.mark.parametrize("instruction", ["SUBEQ SP, SP, #0x20000", "LDMEQIA R1, {SP, PC}", "LDREQ SP, [R1]"])
def test_the_stack_guard_sees_whatever_sets_sp(instruction: str) -> None:
    source = f"""
_start: LDR R1, =place
        MOV R5, #2000
loop:   SUBS R5, R5, #1
        {instruction}
        ADD R2, R2, #1
        B loop
place:  .word 0x30000, loop
        .pool
"""
    twins = Twins(program(source), engine="native", stack_guard=True, profiled=True)
    stop = twins.run(None)
    assert isinstance(stop, Faulted)
    assert stop.fault.kind is FaultKind.STACK_GUARD
    assert native_share(twins.translating) > 0.9


def test_a_return_that_breaks_the_stack_guard_ends_the_call_all_the_same() -> None:
    """What comes later shows it: calls that have not returned go on costing cycles."""
    source = """
_start: MOV SP, #0x50000
        MOV R5, #400
        LDR R1, =place
again:  BL work
back:   ADD R6, R6, #1
        B again
work:   SUBS R5, R5, #1
        LDMEQIA R1, {SP, PC}
        MOV PC, LR
place:  .word 0x30000, back
        .pool
"""
    twins = Twins(program(source), engine="native", stack_guard=True, profiled=True)
    before = twins.snapshot()
    stop = twins.run(100_000)
    assert isinstance(stop, Faulted)
    assert stop.fault.kind is FaultKind.STACK_GUARD
    assert native_share(twins.translating) > 0.5
    twins.restore(before)
    twins.run(500)
    twins.run(501)


def test_a_profile_attached_late_counts_from_there_and_never_twice() -> None:
    """Code compiled without counters, or for another profile, is not used, even if it comes out of the background."""
    with (
        mock.patch.multiple(tier, WORTH_IT_QUICK=500, WORTH_IT_GOOD=500),
        mock.patch.multiple(improving, **EAGER),
    ):
        twins = Twins(program(FIBONACCI.replace(".word 100", ".word 1000")), engine="native")
        later = twins.translating.background = Later()
        twins.run(20_000)
        assert later.waiting
        for _ in range(3):
            twins.attach_profile()
            later.work()
            twins.run(20_000)
            later.work()
            twins.run(5_000)
    assert "full" in stages(twins.translating)


def test_asking_for_figures_changes_nothing() -> None:
    """Functions that are still running are charged up to now, each time somebody asks."""
    machine = Machine(engine="native")
    machine.load(program(FIBONACCI))
    profile = machine.profile = Profile()
    machine.run(5000)
    first = profile.functions(machine.cycles)
    assert profile.functions(machine.cycles) == first
    other = Machine(engine="interpreter")
    other.load(program(FIBONACCI))
    other.profile = Profile()
    other.run(5000)
    assert isinstance(machine.run(), ServiceCall)
    assert isinstance(other.run(), ServiceCall)
    assert counted(machine) == counted(other)
    assert profile.functions(machine.cycles)[0x8020] == FunctionCost(
        10_900, other.profile.functions(other.cycles)[0x8020].cycles
    )
