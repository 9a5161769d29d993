"""Quick code, and better code in its place, is the interpreter at every stop, however one comes to the other.

Thresholds are cut to almost nothing here, so that all of it happens within a few thousand instructions.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.util import find_spec
from random import Random
from unittest import mock

import pytest

from emu.isa.engines import python
from emu.isa.engines.native import improving, tier
from emu.isa.machine import Machine
from emu.isa.stops import LimitReached, ServiceCall
from tests.isa.assembly import program
from tests.isa.engines.native_machines import Kept, Later, native_share, stages
from tests.isa.engines.twins import EAGER, IMPATIENT, Twins, WildWriter, wander
from tests.isa.programs import ProgramWriter, data_image, program_of

if tier._quick_regions() is None:
    pytest.skip("there is no quick code for this computer", allow_module_level=True)

needs_llvm = pytest.mark.skipif(find_spec("llvmlite") is None, reason="better code needs llvmlite")

NESTED = """
_start: MOV   R0, #0
        MOV   R5, #0
outer:  MOV   R1, #40
inner:  ADD   R0, R0, R1
        SUBS  R1, R1, #1
        BNE   inner
        ADDS  R5, R5, #1
        BL    count
        CMP   R5, #0x100000
        BNE   outer
        SWI   #0
count:  TST   R5, #1
        ADDNE R6, R6, #1
        MOV   PC, LR
"""


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with mock.patch.multiple(python, **IMPATIENT), mock.patch.multiple(improving, **EAGER):
        yield


@pytest.mark.parametrize("counts", [False, True])
def test_quick_code_is_entered_wherever_a_budget_has_ended(counts: bool) -> None:
    """Every limit stops somewhere else in the loops, and nearly everything is native nevertheless."""
    twins = Twins(program(NESTED), engine="native", profiled=counts, stack_guard=counts)
    for limit in range(1000, 1400):
        assert isinstance(twins.run(limit), LimitReached)
    assert stages(twins.translating) == {"quick"}
    assert native_share(twins.translating) > 0.95


def test_a_loop_that_happens_to_be_cut_into_regions_is_joined() -> None:
    source = program(
        "_start: LDR R0, =200000\nloop: ADD R1, R1, R0\nsecond: TST R0, #1\n        BEQ even\n        EOR R2, R2, R1\n"
        "even: ADD R3, R3, R2\n        SUBS R0, R0, #1\n        BNE loop\n        SWI #0\n        .pool\n"
    )
    calls = []
    for price, may_join in ((1 << 60, True), (1, True), (1, False)):
        with mock.patch.multiple(improving, HOP_PRICE=price):
            twins = Twins(source, engine="native")
            twins.run(50)
            engine = twins.translating.engine
            assert isinstance(engine, python.PythonEngine)
            native = engine._load_tier()
            assert native is not None
            for name in ("even", "second", "loop"):  # each ends where the one before begins
                assert native.promote(source.symbols[name].value, 4)
            twins.translating.makes_native = may_join
            twins.run(400_000)
            assert native._quick is not None
            chain = native._quick.chain
            calls.append(sum(chain.usage(address)[1] for address in chain.known))
    assert min(calls[0], calls[2]) > 100 * calls[1]


@needs_llvm
def test_better_code_takes_the_place_of_quick_code_and_gives_it_back() -> None:
    twins = Twins(program(NESTED), engine="native")
    later = twins.translating.background = Later()
    twins.run(20_000)
    assert stages(twins.translating) == {"quick"}
    later.work()
    for limit in range(1000, 1100):
        twins.run(limit)
    assert "full" in stages(twins.translating)
    engine = twins.translating.engine
    assert isinstance(engine, python.PythonEngine)
    for translation in engine._translations.native:
        if translation.stage == "full":
            engine._translations.forget_start(translation.start)
    twins.run(20_000)
    assert "quick" in stages(twins.translating)
    assert native_share(twins.translating) > 0.9


@needs_llvm
def test_better_code_that_is_left_again_and_again_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The region of an inner loop is compiled without the routine that each round of it calls."""
    source = """
_start: MOV   R0, #0
outer:  MOV   R1, #3
inner:  ADD   R0, R0, R1
        EOR   R2, R2, R0, ROR #3
        SUBS  R1, R1, #1
        BNE   inner
        LDR   R5, =away
        MOV   LR, PC
        BX    R5
        B     outer
away:   ADD   R3, R3, R0
        BX    LR
        .pool
"""
    monkeypatch.setattr(improving, "HOP_PRICE", 1 << 60)
    monkeypatch.setattr(improving, "ENOUGH_HOPS", 100)
    twins = Twins(program(source), engine="native")
    later = twins.translating.background = Later()
    twins.run(3000)
    later.work()
    twins.run(500)
    assert "full" in stages(twins.translating)
    monkeypatch.setattr(improving, "LONG", 2048)
    twins.run(20_000)
    assert stages(twins.translating) == {"quick"}
    assert native_share(twins.translating) > 0.9


@needs_llvm
def test_better_code_is_found_in_the_cache_by_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(improving, "HOP_PRICE", 1 << 60)
    kept = Kept()
    for expected in ("full", "cached"):
        twins = Twins(program(NESTED), engine="native")
        later = twins.translating.background = Later()
        twins.translating.code_cache = kept
        for _ in range(20):
            twins.run(2000)
            later.work()
        assert expected in stages(twins.translating)


def test_routines_that_share_a_place_in_the_table_take_turns() -> None:
    """Their addresses differ by the size of the table, so that only one of them is in it at any time."""
    source = """
_start: MOV   R4, #0
        LDR   R5, =far
again:  BL    near
        MOV   LR, PC
        BX    R5
        ADD   R4, R4, #1
        CMP   R4, #0x10000
        BNE   again
        SWI   #0
near:   ADD   R0, R0, #1
        BX    LR
        .pool
        .org near + 0x4000
far:    ADD   R1, R1, #2
        BX    LR
"""
    twins = Twins(program(source), engine="native")
    for limit in range(2000, 2100):
        assert isinstance(twins.run(limit), LimitReached)
    assert twins.translating.registers[1] > 1000
    assert native_share(twins.translating) > 0.8


def test_flags_of_every_kind_meet_at_the_top_of_a_block() -> None:
    """A sum, a difference, a logical result with and without carry, and flags set one by one, before one condition."""
    cases = "\n".join(
        f"""        B     join
way{number}:  {setting}
        B     join"""
        for number, setting in enumerate(
            (
                "ADDS R1, R0, R7",
                "SUBS R1, R0, R7",
                "ANDS R1, R0, R7",
                "MOVS R1, R0, LSR #1",
                "MSR CPSR_f, R0",
                "ADCS R1, R0, R7",
            )
        )
    )
    source = f"""
_start: LDR   R0, =0x12345678
        LDR   R7, =0x9ABCDEF0
        LDR   R8, =1103515245
        MOV   R2, #0
again:  MUL   R3, R0, R8
        ADD   R0, R3, #57
        MOV   R3, R0, LSR #29
        CMP   R3, #5
        LDRLS PC, [PC, R3, LSL #2]
        B     join
        .word way0, way1, way2, way3, way4, way5
{cases}
join:   ADDHI R2, R2, #1
        ADDGE R2, R2, #2
        ADDLT R2, R2, #4
        ADDGT R2, R2, #8
        ADDVS R2, R2, #16
        ADDMI R2, R2, #32
        ADDEQ R2, R2, #64
        ADDCS R2, R2, #128
        STRCC R2, [R9]
        B     again
        .pool
"""
    twins = Twins(program(source), engine="native")
    twins.set_register(9, 0x20000)
    for limit in range(500, 700):
        assert isinstance(twins.run(limit), LimitReached)
    assert native_share(twins.translating) > 0.9


def test_whatever_is_done_to_them(seed: int) -> None:
    """Slices, steps, breakpoints, watchpoints, limits, snapshots and stores into code, while better code arrives."""
    shares = []
    for number in range(12):
        random = Random(seed + number)
        writer = WildWriter(random, random.choice((4, 12, 40))) if number % 3 else ProgramWriter(random)
        words = writer.write(loops=2, units=random.randrange(5, 30))
        guards, counts = number % 4 > 1, number % 2 > 0
        twins = Twins(program_of(words, data_image(random)), engine="native", stack_guard=guards, profiled=counts)
        twins.history.append(f"EMU_SEED={seed}, program {number}")
        later = twins.translating.background = Later()
        for _ in range(6):
            wander(twins, random, 10)
            later.work()
        shares.append(native_share(twins.translating))
    assert max(shares) > 0.2, f"EMU_SEED={seed}"


def _callers(random: Random, functions: int) -> str:
    """Routines that call later ones, directly or through a register, and return in one of the usual ways."""
    lines = ["_start: MOV SP, #0x50000", "again: BL f0", "B again"]
    for number in range(functions):
        lines += [f"f{number}: STMFD SP!, {{R4, LR}}", f"ADDS R{number % 4}, R{number % 4}, #{random.randrange(1, 99)}"]
        for _ in range(random.randrange(3) if number < functions - 1 else 0):
            condition = random.choice(("", "NE", "MI", "CS"))
            callee = random.randrange(number + 1, functions)
            lines += random.choice(
                (
                    [f"BL{condition} f{callee}"],
                    [f"MOV R5, #{random.randrange(1, 4)}", f"l{len(lines)}: BL f{callee}"],
                    [f"LDR R6, =f{callee}", "MOV LR, PC", "BX R6"],
                )
            )
            if lines[-1].startswith("l"):
                lines += [f"SUBS R7, R7, #{random.randrange(1, 3)}", f"BMI {lines[-1].split(':')[0]}"]
            lines += [f"MUL R{random.choice((8, 9))}, R0, R1", f"TST R{number % 4}, #{random.randrange(1, 32)}"]
        lines.append(f"ADD{random.choice(('EQ', 'NE', 'AL'))} R{random.randrange(4)}, R8, R9, LSL #3")
        lines += random.choice(
            (["LDMFD SP!, {R4, PC}"], ["LDMFD SP!, {R4, LR}", "MOV PC, LR"], ["LDMFD SP!, {R4, LR}", "BX LR"])
        )
        lines.append(".pool")
    return "\n".join(line if ":" in line else "  " + line for line in lines) + "\n"


@needs_llvm
def test_calls_between_code_of_every_grade_are_counted(seed: int) -> None:
    """Regions call and return into one another, while better code takes the place of some and goes away again."""
    seen: set[str] = set()
    for number in range(4):
        random = Random(seed + number)
        twins = Twins(program(_callers(random, random.randrange(2, 12))), engine="native", profiled=True)
        twins.history.append(f"EMU_SEED={seed}, program {number}")
        later = twins.translating.background = Later()
        for turn in range(8):
            for _ in range(3):
                twins.run(random.choice((1, 7, 50, 333, 2000)))
            if turn % 3 == 1:
                later.work()
            seen |= stages(twins.translating)
        engine = twins.translating.engine
        assert isinstance(engine, python.PythonEngine)
        for translation in engine._translations.native[::2]:
            engine._translations.forget_start(translation.start)
        twins.run(3000)
    assert seen == {"quick", "full"}, f"EMU_SEED={seed}"


def test_without_llvm_hot_code_is_native_all_the_same() -> None:
    with mock.patch.object(PathFinder, "find_spec", return_value=None):
        machine = Machine(engine="native")
        machine.load(program(NESTED.replace("#0x100000", "#1000")))
        assert isinstance(machine.run(), ServiceCall)
    assert stages(machine) == {"quick"}
