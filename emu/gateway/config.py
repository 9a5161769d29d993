"""What a gateway can be told: limits, times and secrets. Times are seconds of Trio's clock, sizes bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import field, frozen

from emu.gateway.build import UNKNOWN
from emu.gateway.logs import Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.gateway.build import Build


def _wall_clock() -> datetime:
    return datetime.now(UTC)


@frozen
class GatewayConfig:
    """The settings of one gateway. The defaults are what `emu serve` uses."""

    token: str | None = None
    """What every request must present, if anything: needed on other than loopback addresses."""
    host: str = "127.0.0.1"
    """The name or address people reach the server by; only consulted together with a token."""
    slow_after: float = 30.0
    """How long a reader may accept, or acknowledge, nothing before it is let go."""
    heartbeat: float = 10.0
    """Silence on a numbered subscription after which a heartbeat is sent."""
    ping_interval: float = 54.0
    pong_timeout: float = 60.0
    """Silence since the last pong after which a WebSocket is given up."""
    header_timeout: float = 15.0
    """How long the first request of a connection may take to arrive."""
    body_timeout: float = 15.0
    """How long a body may take to arrive once its header is there."""
    keep_alive: float = 60.0
    """How long a connection may be idle between two requests."""
    stop_within: float = 1.5
    """How long an orderly stop may take. `emu serve` promises two seconds for all of it."""
    max_body: int = 1 << 20
    max_program: int = 8 << 20
    """The largest executable that can be loaded; in base64 it may be a third larger."""
    max_header: int = 16 * 1024
    max_connections: int = 2000
    max_subscriptions: int = 1000
    """Subscriptions on one connection."""
    build: Build = UNKNOWN
    """What the server says it was made from."""
    log: Log = field(factory=Log)
    now: Callable[[], datetime] = _wall_clock
    """The time of day, for answers that show it."""

    @property
    def max_program_body(self) -> int:
        """The longest body that may hold an executable: in base64, with a name, arguments and sources."""
        return self.max_program // 3 * 4 + self.max_body + (1 << 16)
