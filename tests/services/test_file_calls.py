"""Files as a program sees them (spec syscalls.md section 5)."""

from __future__ import annotations

import pytest

from emu.services.effects import Close, HostError, HostErrorKind, Open, ReadFile, Write, WriteFile
from tests.services.bench import CONSTANT, DATA, STACK_TOP, UNMAPPED, Bench

OPEN, CLOSE, READ, WRITE, SEEK, TELL, FILE_SIZE = range(0x10, 0x17)
FOR_READING, FOR_WRITING, FOR_APPENDING = 0, 1, 2
NAME, BUFFER = DATA, DATA + 0x2000
MIB = 1 << 20
DISK_FULL = HostError(HostErrorKind.NO_SPACE, "no space left on device")


def bench_with(**files: bytes) -> Bench:
    bench = Bench()
    bench.world.files = {name.encode(): bytearray(content) for name, content in files.items()}
    return bench


def opened(bench: Bench, name: bytes, mode: int) -> int:
    return bench.call(OPEN, bench.place(NAME, name + b"\0"), mode)


# -- OPEN and CLOSE ---------------------------------------------------------------------------------------------------


def test_files_get_the_lowest_free_descriptor_from_3_on() -> None:
    bench = bench_with(a=b"")
    assert [opened(bench, b"a", FOR_READING) for _ in range(3)] == [3, 4, 5]
    assert bench.call(CLOSE, 4) == 0
    assert opened(bench, b"a", FOR_READING) == 4


def test_reading_needs_a_file_that_exists() -> None:
    bench = bench_with()
    assert opened(bench, b"a", FOR_READING) == -1
    assert bench.world.warnings == []


def test_writing_empties_the_file_and_appending_does_not() -> None:
    bench = bench_with(a=b"old", b=b"old")
    assert opened(bench, b"a", FOR_WRITING) == 3
    assert opened(bench, b"b", FOR_APPENDING) == 4
    assert bench.world.files == {b"a": b"", b"b": b"old"}


@pytest.mark.parametrize("mode", [3, 0xFFFFFFFF])
def test_other_modes_do_not_exist(mode: int) -> None:
    bench = bench_with(a=b"")
    assert opened(bench, b"a", mode) == -1
    assert bench.world.effects == []


def test_a_name_has_at_most_4096_bytes() -> None:
    bench = bench_with()
    assert opened(bench, b"n" * 4096, FOR_WRITING) == 3
    assert opened(bench, b"n" * 4097, FOR_WRITING) == -1


@pytest.mark.parametrize("address", [0, UNMAPPED, STACK_TOP - 2, 0xFFFFFFFF])
def test_a_name_that_cannot_be_read_is_an_error_value(address: int) -> None:
    bench = Bench()
    bench.place(STACK_TOP - 2, b"ab")
    assert bench.call(OPEN, address, FOR_WRITING) == -1
    assert bench.world.effects == []


def test_a_refused_name_is_an_error_value_and_a_warning() -> None:
    bench = Bench()
    bench.world.failing[Open] = HostError(HostErrorKind.REFUSED, "it leads out of the root directory")
    assert opened(bench, b"li\x1b[nk\xff", FOR_READING) == -1
    assert bench.world.warnings == ['cannot open "li\\x1b[nk\\xff": it leads out of the root directory']
    assert bench.stdout == b""


def test_a_full_table_leaves_no_file_behind() -> None:
    bench = bench_with(a=b"content")
    assert [opened(bench, b"a", FOR_READING) for _ in range(1021)] == list(range(3, 1024))
    assert opened(bench, b"a", FOR_WRITING) == -1
    assert len(bench.world.open) == 1021
    assert bench.world.files[b"a"] == b"content"


@pytest.mark.parametrize("number", [CLOSE, READ, WRITE, SEEK, TELL, FILE_SIZE])
@pytest.mark.parametrize("descriptor", [3, 1024, 0xFFFFFFFF])
def test_a_descriptor_that_is_not_open_is_an_error_value(number: int, descriptor: int) -> None:
    assert Bench().call(number, descriptor, BUFFER, 0) == -1


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_the_console_cannot_be_closed(descriptor: int) -> None:
    bench = Bench()
    assert bench.call(CLOSE, descriptor) == -1
    assert bench.call(WRITE, 1, bench.place(BUFFER, b"still here"), 10) == 10
    assert bench.stdout == b"still here"


def test_a_file_is_closed_once() -> None:
    bench = bench_with(a=b"")
    opened(bench, b"a", FOR_READING)
    assert [bench.call(CLOSE, 3), bench.call(CLOSE, 3)] == [0, -1]
    assert bench.world.open == {}


def test_a_file_that_the_host_fails_to_close_is_gone_all_the_same() -> None:
    bench = bench_with(a=b"")
    opened(bench, b"a", FOR_READING)
    bench.world.failing[Close] = DISK_FULL
    assert bench.call(CLOSE, 3) == -1
    assert bench.services.descriptors.files() == []


# -- READ -------------------------------------------------------------------------------------------------------------


def test_reads_go_on_where_the_last_one_ended_and_the_end_is_an_error_value() -> None:
    bench = bench_with(a=b"hello world")
    opened(bench, b"a", FOR_READING)
    assert [bench.call(READ, 3, BUFFER, 8), bench.call(READ, 3, BUFFER + 8, 8)] == [8, 3]
    assert bench.guest.memory.read(BUFFER, 11) == b"hello world"
    assert bench.call(READ, 3, BUFFER, 8) == -1
    assert bench.call(READ, 3, BUFFER, 0) == 0


@pytest.mark.parametrize(
    ("buffer", "count"),
    [
        pytest.param(BUFFER, MIB + 1, id="too much"),
        pytest.param(0xFFFFFFF0, 17, id="past the end of the address space"),
        pytest.param(0xFFFFFFFF, 0xFFFFFFFF, id="both"),
    ],
)
@pytest.mark.parametrize("number", [READ, WRITE])
@pytest.mark.parametrize("descriptor", [0, 1, 3])
def test_transfers_are_limited(number: int, buffer: int, count: int, descriptor: int) -> None:
    bench = bench_with(a=b"content")
    opened(bench, b"a", FOR_APPENDING)
    before = len(bench.world.effects)
    assert bench.call(number, descriptor, buffer, count) == -1
    assert len(bench.world.effects) == before


@pytest.mark.parametrize("descriptor", [1, 2])
def test_console_output_cannot_be_read(descriptor: int) -> None:
    assert Bench(b"text").call(READ, descriptor, BUFFER, 4) == -1
    assert Bench(b"text").call(READ, descriptor, BUFFER, 0) == 0


def test_a_file_for_writing_cannot_be_read() -> None:
    bench = bench_with()
    opened(bench, b"a", FOR_WRITING)
    bench.call(WRITE, 3, BUFFER, 8)
    bench.call(SEEK, 3, 0, 0)
    assert bench.call(READ, 3, BUFFER, 4) == -1


def test_a_file_for_appending_is_read_from_its_start() -> None:
    bench = bench_with(a=b"content")
    opened(bench, b"a", FOR_APPENDING)
    assert bench.call(TELL, 3) == 0
    assert bench.call(READ, 3, BUFFER, 4) == 4
    assert bench.guest.memory.read(BUFFER, 4) == b"cont"


@pytest.mark.parametrize(("buffer", "stored"), [(STACK_TOP - 4, b"cont"), (CONSTANT, b""), (UNMAPPED, b"")])
def test_a_buffer_that_cannot_be_written_is_an_error_value_but_the_position_moved(buffer: int, stored: bytes) -> None:
    bench = bench_with(a=b"content")
    opened(bench, b"a", FOR_READING)
    assert bench.call(READ, 3, buffer, 7) == -1
    if stored:
        assert bench.guest.memory.read(buffer, len(stored)) == stored
    assert bench.call(TELL, 3) == 7


def test_an_error_of_the_host_is_an_error_value() -> None:
    bench = bench_with(a=b"content")
    opened(bench, b"a", FOR_APPENDING)
    for effect in (ReadFile, WriteFile, Write):
        bench.world.failing[effect] = DISK_FULL
    assert bench.call(READ, 3, BUFFER, 4) == -1
    assert bench.call(WRITE, 3, BUFFER, 4) == -1
    assert bench.call(WRITE, 1, BUFFER, 4) == -1
    assert bench.call(TELL, 3) == 0


def test_the_console_gives_what_is_there_and_at_least_one_byte() -> None:
    bench = Bench(b"", b"ab", b"cdef")
    assert bench.call(READ, 0, BUFFER, 4) == 2
    assert bench.call(READ, 0, BUFFER + 2, 3) == 3
    assert bench.call(READ, 0, BUFFER + 5, 3) == 1
    assert bench.guest.memory.read(BUFFER, 6) == b"abcdef"
    assert bench.call(READ, 0, BUFFER, 4) == -1


def test_all_input_calls_share_one_stream() -> None:
    bench = Bench(b"12\nxyz\nrest")
    assert bench.call(0x06) == 12
    assert bench.call(READ, 0, BUFFER, 2) == 2
    assert bench.guest.memory.read(BUFFER, 2) == b"xy"
    assert bench.call(0x04) == ord("z")


# -- WRITE ------------------------------------------------------------------------------------------------------------


def test_the_console_is_written_in_order_with_everything_else() -> None:
    bench = Bench()
    text = bench.place(BUFFER, b"raw\0\xff")
    bench.call(0x01, ord("<"))
    assert bench.call(WRITE, 1, text, 5) == 5
    bench.call(0x01, ord(">"))
    assert bench.call(WRITE, 2, text, 3) == 3
    assert bench.stdout == b"<raw\0\xff>"
    assert bench.stderr == b"raw"


def test_a_written_file_holds_what_was_written() -> None:
    bench = bench_with()
    opened(bench, b"a", FOR_WRITING)
    assert bench.call(WRITE, 3, bench.place(BUFFER, b"hello world"), 11) == 11
    assert bench.call(TELL, 3) == 11
    assert bench.world.files[b"a"] == b"hello world"


def test_appending_goes_to_the_end_wherever_the_position_is() -> None:
    bench = bench_with(a=b"one,")
    opened(bench, b"a", FOR_APPENDING)
    bench.call(SEEK, 3, 1, 0)
    assert bench.call(WRITE, 3, bench.place(BUFFER, b"two"), 3) == 3
    assert bench.world.files[b"a"] == b"one,two"
    assert bench.call(TELL, 3) == 7


def test_writing_beyond_the_end_fills_the_gap_with_zeros() -> None:
    bench = bench_with()
    opened(bench, b"a", FOR_WRITING)
    bench.call(SEEK, 3, 4, 0)
    bench.call(WRITE, 3, bench.place(BUFFER, b"x"), 1)
    assert bench.world.files[b"a"] == b"\0\0\0\0x"


@pytest.mark.parametrize("descriptor", [0, 3])
def test_what_is_for_reading_cannot_be_written(descriptor: int) -> None:
    bench = bench_with(a=b"content")
    opened(bench, b"a", FOR_READING)
    assert bench.call(WRITE, descriptor, BUFFER, 4) == -1
    assert bench.world.files[b"a"] == b"content"


@pytest.mark.parametrize("descriptor", [1, 3])
def test_a_buffer_that_cannot_be_read_writes_nothing(descriptor: int) -> None:
    bench = bench_with(a=b"")
    opened(bench, b"a", FOR_WRITING)
    assert bench.call(WRITE, descriptor, STACK_TOP - 4, 5) == -1
    assert bench.call(WRITE, descriptor, STACK_TOP - 4, 4) == 4
    assert bench.stdout + bytes(bench.world.files[b"a"]) == bytes(4)


def test_writing_nothing_succeeds() -> None:
    bench = Bench()
    assert bench.call(WRITE, 1, UNMAPPED, 0) == 0
    assert bench.stdout == b""


# -- SEEK, TELL and FILE_SIZE -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "whence", "position"),
    [
        (6, 0, 6),
        (0xFFFFFFFF, 0, -1),
        (0x80000000, 0, -0x80000000),
        (2, 1, 7),
        (-5, 1, 0),
        (-6, 1, None),
        (0, 2, 11),
        (-11, 2, 0),
        (-12, 2, None),
        (100, 2, 111),
        (0, 3, None),
        (0, 4, None),
        (0, 0xFFFFFFFF, None),
    ],
)
def test_seeking(offset: int, whence: int, position: int | None) -> None:
    bench = bench_with(a=b"hello world")
    opened(bench, b"a", FOR_READING)
    bench.call(SEEK, 3, 5, 0)
    expected = (-1, 5) if position is None else (position, position)
    assert (bench.call(SEEK, 3, offset, whence), bench.call(TELL, 3)) == expected


def test_a_position_above_32_bits_is_refused() -> None:
    bench = bench_with(a=b"x")
    opened(bench, b"a", FOR_READING)
    bench.call(SEEK, 3, 0xFFFFFFF0, 0)
    assert bench.call(SEEK, 3, 16, 1) == -1
    assert bench.call(TELL, 3) == -16


@pytest.mark.parametrize("number", [SEEK, TELL, FILE_SIZE])
@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_the_console_has_no_positions(number: int, descriptor: int) -> None:
    assert Bench(b"text").call(number, descriptor, 0, 0) == -1


def test_the_size_leaves_the_position_alone() -> None:
    bench = bench_with(a=b"hello")
    opened(bench, b"a", FOR_READING)
    bench.call(SEEK, 3, 2, 0)
    assert bench.call(FILE_SIZE, 3) == 5
    assert bench.call(TELL, 3) == 2


def test_a_restored_program_reads_on_where_it_was() -> None:
    bench = bench_with(a=b"hello world")
    opened(bench, b"a", FOR_READING)
    bench.call(READ, 3, BUFFER, 6)
    saved = bench.services.snapshot()
    bench.call(READ, 3, BUFFER, 5)
    bench.services.restore(saved)
    assert bench.call(READ, 3, BUFFER, 32) == 5
    assert bench.guest.memory.read(BUFFER, 5) == b"world"
