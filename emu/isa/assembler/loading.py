"""How `.include` reaches files without the assembler doing input or output: somebody hands in a loader."""

from __future__ import annotations

from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class IncludeLoader(Protocol):
        """Finds included files."""

        def load(self, path: str, including: str) -> LoadedFile | LoadError:
            """The file that `.include "path"` means in the file named `including`."""
            ...


class LoadedFile(Record):
    """An included file. `name` is for messages; `identity` is equal for two names of one file."""

    name: str
    identity: str
    data: bytes


class LoadError(Record):
    """Why a file cannot be included."""

    message: str
    hint: str | None = None
