"""The server as a process: listens, runs until it is told to stop, and is gone within two seconds.

It is told to stop by SIGTERM or SIGINT, or by the end of the process that started it: a desktop program that dies must
not leave a server behind.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import trio
from attrs import frozen

from emu.actors.supervisor import open_supervisor
from emu.gateway.server import open_listeners, open_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.actors.execution import ExecutionPolicy
    from emu.actors.session import Session
    from emu.actors.supervisor import SupervisorConfig
    from emu.gateway.config import GatewayConfig

PARENT_SECONDS = 2.0
"""Time between two looks at the parent process."""


@frozen
class Listening:
    """Where the server can be reached: pairs of address and port, the same port everywhere."""

    addresses: tuple[tuple[str, int], ...]

    @property
    def port(self) -> int:
        """The port."""
        return self.addresses[0][1]

    @property
    def url(self) -> str:
        """What to type into a browser."""
        host, port = self.addresses[0]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    supervisor_config: SupervisorConfig,
    config: GatewayConfig,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    execution: ExecutionPolicy | None = None,
    listeners: Sequence[trio.SocketListener] | None = None,
    watch_process: bool = False,
    task_status: trio.TaskStatus[Listening] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until cancelled, or with `watch_process` until the process is told to stop. Raises OSError.

    Started in a nursery, it reports where it listens once it does.
    """
    parent = os.getppid()
    if listeners is None:
        listeners = await open_listeners(host, port, config.slow_after)
    listening = Listening(tuple(_address(listener) for listener in listeners))

    def failed(session: Session, error: Exception) -> None:
        config.log.failure("session failed", error, session=session.id)

    async with (
        open_supervisor(supervisor_config, execution, on_failure=failed) as supervisor,
        open_server(supervisor, config) as server,
        trio.open_nursery() as nursery,
    ):
        if watch_process:
            await nursery.start(_watch_signals, nursery.cancel_scope, config)
            nursery.start_soon(_watch_parent, parent, nursery.cancel_scope, config)
        config.log.info("server started", url=listening.url)
        task_status.started(listening)
        await server.serve_listeners(listeners)
    config.log.info("server stopped")


def _address(listener: trio.SocketListener) -> tuple[str, int]:
    name = listener.socket.getsockname()
    return str(name[0]), int(name[1])


async def _watch_signals(
    scope: trio.CancelScope, config: GatewayConfig, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            config.log.info("server stopping", reason=signal.Signals(number).name)
            scope.cancel()
            return


async def _watch_parent(parent: int, scope: trio.CancelScope, config: GatewayConfig) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 (nobody tells an orphan)
        await trio.sleep(PARENT_SECONDS)
    config.log.info("server stopping", reason="the parent process has ended")
    scope.cancel()
