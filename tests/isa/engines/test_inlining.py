"""Short functions as a part of what calls them: which ones, where execution goes on, and what is counted then."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from unittest import mock

import pytest

from emu.isa.analysis import calls
from emu.isa.bits import MASK32
from emu.isa.engines import python
from emu.isa.engines.native import improving
from emu.isa.engines.native.inlining import FOR_LLVM, Sizes, with_calls_inlined
from emu.isa.engines.native.regions import Region, choose_region
from emu.isa.faults import FaultKind
from emu.isa.machine import Machine
from emu.isa.memory import Watchpoint
from emu.isa.stops import Faulted, ServiceCall, WatchpointHit
from tests.isa.assembly import program
from tests.isa.engines.native_machines import native_share, without_quick_code
from tests.isa.engines.twins import EAGER, IMPATIENT, Twins

LEAF = """
_start: MOV R5, #300
again:  BL leaf
        ADD R2, R2, R0
        BL leaf
        SUBS R5, R5, #1
        BNE again
        SWI #0
leaf:   ADD R0, R5, #2
        MOV PC, LR
"""

NESTED = """
_start: MOV SP, #0x50000
        MOV R5, #300
again:  BL outer
        SUBS R5, R5, #1
        BNE again
        SWI #0
outer:  STMFD SP!, {R4, LR}
        MOV R4, R5
        BL inner
        ADD R4, R4, R0
        CMP R0, #5
        BLGT inner
        LDMFD SP!, {R4, PC}
inner:  AND R0, R4, #7
        CMP R0, #3
        BXEQ LR
        MLA R0, R4, R0, R5
        ANDS R0, R0, #15
        MOV PC, LR
"""

RECURSION = """
_start: MOV SP, #0x50000
        MOV R5, #40
again:  AND R0, R5, #7
        BL down
        SUBS R5, R5, #1
        BNE again
        SWI #0
down:   CMP R0, #1
        MOVLT PC, LR
        STMFD SP!, {R4, LR}
        SUB R4, R0, #1
        MOV R0, R4
        BL down
        SUBS R0, R4, #2
        BLPL down
        LDMFD SP!, {R4, PC}
"""

ELSEWHERE = """
_start: MOV SP, #0x50000
        LDR R5, =300
again:  ANDS R6, R5, #3
        BL odd
middle: ADD R2, R2, #1
        BL odd
last:   ADD R2, R2, #2
        SUBS R5, R5, #1
        BNE again
        SWI #0
odd:    CMP R6, #1
        LDREQ LR, =last
        MOVCC PC, LR
        LDRHI LR, =over
        BX LR
over:   ADD R2, R2, #4
        CMP R6, #2
        BLEQ odd2
        B last
odd2:   MOV R6, #0
        LDR PC, =again2
again2: MOV PC, LR
        .pool
"""

FAR = """
_start: MOV R5, #300
        LDR R1, =0x20000
again:  BL leaf
        BL leaf
        SUBS R5, R5, #1
        BNE again
        LDR R1, =0x70000000
        MOV R5, #5
        B again
leaf:   ADD R3, R3, #1
        LDR R0, [R1, R5, LSL #2]
        STR R0, [R1, #64]
        BX LR
        .pool
"""

WATCHED = """
_start: MOV R5, #300
        MOV R1, #0x20000
again:  AND R6, R5, #15
        BL leaf
        BL leaf
        SUBS R5, R5, #1
        BNE again
        SWI #0
leaf:   ADD R3, R3, #1
        STR R3, [R1, R6, LSL #2]
        ADD R4, R4, #1
        BX LR
"""

LOW = """
_start: MOV SP, #0x50000
        MOV R5, #300
again:  BL grow
        SUBS R5, R5, #1
        BNE again
        MOV R7, SP
        LDR SP, =0x40200
        MOV R5, #1
        B again
grow:   CMP R5, #1
        SUBEQ SP, SP, #0x400
        SUB SP, SP, #4
        ADD SP, SP, #4
        MOV PC, LR
        .pool
"""


def region(source: str) -> Region:
    machine = Machine()
    machine.load(program(source))
    chosen = choose_region(machine.registers[15], machine.memory, ())
    assert chosen is not None
    return chosen


def test_a_function_is_there_once_for_each_place_that_calls_it() -> None:
    plain = region(LEAF)
    inlined = with_calls_inlined(plain, FOR_LLVM)
    assert [(context.return_address, context.outer) for context in inlined.contexts] == [(0x8008, 0), (0x8010, 0)]
    copies = [block for block in inlined.blocks.values() if block.context]
    assert {block.address for block in copies} == {context.function for context in inlined.contexts}
    assert [block.expected for block in copies] == [0x8008, 0x8010]
    assert [inlined.blocks[caller].target for caller in (0x8004, 0x8008)] == [block.start for block in copies]
    assert inlined.addresses() == plain.addresses()


def test_calls_within_calls_as_deep_as_allowed() -> None:
    plain = region(NESTED)
    assert {context.outer for context in with_calls_inlined(plain, Sizes(32, 128, 1)).contexts} == {0}
    deep = with_calls_inlined(plain, Sizes(32, 128, 2))
    assert {len(deep.calls(number)) for number in range(1, len(deep.contexts) + 1)} == {1, 2}


@pytest.mark.parametrize("sizes", [Sizes(1, 128, 2), Sizes(32, 1, 2), Sizes(32, 128, 0)])
def test_what_does_not_fit_is_called(sizes: Sizes) -> None:
    plain = region(LEAF)
    assert with_calls_inlined(plain, sizes) is plain


def test_a_function_with_a_loop_is_called() -> None:
    plain = region(LEAF.replace("ADD R0, R5, #2", "SUBS R0, R0, #1\n        BPL leaf"))
    assert with_calls_inlined(plain, FOR_LLVM) is plain


def test_a_function_that_does_not_return_is_called() -> None:
    plain = region(LEAF.replace("MOV PC, LR", "B leaf"))
    assert with_calls_inlined(plain, FOR_LLVM) is plain


def test_loops_begin_outside_of_all_contexts() -> None:
    """So code may be entered, and look at its budget, where other code for the same address does."""
    for source in (LEAF, NESTED, RECURSION, ELSEWHERE):
        inlined = with_calls_inlined(region(source), FOR_LLVM)
        assert inlined.contexts
        assert all(header <= MASK32 for header in inlined.headers)


# -- execution --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["quick code", "LLVM alone"])
def _impatient(request: pytest.FixtureRequest) -> Iterator[None]:
    pytest.importorskip("llvmlite", reason="the native tier needs llvmlite")
    joined = mock.patch.multiple(improving, **EAGER | {"WORTH_COMPILING": 1 << 60})
    with mock.patch.multiple(python, **IMPATIENT), joined if request.param == "quick code" else without_quick_code():
        yield


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    "source", [LEAF, NESTED, RECURSION, ELSEWHERE], ids=["leaf", "nested", "recursion", "elsewhere"]
)
def test_every_limit_counts_the_same(source: str, seed: int) -> None:
    """Stopped everywhere, within calls above all."""
    random = Random(seed)
    twins = Twins(program(source), engine="native", profiled=True)
    twins.history.append(f"EMU_SEED={seed}")
    twins.run(300)
    while not isinstance(twins.run(random.choice((1, 2, 3, 5, 8, 13, 21, 34, 55))), ServiceCall):
        pass
    assert native_share(twins.translating) > 0.4


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_when_the_shadow_call_stack_is_full_nothing_is_pushed(depth: int) -> None:
    with mock.patch.object(calls, "MAX_DEPTH", depth):
        for source in (NESTED, RECURSION):
            twins = Twins(program(source), engine="native", profiled=True)
            for _ in range(20):
                twins.run(97)
            assert native_share(twins.translating) > 0.4


@pytest.mark.usefixtures("_impatient")
def test_a_fault_within_a_call_leaves_the_call_open() -> None:
    twins = Twins(program(FAR), engine="native", profiled=True)
    stop = twins.run(100_000)
    assert isinstance(stop, Faulted)
    assert native_share(twins.translating) > 0.7


@pytest.mark.usefixtures("_impatient")
def test_what_is_interpreted_within_a_call_finds_the_call() -> None:
    twins = Twins(program(WATCHED), engine="native", profiled=True)
    twins.watch(Watchpoint(1, 0x20000, 0x20004, on_read=False, on_write=True))
    stops = 0
    while isinstance(twins.run(10_000), WatchpointHit):
        stops += 1
    assert stops == 2 * (300 // 16)
    assert native_share(twins.translating) > 0.5


@pytest.mark.usefixtures("_impatient")
def test_the_stack_guard_stops_within_a_call() -> None:
    twins = Twins(program(LOW), engine="native", stack_guard=True, profiled=True)
    stop = twins.run(100_000)
    assert isinstance(stop, Faulted)
    assert stop.fault.kind is FaultKind.STACK_GUARD
    assert native_share(twins.translating) > 0.7
