"""Reading JSON as leniently as older clients need it, and no more (spec http-api.md 2.5)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.wire import models, stream
from emu.wire.text import Malformed, encode, fit, merged, parse, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('{"address":5}', 5),
        ('{"Address":5}', 5),
        ('{"ADDRESS":4,"address":5}', 5),
        ('{"address":4,"ADDRESS":5}', 5),
        ('{"address":null}', 0),
        ("null", 0),
        ("{} garbage", 0),
        ('\r\n\t {"address":5}]]', 5),
        ('{"address":5,"other":{"address":[1.5]}}', 5),
        ('{"address":4294967295}', 0xFFFFFFFF),
        ('{"address":0}', 0),
        ('{"address":-0}', 0),
    ],
)
def test_what_is_an_address(text: str, address: int) -> None:
    assert parse(text, models.AtAddress).address == address
    assert parse(text.encode(), models.AtAddress).address == address


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "]", "[]", "true", "5", '"5"', '{"address":"5"}', '{"address":5.0}', '{"address":5e0}',
     '{"address":-1}', '{"address":4294967296}', '{"address":true}', '{"address":{}}',
     '{"address":[]}', "\ufeff{}", "nan", "NaN",
     '{"address":Infinity}', "{1:2}", '{"a":"\n"}', "\v{}", "[" * 200_000, '{"a":' * 100_000, "1" * 10_000],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text, models.AtAddress)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"source":"\xff\xfe"}', "\ufffd\ufffd"),
        (b'{"source":"\\ud83d\\ude00"}', "\U0001f600"),
        (b'{"source":"\\ud83d"}', "\ufffd"),
        (b'{"source":"\\ude00x"}', "\ufffdx"),
        ('{"source":"é\\u0000"}'.encode(), "é\0"),
    ],
)
def test_text_is_always_encodable(data: bytes, expected: str) -> None:
    source = parse(data, models.Load).source
    assert source == expected
    source.encode()


@given(JSON)
def test_whatever_is_json_is_read_as_json_reads_it(value: object) -> None:
    plain = json.loads(json.dumps(value), parse_float=lambda _: None)
    seen = read(json.dumps(value))

    def without_fractions(one: object) -> object:
        if isinstance(one, dict):
            return {name: without_fractions(item) for name, item in one.items()}
        if isinstance(one, list):
            return [without_fractions(item) for item in one]
        return one if one is None or isinstance(one, (bool, int, str)) else None

    assert without_fractions(seen) == plain


@given(
    JSON,
    st.sampled_from([models.CreateSession, models.Configuration, models.NewWatchpoint, stream.Subscribe, stream.Ack]),
)
def test_fitting_ends_in_a_model_or_in_malformed(value: object, model: type) -> None:
    try:
        fitted: object = fit(read(json.dumps(value)), model)
    except Malformed:
        return
    assert isinstance(fitted, model)
    encode(fitted)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    try:
        read(data)
    except Malformed:
        pass


def test_merging_changes_only_what_is_given() -> None:
    before = models.Configuration()
    after = merged(before, {"Display": {"numberFORMAT": "dec", "bytesPerLine": None}, "unknown": 1})
    assert after.display.number_format == "dec"
    assert after.display.bytes_per_line == before.display.bytes_per_line
    assert after.execution == before.execution
    with pytest.raises(Malformed):
        merged(before, {"display": 3})


def test_a_null_cursor_is_no_cursor() -> None:
    wanted = parse('{"type":"subscribe","version":2,"sessionId":"x","cursor":null,"window":null}', stream.Subscribe)
    assert (wanted.cursor, wanted.window, wanted.from_, wanted.events) == (None, None, "now", [])


def test_byte_arrays_are_padded_base64() -> None:
    assert encode(models.MemoryBytes(0, b"\xff\xfe\xfd\xfc", 4)) == b'{"address":0,"data":"//79/A==","length":4}'


def test_empty_members_are_left_out() -> None:
    status = models.SessionStatus("x", "idle", 0, 0, False)
    assert json.loads(encode(status)) == {"sessionId": "x", "state": "idle", "pc": 0, "cycles": 0, "hasWrite": False}
