"""Many sessions, many subscriptions, and clients that are killed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import trio

from benchmarks.delivery import requests_to, subscriber_to
from emu import client
from emu.client import Cursor, Output
from tests.cli.command import environment
from tests.simulation import guests

if TYPE_CHECKING:
    from emu.testing.process import Served
    from emu.testing.raw import RawSubscriber

LONGEST = 60.0
SESSIONS, RUNNING, SUBSCRIPTIONS, SOCKETS = 500, 100, 1000, 10

PACED = """
_start: ldr     r5, =2000000
again:  mov     r4, #0
        ldr     r6, =3000
pause:  add     r4, r4, #1
        cmp     r4, r6
        blt     pause
        mov     r0, r5
        mov     r1, #10
        swi     #0x03
        mov     r0, #10
        swi     #0x01
        subs    r5, r5, #1
        b       again
"""

FOLLOWER = """
import sys, trio
from emu import client

async def main(url, session_id):
    async with client.connect(url) as server, server.follow(session_id, start="start") as session:
        async for update in session.updates(after=0):
            print(update.cursor.epoch, update.seq, flush=True)

trio.run(main, *sys.argv[1:])
"""


async def test_five_hundred_sessions_a_hundred_of_them_running(real_server: Served) -> None:
    requests = await requests_to(real_server)
    with trio.fail_after(LONGEST):
        ids = [await requests.create(guests.ENDLESS) for _ in range(SESSIONS)]
        sockets = [await subscriber_to(real_server) for _ in range(SOCKETS)]
        wishes = [(sockets[number % SOCKETS], ids[number // 2]) for number in range(SUBSCRIPTIONS)]
        async with trio.open_nursery() as nursery:
            for one in sockets:
                nursery.start_soon(_subscribe, one, [wish for socket_, wish in wishes if socket_ is one])
        for session_id in ids[:RUNNING]:
            await requests.command(session_id, "run")
        start = trio.current_time()
        await requests.command(ids[-1], "step")
        assert trio.current_time() - start < 2.0
        for session_id in ids[:RUNNING]:
            await requests.command(session_id, "stop")
        expected = [sum(1 for socket_, wish in wishes if socket_ is one and wish in ids[:RUNNING]) for one in sockets]
        async with trio.open_nursery() as nursery:
            for one, count in zip(sockets, expected, strict=True):
                if count:
                    nursery.start_soon(one.read_until, b'"status":"halted"', count)
    for one in sockets:
        _check_chains(one)


async def _subscribe(subscriber: RawSubscriber, session_ids: list[str]) -> None:
    for session_id in session_ids:
        await subscriber.send({"type": "subscribe", "version": 2, "sessionId": session_id})
    await subscriber.read_until(b'"type":"snapshot"', len(set(session_ids)))


def _check_chains(subscriber: RawSubscriber) -> None:
    """Every event names the one before it."""
    last: dict[object, object] = {}
    for message in subscriber.messages():
        session_id = message["sessionId"]
        if message["type"] == "snapshot":
            last[session_id] = message["seq"]
        elif "prev" in message:
            assert message["prev"] == last[session_id]
            last[session_id] = message["seq"]


async def test_a_client_that_is_killed_resumes_behind_what_it_had(real_server: Served) -> None:
    with trio.fail_after(LONGEST):
        async with client.connect(real_server.url) as server, server.session() as session:
            await session.load(PACED)
            await session.run()
            first = await _killed_after(real_server.url, session.id, 20)
            async with server.follow(session.id, cursor=first) as again:
                updates = again.updates(after=first)
                seqs = [(await anext(updates)).seq for _ in range(20)]
                assert seqs == list(range(first.seq + 1, first.seq + 21))
            await session.stop()
            await session.reach(await session.newest())
            assert session.console == await session.server_console()
            assert any(isinstance(update, Output) for update in session._history._shelf)


async def _killed_after(url: str, session_id: str, count: int) -> Cursor:
    """Follows in a process that is killed in the middle, and gives the last update it had dealt with."""
    command = [sys.executable, "-c", FOLLOWER, url, session_id]
    process = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    text = b""
    while text.count(b"\n") < count:
        text += await process.stdout.receive_some()
    process.kill()
    async for piece in process.stdout:
        text += piece
    await process.wait()
    lines = text.decode("ascii").splitlines(keepends=True)
    epoch, seq = [line for line in lines if line.endswith("\n")][-1].split()
    return Cursor(epoch, int(seq))
