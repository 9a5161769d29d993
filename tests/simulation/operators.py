"""Operators: tasks that command a session at random, and hold the answers to what they promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from emu.actors import commands as c
from emu.actors import debug_commands as d
from emu.actors.commands import CommandFailed
from emu.actors.events import StateChanged, Status
from tests.simulation import guests
from tests.simulation.oracle import Lost

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from emu.actors.commands import AnyCommand, Reply
    from emu.actors.session import Session
    from tests.simulation.oracle import Truth

LINES = (
    "step 3",
    "next",
    "continue",
    "run",
    "info b",
    "set r1 = 7",
    "set [sp - 8] = 1",
    "tbreak 8",
    "delete",
    "stop",
    "",
)
"""What an operator says in the debugger's language."""

STOPPED = frozenset({Status.HALTED, Status.ERROR, Status.BREAKPOINT, Status.IDLE})


def draw(random: Random) -> AnyCommand:
    """Any command, the interesting ones more often."""
    address = random.choice([0, 4, 8, 12, 0x8000])
    choices: list[tuple[int, AnyCommand]] = [
        (10, c.Run()),
        (3, c.Load(random.choice(guests.ALL).encode())),
        (3, c.Step()),
        (2, c.StepOver()),
        (1, c.StepOut()),
        (3, c.Stop()),
        (4, c.SendInput(random.choice(["x\n", "line", "gr\u00fc\u00df\n", ""]))),
        (1, c.CloseInput()),
        (1, c.Restart()),
        (1, c.Reset()),
        (1, c.SetBreakpoint(address)),
        (1, c.RemoveBreakpoint(address)),
        (1, c.SetWatchpoint(address)),
        (1, c.Evaluate("r0 + 1")),
        (1, c.GetState()),
        (1, c.GetConsole()),
        (1, d.PutBreakpoint(random.choice(["4", "pc + 4", "0x8000"]), random.choice([None, "r0 & 1", "[r0]"]))),
        (1, d.ChangeBreakpoint(1, random.choice(["", "r0 > 2"]), enabled=random.choice([True, False]))),
        (1, d.PutWatchpoint(random.choice(["r0", "sp", "[sp - 8]", "8"]), random.choice(["write", "change", "read"]))),
        (1, d.ChangeWatchpoint(random.choice([1, 2]), random.choice([True, False]))),
        (1, d.RunUntil(random.choice(["4", "8", "pc"]))),
        (1, d.WriteRegister(random.choice(["r0", "z", "pc"]), random.choice(["0", "4", "r0 + 1"]))),
        (1, d.WriteMemory(random.choice([0x40000, 0x8000]), b"\x01\x02")),
        (2, d.CarryOut(random.choice(LINES))),
        (1, d.GetDebug()),
        (1, d.EvaluateAll(("r0", "[sp]"))),
    ]
    return random.choices([command for _, command in choices], [weight for weight, _ in choices])[0]


class Operator:
    """Sends one command after the other, impatiently at times."""

    def __init__(self, name: str, random: Random, session: Session, truth: Truth, note: Callable[[str], None]) -> None:
        self.name = name
        self._random = random
        self._session = session
        self._truth = truth
        self._note = note
        self._last_seq = 0
        self._count = random.choice([2, 6, 12, 20])

    async def run(self) -> None:
        """All commands, or until the session is closed."""
        random = self._random
        await self._send(c.Load(random.choice(guests.ALL).encode()))
        for number in range(self._count):
            await trio.sleep(random.choice([0.0, 0.0, 0.001, 0.05, 0.4]))
            command = draw(random)
            key = f"{self.name}-{number}" if random.random() < 0.3 else None
            patience = random.choice([0.0, 0.01]) if random.random() < 0.1 else 2.0
            with trio.move_on_after(patience):
                reply = await self._send(command, key)
                if reply is not None and key is not None and random.random() < 0.5:
                    await self._repeat(command, key, reply)
            if self._session.log.is_closed:
                return

    async def _send(self, command: AnyCommand, key: str | None = None) -> Reply[object] | None:
        self._note(f"{self.name} {type(command).__name__}")
        before = self._session.log.high
        try:
            reply = await self._session.ask(command, request_id=key)
        except CommandFailed as failed:
            self._note(f"{self.name} {type(command).__name__}: {failed.refusal.name} {failed.message}")
            return None
        self._check(command, before, reply)
        return reply

    async def _repeat(self, command: AnyCommand, key: str, reply: Reply[object]) -> None:
        high = self._session.log.high
        again = await self._session.ask(command, request_id=key)
        if again != reply:
            raise Lost(f"{self.name}: the repeated {type(command).__name__} was answered {again}, before {reply}")
        self._note(f"{self.name} repeated, {high} -> {self._session.log.high}")

    def _check(self, command: AnyCommand, before: int, reply: Reply[object]) -> None:
        log = self._session.log
        if not self._last_seq <= reply.seq <= log.high:
            raise Lost(f"{self.name}: reply {reply.seq} after {self._last_seq}, newest {log.high}")
        self._last_seq = reply.seq
        caused = [event.payload for event in self._truth.of(log.epoch)[before : reply.seq]]
        states = [payload.status for payload in caused if isinstance(payload, StateChanged)]
        if isinstance(command, c.Stop) and states and states[-1] not in STOPPED:
            raise Lost(f"{self.name}: stop was answered at {reply.seq} in state {states[-1].name}")
        if isinstance(command, c.Step | c.StepOver | c.StepOut) and isinstance(reply.answer, StateChanged):
            published = self._truth.of(log.epoch)[: reply.seq]
            if reply.answer not in [event.payload for event in published[before:]]:
                raise Lost(f"{self.name}: the answer to a step is no published state")
