"""Both translating engines and Unicorn execute the same programs to the same states, a million instructions and more.

Unicorn and native code are fast, so states are compared at many places: between slices of every length, after every
number of instructions that ends somewhere in a block, and around stores into code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import Any
from unittest import mock

import pytest

pytest.importorskip("llvmlite", reason="the native tier needs llvmlite")

from emu.isa.analysis.profile import Profile
from emu.isa.engines import python
from emu.isa.engines.native import tier
from emu.isa.machine import Machine
from emu.isa.registers import PC
from emu.isa.stops import LimitReached
from tests.isa.assembly import program
from tests.isa.engines.native_machines import AtOnce, Later, native_share, without_quick_code
from tests.isa.engines.twins import IMPATIENT
from tests.isa.programs import Decks, ProgramWriter, data_image, program_of
from tests.isa.test_against_unicorn import compare, difference, memory_difference
from tests.isa.unicorn_machine import UnicornMachine

COMPILED, QUICK, PYTHON = 350_000, 550_000, 120_000
"""How many instructions are executed by code from LLVM, by quick code and by the Python engine, at least."""

SLICES = (1, 2, 3, 7, 17, 100, 999, 1000, 5000, 20_000)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with (
        mock.patch.multiple(python, **IMPATIENT),
        mock.patch.multiple(python, PATIENCE=1000, FIRST_PATIENCE=400, _MANY_EXITS=8),
        mock.patch.multiple(tier, WORTH_IT_QUICK=500, WORTH_IT_GOOD=500, LARGE=60),
    ):
        yield


def native_machine(random: Random, *, fully: bool = True) -> Machine:
    """A machine that compiles in one of the ways there are, at once or later, and perhaps counts."""
    machine = Machine(engine="native")
    if fully:
        machine.background = random.choice((None, Later(), AtOnce(waits=True), AtOnce(waits=False)))
    else:
        machine.background = Later()
    if random.randrange(2):
        machine.profile = Profile()
    return machine


def generator(kind: str) -> AbstractContextManager[Any]:
    """Where native code comes from at first: "compiled" by LLVM, or "quick"."""
    return without_quick_code() if kind == "compiled" else nullcontext()


def test_a_million_instructions(seed: int) -> None:
    random = Random(seed)
    decks = Decks(random)
    wanted = {"python": PYTHON, "compiled": COMPILED, "quick": QUICK}
    executed = dict.fromkeys(wanted, 0)
    while left := [kind for kind in wanted if executed[kind] < wanted[kind]]:
        kind = random.choice(left)
        writer = ProgramWriter(random, decks)
        # Many instructions differ in few programs or in many short ones; to compile large regions fully takes too long.
        units = random.choice((6, 12, 40))
        words = writer.write(loops=2, units=units, rounds=random.choice((60, 150)))
        guest = program_of(words, data_image(random))
        if kind == "python":
            executed[kind] += compare(guest, writer.end, random, "python", SLICES).instructions
            continue
        machine = native_machine(random, fully=units == 6)
        if kind == "quick":
            machine.profile = None
        with generator(kind):
            executed[kind] += compare(guest, writer.end, random, machine, SLICES).translated[1]
    assert sum(executed.values()) >= 1_000_000


def test_a_limit_at_every_instruction(seed: int) -> None:
    """A program that is native already goes on for 1, 2, 3, ... instructions: it stops in the middle of blocks, before
    and after headers, at the entry of a region and where it is left.
    """
    stopped_at = 0
    for number in range(3):
        random = Random(seed + number)
        writer = ProgramWriter(random)
        guest = program_of(writer.write(loops=1, units=20, rounds=100_000), data_image(random))
        machine, reference = native_machine(random), UnicornMachine(guest)
        kind = random.choice(("compiled", "quick"))
        machine.load(guest)
        with generator(kind):
            machine.run(20_000)
        reference.run(20_000, writer.end)
        stops = set()
        for limit in range(1, 300):
            with generator(kind):
                assert machine.run(limit) == LimitReached()
            reference.run(limit, writer.end)
            found = difference(machine, reference)
            assert not found, f"EMU_SEED={seed}, program {number}, limit {limit}: {found}"
            stops.add(machine.registers[PC])
        assert not memory_difference(machine, reference), f"EMU_SEED={seed}, program {number}"
        assert native_share(machine) > 0.2, f"EMU_SEED={seed}, program {number}"
        stopped_at += len(stops)
    assert stopped_at > 60, f"EMU_SEED={seed}"


CHANGING = """
@ Now and then the inner loop stores one of the words at `words` into itself (at `own`). After it, another word goes
@ into a loop (at `other`) that was executed and compiled before.
_start: LDR R12, =100000
        LDR R10, =own
        LDR R9, =other
        LDR R8, =words
        MOV R7, #0
outer:  MOV R11, #{rounds}
inner:  ADD R0, R0, R11
        TST R11, #{often}
        BNE own
        ADD R7, R7, #1
        AND R6, R7, #{mask}
        LDR R6, [R8, R6, LSL #2]
        STR{byte} R6, [R10]
        B own
own:    {first}
        ADD R1, R1, R0, ROR #3
        SUBS R11, R11, #1
        BNE inner
        AND R6, R7, #{mask}
        LDR R6, [R8, R6, LSL #2]
        STR R6, [R9]
        MOV R11, #{rounds}
        B second
second: EOR R2, R2, R1
other:  {second}
        ADD R3, R3, R2, LSL #1
        SUBS R11, R11, #1
        BNE second
        SUBS R12, R12, #1
        BNE outer
end:    SWI #0
        .pool
words:  .word {words}
"""

HARMLESS = ("ADD", "SUB", "EOR", "ORR", "RSB", "BIC", "ADDS", "ADC", "SBCS", "MOVS")


def word_that_computes(random: Random) -> str:
    """An instruction on R0 to R5."""
    name = random.choice(HARMLESS)
    rd, rn, rm = (random.randrange(6) for _ in range(3))
    condition = random.choice(("", "", "EQ", "CS", "MI", "GT"))
    name = name[:3] + condition + name[3:]
    shift = f", {random.choice(('LSL', 'LSR', 'ASR', 'ROR'))} #{1 + random.randrange(31)}"
    return f"{name} R{rd}, R{rm}{shift}" if name.startswith("MOV") else f"{name} R{rd}, R{rn}, R{rm}{shift}"


def test_code_that_changes_itself_and_other_code(seed: int) -> None:
    """Inside the region that is being executed, and in another one; a word at a time or one byte of it."""
    natively = 0
    for number in range(3):
        random = Random(seed + number)
        changes = [program(f"_start: {word_that_computes(random)}\n").segments[0].data[:4] for _ in range(4)]
        guest = program(
            CHANGING.format(
                often=random.choice((63, 127)),
                rounds=random.choice((100, 200, 255)),
                mask=random.choice((1, 3)),
                byte=random.choice(("", "B")),
                first=word_that_computes(random),
                second=word_that_computes(random),
                words=", ".join(hex(int.from_bytes(word, "little")) for word in changes),
            )
        )
        machine, reference = native_machine(random), UnicornMachine(guest)
        kind = random.choice(("compiled", "quick"))
        machine.load(guest)
        end = guest.symbols["end"].value
        while machine.instructions < 20_000:
            limit = random.choice((1, 2, 3, 10, 100, 400))
            # Compiling takes the time of this test: native code is to be dropped often, but not at once.
            with (
                generator(kind),
                mock.patch.multiple(python, HOT=8, PATIENCE=1000, FIRST_PATIENCE=1000, _MANY_EXITS=64),
            ):
                assert machine.run(limit) == LimitReached()
            reference.run(limit, end)
            found = difference(machine, reference)
            assert not found, f"EMU_SEED={seed}, program {number}, {machine.instructions} instructions: {found}"
        assert not memory_difference(machine, reference), f"EMU_SEED={seed}, program {number}"
        natively += machine.translated[1]
    assert natively > 2_000, f"EMU_SEED={seed}"
