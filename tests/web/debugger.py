"""The page as a person uses it: what one sees and does, by the names that are on it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError as WaitedInVain

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Locator, Page, Request


MOST_FRAMES = 2000
"""In which a page gets its answers: half a minute and more."""


def program_link(source: str, name: str = "program.s") -> str:
    """The fragment of an address that holds a program, made here from the description in docs/browser.md."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(json.dumps([name, source]).encode()) + packer.flush()
    return "#p=" + base64.urlsafe_b64encode(data).decode().rstrip("=")


class Debugger:
    """One browser window with the page in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        """What the browser reports as errors: exceptions, and whatever the page's policy forbids."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._said(message.type, message.text))
        self._unanswered: set[Request] = set()
        page.on("request", self._asked)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)
        self._meter: CDPSession | None = None

    def _said(self, kind: str, text: str) -> None:
        # The browser writes down every answer that is no success and every cut connection: here, these are meant.
        if kind == "error" and "Failed to load resource" not in text and "WebSocket connection" not in text:
            self.complaints.append(text)

    def _asked(self, request: Request) -> None:
        self._unanswered.add(request)

    def _answered(self, request: Request) -> None:
        self._unanswered.discard(request)

    # -- going there

    def open(self, source: str | None = None, name: str = "program.s") -> None:
        """The page, with a program from a link or without one."""
        self._go(f"/{'' if source is None else program_link(source, name)}")

    def visit(self, session: str, fragment: str = "") -> None:
        """The page of a session."""
        self._go(f"/s/{session}{fragment}")

    def _go(self, path: str) -> None:
        self.page.goto(self.url + path, wait_until="commit")
        # What an address has behind its `#` leaves it as soon as the page has taken it in, and not before.
        opened = "() => location.hash === '' && document.querySelector('.cm-content') !== null"
        self.until(opened, None, f"{path} opens")

    @property
    def session(self) -> str:
        """The session that the address names."""
        self.page.wait_for_url(re.compile(r"/s/[0-9a-f]+$"))
        return self.page.url.rpartition("/")[2]

    # -- looking

    def until(self, condition: str, argument: object, wanted: str) -> None:
        """Waits until a condition in JavaScript holds, and looks at every frame that the browser draws.

        Playwright's assertions look again after a tenth of a second, and then ever more seldom: that would be most of
        the time that a story takes.
        """
        try:
            self.page.wait_for_function(condition, arg=argument)
        except WaitedInVain:
            shown = self.state.inner_text() if self.state.count() else "nothing"
            raise AssertionError(f"{wanted}: waited in vain; the status line says: {shown}") from None

    def settle(self) -> None:
        """Waits until the page has asked for nothing that was not answered, from one frame to the next."""
        quiet, frames = 0, 0
        while quiet < 2:
            frames += 1
            assert frames < MOST_FRAMES, f"no answer to {[request.url for request in self._unanswered]}"
            self.page.evaluate("new Promise(requestAnimationFrame)")
            quiet = 0 if self._unanswered else quiet + 1

    def spent(self) -> float:
        """Milliseconds of processor time that the page's own thread has used. Other processes do not count, so the
        figure hardly depends on what else the computer does.
        """
        if self._meter is None:
            self._meter = self.page.context.new_cdp_session(self.page)
            self._meter.send("Performance.enable", {"timeDomain": "threadTicks"})
        metrics = self._meter.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) * 1000 for one in metrics if one["name"] == "TaskDuration")

    @property
    def content(self) -> Locator:
        """The text of the editor."""
        return self.page.locator(".cm-content")

    @property
    def state(self) -> Locator:
        """The words about the machine in the status line."""
        return self.page.get_by_test_id("state")

    def expect_status(self, status: str) -> None:
        """Waits until the page follows a session whose machine is in a state."""
        self.until(
            "status => document.querySelector('[data-testid=state]')?.dataset.status === status",
            status,
            f"the machine is {status}",
        )

    def expect_line(self, line: int) -> None:
        """Waits until the machine stands at a line."""
        self.until(
            """line => new RegExp(`line ${line}\\\\b`).test(document.querySelector('[data-testid=state]')?.textContent)
                && document.querySelectorAll('.cm-line.current-line').length === 1""",
            line,
            f"the machine stands at line {line}",
        )

    def register(self, name: str) -> Locator:
        """The row of a register."""
        return self.page.locator(f'[data-register="{name}"]')

    def expect_register(self, name: str, value: int) -> None:
        """Waits until a register has a value."""
        self.until(
            "([name, value]) => document.querySelector(`[data-register=${name}] .value`)?.textContent === value",
            [name, f"0x{value & 0xFFFFFFFF:08X}"],
            f"{name} is {value}",
        )

    def console(self) -> str:
        """All text that the console shows."""
        return str(self.page.locator(".console .screen").evaluate("element => element.textContent"))

    def expect_console(self, text: str) -> None:
        """Waits until the console ends with a text."""
        self.until(
            "text => document.querySelector('.console .screen')?.textContent.endsWith(text)",
            text,
            f"the console ends with {text[-40:]!r}",
        )

    def seq(self) -> int:
        """The number of the last event that the page shows."""
        return int(self.page.get_by_test_id("seq").inner_text().removeprefix("#"))

    def expect_seq(self, seq: int) -> None:
        """Waits until the page has come to an event of the session."""
        come = "seq => document.querySelector('[data-testid=seq]')?.textContent === `#${seq}`"
        self.until(come, seq, f"event {seq} is shown")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return self.page.evaluate(expression)

    # -- doing

    def press(self, key: str) -> None:
        """A key, wherever the focus is."""
        self.page.keyboard.press(key)

    def gutter(self, line: int) -> Locator:
        """The place beside a line where its breakpoint is."""
        # The first element only keeps the width.
        return self.page.locator(".gutter-breakpoints .cm-gutterElement").nth(line)

    def click(self, name: str) -> None:
        """A button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def tab(self, name: str) -> None:
        """A tab."""
        self.page.get_by_role("tab", name=name).click()
