"""Time, randomness, arguments and the error code (spec syscalls.md section 7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.bits import MASK32
from emu.services.arguments import ArgumentsTooLong, lay_out
from tests.services.bench import STACK, STACK_TOP, Bench

GET_TIME, GET_RANDOM, GET_ARGUMENTS, GET_ENVIRONMENT = range(0x30, 0x34)
GET_ERROR, SET_ERROR, PRINT_ERROR = range(0x40, 0x43)


@pytest.mark.parametrize("now", [0, 1_700_000_000_123, 0xFFFFFFFF, 1 << 32])
def test_time_is_the_low_word_of_the_milliseconds(now: int) -> None:
    bench = Bench()
    bench.world.now = now
    bench.call(GET_TIME)
    assert bench.guest.registers[0] == now & MASK32


def test_random_numbers_come_from_outside() -> None:
    bench = Bench()
    bench.world.random = 0xDEADBEEF
    bench.call(GET_RANDOM)
    assert bench.guest.registers[0] == 0xDEADBEEF


def test_there_is_no_environment() -> None:
    assert Bench().call(GET_ENVIRONMENT, 7) == 0


def test_the_error_code_is_kept() -> None:
    bench = Bench()
    assert bench.call(GET_ERROR, 99) == 0
    assert bench.call(SET_ERROR, 5) == 5
    assert bench.call(GET_ERROR, 99) == 5


def test_an_error_is_printed_unsigned_on_the_error_stream() -> None:
    bench = Bench()
    assert bench.call(PRINT_ERROR, -1) == -1
    assert bench.stderr == b"[ERROR] 4294967295\n"
    assert bench.stdout == b""


# -- arguments --------------------------------------------------------------------------------------------------------


def test_without_arguments_the_stack_is_untouched() -> None:
    bench = Bench()
    bench.services.prepare(bench.guest, STACK)
    assert bench.guest.registers[13] == STACK_TOP
    assert bench.call(GET_ARGUMENTS, 9, 9) == 0
    assert bench.guest.registers[1] == 0
    assert bench.guest.memory.read(STACK_TOP - 16, 16) == bytes(16)


def test_arguments_lie_just_below_the_top_of_the_stack() -> None:
    bench = Bench(arguments=(b"one", b"", b"drei\xff"))
    bench.services.prepare(bench.guest, STACK)
    assert bench.call(GET_ARGUMENTS) == 3
    assert strings_at(bench, bench.guest.registers[1], 3) == [b"one", b"", b"drei\xff"]
    assert bench.guest.registers[13] == STACK_TOP - 24


def strings_at(bench: Bench, array: int, count: int) -> list[bytes]:
    found = []
    for index in range(count):
        address = int.from_bytes(bench.guest.memory.read(array + 4 * index, 4), "little")
        text = bench.guest.memory.read(address, STACK_TOP - address)
        found.append(text[: text.index(0)])
    return found


@given(st.lists(st.binary(max_size=30).map(lambda data: data.replace(b"\0", b"0")), min_size=1, max_size=20))
def test_any_arguments_come_out_as_they_went_in(arguments: list[bytes]) -> None:
    bench = Bench(arguments=tuple(arguments))
    bench.services.prepare(bench.guest, STACK)
    sp = bench.guest.registers[13]
    assert sp % 8 == 0
    assert bench.call(GET_ARGUMENTS) == len(arguments)
    assert bench.guest.registers[1] >= sp
    assert strings_at(bench, bench.guest.registers[1], len(arguments)) == arguments


def test_arguments_that_do_not_fit_the_stack_are_an_error_of_the_caller() -> None:
    bench = Bench(arguments=(b"x" * 0x10000,))
    with pytest.raises(ArgumentsTooLong, match="the stack has 65536"):
        bench.services.prepare(bench.guest, STACK)
    assert bench.guest.registers[13] == STACK_TOP


def test_arguments_that_just_fit() -> None:
    assert lay_out([b"x" * 11], 0x50000, 16).address == 0x50000 - 16
    with pytest.raises(ArgumentsTooLong):
        lay_out([b"x" * 12], 0x50000, 16)


def test_an_argument_cannot_contain_its_own_end() -> None:
    with pytest.raises(ValueError, match="0 byte"):
        lay_out([b"a\0b"], 0x50000, 0x1000)
