"""`emu` with a bug: the F1 key of the full-screen debugger raises."""

from __future__ import annotations

import sys

from emu.cli.main import main
from emu.cli.tui import interface


class Planted(Exception):
    """What nobody foresaw."""


def _crash(_interface: object) -> None:
    raise Planted("a planted bug")


interface._GLOBAL_KEYS["f1"] = _crash

if __name__ == "__main__":
    sys.exit(main())
