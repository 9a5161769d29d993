"""Replays an input journal: the same registers, memory and events, on a fresh machine and without the outside world."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from attrs import frozen

from emu.actors.assembling import assemble_source, prepare
from emu.actors.commands import CommandFailed
from emu.actors.core import SessionCore
from emu.actors.events import Event
from emu.actors.handlers import apply
from emu.actors.journal import Commanded, Crashed, Ended, Executed, Held, Journal, Released, Reported
from emu.actors.world import RecordedWorld

if TYPE_CHECKING:
    from emu.actors.assembling import Assembler
    from emu.actors.events import Payload
    from emu.actors.journal import Entry


class ReplayDiverged(Exception):
    """The replay did not come to where the journal says it was; or the journal is not complete."""


@frozen
class Replayed:
    """Where a replay ended."""

    core: SessionCore
    events: tuple[Event, ...]


def replay(journal: Journal, *, assembler: Assembler = assemble_source) -> Replayed:
    """Does everything again that a journal says. Raises ReplayDiverged."""
    if not journal.is_complete:
        raise ReplayDiverged("the journal was given up because it became too large")
    events: list[Event] = []

    def publish(payload: Payload) -> int:
        events.append(Event(len(events) + 1, payload))
        return len(events)

    world = RecordedWorld(answered.answer for answered in journal.answers)
    core = SessionCore(journal.options, world=world, journal=Journal(journal.options), publish=publish)
    # Pieces are as long as they were; no other rule may cut them again.
    core.guest.output_limit = 1 << 62
    for number, entry in enumerate(journal.entries):
        if entry.at != core.machine.instructions:
            where = f"entry {number} was made at {entry.at} instructions"
            raise ReplayDiverged(f"{where}, the replay is at {core.machine.instructions}")
        try:
            _repeat(core, entry, assembler)
        except LookupError as error:
            raise ReplayDiverged(f"entry {number}: {error}") from error
    return Replayed(core, tuple(events))


def _repeat(core: SessionCore, entry: Entry, assembler: Assembler) -> None:
    match entry:
        case Commanded(command=command):
            try:
                apply(core, command, prepare(command, core.options, assembler))
            except CommandFailed:
                pass
            core.take_finished()
        case Executed():
            piece = core.execute(entry.count + entry.ended, _never)
            if piece.count != entry.count:
                raise ReplayDiverged(f"executed {piece.count} instructions from {entry.at} on, not {entry.count}")
            core.conclude(piece)
            core.take_finished()
        case Reported():
            core.report()
        case Held():
            core.hold()
        case Released():
            core.release()
        case Ended():
            core.close(entry.reason)
        case Crashed():
            core.crash(entry.message)
        case _:
            assert_never(entry)


def _never() -> bool:
    return False
