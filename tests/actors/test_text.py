"""From bytes to output events: nothing lost, nothing doubled, characters whole, frames never too long."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emu.actors.text import MAX_BYTES, MAX_ESCAPED, Console, Decoders, cut

texts = st.text(max_size=200) | st.text(alphabet='aé€😀"\\\x00\n', max_size=12_000)


@given(texts)
def test_pieces_add_up_and_fit_into_a_frame(text: str) -> None:
    pieces = [output.content for output in cut("stdout", text)]
    assert "".join(pieces) == text
    for piece in pieces:
        assert piece
        assert len(piece.encode("utf-8", "surrogatepass")) <= MAX_BYTES
        assert len(json.dumps(piece)) <= MAX_ESCAPED


def test_ordinary_text_is_cut_as_late_as_possible() -> None:
    assert [len(output.content) for output in cut("stdout", "x" * 10_000)] == [4000, 4000, 2000]


@given(st.text(max_size=100), st.lists(st.integers(0, 400), max_size=8), st.booleans())
def test_how_text_was_cut_into_writes_does_not_show(text: str, cuts: list[int], in_slices: bool) -> None:
    data = text.encode("utf-8", "replace")
    marks = sorted({0, len(data), *(mark for mark in cuts if mark < len(data))})
    writes = [("stdout", data[start:end]) for start, end in pairwise(marks)]
    decoders = Decoders()
    if in_slices:
        outputs = [output for write in writes for output in decoders.decode([write])]
    else:
        outputs = list(decoders.decode(writes))
        assert len(outputs) <= 1
    outputs += decoders.finish()
    assert "".join(output.content for output in outputs) == data.decode()


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=6)), max_size=12))
def test_each_stream_is_decoded_by_itself(writes: list[tuple[str, bytes]]) -> None:
    decoders = Decoders()
    outputs = [*decoders.decode(writes), *decoders.finish()]
    for stream in ("stdout", "stderr"):
        data = b"".join(data for name, data in writes if name == stream)
        text = "".join(output.content for output in outputs if output.stream == stream)
        assert text == data.decode("utf-8", "replace")


def test_an_incomplete_character_waits_for_the_next_slice_or_the_end() -> None:
    decoders = Decoders()
    assert [output.content for output in decoders.decode([("stdout", b"a\xe2\x82")])] == ["a"]
    assert [output.content for output in decoders.decode([("stdout", b"\xac")])] == ["€"]
    assert list(decoders.decode([("stdout", b"\xe2")])) == []
    assert [output.content for output in decoders.finish()] == ["\N{REPLACEMENT CHARACTER}"]
    assert list(decoders.finish()) == []


@given(st.lists(st.text(max_size=30), max_size=60), st.integers(1, 100))
def test_the_console_keeps_the_newest_and_counts_the_rest(parts: list[str], limit: int) -> None:
    console = Console(limit)
    for part in parts:
        console.add(part)
    everything = "".join(parts)
    kept = console.text()
    assert kept.text == everything[max(0, len(everything) - limit) :]
    assert kept.dropped == len(everything) - len(kept.text)


def test_many_small_writes_do_not_make_many_small_parts() -> None:
    console = Console()
    for _ in range(5000):
        console.add("x")
    assert len(console._parts) <= 1025
    assert console.text().text == "x" * 5000
