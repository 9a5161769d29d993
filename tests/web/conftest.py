"""One browser and one server for all tests of the page; each test has windows and sessions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.web.chromium import EXECUTABLE, OPTIONS
from tests.web.debugger import Debugger
from tests.web.servers import running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.web.servers import Running

PATIENCE = 40_000
"""Milliseconds until something that does not happen is a failure. Nothing waits that long otherwise."""


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


@pytest.fixture
def window(browser: Browser, server: Running) -> Iterator[Callable[..., Debugger]]:
    """Opens windows, each of a browser that has never been here. What the browser complains about fails the test."""
    opened: list[Debugger] = []

    def open_window(
        url: str = server.url,
        size: tuple[int, int] = (1400, 900),
        scheme: Literal["light", "dark"] = "light",
    ) -> Debugger:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        context.set_default_timeout(PATIENCE)
        opened.append(Debugger(context.new_page(), url))
        return opened[-1]

    yield open_window
    complaints = [complaint for one in opened for complaint in one.complaints]
    for one in opened:
        one.page.context.close()
    assert complaints == []


@pytest.fixture
def debugger(window: Callable[..., Debugger]) -> Debugger:
    """One window."""
    return window()
