"""The native tier is the interpreter, only much faster: equal at every stop.

Patience is cut to almost nothing here, so that everything becomes native that can: once with quick code, and once as on
a computer for which there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from random import Random
from unittest import mock

import pytest

pytest.importorskip("llvmlite", reason="the native tier needs llvmlite")

from emu.isa.engines import python
from emu.isa.machine import Machine
from emu.isa.stops import BreakpointHit, LimitReached, ServiceCall
from tests.isa.assembly import program
from tests.isa.engines.native_machines import without_quick_code
from tests.isa.engines.twins import IMPATIENT, Twins, WildWriter, wander
from tests.isa.programs import Decks, ProgramWriter, data_image, program_of
from tests.isa.test_against_unicorn import compare

LOOP = """
_start: MOV   R0, #0
        LDR   R1, =1000000
loop:   ADD   R0, R0, #1
        CMP   R0, R1
        BNE   loop
        SWI   #0
"""


@pytest.fixture(autouse=True, params=("quick", "compiled"))
def _impatient(request: pytest.FixtureRequest) -> Iterator[None]:
    generator = nullcontext() if request.param == "quick" else without_quick_code()
    with mock.patch.multiple(python, **IMPATIENT), generator:
        yield


def native_regions(machine: Machine) -> int:
    """How many regions of a machine are native."""
    engine = machine.engine
    assert isinstance(engine, python.PythonEngine)
    return engine.native_regions


def test_a_hot_loop_becomes_native() -> None:
    twins = Twins(program(LOOP), engine="native")
    assert isinstance(twins.run(10_000), LimitReached)
    assert native_regions(twins.translating) == 1
    assert isinstance(twins.run(123_456), LimitReached)


def test_programs_equal_unicorn(seed: int) -> None:
    random = Random(seed)
    decks = Decks(random)
    regions = 0
    for _ in range(6):
        writer = ProgramWriter(random, decks)
        words = writer.write(loops=3, units=60)
        machine = compare(program_of(words, data_image(random)), writer.end, random, "native")
        regions += native_regions(machine)
    assert regions > 10, f"EMU_SEED={seed}"


def test_whatever_is_done_to_them(seed: int) -> None:
    """Slices, steps, breakpoints, watchpoints, limits, snapshots, stores into code: in any order."""
    for number in range(12):
        random = Random(seed + number)
        words = WildWriter(random, random.choice((4, 12, 40))).write(loops=3, units=random.randrange(5, 30))
        twins = Twins(program_of(words, data_image(random)), engine="native")
        twins.history.append(f"EMU_SEED={seed}, program {number}")
        wander(twins, random, 60)


def test_a_program_that_rewrites_its_own_loop() -> None:
    source = """
_start: MOV   R0, #0
        MOV   R3, #0
        LDR   R1, =patch
        LDR   R2, =0xE2800002   @ ADD R0, R0, #2
outer:  MOV   R4, #200
patch:  ADD   R0, R0, #1
        SUBS  R4, R4, #1
        BNE   patch
        STR   R2, [R1]
        ADD   R3, R3, #1
        CMP   R3, #50
        BNE   outer
        SWI   #0
"""
    twins = Twins(program(source), engine="native")
    assert isinstance(twins.run(1_000_000), ServiceCall)
    assert twins.translating.registers[0] == 200 + 49 * 400


def test_data_beside_code_does_not_throw_the_code_away() -> None:
    source = """
_start: LDR   R1, =counter
        LDR   R2, =100000
loop:   LDR   R0, [R1]
        ADD   R0, R0, #1
        STR   R0, [R1]
        CMP   R0, R2
        BNE   loop
        SWI   #0
counter: .word 0
"""
    twins = Twins(program(source), engine="native")
    assert isinstance(twins.run(2_000_000), ServiceCall)
    assert native_regions(twins.translating) >= 1


def test_a_breakpoint_in_native_code_stops_in_every_round() -> None:
    twins = Twins(program(LOOP), engine="native")
    twins.run(5000)
    stop_at = twins.translating.registers[15]
    twins.set_breakpoint(stop_at)
    for _ in range(10):
        assert twins.run(100_000, leaving_breakpoint=True) == BreakpointHit(stop_at)


def test_without_llvm_everything_works_as_before() -> None:
    with mock.patch.dict("sys.modules", {"emu.isa.engines.native.tier": None}):
        twins = Twins(program(LOOP), engine="native")
        assert isinstance(twins.run(50_000), LimitReached)
        assert native_regions(twins.translating) == 0
