"""The native tier is held against the interpreter as well: equal at every stop."""

from __future__ import annotations

from random import Random
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from emu.isa.engines import python
from emu.isa.machine import Machine
from emu.isa.stops import LimitReached
from tests.isa.engines.twins import Twins, WildWriter, state_of, wander
from tests.isa.programs import ProgramWriter, data_image, program_of


def test_many_long_wanderings(seed: int) -> None:
    for number in range(60):
        random = Random(seed + number)
        with mock.patch.object(python, "HOT", 1), mock.patch.object(python, "PATIENCE", random.choice((1, 20, 200))):
            words = WildWriter(random, random.choice((4, 12, 40, 100))).write(loops=2, units=random.randrange(5, 40))
            twins = Twins(program_of(words, data_image(random)), engine="native")
            twins.history.append(f"EMU_SEED={seed}, program {number}")
            wander(twins, random, 60)


@pytest.mark.parametrize("wild", [False, True])
def test_every_limit(seed: int, wild: bool) -> None:
    for number in range(3):
        random = Random(seed + number)
        writer = WildWriter(random, 20) if wild else ProgramWriter(random)
        program = program_of(writer.write(loops=1, units=25, rounds=30), data_image(random))
        with mock.patch.object(python, "HOT", 1), mock.patch.object(python, "PATIENCE", 10):
            machine = Machine(engine="native")
            machine.load(program)
            machine.run(1500)
            if machine.outcome is not None:
                machine.restart()
            start = machine.snapshot()
            exact = Machine(engine="interpreter")
            exact.load(program)
            exact.restore(start)
            for limit in range(1, 300):
                expected_stop = exact.run(1)
                machine.restore(start)
                assert machine.run(limit) == expected_stop, f"EMU_SEED={seed}, program {number}, limit {limit}"
                assert state_of(machine) == state_of(exact), f"EMU_SEED={seed}, program {number}, limit {limit}"
                assert bytes(machine.memory.bytes[0x20000:]) == bytes(exact.memory.bytes[0x20000:])
                if not isinstance(expected_stop, LimitReached):
                    break
