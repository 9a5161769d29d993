"""Server messages for tests of the client, as short calls."""

from __future__ import annotations

from emu.wire.models import Flags, RegisterValues
from emu.wire.stream import (
    ByeData,
    ByeMessage,
    ClosedData,
    ClosedMessage,
    Cursor,
    HeartbeatData,
    HeartbeatMessage,
    OutputData,
    OutputMessage,
    ProblemData,
    ProblemMessage,
    ResetData,
    ResetMessage,
    SnapshotData,
    SnapshotMessage,
    StateData,
    StateMessage,
    SubscribedData,
    SubscribedMessage,
)

ID = "5e55"
EPOCH = "e1"
CLEAR = Flags(n=False, z=False, c=False, v=False)
REGISTERS = RegisterValues(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0x8000, CLEAR)


def subscribed(mode: str, seq: int, high: int = 0, low: int = 1, epoch: str = EPOCH) -> SubscribedMessage:
    return SubscribedMessage(session_id=ID, epoch=epoch, seq=seq, data=SubscribedData(mode=mode, low=low, high=high))


def snapshot(seq: int, console: str = "", status: str = "idle", epoch: str = EPOCH) -> SnapshotMessage:
    data = SnapshotData(status, 0x8000, REGISTERS, CLEAR, status, 0, has_write=False, console=console)
    return SnapshotMessage(session_id=ID, epoch=epoch, seq=seq, data=data)


def output(seq: int, prev: int | None = None, content: str = "x", epoch: str = EPOCH) -> OutputMessage:
    data = OutputData(content=content, stream="stdout")
    return OutputMessage(session_id=ID, epoch=epoch, seq=seq, prev=seq - 1 if prev is None else prev, data=data)


def state(seq: int, status: str, prev: int | None = None, epoch: str = EPOCH) -> StateMessage:
    data = StateData(status, 0x8000, REGISTERS, CLEAR, status, 7, has_write=False)
    return StateMessage(session_id=ID, epoch=epoch, seq=seq, prev=seq - 1 if prev is None else prev, data=data)


def closed(seq: int, prev: int | None = None) -> ClosedMessage:
    data = ClosedData("deleted")
    return ClosedMessage(session_id=ID, epoch=EPOCH, seq=seq, prev=seq - 1 if prev is None else prev, data=data)


def heartbeat(high: int) -> HeartbeatMessage:
    return HeartbeatMessage(session_id=ID, epoch=EPOCH, data=HeartbeatData(high=high))


def reset(reason: str, low: int, high: int, epoch: str = EPOCH) -> ResetMessage:
    return ResetMessage(session_id=ID, epoch=epoch, data=ResetData(reason=reason, low=low, high=high))


def bye(code: str, seq: int) -> ByeMessage:
    return ByeMessage(session_id=ID, data=ByeData(code=code, cursor=Cursor(EPOCH, seq)))


def problem(code: str) -> ProblemMessage:
    return ProblemMessage(session_id=ID, data=ProblemData(code=code, message="no"))
