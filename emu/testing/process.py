"""`emu serve` as a process of its own, on a free port of this computer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import IO

STOP_SECONDS = 5.0
LOOK_SECONDS = 0.01


@frozen
class Served:
    """A running server."""

    url: str
    process: trio.Process
    streams: list[trio.SocketStream] = field(factory=list)
    """The connections that `open_stream` made; they are closed with the server."""

    async def open_stream(self) -> trio.SocketStream:
        """A fresh connection."""
        stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        self.streams.append(stream)
        return stream

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def resident_bytes(self) -> int:
        """The memory it occupies. Linux only."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) * 1024


@asynccontextmanager
async def served(*options: str) -> AsyncIterator[Served]:
    """A server for the length of the block, with the options of `emu serve`. Raises RuntimeError if it does not
    start.
    """
    command = [sys.executable, "-m", "emu", "serve", "--port", "0", "--log-format", "json", *options]
    with tempfile.TemporaryFile() as log:
        # A file takes any number of lines; a pipe that nobody empties would hold up the server.
        process = await trio.lowlevel.open_process(command, stderr=log, stdin=subprocess.DEVNULL)
        streams: list[trio.SocketStream] = []
        try:
            yield Served(await _url(process, log), process, streams)
        finally:
            for stream in streams:
                await trio.aclose_forcefully(stream)
            process.terminate()
            with trio.move_on_after(STOP_SECONDS, shield=True):
                await process.wait()
            process.kill()


async def _url(process: trio.Process, log: IO[bytes]) -> str:
    while True:
        ended = process.poll() is not None
        # The position belongs to the open file, which the server shares: reading must not move it.
        lines = os.pread(log.fileno(), 65536, 0).splitlines(keepends=True)
        if lines and lines[0].endswith(b"\n"):
            try:
                return str(json.loads(lines[0])["url"])
            except (ValueError, KeyError):
                raise RuntimeError(f"the server did not start: {lines[0].decode('utf-8', 'replace')}") from None
        if ended:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        await trio.sleep(LOOK_SECONDS)
