"""Servers for tests that are not asynchronous: Trio runs in a thread beside the browser's own loop."""

from __future__ import annotations

import json
import threading
import urllib.request
from contextlib import contextmanager
from queue import Queue
from typing import TYPE_CHECKING, Any

import trio

from emu.testing.process import Served, served
from tests.web.proxy import Proxy, open_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_SECONDS = 30


class Running:
    """A server, and a way to it that can be cut."""

    def __init__(self, server: Served, proxy: Proxy, token: trio.lowlevel.TrioToken) -> None:
        self.url = server.url
        self.proxy = proxy
        self._token = token

    def do(self, action: Callable[[], Any]) -> Any:
        """Does something in Trio's thread, where the proxy lives."""
        return trio.from_thread.run_sync(action, trio_token=self._token)

    def request(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        """What the server answers, as plain values. A second opinion beside the page's."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        with urllib.request.urlopen(request, timeout=START_SECONDS) as response:
            return json.load(response)

    def newest(self, session: str) -> int:
        """The number of the last event of a session."""
        return int(self.request("GET", f"/api/v1/session/{session}/events?limit=1")["high"])

    def console(self, session: str) -> str:
        """The console of a session, as the server knows it."""
        return str(self.request("GET", f"/api/v1/session/{session}/console")["output"])


@contextmanager
def running_server(*options: str) -> Iterator[Running]:
    """A server in a process of its own, for the length of the block."""
    started: Queue[Running | BaseException] = Queue()
    stop = threading.Event()

    async def main() -> None:
        async with served(*options) as server, open_proxy(server.port) as proxy:
            started.put(Running(server, proxy, trio.lowlevel.current_trio_token()))
            await trio.to_thread.run_sync(stop.wait)

    def run() -> None:
        try:
            trio.run(main)
        except BaseException as failure:
            started.put(failure)
            raise

    thread = threading.Thread(target=run, name="servers of the browser tests")
    thread.start()
    try:
        running = started.get(timeout=START_SECONDS)
        if isinstance(running, BaseException):
            raise running
        yield running
    finally:
        stop.set()
        thread.join()
