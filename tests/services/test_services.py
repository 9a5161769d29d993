"""The table of calls as a whole, and what holds for every call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.faults import Fault, FaultKind
from emu.services.guest import Failed, Outcome
from emu.services.services import Services
from emu.services.swi import all_services, find
from tests.services.bench import DATA, HEAP, PC, Bench, StoppedGuest

NAMES = {
    0x00: "EXIT", 0x01: "WRITE_CHAR", 0x02: "WRITE_STRING", 0x03: "WRITE_INT",
    0x04: "READ_CHAR", 0x05: "READ_STRING", 0x06: "READ_INT", 0x07: "WRITE_NEWLINE",
    0x10: "OPEN", 0x11: "CLOSE", 0x12: "READ", 0x13: "WRITE", 0x14: "SEEK", 0x15: "TELL", 0x16: "FILE_SIZE",
    0x20: "ALLOCATE", 0x21: "FREE", 0x22: "REALLOCATE",
    0x30: "GET_TIME", 0x31: "GET_RANDOM", 0x32: "GET_ARGUMENTS", 0x33: "GET_ENVIRONMENT",
    0x40: "GET_ERROR", 0x41: "SET_ERROR", 0x42: "PRINT_ERROR",
    0xF0: "DEBUG_PRINT", 0xF1: "BREAKPOINT", 0xF2: "DUMP_REGISTERS", 0xF3: "DUMP_MEMORY", 0xF4: "ASSERT",
}  # fmt: skip


def test_the_table_holds_the_30_calls_of_the_specification() -> None:
    assert {service.number: service.name for service in all_services()} == NAMES
    assert [service.number for service in all_services()] == sorted(NAMES)


def test_every_row_says_what_the_call_is_for() -> None:
    for service in all_services():
        assert service.summary.endswith("."), service.name


@given(st.integers(0, 0xFFFFFF))
def test_every_other_number_is_unknown(number: int) -> None:
    found = find(number)
    assert (found.name if found else None) == NAMES.get(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0x08, "0x000008"), (0x17, "0x000017"), (0x50, "0x000050"), (0xF5, "0x0000F5"), (0xABCDEF, "0xABCDEF")],
)
def test_an_unknown_number_is_a_fault_and_changes_nothing(number: int, text: str) -> None:
    bench = Bench()
    before = (list(bench.guest.registers), bench.services.snapshot())
    expected = Failed(Fault(FaultKind.UNKNOWN_SERVICE, f"unimplemented SWI {text}", PC))
    assert bench.outcome(number) == expected
    assert (bench.guest.registers, bench.services.snapshot()) == before


@given(
    st.sampled_from(sorted(NAMES)),
    st.lists(
        st.sampled_from([0, 1, 2, 3, 10, 16, DATA, HEAP, 0x4FFFE, 0x18000, 0x60000, 0x70000, 0x7FFFFFFF, 0xFFFFFFFF])
        | st.integers(0, 0xFFFFFFFF),
        min_size=3,
        max_size=3,
    ),
    st.lists(st.sampled_from([b"", b"12\n", b"x", b"\n", b" "]), max_size=3),
)
def test_whatever_a_program_asks_only_r0_and_r1_change_and_stay_32_bits(
    number: int, arguments: list[int], chunks: list[bytes]
) -> None:
    bench = Bench(*chunks)
    before = list(bench.guest.registers)
    outcome = bench.outcome(number, *arguments)
    assert isinstance(outcome, Outcome)
    after = bench.guest.registers
    assert after[2:] == [arguments[2], *before[3:]]
    assert after[1] == arguments[1] or NAMES[number] == "GET_ARGUMENTS"
    assert all(0 <= value <= 0xFFFFFFFF for value in after)


def test_the_heap_is_where_it_is_told_to_be() -> None:
    services = Services(heap=(0x40000, 0x40010))
    assert [services.heap.allocate(8), services.heap.allocate(8)] == [0x40000, 0]


def test_a_snapshot_covers_everything_a_program_can_observe() -> None:
    bench = Bench(b"line\nrest\n", arguments=(b"arg",))
    bench.services.prepare(bench.guest, 0x40000)
    bench.call(0x10, bench.place(DATA, b"file\0"), 1)
    bench.call(0x20, 100)
    bench.call(0x41, 7)
    bench.call(0x05, DATA, 16)
    saved = bench.services.snapshot()

    other = Services((b"arg",))
    other.restore(saved)
    assert other.snapshot() == saved
    assert other.last_error == 7
    assert other.console.take_line() == b"rest\n"
    assert other.heap.allocate(4) == 0x30000 + 100
    assert other.descriptors.get(3) is not None
    assert other.argument_array == bench.services.argument_array != 0
    assert bench.services.snapshot() == saved
    assert hash(bench.services.snapshot()) == hash(saved)


def test_a_reset_forgets_what_the_program_did_and_keeps_the_input() -> None:
    bench = Bench()
    bench.services.console.feed(b"queued")
    bench.call(0x10, bench.place(DATA, b"file\0"), 1)
    bench.call(0x20, 100)
    bench.call(0x41, 7)
    for effect in bench.services.close_files():
        bench.world.perform(effect)
    bench.services.reset()
    assert bench.world.open == {}
    assert bench.call(0x20, 4) == HEAP
    assert bench.call(0x40) == 0
    assert bench.call(0x04) == ord("q")


def test_calls_of_different_programs_do_not_meet() -> None:
    first, second = Services(), Services()
    guest = StoppedGuest()
    guest.registers[0] = 9
    list(first.call(0x41, guest))
    assert (first.last_error, second.last_error) == (9, 0)
