"""Console input: whatever way text is cut into chunks, the same takes find the same things."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.services.console import END_OF_INPUT, LINE_LIMIT, NEED_MORE, ConsoleInput, Shortage

Take = Callable[[ConsoleInput], int | bytes | Shortage]

TAKES: dict[str, Take] = {
    "char": lambda console: console.take_char(),
    "line": lambda console: console.take_line(),
    "filled line": lambda console: console.take_filled_line(),
}

texts = st.lists(st.sampled_from([b" ", b"\t", b"\r", b"\n", b"a", b"7", b"-", b"\0", b"\xff", b"word"])).map(b"".join)


def console_with(data: bytes, *, closed: bool = False) -> ConsoleInput:
    console = ConsoleInput()
    console.feed(data)
    if closed:
        console.close()
    return console


def chunks_of(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(places)]


@given(texts, st.lists(st.integers(0, 500), max_size=8), st.lists(st.sampled_from(sorted(TAKES)), max_size=12))
def test_how_the_text_is_cut_into_chunks_never_shows(data: bytes, cuts: list[int], names: list[str]) -> None:
    whole = console_with(data, closed=True)
    expected = [TAKES[name](whole) for name in names]

    console = ConsoleInput()
    waiting = chunks_of(data, cuts)
    found = []
    for name in names:
        while (taken := TAKES[name](console)) is NEED_MORE:
            if waiting:
                console.feed(waiting.pop(0))
            else:
                console.close()
        found.append(taken)
    assert found == expected


@given(texts, st.sampled_from(sorted(TAKES)))
def test_a_take_that_needs_more_takes_nothing(data: bytes, name: str) -> None:
    console = console_with(data)
    before = console.snapshot()
    if TAKES[name](console) is NEED_MORE:
        assert console.snapshot() == before


@given(texts, st.lists(st.integers(1, 9), min_size=1))
def test_takes_of_bytes_return_the_stream_in_order(data: bytes, counts: list[int]) -> None:
    console = console_with(data, closed=True)
    taken = b""
    for count in counts:
        part = console.take_bytes(count)
        if part is END_OF_INPUT:
            break
        assert isinstance(part, bytes)
        assert 1 <= len(part) <= count
        taken += part
    assert data.startswith(taken)
    assert len(taken) == min(len(data), sum(counts))


@given(texts, st.sampled_from(sorted(TAKES)), st.sampled_from(sorted(TAKES)))
def test_a_restored_stream_gives_what_the_first_one_gave(data: bytes, first: str, second: str) -> None:
    console = console_with(data, closed=True)
    TAKES[first](console)
    saved = console.snapshot()
    expected = [TAKES[second](console), console.snapshot()]
    other = console_with(b"something else \n")
    TAKES["char"](other)
    other.restore(saved)
    assert [TAKES[second](other), other.snapshot()] == expected


def test_a_line_of_4096_bytes_without_an_end_is_a_line() -> None:
    console = console_with(b"x" * LINE_LIMIT)
    assert console.take_line() == b"x" * LINE_LIMIT
    assert console.take_line() is NEED_MORE


def test_the_line_end_counts_among_the_4096_bytes() -> None:
    console = console_with(b"x" * LINE_LIMIT + b"\nnext\n")
    assert console.take_line() == b"x" * LINE_LIMIT
    assert console.take_line() == b"\n"
    assert console.take_line() == b"next\n"


def test_a_blank_line_longer_than_the_limit_is_skipped_piece_by_piece() -> None:
    console = console_with(b" " * 5000 + b"12\n")
    assert console.take_filled_line() == b" " * (5000 - LINE_LIMIT) + b"12\n"


def test_no_bytes_are_always_there() -> None:
    assert ConsoleInput().take_bytes(0) == b""


@pytest.mark.parametrize("name", sorted(TAKES))
def test_an_empty_stream_waits_until_it_is_closed(name: str) -> None:
    console = ConsoleInput()
    assert TAKES[name](console) is NEED_MORE
    console.close()
    assert TAKES[name](console) is END_OF_INPUT
    assert TAKES[name](console) is END_OF_INPUT


def test_bytes_wait_like_everything_else() -> None:
    console = ConsoleInput()
    assert console.take_bytes(4) is NEED_MORE
    console.close()
    assert console.take_bytes(4) is END_OF_INPUT


def test_nothing_comes_after_the_end() -> None:
    console = console_with(b"last", closed=True)
    with pytest.raises(ValueError, match="closed"):
        console.feed(b"more")
    assert console.closed
    assert console.buffered == 4


def test_blank_input_in_many_chunks_is_skipped_at_once_when_something_comes() -> None:
    console = ConsoleInput()
    for _ in range(200):
        console.feed(b" \n" * 500)
        assert console.take_char() is NEED_MORE
        assert console.take_filled_line() is NEED_MORE
    assert console.buffered == 200_000
    console.feed(b"x\n")
    assert console.take_char() == ord("x")
    assert console.snapshot().buffered == b"\n"
