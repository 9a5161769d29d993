"""What a program that talks to the gateway imports: sessions as context managers, updates without a gap.

    async with emu.client.connect("http://127.0.0.1:8080") as server:
        async with server.session() as session:
            await session.load(source)
            run = await session.run()
            await session.wait_for("halted", after=run)
            print(session.console)

Runs under Trio. Everything that waits can be cancelled; timeouts are the caller's `trio.fail_after`.
"""

from emu.client.debugger import Debugger, Report, Result
from emu.client.errors import (
    ClientError,
    CommandError,
    ConnectionLost,
    EpochChanged,
    GapError,
    ProgramRejected,
    ProtocolError,
    SessionClosed,
    SessionGone,
)
from emu.client.history import Updates
from emu.client.patience import Patience
from emu.client.receipts import Loaded, Receipt, Stepped, Watchpoint
from emu.client.server import Server, connect
from emu.client.session import Session
from emu.client.transport import Connector
from emu.client.updates import Closed, Cursor, Notice, Output, Picture, Reset, Snapshot, State, Update

__all__ = [
    "connect", "Connector", "Patience", "Server", "Session",
    "Closed", "Cursor", "Notice", "Output", "Picture", "Reset", "Snapshot", "State", "Update", "Updates",
    "Debugger", "Report", "Result", "Loaded", "Receipt", "Stepped", "Watchpoint",
    "ClientError", "CommandError", "ConnectionLost", "EpochChanged", "GapError", "ProgramRejected", "ProtocolError",
    "SessionClosed", "SessionGone",
]  # fmt: skip
