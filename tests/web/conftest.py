"""One browser and one server for all tests of the page; each test has windows and sessions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.web.chromium import EXECUTABLE, OPTIONS
from tests.web.debugger import Debugger
from tests.web.servers import running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.web.servers import Running

PATIENCE = 40_000
"""Milliseconds until something that does not happen is a failure. Nothing waits that long otherwise."""

SIZE = (1400, 900)


class Visitors:
    """People with a browser each, which knows nothing of the page when a test begins.

    Half of what a new browser costs is its processes. So a browser stays when its window is closed, and with it a page
    of the server that nobody looks at; in that page what the browser remembers is removed before the next window opens.
    All pages of a site share a process, so nothing of an earlier window can happen after that.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._kept: list[tuple[BrowserContext, Page]] = []

    def new(self) -> BrowserContext:
        """A browser of somebody who comes once."""
        context = self._browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light")
        context.set_default_timeout(PATIENCE)
        return context

    def known(self, number: int) -> BrowserContext:
        """The browser of one of those who come again and again. It has forgotten everything."""
        while number >= len(self._kept):
            context = self.new()
            page = context.new_page()
            page.goto(f"{self._url}/api/v1/version")
            self._kept.append((context, page))
        context, page = self._kept[number]
        page.evaluate("localStorage.clear()")
        return context


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if EXECUTABLE is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=EXECUTABLE, args=OPTIONS)
        try:
            yield chromium
        finally:
            chromium.close()


@pytest.fixture(scope="package")
def server() -> Iterator[Running]:
    with running_server() as running:
        yield running


@pytest.fixture(scope="package")
def visitors(browser: Browser, server: Running) -> Visitors:
    return Visitors(browser, server.url)


@pytest.fixture
def window(visitors: Visitors, server: Running) -> Iterator[Callable[..., Debugger]]:
    """Opens windows, each in a browser of its own. What the browser complains about fails the test."""
    opened: list[Debugger] = []
    strangers: list[BrowserContext] = []

    def open_window(
        url: str = server.url,
        size: tuple[int, int] = SIZE,
        scheme: Literal["light", "dark"] = "light",
        is_new: bool = False,
    ) -> Debugger:
        if is_new or url != server.url:
            context = visitors.new()
            strangers.append(context)
        else:
            context = visitors.known(len(opened) - len(strangers))
        page = context.new_page()
        if size != SIZE:
            page.set_viewport_size({"width": size[0], "height": size[1]})
        if scheme != "light":
            page.emulate_media(color_scheme=scheme)
        opened.append(Debugger(page, url))
        return opened[-1]

    yield open_window
    complaints = [complaint for one in opened for complaint in one.complaints]
    for one in opened:
        one.page.close()
    for context in strangers:
        context.close()
    server.do(server.proxy.mend)
    assert complaints == []


@pytest.fixture
def debugger(window: Callable[..., Debugger]) -> Debugger:
    """One window."""
    return window()
