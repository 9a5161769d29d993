"""A whole server in the test's own process: the real byte path, over links in memory.

Everything between the client's commands and the machine is what `emu serve` runs: HTTP and WebSocket parsers,
framing, the gateway, the actors. Only the sockets are replaced, so that time can be virtual and faults can be had at
will.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from emu.actors.assembling import assemble_source
from emu.actors.execution import Inline
from emu.actors.supervisor import SupervisorConfig, open_supervisor
from emu.client import Patience, connect
from emu.gateway.config import GatewayConfig
from emu.gateway.server import open_server
from emu.testing.links import CAPACITY, Link

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from emu import client
    from emu.actors.assembling import Assembler
    from emu.actors.execution import ExecutionPolicy
    from emu.actors.spill import Spill
    from emu.actors.supervisor import Ports, Supervisor
    from emu.gateway.server import Server


class Kit:
    """A running server and the ways to it. Made by `server`."""

    def __init__(self, gateway: Server, supervisor: Supervisor, nursery: trio.Nursery) -> None:
        self.gateway = gateway
        self.supervisor = supervisor
        self.links: list[Link] = []
        """Every connection that was opened, oldest first."""
        self._nursery = nursery

    async def open_stream(self) -> trio.abc.Stream:
        """The client's end of a fresh connection. Raises OSError once the server was stopped."""
        return self.open_link().client

    def open_link(self, capacity: int = CAPACITY) -> Link:
        """A fresh connection, with a capacity in bytes for each direction."""
        link = Link(capacity)
        self.links.append(link)
        self._nursery.start_soon(self.gateway.serve_stream, link.server)
        return link

    @asynccontextmanager
    async def connect(
        self,
        *,
        token: str | None = None,
        patience: Patience | None = None,
        prepare: Callable[[Link], None] | None = None,
        capacity: int = CAPACITY,
    ) -> AsyncIterator[client.Server]:
        """A client of this server. `prepare` may give each of its connections faults before it is used."""

        async def open_stream() -> trio.abc.Stream:
            link = self.open_link(capacity)
            if prepare is not None:
                prepare(link)
            await trio.lowlevel.checkpoint()
            return link.client

        async with connect(open_stream, token=token, patience=patience) as server:
            yield server

    @asynccontextmanager
    async def stalled_reader(
        self, session_id: str, *, capacity: int = CAPACITY, window: int | None = None
    ) -> AsyncIterator[tuple[client.Session, Link]]:
        """A subscriber whose connection delivers nothing more, until `link.to_client.resume()`.

        When the server gives the connection up, the subscriber connects again and goes on where it was.
        """
        links: list[Link] = []
        async with (
            self.connect(prepare=links.append, capacity=capacity) as server,
            server.follow(session_id, start="start", window=window) as session,
        ):
            links[-1].to_client.stall()
            yield session, links[-1]

    @asynccontextmanager
    async def broken_reader(
        self, session_id: str, cuts: Iterable[int] = (300, 500, 700)
    ) -> AsyncIterator[client.Session]:
        """A subscriber whose first connections are each cut after so many bytes from the server, wherever that is."""
        remaining = iter(cuts)

        def prepare(link: Link) -> None:
            count = next(remaining, None)
            if count is not None:
                link.to_client.cut_after(count)

        async with self.connect(prepare=prepare) as server, server.follow(session_id, start="start") as session:
            yield session

    async def stop(self) -> None:
        """Stops the server as SIGTERM does."""
        await self.gateway.stop()


@asynccontextmanager
async def server(
    gateway: GatewayConfig | None = None,
    supervisor: SupervisorConfig | None = None,
    execution: ExecutionPolicy | None = None,
    *,
    ports: Ports | None = None,
    spill: Spill | None = None,
    assembler: Assembler = assemble_source,
) -> AsyncIterator[Kit]:
    """A server for the length of the block. Programs execute inline, counted in instructions, unless told otherwise.

    With `ports` (`emu.actors.supervisor.repeatable_ports`) ids, clock and random numbers depend on a seed alone.
    """
    sessions = open_supervisor(
        supervisor or SupervisorConfig(), execution or Inline(), ports=ports, spill=spill, assembler=assembler
    )
    async with (
        sessions as actors,
        open_server(actors, gateway or GatewayConfig()) as running,
        trio.open_nursery() as nursery,
    ):
        kit = Kit(running, actors, nursery)
        try:
            yield kit
        finally:
            nursery.cancel_scope.cancel()
