"""Flags in quick code: remembered in registers, written late, and yet always there when anybody looks."""

from __future__ import annotations

from random import Random
from unittest import mock

import pytest

from emu.isa.conditions import CONDITION_NAMES, C, N, V, Z
from emu.isa.engines import python
from emu.isa.engines.native import improving, tier
from emu.isa.engines.native.regions import choose_region
from emu.isa.engines.native.x64.liveness import ALL, LiveFlags, bits
from emu.isa.engines.native.x64.pending import ANYTHING, DIFFERENCE, Derived, FlagState
from emu.isa.engines.native.x64.versions import MOST, MOST_OF_READERS, Versions
from emu.isa.machine import Machine
from emu.isa.memory import Watchpoint
from emu.isa.stops import LimitReached
from tests.isa.assembly import program
from tests.isa.engines.native_machines import native_share
from tests.isa.engines.twins import EAGER, IMPATIENT, Twins

needs_quick_code = pytest.mark.skipif(tier._quick_regions() is None, reason="there is no quick code for this computer")

SETTING = (
    "CMP {a}, {b}", "CMP {a}, #{k}", "CMN {a}, {b}", "CMN {a}, #{k}", "TST {a}, {b}", "TST {a}, #{k}", "TEQ {a}, {b}",
    "CMP {a}, {b}, LSL #{s}", "CMP {a}, {b}, LSR {c}", "TST {a}, {b}, ROR #{s}", "SUBS {d}, {a}, #{k}",
    "SUBS {d}, {a}, {b}", "SUBS {d}, {d}, {d}", "ADDS {d}, {a}, {b}", "ADDS {d}, {d}, #{k}",
    "ADDS {d}, {a}, {d}", "SUBS {d}, {a}, {d}", "RSBS {d}, {a}, #{k}",
    "RSBS {d}, {a}, {b}, ASR #{s}", "ADCS {d}, {a}, {b}", "SBCS {d}, {a}, {b}", "RSCS {d}, {a}, #{k}",
    "MOVS {d}, {a}", "MOVS {d}, {a}, LSR #{s}", "MOVS {d}, {a}, RRX", "MVNS {d}, {a}, LSL {b}", "ANDS {d}, {a}, #{k}",
    "BICS {d}, {a}, {b}, ROR #{s}", "EORS {d}, {a}, {b}", "MULS R8, {a}, {b}", "UMULLS R8, R7, {a}, {b}",
    "MSR CPSR_f, {a}",
)  # fmt: skip
"""Whatever sets flags, in every relation of operands and result."""

OTHER = (
    *("MOV{q} {d}, {a}",) * 4, "ADD{q} {d}, {a}, #{k}", "ADC{q} {d}, {a}, {b}", "EOR{q} {d}, {a}, {b}, LSL #{s}",
    "MVN{q} {d}, #{k}", "LDR{q} {d}, [R9, #{w}]", "STR{q} {d}, [R9, #{w}]", "STR{q}B {d}, [R9], #0", "MRS R8, CPSR",
    "SBC{q} {d}, {d}, {d}", "LDR{q} {d}, [R10]", "STR{q} {d}, [R10]",
)  # fmt: skip
"""What may overwrite an operand, look at flags, or leave the region."""


def flag_program(random: Random, blocks: int) -> str:
    """Short blocks in which flags are set, looked at and forgotten, with branches among them in all directions."""
    registers = ("R0", "R1", "R2", "R3", "R12")

    def line(pattern: str) -> str:
        return "        " + pattern.format(
            a=random.choice(registers),
            b=random.choice(registers),
            c=random.choice(registers),
            d=random.choice(registers),
            k=random.choice((0, 1, 2, 255, 0x80000000, 0x7F000000)),
            s=random.randrange(1, 32),
            w=4 * random.randrange(16),
            q=random.choice(("", "", *CONDITION_NAMES[:14])),
        )

    lines = [
        "_start: LDR R0, =0x12345678",
        "        LDR R1, =0x87654321",
        "        LDR R9, =0x20000",
        "        LDR R10, =0x20104",
    ]
    for number in range(blocks):
        lines.append(f"b{number}:")
        patterns = [random.choice(SETTING if random.random() < 0.5 else OTHER) for _ in range(random.randrange(1, 6))]
        lines += map(line, patterns)
        # Most ways lead onwards, so that all blocks are reached; the last one closes the loop.
        target = random.randrange(number + 1, blocks) if number + 1 < blocks and random.random() < 0.7 else number
        condition = random.choice(CONDITION_NAMES[:14])
        lines.append(f"        {random.choice(('B', 'B', 'BL'))}{condition} b{target}")
    return "\n".join([*lines, "        ADD R0, R0, R1, ROR #7", "        B b0", "        .pool", ""])


@needs_quick_code
def test_flags_are_right_wherever_execution_ends(seed: int) -> None:
    """Loops that are all about flags, stopped behind every number of instructions."""
    shares = []
    with mock.patch.multiple(python, **IMPATIENT), mock.patch.multiple(improving, **EAGER):
        for number in range(30):
            random = Random(seed + number)
            source = flag_program(random, random.randrange(2, 12))
            twins = Twins(program(source), engine="native", profiled=number % 5 == 4, stack_guard=number % 5 == 3)
            twins.history.append(f"EMU_SEED={seed}, program {number}\n{source}")
            # Beside a watched word, accesses are left to the interpreter.
            twins.watch(Watchpoint(1, 0x20108, 0x2010C, True, True))
            twins.run(3000)
            for limit in range(1, 120):
                twins.run(limit)
            for limit in range(1, 20):
                before = twins.snapshot()
                twins.set_register(10, 0x0FFFFFF0)
                twins.run(1000)  # ends with a fault, if there is any access by R10
                twins.restore(before)
                twins.run(limit)
            shares.append(native_share(twins.translating))
    assert sum(shares) / len(shares) > 0.5, f"EMU_SEED={seed}"


@needs_quick_code
def test_after_any_two_settings_all_conditions_are_right(seed: int) -> None:
    """Some instructions set only some of the flags: the others stay what the instruction before has made of them."""
    random = Random(seed)
    lines = ["_start: LDR R0, =0x12345678", "        LDR R1, =0x87654321", "        LDR R9, =0x20000", "again:"]
    fields = {"a": "R0", "b": "R1", "c": "R2", "d": "R3", "k": 0x70000000, "s": 5}
    pairs = [(first, second) for first in SETTING for second in SETTING]
    random.shuffle(pairs)
    for number, pair in enumerate(pairs):
        lines += [f"        {pattern.format_map(fields)}" for pattern in pair]
        lines += [
            f"        {line}"
            for line in random.sample(
                [
                    *(
                        f"ADD{condition} R4, R4, R0, ROR #{random.randrange(1, 32)}"
                        for condition in CONDITION_NAMES[:14]
                    ),
                    f"B{random.choice(CONDITION_NAMES[:14])} p{number}",
                    "LDR R5, [R9]",
                    "MRS R6, CPSR",
                ],
                5,
            )
        ]
        lines.append(
            f"p{number}: ADD R0, R0, R1, ROR #7\n        EOR R1, R1, R4, LSL #3\n        ADD R2, R1, R6, LSR #28"
        )
        if number % 20 == 19:
            lines.append(f"        B q{number}\n        .pool\nq{number}:")
    source = "\n".join([*lines, "        B again", "        .pool", ""])
    with mock.patch.multiple(python, **IMPATIENT), mock.patch.multiple(improving, **EAGER):
        twins = Twins(program(source), engine="native")
        twins.history.append(f"EMU_SEED={seed}")
        for _ in range(60):
            twins.run(1009)
        twins.run(100_000)
        assert native_share(twins.translating) > 0.5


@needs_quick_code
def test_a_callback_and_its_caller_become_one_region() -> None:
    """Nothing but what happens says where a pointer to a function leads."""
    source = program("""
_start: MOV   R0, #0
        MOV   R4, #0
loop:   ADR   R5, even
        TST   R4, #1
        ADRNE R5, odd
        MOV   LR, PC
        BX    R5
        ADD   R4, R4, #1
        CMP   R4, #0x40000
        BNE   loop
        SWI   #0
even:   ADD   R0, R0, R4
        BX    LR
odd:    SUB   R0, R0, #3
        BX    LR
""")
    hops = []
    for price in (1 << 60, 1):
        with (
            mock.patch.multiple(python, **IMPATIENT),
            mock.patch.multiple(improving, **EAGER | {"HOP_PRICE": price, "WINDOWS": 20}),
        ):
            twins = Twins(source, engine="native")
            assert isinstance(twins.run(400_000), LimitReached)
            engine = twins.translating.engine
            assert isinstance(engine, python.PythonEngine)
            native = engine._load_tier()
            assert native is not None
            assert native._quick is not None
            chain = native._quick.chain
            hops.append(sum(chain.usage(address)[1] for address in chain.known))
    assert hops[0] > 20 * hops[1]


def live_flags(source: str, *, leaves: bool = False) -> tuple[LiveFlags, dict[str, int]]:
    """Of the region from `_start`, and the addresses of labels; with `leaves`, execution may leave anywhere."""
    machine = Machine(engine="interpreter")
    assembled = program(source)
    machine.load(assembled)
    region = choose_region(assembled.entry, machine.memory, ())
    assert region is not None
    live = LiveFlags(region, False, lambda _: leaves)
    return live, {name: symbol.value for name, symbol in assembled.symbols.items()}


def test_a_flag_lives_from_where_it_is_set_to_where_it_is_looked_at() -> None:
    source = """
_start: CMP   R0, #1
        ADD   R1, R1, #1
        MOVS  R2, R1
        MOVCS R3, #1
        CMP   R1, R2
        SWI   #0
"""
    live, labels = live_flags(source)
    after = live.after[labels["_start"]]
    carry, sign, zero, overflow = (bits((flag,)) for flag in (C, N, Z, V))
    assert after[:3] == [carry, carry, carry], "MOVS keeps the carry, nobody looks at its N and Z"
    assert after[3] == 0
    assert after[4] == ALL == carry | sign | zero | overflow, "the system call ends the region"
    assert live_flags(source, leaves=True)[0].after[labels["_start"]][0] == ALL


def test_all_flags_live_where_execution_may_leave() -> None:
    """At the top of a loop, because the budget may end there, and before an access to memory."""
    live, labels = live_flags("""
_start: MOV   R1, #9
loop:   ADD   R0, R0, R1
        CMP   R0, R1
        BEQ   skip
        CMP   R1, #3
skip:   LDR   R2, [R9]
        CMP   R2, #0
        BNE   loop
        SWI   #0
""")
    assert live.at[labels["loop"]] == ALL
    assert live.after[labels["loop"]][0] == 0
    assert live.at[labels["skip"]] == ALL


def test_a_block_is_written_anew_for_what_is_known_but_not_for_ever() -> None:
    states = [
        FlagState(DIFFERENCE, 0, ("register", number), ("constant", 0), None, False) for number in range(MOST + 1)
    ]
    versions = Versions({0x8000: ALL, 0x8100: 0}, (), ())
    anything, _ = versions.want(0x8000, ANYTHING)
    labels = {versions.want(0x8000, state)[0] for state in states[:MOST]}
    assert len(labels | {anything}) == MOST + 1
    assert versions.want(0x8000, states[MOST]) == (anything, True), "what is one too many has to be written"
    assert versions.want(0x8000, states[0])[1] is False
    assert versions.want(0x8100, states[0]) == versions.want(0x8100, ANYTHING), "nobody looks there"


def test_where_flags_are_looked_at_more_versions_are_worth_it() -> None:
    state = FlagState(DIFFERENCE, 0, ("register", 0), ("constant", 0), None, False)
    versions = Versions({0x8000: ALL}, (), (0x8000,))
    labels = {versions.want(0x8000, state.replace(right=("constant", number)))[0] for number in range(10)}
    assert len(labels) == MOST_OF_READERS + 1


def test_what_is_remembered_is_lost_with_any_of_its_parts() -> None:
    state = FlagState(DIFFERENCE, 0, Derived(0, ("register", 3), ("constant", 1)), ("constant", 1), None, True)
    assert state.is_pending
    assert not state.replace(left=None, right=None).is_pending
    assert state.replace(left=None, right=None, is_written=False).is_pending
