"""Clocks and random numbers."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from emu.host.clock import FixedClock, system_clock
from emu.host.randomness import SeededRandom, system_random


def test_the_system_clock_counts_milliseconds_since_1970() -> None:
    before = int(time.time() * 1000)
    assert before - 1 <= system_clock() <= int(time.time() * 1000) + 1


def test_a_fixed_clock_moves_by_its_own_step() -> None:
    clock = FixedClock(1000, 16)
    assert [clock(), clock(), clock()] == [1000, 1016, 1032]
    assert FixedClock()() == 0


def test_the_seeded_numbers_are_those_of_the_published_generator() -> None:
    source = SeededRandom(1234567)
    assert [source.next64() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(st.integers())
def test_the_same_seed_gives_the_same_numbers(seed: int) -> None:
    first, second = SeededRandom(seed), SeededRandom(seed)
    numbers = [first() for _ in range(8)]
    assert numbers == [second() for _ in range(8)]
    assert all(0 <= number < 1 << 32 for number in numbers)
    assert len(set(numbers)) > 1


def test_every_bit_of_a_random_number_is_used() -> None:
    for source in (system_random, SeededRandom(1)):
        numbers = [source() for _ in range(256)]
        assert all(0 <= number < 1 << 32 for number in numbers)
        for bit in range(32):
            assert {number >> bit & 1 for number in numbers} == {0, 1}
