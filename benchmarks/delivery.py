"""What a server delivers, on real sockets against `emu serve` in a process of its own; client and server share the
computer.

A subscriber here collects bytes and makes text of them after the clock has stopped; then its text is compared with
what the program wrote, so a figure for deliveries counts updates that really arrived. An update is one number of six
digits that the guest wrote with one system call, however many of them travel in a message.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import trio

from emu.testing.process import served
from emu.testing.raw import RawRequests, RawSubscriber

if TYPE_CHECKING:
    from emu.testing.process import Served

SILENT = "_start: mov r0, #0\n        swi #0\n"

NUMBERS = """
_start: ldr     r4, ={first}
        ldr     r5, ={last}
loop:   mov     r0, r4
        mov     r1, #10
        swi     #0x03
        add     r4, r4, #1
        cmp     r4, r5
        ble     loop
        mov     r0, #0
        swi     #0x00
"""

RUNS = 300
LIVES = 600
DELIVERIES = ((1, 10_000), (10, 10_000), (50, 10_000), (500, 2_000))
IDLE_SESSIONS = 300
HALTED = b'"status":"halted"'
LONGEST = 120.0


async def requests_to(server: Served) -> RawRequests:
    """A fresh connection."""
    return RawRequests(await server.open_stream())


async def subscriber_to(server: Served) -> RawSubscriber:
    """A fresh socket."""
    subscriber = RawSubscriber(await server.open_stream())
    await subscriber.open()
    return subscriber


async def run_to_halted(server: Served, runs: int) -> list[float]:
    """Milliseconds from sending `run` to the `halted` message on a socket, ascending."""
    requests, subscriber = await requests_to(server), await subscriber_to(server)
    session_id = await requests.create(SILENT)
    await subscriber.subscribe(session_id, version=2)
    times: list[float] = []

    async def run(answered: trio.Event) -> None:
        await requests.command(session_id, "run")
        answered.set()

    async with trio.open_nursery() as nursery:
        for _ in range(runs):
            subscriber.received.clear()
            start = time.perf_counter()
            answered = trio.Event()
            nursery.start_soon(run, answered)
            await subscriber.read_until(HALTED)
            times.append((time.perf_counter() - start) * 1000)
            await answered.wait()
    await requests.delete(session_id)
    return sorted(times)


async def lives_per_second(server: Served, lives: int, connections: int) -> float:
    """Sessions created, loaded, run and deleted in one second."""

    async def live(count: int) -> None:
        requests = await requests_to(server)
        for _ in range(count):
            session_id = await requests.create(SILENT)
            await requests.command(session_id, "run")
            await requests.delete(session_id)

    start = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for _ in range(connections):
            nursery.start_soon(live, lives // connections)
    return lives / (time.perf_counter() - start)


async def deliveries_per_second(server: Served, subscribers: int, numbers: int) -> float:
    """Numbers that arrived, at all subscribers together, in one second. Raises AssertionError if one is missing."""
    first = 100_000
    requests = await requests_to(server)
    session_id = await requests.create(NUMBERS.format(first=first, last=first + numbers - 1))
    audience = [await subscriber_to(server) for _ in range(subscribers)]
    for one in audience:
        await one.subscribe(session_id, version=2)
    start = time.perf_counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(requests.command, session_id, "run")
        for one in audience:
            nursery.start_soon(one.read_until, HALTED)
    seconds = time.perf_counter() - start
    expected = "".join(str(number) for number in range(first, first + numbers))
    for one in audience:
        assert one.text() == expected, "an update is missing"
        await trio.aclose_forcefully(one.stream)
    await requests.delete(session_id)
    return subscribers * numbers / seconds


async def memory_per_session(server: Served, sessions: int) -> float:
    """KiB that a session with a program costs while it does nothing."""
    requests = await requests_to(server)
    await requests.delete(await requests.create(SILENT))
    before = server.resident_bytes()
    ids = [await requests.create(SILENT) for _ in range(sessions)]
    after = server.resident_bytes()
    for session_id in ids:
        await requests.delete(session_id)
    return (after - before) / sessions / 1024


async def _measure() -> None:
    with trio.fail_after(LONGEST):
        async with served() as server:
            times = await run_to_halted(server, RUNS)
            p95 = times[len(times) * 95 // 100]
            median = statistics.median(times)
            print(f"run -> halted message   median {median:6.2f} ms    p95 {p95:6.2f} ms   (to reach: median 5)")
            for connections in (1, 4):
                rate = await lives_per_second(server, LIVES, connections)
                print(f"create+load+run+delete  {rate:8.0f} per second, {connections} connections   (to reach: 300)")
            for subscribers, numbers in DELIVERIES:
                rate = await deliveries_per_second(server, subscribers, numbers)
                goal = "   (to reach: 100,000)" if subscribers in (10, 50) else ""
                print(f"delivered updates       {rate:10,.0f} per second to {subscribers:3} subscribers{goal}")
            size = await memory_per_session(server, IDLE_SESSIONS)
            print(f"memory                  {size:8.0f} KiB per idle session   (at most: 2048)")


def main() -> None:
    """Prints all of it."""
    print("delivery over real sockets, server and subscribers on this computer")
    trio.run(_measure)


if __name__ == "__main__":
    main()
