"""The page as a person uses it: what one sees and does, by the names that are on it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


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

    def _said(self, kind: str, text: str) -> None:
        # The browser writes down every answer that is no success and every cut connection: here, these are meant.
        if kind == "error" and "Failed to load resource" not in text and "WebSocket connection" not in text:
            self.complaints.append(text)

    # -- going there

    def open(self, source: str | None = None, name: str = "program.s") -> None:
        """The page, with a program from a link or without one."""
        self.page.goto(f"{self.url}/{'' if source is None else program_link(source, name)}")
        expect(self.content).to_be_visible()
        if source is not None:
            expect(self.page.get_by_label("Name of the program")).to_have_value(name)

    def visit(self, session: str, fragment: str = "") -> None:
        """The page of a session."""
        self.page.goto(f"{self.url}/s/{session}{fragment}")
        expect(self.content).to_be_visible()

    @property
    def session(self) -> str:
        """The session that the address names."""
        self.page.wait_for_url(re.compile(r"/s/[0-9a-f]+$"))
        return self.page.url.rpartition("/")[2]

    # -- looking

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
        expect(self.state).to_have_attribute("data-status", status)

    def expect_line(self, line: int) -> None:
        """Waits until the machine stands at a line."""
        expect(self.state).to_contain_text(f"line {line}")
        expect(self.page.locator(".cm-line.current-line")).to_have_count(1)

    def register(self, name: str) -> Locator:
        """The row of a register."""
        return self.page.locator(f'[data-register="{name}"]')

    def expect_register(self, name: str, value: int) -> None:
        """Waits until a register has a value."""
        expect(self.register(name).locator(".value")).to_have_text(f"0x{value & 0xFFFFFFFF:08X}")

    def console(self) -> str:
        """All text that the console shows."""
        return str(self.page.locator(".console .screen").evaluate("element => element.textContent"))

    def expect_console(self, text: str) -> None:
        """Waits until the console ends with a text."""
        self.page.wait_for_function(
            "text => document.querySelector('.console .screen').textContent.endsWith(text)", arg=text
        )

    def seq(self) -> int:
        """The number of the last event that the page shows."""
        return int(self.page.get_by_test_id("seq").inner_text().removeprefix("#"))

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
