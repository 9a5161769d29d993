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
from emu.client.session import Session, control_header
from emu.client.transport import locate
from emu.wire import models
from emu.wire.models_debug import Assemble, Assembled
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
        protected: bool = False,
        window: int | None = 256,
    ) -> AsyncIterator[Session]:
        """A new session, followed from its first event on, and deleted on exit. Sizes are in bytes; 0 means default.

        If it is `protected`, others can follow it and look, and command it only with its `control_key`.
        """
        request = models.CreateSession(memory_size, stack_size, heap_size, fs_root, max_cycles, protected)
        made = await self._create(request)
        session_id, key = made.session_id, made.control_key or None
        session: Session | None = None
        try:
            async with self.follow(session_id, start="start", window=window, control_key=key) as session:
                try:
                    yield session
                finally:
                    await self._end(session_id, session, key)
        finally:
            if session is None:
                await self._end(session_id, None, key)

    async def _end(self, session_id: str, session: Session | None, key: str | None) -> None:
        """Deletes a session and receives its last update, in bounded time even if the caller is cancelled."""
        with trio.move_on_after(DELETE_SECONDS, shield=True):
            try:
                await self.delete(session_id, control_key=key)
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
        control_key: str | None = None,
    ) -> AsyncIterator[Session]:
        """An existing session, followed until exit; entered once the subscription stands.

        `cursor` goes on behind an update received earlier (the console text begins there, too); else `start` is `now`
        or `start`. `kinds` chooses what comes; without `state` nothing can be waited for. `window` is how many
        updates may be on their way, None for as many as the connection takes. `control_key` is needed to command a
        protected session. Raises SessionGone and CommandError on entry.
        """
        history = History(console_limit)
        follower = Follower(session_id, kinds=kinds, cursor=cursor, start=start, window=window)
        feed = Feed(self._endpoint, follower, history.apply, self._patience, history.announce)
        session = Session(self._http, session_id, history, control_key)
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
        return (await self._create(request)).session_id

    async def _create(self, request: models.CreateSession) -> models.SessionCreated:
        return (await self._http.request("POST", "/api/v1/session", request)).read(models.SessionCreated)

    async def delete(self, session_id: str, *, control_key: str | None = None) -> None:
        """Ends a session. Raises CommandError with status 404 if there is none."""
        path = f"/api/v1/session/{session_id}"
        await self._http.request("DELETE", path, is_command=True, headers=control_header(control_key))

    async def assemble(self, source: str, *, name: str = "", lint: bool = False) -> Assembled:
        """What is to be said about a source, in which no session has a part."""
        request = Assemble(source, name, lint)
        return (await self._http.request("POST", "/api/v1/assemble", request)).read(Assembled)

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
