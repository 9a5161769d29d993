"""From the values of the actors to the models of the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.events import Closed, Notice, Output, StateChanged, Status
from emu.wire.models import Flags, Registers, RegisterValues
from emu.wire.stream import ClosedData, NoticeData, OutputData, SnapshotData, StateData

if TYPE_CHECKING:
    from emu.actors.commands import ConsoleText
    from emu.actors.events import Payload

LONGEST_TEXT = 1000
"""Characters of a fault's text that a message carries: a program can choose the text, but not the size of a message."""

_NAMES = (*(f"r{number}" for number in range(13)), "sp", "lr", "pc")


def registers(state: StateChanged) -> Registers:
    """The registers object of answers (spec http-api.md 3.1)."""
    values = state.registers
    members = dict(zip(_NAMES, values, strict=True))
    return Registers(**members, cpsr=Flags(*state.flags), cycles=state.cycles, registers=list(values))


def state_data(state: StateChanged) -> StateData:
    """The full form of a state message (spec websocket-api.md 4.1)."""
    flags = Flags(*state.flags)
    address, size = state.last_store or (0, 0)
    return StateData(
        status=state.status.value,
        pc=state.pc,
        registers=RegisterValues(**dict(zip(_NAMES, state.registers, strict=True)), cpsr=flags),
        flags=flags,
        state=state.status.value.replace("_", ""),
        cycles=state.cycles,
        has_write=state.last_store is not None,
        error=shortened(state.error or "") if state.status is Status.ERROR else "",
        write_addr=address,
        write_size=size,
        exit_code=state.exit_code,
    )


def snapshot_data(state: StateChanged, console: ConsoleText) -> SnapshotData:
    """A state with the console text that goes with it."""
    data = state_data(state)
    members = {name: getattr(data, name) for name in data.__struct_fields__}
    return SnapshotData(**members, console=console.text, console_truncated=console.dropped > 0)


def payload_data(payload: Payload) -> StateData | OutputData | NoticeData | ClosedData:
    """The `data` of an event's message."""
    if isinstance(payload, Output):
        return OutputData(payload.content, payload.stream)
    if isinstance(payload, StateChanged):
        return state_data(payload)
    if isinstance(payload, Notice):
        return NoticeData(payload.name, payload.address, payload.symbol or "", shortened(payload.message))
    assert isinstance(payload, Closed)
    return ClosedData(payload.reason.value)


def shortened(text: str) -> str:
    """`text`, or its beginning and an ellipsis."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
