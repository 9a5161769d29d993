"""What statistics take for granted about instructions."""

from __future__ import annotations

from random import Random

import pytest

from emu.isa.analysis.statistics import REGISTER_LIST, TOUCH_MEMORY
from emu.isa.engines.lifting import lift
from emu.isa.instructions.decoder import Instruction, decode
from emu.isa.instructions.disassembler import instruction_name
from emu.isa.instructions.form import Form
from emu.isa.instructions.table import FORMS


@pytest.mark.parametrize("form", FORMS, ids=[form.title for form in FORMS])
def test_only_forms_said_to_touch_memory_do(form: Form, seed: int) -> None:
    random = Random(seed)
    found = set()
    for mask, value in form.cases():
        for _ in range(20):
            instruction = decode(0xE0000000 | random.getrandbits(28) & ~mask | value & 0x0FFFFFFF)
            if instruction.form is form:
                steps = lift(instruction, 0x8000).steps
                found.add(any(step.kind in ("load", "store") for step in steps))
    assert found
    assert (True in found) == (form.title in TOUCH_MEMORY), f"EMU_SEED={seed}"


def _accesses(instruction: Instruction) -> tuple[tuple[str, int, int], ...]:
    steps = lift(instruction, 0x8000).steps
    return tuple((step.kind, step.size, len(step.values)) for step in steps if step.kind in ("load", "store"))


@pytest.mark.parametrize("form", FORMS, ids=[form.title for form in FORMS])
def test_words_of_one_kind_have_one_name_and_make_the_same_accesses(form: Form, seed: int) -> None:
    """So figures of many words may be added up before anybody looks what they are."""
    random = Random(seed)
    kinds: dict[tuple[int, int], set[object]] = {}
    mask = form.naming_mask()
    for mask_of_form, value in form.cases():
        for _ in range(100):
            same = random.choice((random.getrandbits(28), 1, 0x8000, 0x00F3, 0xFFFF)) & mask
            for _ in range(3):
                word = same | random.getrandbits(28) & ~mask
                instruction = decode(0xE0000000 | word & ~mask_of_form & 0x0FFFFFFF | value & 0x0FFFFFFF)
                if instruction.form is form and not lift(instruction, 0x8000).is_exceptional:
                    registers = instruction.word & REGISTER_LIST if form.title == "Block transfer" else 0
                    kind = instruction.word & mask, registers.bit_count()
                    kinds.setdefault(kind, set()).add((instruction_name(instruction.word), _accesses(instruction)))
    assert all(len(found) == 1 for found in kinds.values()), f"EMU_SEED={seed}"
