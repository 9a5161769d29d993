"""Included files: found next to the file that includes them or next to the source, and never outside its directory.

The walk through the directory is the one that confines a guest's files (see `sandbox`): no name and no symbolic link
leads out of the directory of the source given on the command line.
"""

from __future__ import annotations

import os

from emu.isa.assembler.loading import LoadedFile, LoadError

LARGEST = 16 << 20
"""No included file may be longer than this many bytes."""


class FileLoader:
    """Loads what `.include` names, for a source file at a given path.

    The directory of that file is where the search is rooted and confined. An absolute name is taken relative to it.
    """

    def __init__(self, source: str) -> None:
        """`source` is the path of the top-level source, or "." for one that came from standard input."""
        self.directory = os.path.dirname(source) if source != "." else ""
        self._places: dict[str, str] = {}
        """Directory of every file loaded, relative to the root, by the name it was given in messages."""

    def load(self, path: str, including: str) -> LoadedFile | LoadError:
        """The file called `path`, first looked for in the directory of the file `including`, then in the root."""
        here = self._places.get(including, "")
        relative = path.lstrip("/")
        candidates = [os.path.normpath(os.path.join(here, relative)), os.path.normpath(relative)]
        if path.startswith("/"):
            del candidates[0]
        outside = 0
        for candidate in dict.fromkeys(candidates):
            if candidate == ".." or candidate.startswith("../"):
                outside += 1
                continue
            found = self._read(candidate)
            if found is not None:
                return found
        if outside:
            return LoadError(f"{path} is outside the directory of the source", "copy the file into that directory")
        return LoadError(f"there is no file {path}", self._neighbour(candidates[0]))

    def _read(self, relative: str) -> LoadedFile | LoadError | None:
        """The file at a path relative to the root; None if there is none."""
        from emu.host.sandbox import SandboxedFiles
        from emu.services.effects import HostError, HostErrorKind, OpenMode

        name = os.path.join(self.directory, relative)
        with SandboxedFiles(self.directory or ".") as files:
            handle = files.open(os.fsencode(relative), OpenMode.READ)
            if isinstance(handle, HostError):
                if handle.kind is HostErrorKind.NOT_FOUND:
                    return None
                return LoadError(f"cannot include {name}: {handle.message}")
            data = b""
            while True:
                piece = files.read(handle, len(data), 1 << 20)
                if isinstance(piece, HostError):
                    return LoadError(f"cannot read {name}: {piece.message}")
                data += piece
                if len(data) > LARGEST:
                    return LoadError(f"{name} is longer than {LARGEST >> 20} MiB")
                if not piece:
                    break
        self._places[name] = os.path.dirname(relative)
        return LoadedFile(name, relative, data)

    def _neighbour(self, relative: str) -> str | None:
        """A hint naming the file that was probably meant."""
        from emu.isa.assembler.suggest import did_you_mean

        folder, name = os.path.split(relative)
        if folder:
            return None
        try:
            return did_you_mean(name, sorted(os.listdir(self.directory or ".")))
        except OSError:
            return None
