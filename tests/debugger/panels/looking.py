"""What a panel shows, as text."""

from __future__ import annotations

from emu.debugger.panels.changes import Changes
from emu.debugger.panels.lines import Style, plain
from emu.debugger.panels.panel import Panel
from tests.debugger.conversation import Conversation


def shown(panel: Panel, rows: int = 8, columns: int = 60) -> list[str]:
    """The panel's lines without styles."""
    return [plain(line).rstrip() for line in panel.draw(rows, columns)]


def in_style(panel: Panel, style: Style, rows: int = 8, columns: int = 60) -> list[str]:
    """The pieces of the panel's text that have a style."""
    return [text for line in panel.draw(rows, columns) for its, text in line if its == style and text.strip()]


def do(talk: Conversation, changes: Changes, line: str) -> str:
    """Carries out a command and notes what it has changed."""
    changes.begin()
    told = talk.say(line)
    changes.end()
    return told
