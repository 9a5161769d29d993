"""Log lines: one for each occurrence, for people or for machines, and never a reason to fail."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from emu.gateway.config import GatewayConfig
from emu.gateway.logs import JSON, Log
from tests.gateway.harness import running, session_id


def noon() -> datetime:
    """A moment to write down."""
    return datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)


def test_a_line_for_people() -> None:
    stream = io.StringIO()
    log = Log(stream, now=noon)
    log.info("session created", session="ab12", count=3)
    log.warning("request refused", origin="http://evil.example\nforged line", host=None)
    first, second, rest = stream.getvalue().split("\n")
    assert first == "2026-03-01T12:00:00.123Z info session created session=ab12 count=3"
    assert second == (
        '2026-03-01T12:00:00.123Z warning request refused origin="http://evil.example\\nforged line" host=None'
    )
    assert rest == ""


def test_a_line_for_machines() -> None:
    stream = io.StringIO()
    log = Log(stream, JSON, now=noon)
    try:
        raise ValueError("lone \ud800 surrogate")
    except ValueError as error:
        log.failure("request failed", error, status=500)
    line = json.loads(stream.getvalue())
    assert line.keys() == {"time", "level", "event", "status", "error"}
    assert (line["time"], line["level"], line["status"]) == ("2026-03-01T12:00:00.123Z", "error", 500)
    assert "Traceback" in line["error"]
    assert stream.getvalue().count("\n") == 1


def test_a_stream_that_has_gone_is_no_reason_to_fail() -> None:
    stream = io.StringIO()
    log = Log(stream)
    stream.close()
    log.info("one")
    log.info("two")
    Log().info("nowhere")


async def test_what_the_server_logs() -> None:
    stream = io.StringIO()
    async with running(GatewayConfig(log=Log(stream, JSON))) as gateway:
        http = gateway.http()
        path = await http.create()
        await http.request("GET", "/health", headers={"Origin": "http://evil.example"})
        await http.request("DELETE", path)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["session created", "request refused", "session deleted"]
    assert lines[0]["session"] == lines[2]["session"] == session_id(path)
    assert lines[1]["origin"] == "http://evil.example"
