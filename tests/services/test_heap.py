"""The heap: an address sequence that programs can rely on, then first fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emu.services.heap import Heap

START, END = 0x30000, 0x40000
LARGEST = END - START - 4


def heap() -> Heap:
    return Heap(START, END)


def test_blocks_are_handed_out_upward_without_gaps() -> None:
    blocks = heap()
    assert [blocks.allocate(size) for size in (10, 1, 4, 16)] == [0x30000, 0x3000C, 0x30010, 0x30014]


def test_the_largest_block_is_65532_bytes() -> None:
    assert heap().allocate(LARGEST + 1) == 0
    blocks = heap()
    assert blocks.allocate(LARGEST) == START
    assert blocks.allocate(1) == 0


def test_sizes_that_are_no_sizes() -> None:
    blocks = heap()
    assert [blocks.allocate(size) for size in (0, 70000, 0xFFFFFFFD, 0xFFFFFFFF)] == [0, 0, 0, 0]
    assert blocks.blocks() == []


def test_freed_space_is_left_alone_while_fresh_space_lasts() -> None:
    blocks = heap()
    first = blocks.allocate(16)
    assert blocks.free(first) == 16
    assert blocks.allocate(16) == first + 16


def test_a_loop_of_allocate_and_free_never_runs_out() -> None:
    blocks = heap()
    for _ in range(5000):
        address = blocks.allocate(100)
        assert address
        assert blocks.free(address) == 100


def test_after_exhaustion_the_lowest_fitting_gap_is_used() -> None:
    blocks = heap()
    quarter = 0x4000
    a, b, c = (blocks.allocate(quarter) for _ in range(3))
    assert blocks.allocate(LARGEST - 3 * quarter)
    blocks.free(a)
    blocks.free(c)
    assert blocks.allocate(quarter + 4) == 0
    assert blocks.allocate(8) == a
    assert blocks.allocate(quarter) == c
    assert blocks.free(b)
    assert blocks.allocate(8) == a + 8


def test_neighbouring_freed_blocks_are_one_gap() -> None:
    blocks = heap()
    parts = [blocks.allocate(LARGEST // 4 & -4) for _ in range(4)]
    blocks.free(parts[1])
    blocks.free(parts[2])
    assert blocks.allocate(2 * (parts[1] - parts[0])) == parts[1]


def test_freed_space_below_the_frontier_joins_the_fresh_space_above() -> None:
    blocks = heap()
    blocks.free(blocks.allocate(40000))
    assert blocks.allocate(60000) == START


def test_a_block_is_freed_once_and_only_at_its_start() -> None:
    blocks = heap()
    address = blocks.allocate(16)
    assert [blocks.free(address + 4), blocks.free(address), blocks.free(address)] == [0, 16, 0]


operations = st.lists(st.tuples(st.booleans(), st.integers(0, 20000)), max_size=60)


@given(operations)
def test_live_blocks_never_overlap_and_stay_inside(steps: list[tuple[bool, int]]) -> None:
    blocks = heap()
    live: dict[int, int] = {}
    for release, number in steps:
        if release and live:
            address = sorted(live)[number % len(live)]
            assert blocks.free(address) == live.pop(address)
        elif address := blocks.allocate(number):
            assert address % 4 == 0
            live[address] = (number + 3) & -4
            assert blocks.size_of(address) == live[address]
        assert blocks.blocks() == sorted(live.items())
        end = START
        for address, size in sorted(live.items()):
            assert address >= end
            end = address + size
        assert end < END


@given(operations)
def test_a_request_fails_only_if_no_gap_is_large_enough(steps: list[tuple[bool, int]]) -> None:
    blocks = heap()
    for release, number in steps:
        live = blocks.blocks()
        if release and live:
            blocks.free(live[number % len(live)][0])
        elif number and not blocks.allocate(number):
            ends = [START, *(address + size for address, size in live)]
            starts = [*(address for address, _ in live), END - 4]
            assert max(b - a for a, b in zip(ends, starts, strict=True)) < (number + 3) & -4


@given(operations, operations)
def test_a_restored_heap_goes_on_as_the_first_one_did(
    before: list[tuple[bool, int]], after: list[tuple[bool, int]]
) -> None:
    def run(blocks: Heap, steps: list[tuple[bool, int]]) -> list[int]:
        answers = []
        for release, number in steps:
            live = blocks.blocks()
            if release and live:
                answers.append(blocks.free(live[number % len(live)][0]))
            else:
                answers.append(blocks.allocate(number))
        return answers

    blocks = heap()
    run(blocks, before)
    saved = blocks.snapshot()
    expected = run(blocks, after)
    blocks.restore(saved)
    assert run(blocks, after) == expected
