"""Frames and answers without a library, against the library and the server."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

from emu.testing import server
from emu.testing.raw import RawRequests, RawSubscriber, masked_frame, messages
from tests.simulation import guests


@given(st.text(max_size=400))
def test_a_masked_frame_is_what_a_server_reads(text: str) -> None:
    reader = Connection(ConnectionType.SERVER)
    reader.receive_data(masked_frame(text.encode("utf-8")))
    read = "".join(event.data for event in reader.events() if isinstance(event, TextMessage))
    assert read == text


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=300), max_size=3), max_size=5), st.integers(0, 9))
def test_messages_are_read_from_frames_and_an_incomplete_one_waits(values: list[dict[str, str]], missing: int) -> None:
    writer = Connection(ConnectionType.SERVER)
    frames = [writer.send(TextMessage(json.dumps(value))) for value in values]
    data = b"".join(frames)
    assert messages(data) == values
    if frames and 0 < missing < len(frames[-1]):
        assert messages(data[:-missing]) == values[:-1]


async def test_a_program_is_run_and_followed_with_bare_bytes() -> None:
    async with server() as kit:
        requests = RawRequests(await kit.open_stream())
        session_id = await requests.create(guests.HELLO)
        subscriber = RawSubscriber(await kit.open_stream())
        await subscriber.open()
        await subscriber.subscribe(session_id, version=2)
        await requests.command(session_id, "run")
        await subscriber.read_until(b'"status":"halted"')
        assert subscriber.text() == "gr\u00fc\u00df dich\n"
        await requests.delete(session_id)
