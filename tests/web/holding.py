"""What a page sends, held back until a test lets it go: for stories in which one message is slower than another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route, WebSocketRoute


class HeldRequests:
    """The requests to some addresses. None reaches the server before `release`."""

    def __init__(self, page: Page, addresses: str) -> None:
        """To be made before the page opens: from one that is open, a request may pass meanwhile."""
        self._routes: list[Route] = []
        self._are_held = True
        page.route(addresses, self._take)

    def _take(self, route: Route) -> None:
        if self._are_held:
            self._routes.append(route)
        else:
            route.continue_()

    def release(self) -> None:
        """Lets them go, in their order, and those that are still to come."""
        self._are_held = False
        while self._routes:
            self._routes.pop(0).continue_()


class HeldSocket:
    """The first WebSocket of a page. To the page it is open, but nothing that it sends reaches the server before
    `release`.
    """

    def __init__(self, page: Page, addresses: str) -> None:
        self._socket: WebSocketRoute | None = None
        self._server: WebSocketRoute | None = None
        self._messages: list[str | bytes] = []
        page.route_web_socket(addresses, self._take)

    def _take(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        socket.on_message(self._send)

    def _send(self, message: str | bytes) -> None:
        if self._server is None:
            self._messages.append(message)
        else:
            self._server.send(message)

    def release(self) -> None:
        """Connects it to the server. Raises AssertionError if the page has not opened it yet."""
        assert self._socket is not None
        self._server = self._socket.connect_to_server()
        while self._messages:
            self._server.send(self._messages.pop(0))
