"""The server as its client sees it: where sessions are created, found and followed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from emu.client.errors import ClientError
from emu.client.feed import Feed
from emu.client.follower import Follower
from emu.client.history import History
from emu.client.http import HttpClient
from emu.client.patience import Patience
from emu.client.session import Session
from emu.client.transport import locate
from emu.wire import models
from emu.wire.stream import KINDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from typing import Literal

    from emu.client.transport import Connector, Endpoint
    from emu.client.updates import Cursor

DELETE_SECONDS = 2.0
CONSOLE_CHARACTERS = 16 << 20


@asynccontextmanager
async def connect(
    where: str | Connector, *, token: str | None = None, patience: Patience | None = None
) -> AsyncIterator[Server]:
    """The server at a URL, or at the other end of the streams that a function opens.

    Nothing is sent before something is asked. `patience` bounds how long lost connections are tried again. Raises
    ValueError if the URL is none.
    """
    patience = patience or Patience()
    endpoint = locate(where, token)
    http = HttpClient(endpoint, patience)
    try:
        yield Server(endpoint, http, patience)
    finally:
        await http.aclose()


class Server:
    """One server. Safe to use from several tasks at once."""

    def __init__(self, endpoint: Endpoint, http: HttpClient, patience: Patience) -> None:
        self._endpoint = endpoint
        self._http = http
        self._patience = patience

    @asynccontextmanager
    async def session(
        self,
        *,
        memory_size: int = 0,
        stack_size: int = 0,
        heap_size: int = 0,
        max_cycles: int | None = None,
        fs_root: str = "",
        window: int | None = 256,
    ) -> AsyncIterator[Session]:
        """A new session, followed from its first event on, and deleted on exit. Sizes are in bytes; 0 means default."""
        session_id = await self.create(
            memory_size=memory_size,
            stack_size=stack_size,
            heap_size=heap_size,
            max_cycles=max_cycles,
            fs_root=fs_root,
        )
        session: Session | None = None
        try:
            async with self.follow(session_id, start="start", window=window) as session:
                try:
                    yield session
                finally:
                    await self._end(session_id, session)
        finally:
            if session is None:
                await self._end(session_id, None)

    async def _end(self, session_id: str, session: Session | None) -> None:
        """Deletes a session and receives its last update, in bounded time even if the caller is cancelled."""
        with trio.move_on_after(DELETE_SECONDS, shield=True):
            try:
                await self.delete(session_id)
                if session is not None:
                    await session.ended()
            except ClientError:
                pass  # already gone, or the server is

    @asynccontextmanager
    async def follow(
        self,
        session_id: str,
        *,
        cursor: Cursor | None = None,
        start: Literal["now", "start"] = "now",
        kinds: Sequence[str] = KINDS,
        window: int | None = 256,
        console_limit: int = CONSOLE_CHARACTERS,
    ) -> AsyncIterator[Session]:
        """An existing session, followed until exit; entered once the subscription stands.

        `cursor` goes on behind an update received earlier (the console text begins there, too); else `start` is `now`
        or `start`. `kinds` chooses what comes; without `state` nothing can be waited for. `window` is how many
        updates may be on their way, None for as many as the connection takes. Raises SessionGone and CommandError on
        entry.
        """
        history = History(console_limit)
        follower = Follower(session_id, kinds=kinds, cursor=cursor, start=start, window=window)
        feed = Feed(self._endpoint, follower, history.apply, self._patience, history.announce)
        session = Session(self._http, session_id, history)
        failure: Exception | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_keep_following, feed, history)
            try:
                await history.begun(lambda: feed.connections > 0)
                yield session
            except Exception as error:  # noqa: BLE001 (raised below, outside the nursery, which would wrap it)
                failure = error
            finally:
                nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def create(
        self,
        *,
        memory_size: int = 0,
        stack_size: int = 0,
        heap_size: int = 0,
        max_cycles: int | None = None,
        fs_root: str = "",
    ) -> str:
        """The id of a new session, which lives until it is deleted. Raises CommandError where a limit is passed."""
        request = models.CreateSession(memory_size, stack_size, heap_size, fs_root, max_cycles)
        answer = await self._http.request("POST", "/api/v1/session", request)
        return answer.read(models.SessionCreated).session_id

    async def delete(self, session_id: str) -> None:
        """Ends a session. Raises CommandError with status 404 if there is none."""
        await self._http.request("DELETE", f"/api/v1/session/{session_id}", is_command=True)

    async def sessions(self) -> list[str]:
        """The ids of all sessions, in order of creation."""
        return (await self._http.request("GET", "/api/v1/session")).read(models.SessionList).sessions

    async def health(self) -> models.Health:
        """What the server says of itself."""
        return (await self._http.request("GET", "/health")).read(models.Health)


async def _keep_following(feed: Feed, history: History) -> None:
    try:
        await feed.run()
    except ClientError as error:
        history.fail(error)
