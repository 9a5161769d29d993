"""The gateway actor: owns the tasks of all subscriptions and what is known of each session beyond its log.

It has one nursery for subscriptions, so that none of them depends on the request that made it, and one point at which
everybody learns that sessions came or that the server is about to stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from emu.gateway.control import Controls
from emu.gateway.feed import Feed
from emu.gateway.idempotency import Answered
from emu.wire.models import Configuration, ExecutionSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emu.actors.session import Session
    from emu.actors.supervisor import Supervisor
    from emu.gateway.config import GatewayConfig
    from emu.gateway.subscription import Subscription

TIDY_EVERY = 256
"""Sessions created between two looks for sessions that expired or failed."""


class Rate:
    """How fast a counter grows, from one reading to the next."""

    def __init__(self, now: float) -> None:
        self._at, self._count, self._rate = now, 0, 0.0

    def at(self, now: float, count: int) -> float:
        """The rate per second since the last reading that was at least a second ago."""
        if now - self._at >= 1.0:
            self._rate = (count - self._count) / (now - self._at)
            self._at, self._count = now, count
        return self._rate


class Hub:
    """See the module's docstring."""

    def __init__(self, supervisor: Supervisor, config: GatewayConfig, nursery: trio.Nursery) -> None:
        self.supervisor = supervisor
        self.config = config
        self.configuration = Configuration(ExecutionSettings(max_cycles=supervisor.config.max_cycles))
        self.instruction_rate = Rate(trio.current_time())
        self.is_stopping = trio.Event()
        self.deliveries = 0
        """Events sent to subscribers since the start."""
        self.subscriptions: set[Subscription] = set()
        self.sockets = 0
        self.requests = 0
        self._nursery = nursery
        self._created = 0
        self.controls = Controls()
        """Which sessions are protected."""
        self._feeds: dict[str, Feed] = {}
        self._answered: dict[str, Answered] = {}
        self._news = trio.Event()

    def feed(self, session: Session) -> Feed:
        """The encodings of a session's events."""
        feed = self._feeds.get(session.id)
        if feed is None:
            feed = self._feeds[session.id] = Feed(session)
        return feed

    def answered(self, session: Session) -> Answered:
        """The answers to a session's commands with an idempotency key."""
        answered = self._answered.get(session.id)
        if answered is None:
            answered = self._answered[session.id] = Answered()
        return answered

    # -- sessions

    def created(self, session: Session) -> None:
        """A session came into being: tells those who wait for it."""
        self.config.log.info("session created", session=session.id)
        self._created += 1
        if self._created % TIDY_EVERY == 0:
            self._tidy()
        news, self._news = self._news, trio.Event()
        news.set()

    def deleted(self, session: Session) -> None:
        """A session is gone."""
        self.config.log.info("session deleted", session=session.id)
        self._feeds.pop(session.id, None)
        self._answered.pop(session.id, None)
        self.controls.forget(session)

    async def wait_for_sessions(self) -> None:
        """Returns when a session was created after the call."""
        await self._news.wait()

    def _tidy(self) -> None:
        """Forgets sessions that ended by themselves."""
        alive = {session.id for session in self.supervisor.list()}
        self._feeds = {name: feed for name, feed in self._feeds.items() if name in alive}
        self._answered = {name: answered for name, answered in self._answered.items() if name in alive}
        self.controls.keep(alive)

    # -- tasks

    def start(self, subscription: Subscription) -> None:
        """Runs a subscription until it ends or is cancelled."""
        self.subscriptions.add(subscription)
        self._nursery.start_soon(self._run, subscription)

    async def _run(self, subscription: Subscription) -> None:
        try:
            await subscription.run()
        finally:
            self.subscriptions.discard(subscription)

    def start_soon(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs something to its end, whatever happens to the request that wanted it."""
        self._nursery.start_soon(work)

    def stop(self) -> None:
        """The sessions are closed: every socket says goodbye when it has delivered their last events."""
        self.is_stopping.set()
