"""The translating engine is the interpreter, only faster: equal at every stop, whatever led to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emu.isa.engines import python
from emu.isa.machine import Machine
from emu.isa.stops import LimitReached, ServiceCall
from tests.isa.engines.twins import Twins, WildWriter, state_of, wander
from tests.isa.programs import CODE, ProgramWriter, data_image, program_of

RANDOMS = st.randoms(use_true_random=False)


@contextmanager
def hot_after(count: int) -> Iterator[None]:
    """Translates whatever was started from `count` times: at once, so that tests need not wait."""
    with mock.patch.object(python, "HOT", count):
        yield


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(RANDOMS, st.sampled_from((1, 2, 24)), st.booleans())
def test_whatever_is_done_to_them(random: Random, hot: int, stack_guard: bool) -> None:
    """Slices, steps, breakpoints, watchpoints, cycle limits, snapshots and stores by a debugger, in any order."""
    with hot_after(hot):
        words = WildWriter(random).write(loops=2, units=12)
        twins = Twins(program_of(words, data_image(random)), stack_guard=stack_guard)
        wander(twins, random, 60)


def test_many_long_wanderings(seed: int) -> None:
    """The same with more and longer programs."""
    for number in range(40):
        random = Random(seed + number)
        with hot_after(random.choice((1, 2, 24))):
            words = WildWriter(random, random.choice((4, 12, 40))).write(loops=3, units=random.randrange(5, 40))
            twins = Twins(program_of(words, data_image(random)), stack_guard=bool(random.randrange(2)))
            twins.history.append(f"EMU_SEED={seed}, program {number}")
            wander(twins, random, 100)


@pytest.mark.parametrize("wild", [False, True])
def test_every_limit(seed: int, wild: bool) -> None:
    """A warm machine, stopped after 1, 2, 3, ... instructions, is where the interpreter was then."""
    for number in range(4):
        random = Random(seed + number)
        writer = WildWriter(random, 8) if wild else ProgramWriter(random)
        program = program_of(writer.write(loops=1, units=25, rounds=30), data_image(random))
        machine = Machine(engine="python")
        machine.load(program)
        with hot_after(2):
            machine.run(2500)
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
                assert machine.memory.bytes[0x20000:] == exact.memory.bytes[0x20000:]
                if not isinstance(expected_stop, LimitReached):
                    break


@pytest.mark.parametrize("wild", [False, True])
def test_every_cycle_limit(seed: int, wild: bool) -> None:
    """The same for cycles, which multiplications take several of."""
    random = Random(seed)
    writer = WildWriter(random, 8) if wild else ProgramWriter(random)
    program = program_of(writer.write(loops=1, units=25, rounds=30), data_image(random))
    with hot_after(1):
        twins = Twins(program)
        start = twins.snapshot()
        for limit in range(1, 400, 3):
            twins.restore(start)
            twins.limit_cycles(limit)
            stop = twins.run(None)
            while isinstance(stop, ServiceCall):
                twins.finish_service_call()
                stop = twins.run(2000)
            twins.history.clear()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=40),
    st.lists(
        st.sampled_from((0, 1, CODE, CODE + 16, 0x20000, 0x2FFFE, 0x4FFFC, 0x50000, 0x18000, 0xFFFFFFFC)),
        min_size=15,
        max_size=15,
    ),
)
def test_any_words(words: list[int], registers: list[int]) -> None:
    """Any words at all as a program give a fault or run, and the same one."""
    with hot_after(1):
        twins = Twins(program_of(words))
        for number, value in enumerate(registers):
            twins.set_register(number, value)
        for _ in range(8):
            stop = twins.run(50)
            if isinstance(stop, ServiceCall):
                twins.finish_service_call()
