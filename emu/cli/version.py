"""`emu version`."""

from __future__ import annotations

import sys

from emu import __version__
from emu.cli import output
from emu.cli.options import Command, Example
from emu.cli.status import SUCCESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments

COMMAND = Command(
    "version",
    "Prints the version of emu and of the Python that runs it.",
    examples=(Example("emu version", "print it"), Example("emu --version", "the same")),
)


def execute(_arguments: Arguments) -> int:
    """Prints the version."""
    output.write(f"emu {__version__} (Python {sys.version.split()[0]})\n")
    return SUCCESS
