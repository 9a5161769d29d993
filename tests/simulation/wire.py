"""One simulated life of a whole server on the real byte path, drawn from one seed.

HTTP and WebSocket parsers, framing, gateway and client library are the real ones; the network is in memory, and
breaks, stalls and narrows as the seed says. Commands go over the same bad connections: the journal shows that none
was carried out twice.
"""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from random import Random
from typing import TYPE_CHECKING

import trio

from emu import client
from emu.actors import commands as c
from emu.actors.commands import CommandFailed
from emu.actors.execution import Inline
from emu.actors.journal import Commanded
from emu.actors.log import Retention
from emu.actors.options import SessionOptions
from emu.actors.supervisor import SupervisorConfig, repeatable_ports
from emu.client import ClientError, CommandError, Patience, ProgramRejected
from emu.gateway.config import GatewayConfig
from emu.testing import Kit, Link, server
from tests.simulation import guests
from tests.simulation.actors import CountingSpill, assembled, check_replay
from tests.simulation.listeners import (
    LegacyListener,
    LibraryListener,
    Listener,
    PollingListener,
    ServerSentListener,
)
from tests.simulation.oracle import Lost, Truth
from tests.simulation.schedule import run_seeded

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from emu.actors.commands import AnyCommand
    from emu.actors.session import Session

MOST_FAULTS = 10
"""After so many faulty connections a client is given good ones, so that every life ends."""
PATIENCE = Patience(first=0.02, most=0.5, total=30.0)


class Weather:
    """What happens to the connections of one client."""

    def __init__(self, random: Random, nursery: trio.Nursery) -> None:
        self._random = random
        self._nursery = nursery
        self._left = MOST_FAULTS
        self.faults: Counter[str] = Counter()

    def prepare(self, link: Link) -> None:
        """Gives a fresh connection its fate."""
        random = self._random
        if self._left <= 0:
            return
        self._left -= 1
        fate = random.choice(["none", "cut", "cut", "cut request", "stall", "reset"])
        self.faults[fate] += 1
        if fate == "cut":
            link.to_client.cut_after(random.randrange(1, 4000))
        elif fate == "cut request":
            link.to_server.cut_after(random.randrange(1, 1500))
        elif fate == "stall":
            self._nursery.start_soon(self._stall, link)
        elif fate == "reset":
            self._nursery.start_soon(self._reset, link)

    async def _stall(self, link: Link) -> None:
        await trio.sleep(self._random.choice([0.0, 0.01, 0.5]))
        link.to_client.stall()
        await trio.sleep(self._random.choice([0.1, 2.0, 20.0]))
        link.to_client.resume()

    async def _reset(self, link: Link) -> None:
        await trio.sleep(self._random.choice([0.0, 0.01, 0.2, 1.0]))
        link.cut()


class Commander:
    """Sends commands through the weather and counts what must have been carried out."""

    def __init__(self, session_id: str, random: Random, note: Callable[[str], None]) -> None:
        self.session_id = session_id
        self.sent: Counter[type] = Counter()
        self.answered: Counter[type] = Counter()
        self._random = random
        self._note = note

    async def run(self, server: client.Server) -> None:
        """All commands, or until session or server are gone."""
        try:
            async with server.follow(self.session_id) as session:
                await self._command(session)
        except ClientError as error:
            self._note(f"commander ends: {error!r}")

    async def _command(self, session: client.Session) -> None:
        random = self._random
        await self._load(session)
        for _ in range(random.choice([2, 5, 10])):
            await trio.sleep(random.choice([0.0, 0.0, 0.01, 0.3]))
            kind = random.choice([c.Run, c.Run, c.Run, c.Step, c.Step, c.Stop, c.SendInput, c.Load, c.Restart, c.Reset])
            self._note(f"commander {kind.__name__}")
            self.sent[kind] += 1
            with trio.move_on_after(5):
                try:
                    await self._send(session, kind)
                    self.answered[kind] += 1
                except CommandError as error:
                    if error.status >= 500 and not error.message.startswith("Step failed"):
                        raise Lost(f"the server failed: {error}") from error
                    if error.status == 404:
                        raise

    async def _load(self, session: client.Session) -> None:
        try:
            await session.load(self._random.choice(guests.ALL))
        except ProgramRejected as rejected:
            self._note(f"rejected: {rejected}")

    async def _send(self, session: client.Session, kind: type) -> None:
        if kind is c.Run:
            run = await session.run()
            if self._random.random() < 0.6:
                with trio.move_on_after(1):
                    state = await session.wait_stopped(after=run)
                    if state.seq <= run.seq:
                        raise Lost(f"a state of {state.seq} was taken for the end of the run {run.seq}")
        elif kind is c.Step:
            await session.step()
        elif kind is c.Stop:
            await session.stop()
        elif kind is c.SendInput:
            await session.stdin(self._random.choice(["x\n", "gr\u00fc\u00df\n"]))
        elif kind is c.Load:
            await self._load(session)
        elif kind is c.Restart:
            await session.restart()
        else:
            await session.reset()

    def check(self, session: Session) -> None:
        """Raises Lost if a command was carried out more often than it was sent, or answered without being carried
        out.
        """
        done = Counter(type(entry.command) for entry in session.journal.entries if isinstance(entry, Commanded))
        for kind in (c.Run, c.Step, c.Stop, c.SendInput, c.Restart, c.Reset):
            if not self.answered[kind] <= done[kind] <= self.sent[kind]:
                counts = f"sent {self.sent[kind]}, answered {self.answered[kind]}, carried out {done[kind]}"
                raise Lost(f"{kind.__name__} was {counts}")


class WireLife:
    """One run. `seed` decides everything; `notes` say what happened, for people."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.notes: list[str] = []
        self.truth = Truth()
        self.sessions: list[Session] = []
        self.commanders: list[Commander] = []
        self.listeners: list[list[Listener]] = []
        self.weathers: list[Weather] = []
        self._random = self.random("life")

    def random(self, name: str) -> Random:
        """Random numbers of one participant."""
        return Random(f"{self.seed}/{name}")

    def note(self, text: str) -> None:
        """Adds a line to what happened."""
        self.notes.append(f"{trio.current_time():10.4f} {text}")

    async def run(self) -> None:
        """Lives, ends, and checks what everybody heard. Raises Lost."""
        random = self._random
        retention = Retention(
            events=random.choice([2, 10, 20_000]),
            bytes=random.choice([5_000, 8 << 20]),
            disk_bytes=random.choice([5_000, 64 << 20]),
        )
        kit_of_this_life = server(
            GatewayConfig(slow_after=random.choice([1.0, 5.0, 30.0]), heartbeat=random.choice([0.5, 10.0])),
            SupervisorConfig(retention=retention),
            Inline(random.choice([3, 30, 1000]), seconds=random.choice([0.02, 0.05])),
            ports=repeatable_ports(self.seed),
            spill=CountingSpill(random.choice([0.0, 0.05])) if random.random() < 0.5 else None,
            assembler=assembled,
        )
        with self.truth.recording():
            async with kit_of_this_life as kit:
                await self._live(kit)
        self.check()

    async def _live(self, kit: Kit) -> None:
        random = self._random
        async with AsyncExitStack() as stack, trio.open_nursery() as weather, trio.open_nursery() as audience:
            steady = await stack.enter_async_context(kit.connect(patience=Patience(total=0.0)))
            async with trio.open_nursery() as staff:
                for number in range(random.choice([1, 1, 2])):
                    session = await kit.supervisor.create(SessionOptions())
                    self.sessions.append(session)
                    self.listeners.append([])
                    commander = Commander(session.id, self.random(f"commander {number}"), self.note)
                    self.commanders.append(commander)
                    staff.start_soon(commander.run, await stack.enter_async_context(self._client(kit, weather)))
                    for index in range(random.choice([1, 2, 4])):
                        listener = self._listener(session.id, f"listener {number}.{index}")
                        self.listeners[number].append(listener)
                        server_ = steady
                        if not listener.is_steady:
                            server_ = await stack.enter_async_context(self._client(kit, weather))
                        audience.start_soon(listener.run, kit, server_)
                    if random.random() < 0.3:
                        staff.start_soon(self._churn, session, self.random(f"churn {number}"))
                    if random.random() < 0.25:
                        staff.start_soon(self._delete, kit, session, random.choice([0.0, 0.05, 0.5]))
            self.note("stop")
            before = trio.current_time()
            await kit.stop()
            if trio.current_time() - before > 2.0:
                raise Lost(f"the orderly stop took {trio.current_time() - before} s")
            weather.cancel_scope.deadline = trio.current_time() + 60

    def _client(self, kit: Kit, nursery: trio.Nursery) -> AbstractAsyncContextManager[client.Server]:
        weather = Weather(self.random(f"weather {len(self.weathers)}"), nursery)
        self.weathers.append(weather)
        capacity = self._random.choice([256, 4096, 65536])
        return kit.connect(patience=PATIENCE, prepare=weather.prepare, capacity=capacity)

    def _listener(self, session_id: str, name: str) -> Listener:
        random = self.random(name)
        kinds: list[Callable[[str, Random, Callable[[str], None]], Listener]] = [
            LibraryListener, LibraryListener, LegacyListener, PollingListener, ServerSentListener
        ]  # fmt: skip
        return random.choice(kinds)(session_id, random, self.note)

    async def _delete(self, kit: Kit, session: Session, after: float) -> None:
        await trio.sleep(after)
        self.note("delete")
        await kit.supervisor.delete(session.id)

    async def _churn(self, session: Session, random: Random) -> None:
        """Changes the state at every turn of the scheduler, at the very time when listeners subscribe."""
        for after in (0.0, 0.01, 0.29):
            await trio.sleep(after)
            await self._change(session, c.Load(guests.COUNTING.format(count=60).encode()))
            for _ in range(15):
                await self._change(session, c.StepOver())
                for _ in range(random.randrange(4)):
                    await trio.lowlevel.checkpoint()

    @staticmethod
    async def _change(session: Session, command: AnyCommand) -> None:
        try:
            with trio.move_on_after(1):  # the step may wait for input
                await session.ask(command)
        except CommandFailed:
            await trio.lowlevel.checkpoint()

    # -- the checks

    def check(self) -> None:
        """Every listener against the truth, every commander against the journal, every journal against the log."""
        for number, session in enumerate(self.sessions):
            if session.failure is not None:
                raise Lost(f"session {number} failed: {session.failure!r}") from session.failure
            for listener in self.listeners[number]:
                listener.check(self.truth, session.log.epoch)
            self.commanders[number].check(session)
            check_replay(number, session, self.truth)

    def happenings(self) -> Counter[str]:
        """How often the things happened that the simulation is meant to make happen."""
        count: Counter[str] = Counter()
        for listeners in self.listeners:
            for listener in listeners:
                count[f"listener: {listener.name}"] += 1
                count[f"heard: {listener.name}"] += len(listener.heard)
                for update in listener.heard:
                    count[f"update: {type(update).__name__.lower()}"] += 1
        for weather in self.weathers:
            count += Counter({f"fault: {fate}": times for fate, times in weather.faults.items()})
        for commander in self.commanders:
            count["commands"] += sum(commander.answered.values())
        return count


def simulate_wire(seed: int) -> WireLife:
    """One life. Raises Lost, Stuck, or whatever else went wrong, with what happened as a note of the exception."""
    life = WireLife(seed)
    try:
        run_seeded(seed, life.run)
    except BaseException as error:
        error.add_note(f"seed {seed}: make simulate LEVEL=wire SEED={seed} RUNS=1")
        error.add_note("\n".join(life.notes[-40:]))
        raise
    return life
