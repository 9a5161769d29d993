"""How a command ends: its exit status, or the error that ended it."""

from __future__ import annotations

SUCCESS = 0
FAILURE = 1
"""Errors in the source, or a file that cannot be read or written."""
USAGE = 2
"""The command line itself is wrong."""
FAULT = 3
"""The guest program met a run-time fault."""
INTERRUPTED = 130
"""Ctrl-C: 128 + SIGINT, as shells count."""
CLOSED_PIPE = 141
"""Whoever read the output has gone: 128 + SIGPIPE, as shells count."""


class CommandError(Exception):
    """A command cannot go on. Shown as `emu: MESSAGE`, then the hint if there is one; never as a traceback.

    An empty message ends the command quietly with `status`.
    """

    def __init__(self, message: str, *, hint: str = "", status: int = FAILURE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


class UsageError(CommandError):
    """The command line is wrong: exit status 2."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint, status=USAGE)


class HelpWanted(Exception):
    """`--help` was among the options."""
