"""How soon a server answers while the programs of other sessions run and are compiled.

`python -m benchmarks.busy_server [--quick]` starts `emu serve` in a process of its own, on real sockets, with an empty
code cache, and a second one that has nothing to do, for comparison. Client and servers share the computer, so on two
processors two busy sessions leave nothing for the client.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from random import Random

import trio

from emu.testing.process import Served, served
from emu.testing.raw import RawRequests

SESSIONS = 12
SECONDS = 6.0
SIZES = (12, 40, 120, 400)
"""Instructions in the loops of the fresh programs."""

ENDLESS = "_start: mov r0, #0\nloop: add r0, r0, #1\n eor r1, r1, r0\n add r2, r2, r1, lsr #3\n b loop\n"
STOPS = 40


def fresh(number: int) -> str:
    """An endless program that no cache knows."""
    random = Random(number * 7919 + int(time.time()))
    lines = ["_start: ldr r9, =0x20000", "loop:"]
    for at in range(SIZES[number % len(SIZES)]):
        r = [random.randrange(9) for _ in range(3)]
        lines.append(
            random.choice(
                (
                    f" add r{r[0]}, r{r[1]}, r{r[2]}, lsl #{1 + random.randrange(9)}",
                    f" ldr r{r[0]}, [r9, #{4 * random.randrange(99)}]",
                    f" str r{r[0]}, [r9, #{4 * random.randrange(99)}]",
                    f" cmp r{r[0]}, #{random.randrange(99)}\n addne r{r[1]}, r{r[2]}, #1\n beq l{at}\nl{at}:",
                )
            )
        )
    return "\n".join([*lines, " b loop", " .pool", ""])


async def timed(requests: RawRequests, session_id: str, command: str) -> float:
    """Milliseconds until a command is answered."""
    start = time.perf_counter()
    await requests.command(session_id, command)
    return (time.perf_counter() - start) * 1000


async def stepping(server: Served, times: list[float]) -> None:
    """Steps a program for ever."""
    requests = RawRequests(await server.open_stream())
    session_id = await requests.create(ENDLESS)
    while True:
        times.append(await timed(requests, session_id, "step"))
        await trio.sleep(0.002)


def report(what: str, times: list[float]) -> None:
    """The usual figures of some times in milliseconds."""
    ordered = sorted(times)
    p99 = ordered[len(ordered) * 99 // 100]
    print(f"{what:52} median {statistics.median(times):6.1f} ms   p99 {p99:6.1f}   longest {ordered[-1]:6.1f}")


async def step_times(server: Served, idle: Served, seconds: float, what: str) -> None:
    """One client steps on the busy server, another on a server that has nothing else to do, to tell how much of the
    time is the computer's own.
    """
    quiet: list[float] = []
    busy: list[float] = []
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stepping, server, busy)
            nursery.start_soon(stepping, idle, quiet)
    report(what, busy)
    report("    at the same time on an idle server", quiet)


async def while_others_compile(server: Served, idle: Served, sessions: int, seconds: float) -> None:
    """Clients step while others load and run programs that nobody has compiled before, and when these are compiled."""
    requests = RawRequests(await server.open_stream())
    ids: list[str] = []

    async def load() -> None:
        for number in range(sessions):
            ids.append(await requests.create(fresh(number)))
            await requests.command(ids[-1], "run")
            await trio.sleep(seconds / 2 / sessions)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(load)
        await step_times(server, idle, seconds, f"step, while {sessions} fresh programs get hot (goal: +50)")
    await trio.sleep(seconds)
    await step_times(server, idle, seconds / 2, f"step, when all {sessions} are compiled")
    stops = []
    for number in range(STOPS):
        session_id = ids[number % len(ids)]
        stops.append(await timed(requests, session_id, "stop"))
        await requests.command(session_id, "run")
        await trio.sleep(0.02)
    report(f"stop, {sessions} programs run (goal: 20)", stops)
    for session_id in ids:
        await requests.delete(session_id)


async def rate(server: Served, sessions: int, seconds: float) -> tuple[float, float]:
    """Instructions per second that so many busy sessions execute together once they are compiled, and the processors
    that the server had meanwhile.
    """
    requests = RawRequests(await server.open_stream())
    ids = [await requests.create(ENDLESS) for _ in range(sessions)]
    for session_id in ids:
        await requests.command(session_id, "run")
    await trio.sleep(2.0)

    async def executed() -> tuple[int, float, float]:
        answers = [await requests.send("GET", f"/api/v1/session/{each}/registers") for each in ids]
        cycles = sum(int(json.loads(body)["cycles"]) for _, body in answers)  # one for each instruction of this program
        return cycles, time.perf_counter(), processor_seconds(server.process.pid)

    before, start, used = await executed()
    await trio.sleep(seconds)
    after, end, used_then = await executed()
    for session_id in ids:
        await requests.delete(session_id)
    return (after - before) / (end - start), (used_then - used) / (end - start)


def processor_seconds(pid: int) -> float:
    """What a process has used. Linux only."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _measure(sessions: int, seconds: float) -> None:
    async with served() as server, served() as idle:
        await while_others_compile(server, idle, sessions, seconds)
        (one, alone), (two, both) = await rate(server, 1, seconds / 2), await rate(server, 2, seconds / 2)
        print(f"one busy session      {one / 1e6:10,.0f} million/s on {alone:.2f} processors")
        print(f"two busy sessions     {two / 1e6:10,.0f} million/s on {both:.2f} processors")
        each = two * alone / one / both
        print(f"two are {two / one:.2f} times one (goal: 1.7), {each:.2f} times for each processor that they had")


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    print("a server whose sessions are busy; client and server on this computer")
    with tempfile.TemporaryDirectory() as directory:
        os.environ["XDG_CACHE_HOME"] = directory
        trio.run(_measure, SESSIONS, SECONDS / 2 if quick else SECONDS)


if __name__ == "__main__":
    main()
