"""ALLOCATE, FREE and REALLOCATE as a program sees them (spec syscalls.md section 6)."""

from __future__ import annotations

from tests.services.bench import DATA, HEAP, Bench

ALLOCATE, FREE, REALLOCATE = 0x20, 0x21, 0x22


def test_the_address_sequence_of_the_specification() -> None:
    bench = Bench()
    assert [bench.call(ALLOCATE, size) for size in (10, 1, 4)] == [0x30000, 0x3000C, 0x30010]
    assert [bench.call(FREE, 0x30000), bench.call(FREE, 0x30000)] == [0, -1]
    assert bench.call(ALLOCATE, 70000) == 0


def test_a_new_block_is_zero_even_where_the_program_scribbled() -> None:
    bench = Bench()
    bench.place(HEAP, b"?" * 32)
    assert bench.call(ALLOCATE, 9) == HEAP
    assert bench.guest.memory.read(HEAP, 16) == bytes(12) + b"????"


def test_a_freed_block_is_zeroed() -> None:
    bench = Bench()
    block = bench.call(ALLOCATE, 8)
    bench.place(block, b"contents")
    assert bench.call(FREE, block) == 0
    assert bench.guest.memory.read(block, 8) == bytes(8)


def test_freeing_nothing_is_fine_and_freeing_anything_else_is_not() -> None:
    bench = Bench()
    block = bench.call(ALLOCATE, 8)
    assert [bench.call(FREE, address) for address in (0, block + 4, DATA, 0xFFFFFFFF)] == [0, -1, -1, -1]


def test_reallocation_moves_the_contents_and_frees_the_old_block() -> None:
    bench = Bench()
    old = bench.call(ALLOCATE, 8)
    bench.place(old, b"contents")
    new = bench.call(REALLOCATE, old, 12)
    assert new == old + 8
    assert bench.guest.memory.read(old, 20) == bytes(8) + b"contents" + bytes(4)
    assert bench.call(FREE, old) == -1


def test_a_smaller_block_keeps_exactly_as_many_bytes_as_asked_for() -> None:
    bench = Bench()
    old = bench.call(ALLOCATE, 8)
    bench.place(old, b"contents")
    new = bench.call(REALLOCATE, old, 5)
    assert bench.guest.memory.read(new, 8) == b"conte\0\0\0"


def test_reallocating_nothing_allocates() -> None:
    bench = Bench()
    assert bench.call(REALLOCATE, 0, 10) == HEAP
    assert bench.call(ALLOCATE, 4) == HEAP + 12


def test_a_failed_reallocation_keeps_the_old_block() -> None:
    bench = Bench()
    old = bench.call(ALLOCATE, 8)
    bench.place(old, b"contents")
    assert [bench.call(REALLOCATE, *case) for case in ((old, 0), (old, 70000), (DATA, 8), (0, 0))] == [0, 0, 0, 0]
    assert bench.guest.memory.read(old, 8) == b"contents"
    assert bench.call(FREE, old) == 0
