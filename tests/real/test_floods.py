"""Ten thousand writes as fast as the guest can, some readers stalled: everybody receives all of it, and nobody holds
up the rest.
"""

from __future__ import annotations

import re
import socket
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import trio

from benchmarks.delivery import HALTED, NUMBERS, requests_to, subscriber_to
from emu.testing.raw import RawSubscriber

if TYPE_CHECKING:
    from emu.testing.process import Served

FIRST = 100_000
LONGEST = 60.0
STALL_SECONDS = 1.0


def numbers(count: int) -> str:
    return NUMBERS.format(first=FIRST, last=FIRST + count - 1)


def written(count: int) -> str:
    return "".join(str(number) for number in range(FIRST, FIRST + count))


async def narrow_subscriber(server: Served) -> RawSubscriber:
    """A socket that takes little before it is full."""
    sock = trio.socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await sock.connect(("127.0.0.1", server.port))
    stream = trio.SocketStream(sock)
    server.streams.append(stream)
    subscriber = RawSubscriber(stream)
    await subscriber.open()
    return subscriber


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("fast", "stalled"), [(1, 0), (9, 1), (45, 5)])
async def test_everybody_receives_everything(version: int, fast: int, stalled: int, real_server: Served) -> None:
    requests = await requests_to(real_server)
    session_id = await requests.create(numbers(10_000))
    readers = [await subscriber_to(real_server) for _ in range(fast)]
    laggards = [await narrow_subscriber(real_server) for _ in range(stalled)]
    for one in (*readers, *laggards):
        await one.subscribe(session_id, version=version)
        await one.read_until(b'"status":"idle"')

    async def late(laggard: RawSubscriber) -> None:
        await trio.sleep(STALL_SECONDS)
        await laggard.read_until(HALTED)

    with trio.fail_after(LONGEST):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(requests.command, session_id, "run")
            for one in readers:
                nursery.start_soon(one.read_until, HALTED)
            for one in laggards:
                nursery.start_soon(late, one)
    for one in (*readers, *laggards):
        assert one.text() == written(10_000)
        seqs = [int(str(message["seq"])) for message in one.messages() if message["type"] in ("state", "output")]
        assert all(before < after for before, after in pairwise(seqs))


async def test_a_reader_that_never_reads_again_blocks_neither_fellows_nor_the_stop(real_server: Served) -> None:
    count = 100_000
    requests = await requests_to(real_server)
    session_id = await requests.create(numbers(count))
    deaf, mute, fellow = [await narrow_subscriber(real_server) for _ in range(2)] + [await subscriber_to(real_server)]
    for one in (deaf, fellow):
        await one.subscribe(session_id, version=2)
    await mute.subscribe(session_id, version=2, window=4)  # and never acknowledges
    with trio.fail_after(LONGEST):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(requests.command, session_id, "run")
            await fellow.read_until(HALTED)
    assert fellow.text() == written(count)
    _, metrics = await requests.send("GET", "/metrics")
    lag = re.search(rb"^emu_slowest_cursor_lag (\d+)$", metrics, re.MULTILINE)
    assert lag is not None
    assert int(lag[1]) > 0
    start = time.monotonic()
    real_server.process.terminate()
    with trio.fail_after(LONGEST):
        await fellow.read_until(b'"type":"closed"')
        assert await real_server.process.wait() == 0
    assert time.monotonic() - start < 4.0
