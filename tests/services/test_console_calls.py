"""EXIT, console output and console input as a program sees them (spec syscalls.md sections 3 and 4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.bits import MASK32, signed
from emu.isa.faults import FaultKind
from emu.services.effects import AwaitInput, Close, OpenMode
from emu.services.guest import Exited, Resumed
from tests.services.bench import CODE, CONSTANT, DATA, PC, SECRET, STACK_TOP, UNMAPPED, Bench

EXIT, WRITE_CHAR, WRITE_STRING, WRITE_INT, READ_CHAR, READ_STRING, READ_INT, WRITE_NEWLINE = range(8)
OPEN = 0x10


# -- EXIT -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("r0", "code"), [(0, 0), (300, 300), (0xFFFFFFFF, -1), (0x80000000, -0x80000000)])
def test_exit_codes_are_signed(r0: int, code: int) -> None:
    assert Bench().outcome(EXIT, r0) == Exited(code)


def test_exit_closes_the_open_files() -> None:
    bench = Bench()
    name = bench.place(DATA, b"a\0")
    bench.call(OPEN, name, OpenMode.WRITE.value)
    bench.call(OPEN, name, OpenMode.APPEND.value)
    handles = set(bench.world.open)
    assert bench.outcome(EXIT, 0) == Exited(0)
    assert {effect.handle for effect in bench.world.effects if isinstance(effect, Close)} == handles
    assert bench.services.descriptors.files() == []


# -- output -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("r0", "text"),
    [
        (0, "00"),
        (0x41, "41"),
        (0x7F, "7F"),
        (0x80, "C2 80"),
        (0xC8, "C3 88"),
        (0xFF, "C3 BF"),
        (0x141, "C5 81"),
        (0x1F600, "F0 9F 98 80"),
        (0x10FFFF, "F4 8F BF BF"),
        (0xD7FF, "ED 9F BF"),
        (0xD800, "EF BF BD"),
        (0xDFFF, "EF BF BD"),
        (0xE000, "EE 80 80"),
        (0x110000, "EF BF BD"),
        (0xFFFFFFFF, "EF BF BD"),
    ],
)
def test_characters_are_written_as_utf8(r0: int, text: str) -> None:
    bench = Bench()
    bench.call(WRITE_CHAR, r0)
    assert bench.stdout == bytes.fromhex(text)


@pytest.mark.parametrize(
    ("r0", "r1", "text"),
    [
        (-10, 10, "-10"),
        (-10, 16, "fffffff6"),
        (-10, 8, "37777777766"),
        (5, 2, "101"),
        (5, 99, "5"),
        (0, 2, "0"),
        (0, 16, "0"),
        (0x80000000, 10, "-2147483648"),
        (0xFFFFFFFF, 2, "1" * 32),
    ],
)
def test_numbers_are_written_in_the_base_of_r1(r0: int, r1: int, text: str) -> None:
    bench = Bench()
    bench.call(WRITE_INT, r0, r1)
    assert bench.stdout == text.encode()


@given(st.integers(0, MASK32), st.integers(0, MASK32).filter(lambda base: base not in (2, 8, 16)))
def test_any_other_base_is_signed_decimal(value: int, base: int) -> None:
    bench = Bench()
    bench.call(WRITE_INT, value, base)
    assert bench.stdout == str(signed(value)).encode()


def test_a_string_ends_before_its_first_zero_and_is_not_looked_into() -> None:
    bench = Bench()
    bench.call(WRITE_STRING, bench.place(DATA, b"tab\t\xff\xfe\x01\0rest"))
    assert bench.stdout == b"tab\t\xff\xfe\x01"


def test_an_empty_string_writes_nothing() -> None:
    bench = Bench()
    bench.call(WRITE_STRING, DATA)
    assert bench.world.effects == []


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 639, 640, 641, 65535])
def test_strings_of_any_length_are_found_whole(length: int) -> None:
    bench = Bench()
    bench.call(WRITE_STRING, bench.place(DATA, b"x" * length + b"\0"))
    assert bench.stdout == b"x" * length


def test_a_string_may_end_at_the_last_readable_byte() -> None:
    bench = Bench()
    bench.call(WRITE_STRING, bench.place(STACK_TOP - 4, b"end\0"))
    assert bench.stdout == b"end"


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(0, id="null pointer"),
        pytest.param(UNMAPPED, id="unmapped"),
        pytest.param(STACK_TOP - 3, id="runs into unmapped memory"),
        pytest.param(SECRET, id="not readable"),
        pytest.param(0xFFFFFFFF, id="the last address"),
    ],
)
def test_a_string_that_cannot_be_read_faults_and_prints_nothing(address: int) -> None:
    bench = Bench()
    bench.place(STACK_TOP - 3, b"abc")
    before = list(bench.guest.registers)
    before[0] = address
    failed = bench.fault(WRITE_STRING, address)
    assert failed.fault.kind is FaultKind.STRING
    assert failed.fault.pc == PC
    assert failed.fault.message.startswith(f"string at 0x{address:08X} is not readable")
    assert bench.guest.registers == before
    assert bench.stdout == b""


def test_a_string_without_an_end_faults_after_one_mebibyte() -> None:
    from emu.isa.layout import Layout
    from emu.isa.memory import Memory

    bench = Bench()
    bench.guest.memory = Memory(Layout(stack_size=0x200000).regions())
    bench.place(0x40000, b"x" * 0x100000)
    assert "no end within 1048576 bytes" in bench.fault(WRITE_STRING, 0x40000).fault.message
    bench.place(0x40000 + 0xFFFFF, b"\0")
    bench.call(WRITE_STRING, 0x40000)
    assert len(bench.stdout) == 0xFFFFF


def test_newline() -> None:
    bench = Bench()
    bench.call(WRITE_NEWLINE, 7)
    assert bench.stdout == b"\n"


@pytest.mark.parametrize("number", [WRITE_CHAR, WRITE_STRING, WRITE_INT, WRITE_NEWLINE])
def test_output_leaves_the_registers_alone(number: int) -> None:
    bench = Bench()
    bench.guest.registers[:13] = range(100, 113)
    bench.guest.registers[0] = DATA
    before = list(bench.guest.registers)
    assert bench.outcome(number) == Resumed()
    assert bench.guest.registers == before


# -- READ_CHAR --------------------------------------------------------------------------------------------------------


def test_characters_skip_blanks_and_stop_at_the_end() -> None:
    bench = Bench(b" \t\r\n\nX\x01y\xff")
    assert [bench.call(READ_CHAR) for _ in range(6)] == [ord("X"), 1, ord("y"), 255, -1, -1]


def test_the_rest_of_the_line_stays() -> None:
    bench = Bench(b"Xyz\n")
    bench.call(READ_CHAR)
    assert bench.call(READ_STRING, DATA, 16) == 2
    assert bench.guest.memory.read(DATA, 3) == b"yz\0"


# -- READ_STRING ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size", "stored"),
    [
        (b"hello\n", 16, b"hello"),
        (b"hello\r\n", 16, b"hello"),
        (b"hello\r\r\n", 16, b"hello\r"),
        (b"hello\n", 6, b"hello"),
        (b"hello\n", 5, b"hell"),
        (b"hello\n", 1, b""),
        (b"\n", 16, b""),
        (b"\r\n", 16, b""),
        (b"  in side \n", 16, b"  in side "),
        (b"a\0b\n", 16, b"a\0b"),
        (b"no end", 16, b"no end"),
        (b"no end\r", 16, b"no end"),
        (b"x" * 300 + b"\n", 0, b"x" * 255),
    ],
)
def test_a_line_is_stored_without_its_end(text: bytes, size: int, stored: bytes) -> None:
    bench = Bench(text)
    bench.place(DATA, b"?" * 310)
    assert bench.call(READ_STRING, DATA, size) == len(stored)
    assert bench.guest.memory.read(DATA, 310) == (stored + b"\0").ljust(310, b"?")


def test_what_does_not_fit_the_buffer_is_dropped() -> None:
    bench = Bench(b"first line\nsecond\n")
    bench.call(READ_STRING, DATA, 3)
    assert bench.call(READ_STRING, DATA, 16) == 6
    assert bench.guest.memory.read(DATA, 7) == b"second\0"


def test_a_line_longer_than_4096_bytes_comes_in_pieces() -> None:
    bench = Bench(b"x" * 4096 + b"rest\n")
    assert bench.call(READ_STRING, DATA, 10000) == 4096
    assert bench.call(READ_STRING, DATA, 10000) == 4


def test_the_end_of_input_leaves_the_buffer_alone() -> None:
    bench = Bench()
    bench.place(DATA, b"kept")
    assert bench.call(READ_STRING, DATA, 16) == -1
    assert bench.guest.memory.read(DATA, 4) == b"kept"


def test_a_bad_buffer_is_an_error_value_and_keeps_what_came_before() -> None:
    bench = Bench(b"abcdef\nnext\n")
    assert bench.call(READ_STRING, STACK_TOP - 4, 16) == -1
    assert bench.guest.memory.read(STACK_TOP - 4, 4) == b"abcd"
    assert bench.call(READ_STRING, CONSTANT, 16) == -1
    assert bench.call(READ_STRING, 0xFFFFFFFF, 16) == -1


# -- READ_INT ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"42\n", 42),
        (b" -5 \n", -5),
        (b"+5\n", 5),
        (b"010\n", 10),
        (b"\n\n8\n", 8),
        (b" \t\r\n\v\f\n8\n", 8),
        (b"12\r\n", 12),
        (b"7", 7),
        (b"-2147483648\n", -2147483648),
        (b"2147483647\n", 2147483647),
        (b"0" * 500 + b"9\n", 9),
        (b"abc\n", 0),
        (b"12abc\n", 0),
        (b"0x10\n", 0),
        (b"1 2\n", 0),
        (b"2147483648\n", 0),
        (b"-2147483649\n", 0),
        (b"9" * 4000 + b"\n", 0),
        (b"1_000\n", 0),
        (b"+-5\n", 0),
        (b"- 5\n", 0),
        (b"-\n", 0),
        ("\u0663\n".encode(), 0),
        (b"", 0),
        (b" \n \n", 0),
    ],
)
def test_numbers_are_read_from_whole_lines(text: bytes, value: int) -> None:
    assert Bench(text).call(READ_INT) == value


def test_a_line_that_is_no_number_is_consumed() -> None:
    bench = Bench(b"abc\n5\n")
    assert [bench.call(READ_INT) for _ in range(3)] == [0, 5, 0]


@given(st.integers(-(2**31), 2**31 - 1))
def test_every_number_reads_back_as_written(value: int) -> None:
    assert Bench(str(value).encode() + b"\n").call(READ_INT) == value


def test_reading_leaves_r1_alone() -> None:
    bench = Bench(b"5\n")
    bench.call(READ_INT, 0, 77)
    assert bench.guest.registers[1] == 77


# -- waiting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "chunks", "waits"),
    [
        pytest.param(READ_CHAR, [b" \n", b"\t", b"x"], 3, id="a character waits for something not blank"),
        pytest.param(READ_STRING, [b"ab", b"c", b"\n"], 3, id="a string waits for the line end"),
        pytest.param(READ_STRING, [b"x" * 4096, b"never"], 1, id="or for 4096 bytes"),
        pytest.param(READ_INT, [b"\n", b" \n", b"1", b"2\n"], 4, id="a number waits for a filled line"),
    ],
)
def test_a_call_waits_until_it_has_enough(number: int, chunks: list[bytes], waits: int) -> None:
    bench = Bench(*chunks)
    bench.call(number, DATA, 16)
    assert bench.world.waits == waits


@pytest.mark.parametrize("number", [READ_CHAR, READ_STRING, READ_INT])
def test_buffered_input_needs_no_waiting(number: int) -> None:
    bench = Bench()
    bench.services.console.feed(b"7\n")
    bench.call(number, DATA, 16)
    assert bench.world.effects == []


@pytest.mark.parametrize("number", [READ_CHAR, READ_STRING, READ_INT])
def test_giving_up_a_wait_leaves_everything_as_it_was(number: int) -> None:
    bench = Bench()
    bench.guest.registers[0], bench.guest.registers[1] = DATA, 16
    bench.services.console.feed(b"  ")
    before = (list(bench.guest.registers), bench.services.snapshot())
    call = bench.services.call(number, bench.guest)
    assert call.send(None) == AwaitInput()
    call.close()
    assert (bench.guest.registers, bench.services.snapshot()) == before
    assert bench.guest.memory.read(CODE, 64) == bytes(64)


def test_the_console_session_of_the_specification() -> None:
    bench = Bench(b"\n 12 \n  Xyz plus more\n")
    assert bench.call(READ_INT) == 12
    assert bench.call(READ_CHAR) == ord("X")
    assert bench.call(READ_STRING, DATA, 6) == 5
    assert bench.guest.memory.read(DATA, 6) == b"yz pl\0"
    assert bench.call(READ_CHAR) == -1
