"""Starts the full-screen debugger and cleans up behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from emu.cli import programs
from emu.cli.debug_history import read_history, write_history
from emu.cli.tui.application import Application
from emu.cli.tui.interface import Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emu.debugger.debugger import Debugger
    from emu.host.performer import HostPerformer
    from emu.isa.program import Program


def run(
    debugger: Debugger,
    performer: HostPerformer,
    read_program: Callable[[str], Program | str],
    script: Sequence[str] = (),
) -> int:
    """Until somebody leaves. Returns the exit status."""
    history = read_history()

    def read_text(path: str) -> tuple[str, ...] | str:
        return programs.read_text(path, debugger.machine.program)

    def read_source(path: str) -> tuple[str, ...]:
        lines = read_text(path)
        return lines if isinstance(lines, tuple) else ()

    interface = Interface(debugger, history, read_source)
    application = Application(interface, performer, read_program, read_text, script)
    try:
        return trio.run(application.run)
    finally:
        performer.close(interrupted=True)
        write_history(history)
