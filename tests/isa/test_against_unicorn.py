"""Random programs end in the same state here and on Unicorn, and are in the same state wherever they are stopped."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emu.isa.bits import MASK32
from emu.isa.conditions import CONDITION_TESTS, FLAG_NAMES
from emu.isa.instructions.decoder import decode
from emu.isa.instructions.disassembler import disassemble, instruction_name
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.registers import PC, REGISTER_NAMES
from emu.isa.stops import LimitReached, ServiceCall
from tests.isa.programs import CODE, DATA, DATA_END, Decks, ProgramWriter, data_image, program_of
from tests.isa.unicorn_machine import UnicornMachine

INSTRUCTIONS = 100_000
"""How many instructions one run of the big test compares, at least."""

MOST_PROGRAMS = 60
"""How many programs it may take to cover everything; usually a third of them will do."""

MRS_MASK, MRS = 0x0FBF0FFF, 0x010F0000
MEMORY = ((CODE, 0x18000), (DATA, DATA_END))


def difference(machine: Machine, reference: UnicornMachine) -> str:
    """What differs, as text; nothing if the two are in the same state."""
    masks = [MASK32] * 16
    last = machine.memory.words[(machine.registers[PC] - 4) >> 2]
    if last & MRS_MASK == MRS:
        # Other machines have more bits in the CPSR, which the next instruction of the program takes away.
        masks[last >> 12 & 15] = 0xF0000000
    found = [
        f"{name}: {ours:08X}, Unicorn {theirs:08X}"
        for name, ours, theirs, mask in zip(
            REGISTER_NAMES, machine.registers, reference.registers(), masks, strict=True
        )
        if (ours ^ theirs) & mask
    ]
    found += [
        f"flag {name}: {ours}, Unicorn {theirs}"
        for name, ours, theirs in zip(FLAG_NAMES, machine.flags, reference.flags(), strict=True)
        if ours != theirs
    ]
    return ", ".join(found)


def memory_difference(machine: Machine, reference: UnicornMachine) -> str:
    """The first byte that differs."""
    for (start, end), theirs in zip(MEMORY, reference.memory(MEMORY), strict=True):
        ours = bytes(machine.memory.bytes[start:end])
        if ours != theirs:
            at = next(index for index in range(end - start) if ours[index] != theirs[index])
            return f"memory at {start + at:08X}: {ours[at]:02X}, Unicorn {theirs[at]:02X}"
    return ""


SLICES = (1, 2, 3, 17, 100, 1000, 5000)


def compare(
    program: Program, end: int, random: Random, machine: Machine | str, slices: Sequence[int] = SLICES
) -> Machine:
    """Runs a program on Unicorn and on a fresh machine (or an engine) in slices, and compares them after each."""
    machine = Machine(engine=machine) if isinstance(machine, str) else machine
    machine.load(program)
    reference = UnicornMachine(program)
    while True:
        count = random.choice(slices)
        stop = machine.run(count)
        reference.run(count, end)
        found = difference(machine, reference)
        if found:
            pytest.fail(f"after {machine.instructions} instructions: {found}\n{culprit(program, end)}")
        if isinstance(stop, ServiceCall):
            break
        assert isinstance(stop, LimitReached), stop
    found = memory_difference(machine, reference)
    if found:
        pytest.fail(f"{found}\n{culprit(program, end)}")
    return machine


def culprit(program: Program, end: int) -> str:
    """The first instruction after which the interpreter and Unicorn differ."""
    machine = Machine(engine="interpreter")
    machine.load(program)
    reference = UnicornMachine(program)
    while machine.registers[PC] != end:
        pc = machine.registers[PC]
        before = " ".join(f"{value:08X}" for value in machine.registers)
        stop = machine.run(1)
        reference.run(1, end)
        found = difference(machine, reference)
        if found or not isinstance(stop, LimitReached):
            text = disassemble(machine.memory.words[pc >> 2], pc).text
            return f"first difference at {pc:08X} {text} ({stop}), registers before: {before}\n{found}"
    return "the interpreter agrees: " + (memory_difference(machine, reference) or "the engine differs")


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.sampled_from(("python", "interpreter")))
def test_any_small_program(random: Random, engine: str) -> None:
    """Short programs, which Hypothesis can make shorter when one fails."""
    writer = ProgramWriter(random)
    words = writer.write(loops=1, units=random.randrange(1, 12), rounds=30)
    compare(program_of(words, data_image(random)), writer.end, random, engine)


def test_a_hundred_thousand_instructions(seed: int) -> None:
    """Long programs that together cover the whole instruction set."""
    random = Random(seed)
    decks = Decks(random)
    coverage: Counter[object] = Counter()
    total = 0
    programs = 0
    while total < INSTRUCTIONS or (EXPECTED - set(coverage) and programs < MOST_PROGRAMS):
        writer = ProgramWriter(random, decks)
        program = program_of(writer.write(loops=3, units=60), data_image(random))
        machine = compare(program, writer.end, random, "python")
        total += machine.instructions
        programs += 1
        cover(program, coverage)
    missing = sorted(str(item) for item in EXPECTED - set(coverage))
    assert not missing, f"EMU_SEED={seed}: never executed: {missing}"


# -- what the long programs have to cover

_BITS = (0, 1)
EXPECTED: set[object] = set()
EXPECTED |= {(condition, passed) for condition in range(14) for passed in (True, False)} | {(14, True)}
EXPECTED |= {("shift", shift, amount) for shift in range(4) for amount in range(32)}
EXPECTED |= {("register shift", shift, how) for shift in range(4) for how in ("0", "1-31", "32", "over")}
EXPECTED |= {("rotation", rotate) for rotate in range(16)}
EXPECTED |= {
    ("data", kind, opcode, s)
    for kind in ("immediate", "register", "register-shifted register")
    for opcode in range(16)
    for s in ((1,) if 8 <= opcode < 12 else _BITS)
}
EXPECTED |= {
    ("word", kind, p, u, w, load, byte)
    for kind in ("immediate", "register")
    for p in _BITS
    for u in _BITS
    for w in _BITS
    for load in _BITS
    for byte in _BITS
}
EXPECTED |= {("offset shift", shift, amount) for shift in range(4) for amount in range(32)}
EXPECTED |= {
    ("half", kind, what, p, u, w)
    for kind in ("immediate", "register")
    for what in ("load 1", "load 2", "load 3", "store 1")
    for p, w in ((0, 0), (1, 0), (1, 1))
    for u in _BITS
}
EXPECTED |= {("block", load, p, u, w) for load in _BITS for p in _BITS for u in _BITS for w in _BITS}
EXPECTED |= {("base in list", 0, 0), ("base in list", 0, 1), ("base in list", 1, 0)}
EXPECTED |= {("multiply", accumulate, s) for accumulate in _BITS for s in _BITS}
EXPECTED |= {("long", signed, accumulate, s) for signed in _BITS for accumulate in _BITS for s in _BITS}
EXPECTED |= {"SWP", "SWPB", "CLZ", "MRS", "MSR", "MSR immediate", "B", "BL", "BX", "BLX"}
EXPECTED |= {("PC written by", how) for how in ("data processing", "LDR", "LDM")}


def cover(program: Program, coverage: Counter[object]) -> None:
    """Notes what a program executes."""
    machine = Machine(engine="interpreter")
    machine.load(program)
    while True:
        pc = machine.registers[PC]
        word = machine.memory.words[pc >> 2]
        passed = bool(CONDITION_TESTS[word >> 28](machine.flags))
        coverage[word >> 28, passed] += 1
        if passed:
            _cover_word(word, machine, coverage)
        if not isinstance(machine.run(1), LimitReached):
            return


def _cover_word(word: int, machine: Machine, coverage: Counter[object]) -> None:
    instruction = decode(word)
    i = instruction.fields
    family, _, kind = instruction.form.title.partition(", ")
    if family in ("Data processing", "Move", "Comparison"):
        compares = family == "Comparison"
        coverage["data", kind, i.opcode, 1 if compares else i.s] += 1
        if not compares and i.rd == 15:
            coverage["PC written by", "data processing"] += 1
        if kind == "immediate":
            coverage["rotation", i.rotate] += 1
        elif kind == "register":
            coverage["shift", i.shift, i.amount] += 1
        else:
            count = machine.registers[i.rs] & 0xFF
            how = "0" if not count else "1-31" if count < 32 else "32" if count == 32 else "over"
            coverage["register shift", i.shift, how] += 1
    elif family == "Word or byte transfer":
        kind = kind.removesuffix(" offset")
        coverage["word", kind, i.p, i.u, i.w, i.l, i.byte] += 1
        if kind == "register":
            coverage["offset shift", i.shift, i.amount] += 1
        elif i.l and i.rd == 15:
            coverage["PC written by", "LDR"] += 1
    elif family in ("Load halfword or signed", "Store halfword"):
        what = f"{family.split()[0].lower()} {i.kind}"
        coverage["half", kind.removesuffix(" offset"), what, i.p, i.u, i.w] += 1
    elif family == "Block transfer":
        coverage["block", i.l, i.p, i.u, i.w] += 1
        if i.list >> i.rn & 1:
            coverage["base in list", i.l, i.w] += 1
        if i.l and i.list >> 15:
            coverage["PC written by", "LDM"] += 1
    elif family == "Multiply":
        coverage["multiply", i.accumulate, i.s] += 1
    elif family == "Long multiply":
        coverage["long", i.signed, i.accumulate, i.s] += 1
    else:
        coverage["MSR immediate" if family.startswith("Immediate") else instruction_name(word)] += 1


def test_the_seed_can_be_chosen(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    """EMU_SEED repeats a run."""
    from tests.isa.conftest import chosen_seed

    monkeypatch.setenv("EMU_SEED", "1234")
    assert chosen_seed(pytestconfig) == 1234
    monkeypatch.delenv("EMU_SEED")
    assert chosen_seed(pytestconfig) == int(pytestconfig.option.hypothesis_seed)
    assert "EMU_SEED" not in os.environ
