"""`emu serve`: sessions behind HTTP and WebSocket."""

from __future__ import annotations

import os
import sys

from emu.cli import output
from emu.cli.options import DIRECTORIES, Command, Example, Option
from emu.cli.status import SUCCESS, CommandError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.actors.supervisor import SupervisorConfig
    from emu.cli.options import Arguments
    from emu.gateway.config import GatewayConfig

PORT = 8080
MAX_SESSIONS = 1000
MAX_MEMORY = 256 << 20
SLOW_AFTER = 30

SWITCH_SECONDS = 0.0005
"""How long a thread that executes Python keeps the interpreter while the event loop wants it, which happens after
every system call. Python's own 5 ms would add up to a noticeable wait in one answer.
"""

COMMAND = Command(
    "serve",
    "Serves sessions over HTTP, with live updates over WebSocket, until Ctrl-C. The interface is described at /docs.",
    options=(
        Option("host", "the address to listen on; another than this machine's own needs --token", value="HOST"),
        Option("port", f"the port; 0 chooses a free one; default {PORT}", value="PORT", number=True, highest=65535),
        Option(
            "data", "keep events that memory cannot hold in this directory", value="DIRECTORY", completes=DIRECTORIES
        ),
        Option(
            "fsroot",
            "let sessions choose a directory below this one for their programs' files",
            value="DIRECTORY",
            completes=DIRECTORIES,
        ),
        Option("max-sessions", f"default {MAX_SESSIONS}", value="N", number=True, lowest=1, highest=1_000_000),
        Option(
            "max-memory",
            f"bytes of memory that one session may ask for; default {MAX_MEMORY}",
            value="BYTES",
            number=True,
            lowest=1 << 20,
        ),
        Option("max-cycles", "cycles that a program may run; 0 is no limit, and the default", value="N", number=True),
        Option("token", "clients must present this: letters, digits and ._~-", value="TOKEN"),
        Option(
            "slow-after",
            f"let a subscriber go that takes nothing for so many seconds; default {SLOW_AFTER}",
            value="SECONDS",
            number=True,
            lowest=1,
            highest=86400,
        ),
        Option(
            "idle",
            "end a session that nobody has followed or commanded for so many seconds; default never",
            value="SECONDS",
            number=True,
            lowest=1,
            highest=31_536_000,
        ),
        Option("log-format", "how log lines look; default text", value="FORMAT", choices=("text", "json")),
    ),
    examples=(
        Example("emu serve", f"serve on port {PORT} of this machine"),
        Example("emu serve --port 0 --log-format json", "on a free port, with logs for machines"),
        Example("emu serve --host 0.0.0.0 --token s3cret", "for other machines, too"),
        Example("emu serve --fsroot lessons --max-cycles 100000000 --idle 7200", "with limits for a class"),
    ),
    notes="SIGTERM and Ctrl-C stop the server in an orderly way; every subscriber gets the last updates first.",
)


def execute(arguments: Arguments) -> int:
    """Serves until told to stop."""
    host = arguments.text("host") or "127.0.0.1"
    port = arguments.number("port")
    return serve(arguments, host, PORT if port is None else port)


def serve(arguments: Arguments, host: str, port: int) -> int:
    """Serves on one address. Raises CommandError if that cannot be done."""
    config = _gateway(arguments, host)
    supervisor = _supervisor(arguments)
    import trio

    from emu.gateway.process import serve as serve_until_told

    async def main() -> None:
        await serve_until_told(supervisor, config, host, port, watch_process=True)

    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        trio.run(main)
    except OSError as error:
        raise CommandError(f"cannot listen on {host} port {port}: {output.reason(error)}", hint=_hint(port)) from None
    return SUCCESS


def _hint(port: int) -> str:
    return "is another server running? --port 0 chooses a free port" if port else ""


def _gateway(arguments: Arguments, host: str) -> GatewayConfig:
    from emu.gateway import build
    from emu.gateway.config import GatewayConfig
    from emu.gateway.logs import Log
    from emu.gateway.security import is_loopback, is_token

    token = arguments.text("token")
    if token is not None and not is_token(token):
        raise UsageError("--token is 1 to 256 letters, digits and ._~-")
    if token is None and not is_loopback(host):
        raise UsageError(f"--host {host} needs a --token", hint="anybody who reaches the address could use the server")
    return GatewayConfig(
        token=token,
        host=host,
        slow_after=float(arguments.number("slow-after") or SLOW_AFTER),
        build=build.find(),
        log=Log(sys.stderr, arguments.text("log-format") or "text"),
    )


def _supervisor(arguments: Arguments) -> SupervisorConfig:
    from emu.actors.supervisor import SupervisorConfig

    idle = arguments.number("idle")
    return SupervisorConfig(
        idle_seconds=None if idle is None else float(idle),
        max_sessions=arguments.number("max-sessions") or MAX_SESSIONS,
        max_memory=arguments.number("max-memory") or MAX_MEMORY,
        max_cycles=arguments.number("max-cycles") or 0,
        fs_root=_directory(arguments, "fsroot"),
        data_dir=_data(arguments),
    )


def _directory(arguments: Arguments, name: str) -> str | None:
    path = arguments.text(name)
    if path is not None and not os.path.isdir(path):
        problem = "is not a directory" if os.path.exists(path) else "does not exist"
        raise CommandError(f"--{name} {path} {problem}")
    return path


def _data(arguments: Arguments) -> str | None:
    path = arguments.text("data")
    if path is not None:
        try:
            os.makedirs(path, exist_ok=True)
        except OSError as error:
            raise CommandError(f"--data {path}: {output.reason(error)}") from None
    return path
