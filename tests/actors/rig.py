"""What the tests of the actors share: programs, a supervisor with nothing random in it, and ways to look at a log."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest
import trio

from emu.actors.commands import CommandFailed, Load, Loaded, LoadRefused
from emu.actors.events import CHANGES, Closed, Notice, Output, StateChanged
from emu.actors.execution import Inline
from emu.actors.options import SessionOptions
from emu.actors.replay import replay
from emu.actors.supervisor import SupervisorConfig, open_supervisor, repeatable_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emu.actors.commands import AnyCommand, Command, Reply
    from emu.actors.events import Event
    from emu.actors.execution import ExecutionPolicy
    from emu.actors.session import Session
    from emu.actors.spill import Spill
    from emu.actors.supervisor import Supervisor

T = TypeVar("T")

HELLO = """
_start: LDR R0, =text
        SWI #2
        MOV R0, #3
        SWI #0
text:   .asciz "hello\\n"
"""

ENDLESS = """
_start: ADD R0, R0, #1
        B _start
"""

CHATTER = """
_start: LDR R0, =text
again:  SWI #2
        B again
text:   .asciz "0123456789abcdef0123456789abcdef"
"""

DOUBLE = """
_start: SWI #6
        ADD R0, R0, R0
        MOV R1, #10
        SWI #3
        MOV R0, #0
        SWI #0
"""

FAULT = """
_start: MOV R0, #0
        LDR R1, [R0]
"""

CALLS = """
_start: MOV R0, #5
        BL  factor
        MOV R4, R0
        MOV R0, #0
        SWI #0
factor: STMFD SP!, {R4, LR}
        MOVS R4, R0
        MOVEQ R0, #1
        BEQ done
        SUB R0, R0, #1
        BL  factor
        MUL R0, R4, R0
done:   LDMFD SP!, {R4, PC}
"""


@asynccontextmanager
async def supervised(
    execution: ExecutionPolicy | None = None, *, spill: Spill | None = None, config: SupervisorConfig | None = None
) -> AsyncIterator[Supervisor]:
    """A supervisor that repeats itself exactly."""
    policy = execution or Inline(50, seconds=0.001)
    async with open_supervisor(config, policy, ports=repeatable_ports(), spill=spill) as supervisor:
        yield supervisor


@asynccontextmanager
async def a_session(
    source: str | None = None,
    execution: ExecutionPolicy | None = None,
    *,
    options: SessionOptions | None = None,
    config: SupervisorConfig | None = None,
    spill: Spill | None = None,
) -> AsyncIterator[Session]:
    """A session with a program. Afterwards its journal is replayed and must give the same log."""
    async with supervised(execution, config=config, spill=spill) as supervisor:
        session = await supervisor.create(options or SessionOptions())
        if source is not None:
            await load(session, source)
        yield session
        await supervisor.delete(session.id)
    check_replay(session)


def check_replay(session: Session) -> None:
    """The journal of an ended session gives its log again, as far as that is in memory."""
    events = replay(session.journal).events
    log = session.log
    assert list(events[log.memory_low - 1 :]) == log.read(log.memory_low - 1, log.high)


async def load(session: Session, source: str) -> Reply[Loaded | LoadRefused]:
    """Loads a program that has no errors, at 0x8000."""
    reply = await session.ask(Load(b".org 0x8000\n" + source.encode()))
    assert isinstance(reply.answer, Loaded), reply.answer
    return reply


async def state_after(session: Session, seq: int, *names: str) -> Event:
    """The first state event beyond `seq` with one of these statuses."""
    while True:
        for event in session.log.read(seq, 1000):
            seq = event.seq
            if isinstance(event.payload, StateChanged) and event.payload.status.value in names:
                return event
            assert not isinstance(event.payload, Closed), "the session ended"
        with trio.fail_after(60):
            await session.log.wait_beyond(seq)


async def ask_until(session: Session, command: Command[T], *names: str) -> StateChanged:
    """Asks, and waits for a state with one of these statuses."""
    reply = await session.ask(command)
    payload = (await state_after(session, reply.seq, *names)).payload
    assert isinstance(payload, StateChanged)
    return payload


def told(session: Session, after: int = 0, *, changes: bool = False) -> list[str]:
    """The log in short: `running`, `'text'`, `!halted`, `closed deleted`; with `changes` also what to read again."""
    short = []
    for event in session.log.read(after, 10_000):
        match event.payload:
            case StateChanged(status=status):
                short.append(status.value)
            case Output(stream="stdout", content=content):
                short.append(repr(content))
            case Output(content=content):
                short.append(f"stderr {content!r}")
            case Notice(name=name):
                if changes or name not in CHANGES:
                    short.append(f"!{name}")
            case Closed(reason=reason):
                short.append(f"closed {reason.value}")
    return short


async def refused(session: Session, command: AnyCommand) -> CommandFailed:
    """The refusal that a command gets."""
    with pytest.raises(CommandFailed) as caught:
        await session.ask(command)
    return caught.value
