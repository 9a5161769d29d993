"""What statistics take for granted about instructions."""

from __future__ import annotations

from random import Random

import pytest

from emu.isa.analysis.statistics import TOUCH_MEMORY
from emu.isa.engines.lifting import lift
from emu.isa.instructions.decoder import decode
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
