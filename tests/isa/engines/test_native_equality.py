"""The native tier is the interpreter, only much faster: equal at every stop, whatever led to it.

Without LLVM the engine stays with Python functions, and the same must hold.
"""

from __future__ import annotations

from importlib.util import find_spec
from random import Random
from unittest import mock

from emu.isa.engines import python
from tests.isa.engines.twins import Twins, WildWriter, wander
from tests.isa.programs import ProgramWriter, data_image, program_of

PROGRAMS = 12
CHEAP = python.Prices(0, 1, 1)


def test_many_long_wanderings(seed: int) -> None:
    """Regions become native after a few hundred instructions here, so that most of what runs is native."""
    promotions = 0

    def promote(engine: python.PythonEngine, start: int, *, only_cached: bool = False) -> bool:
        nonlocal promotions
        promotions += 1
        return original(engine, start, only_cached=only_cached)

    original = python.PythonEngine._promote
    for number in range(PROGRAMS):
        random = Random(seed + number)
        # Patience has to cover the longest trace, which is 64 instructions.
        patience = random.choice((64, 200, 1000))
        with (
            mock.patch.object(python, "HOT", 1),
            mock.patch.object(python, "PATIENCE", patience),
            mock.patch.object(python, "FIRST_PATIENCE", patience),
            mock.patch.multiple(python, PRICES=CHEAP, QUICK_PRICES=CHEAP, WORTH_A_VISIT=0),
            mock.patch.object(python.PythonEngine, "_promote", promote),
        ):
            writer = WildWriter(random, 20) if number % 2 else ProgramWriter(random)
            program = program_of(writer.write(loops=1, units=random.randrange(4, 16)), data_image(random))
            twins = Twins(program, engine="native")
            twins.history.append(f"EMU_SEED={seed}, program {number}")
            wander(twins, random, 40)
    assert promotions or find_spec("llvmlite") is None
