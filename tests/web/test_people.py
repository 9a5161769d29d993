"""The page for everybody: without a mouse, with a screen reader, in the dark, on small screens, behind a token."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.web.chromium import AXE, needs_axe, needs_chromium
from tests.web.debugger import Debugger
from tests.web.servers import running_server

pytestmark = needs_chromium

PROGRAM = """\
        .org 0x8000
_start: MOV R4, #3
loop:   SUBS R4, R4, #1
        BNE loop
        LDR R0, =text
        SWI #0x02
        MOV R0, #0
        SWI #0
text:   .asciz "done\\n"
"""


def tab_until(d: Debugger, selector: str, limit: int = 60) -> None:
    """Presses Tab until an element has the focus."""
    for _ in range(limit):
        if d.evaluate(f"document.activeElement?.matches({selector!r}) ?? false"):
            return
        d.press("Tab")
    raise AssertionError(f"{selector} is not reached with the Tab key")


def test_everything_can_be_done_with_the_keyboard(debugger: Debugger) -> None:
    d = debugger
    d.open()

    # To the samples and back, into the editor, and out of it again.
    tab_until(d, "[aria-label=Samples]")
    d.press("Enter")
    d.page.keyboard.type("gcd")
    expect(d.page.get_by_role("menuitem", name="gcd")).to_be_visible()
    d.press("ArrowDown")
    d.press("Enter")
    expect(d.page.get_by_label("Name of the program")).to_have_value("gcd.s")
    expect(d.content).to_be_focused()

    # Tab indents in the editor, until one asks it not to.
    d.press("Control+a")
    d.press("Delete")
    d.press("Tab")
    expect(d.content).to_be_focused()
    d.press("Control+m")
    d.press("Tab")
    expect(d.content).not_to_be_focused()
    d.press("Shift+Tab")
    expect(d.content).to_be_focused()
    d.press("Control+a")
    d.page.keyboard.insert_text(PROGRAM)
    expect(d.content).to_contain_text("done")

    # A breakpoint, a run, steps, all from the editor.
    d.press("Control+Home")
    d.press("ArrowDown")
    d.press("ArrowDown")
    d.press("F9")
    d.press("F5")
    d.expect_line(3)
    d.press("F10")
    d.expect_line(4)
    d.expect_register("r4", 2)
    d.press("F9")
    expect(d.page.locator(".gutter-breakpoints .breakpoint:visible")).to_have_count(0)

    # F6 goes from part to part; arrows go from tab to tab; Enter opens a register for editing.
    d.press("F6")
    assert d.evaluate("document.activeElement.textContent") == "Console"
    for _ in range(3):
        d.press("ArrowRight")
    expect(d.page.get_by_role("tab", name="Timeline")).to_be_focused()
    d.press("F6")
    assert d.evaluate("document.activeElement.closest('[aria-label=Registers]') !== null")
    tab_until(d, "[data-register=r4] button.value")
    d.press("Enter")
    d.page.keyboard.type("9")
    d.press("Enter")
    d.expect_register("r4", 9)
    expect(d.register("r4").locator("button.value")).to_be_focused()
    d.press("F6")
    for _ in range(4):
        d.press("ArrowRight")
    expect(d.page.get_by_role("tab", name="Breakpoints")).to_have_attribute("aria-selected", "true")

    # The bars between the panes move; what they are set to is remembered.
    tab_until(d, "[aria-label='Width of the editor']", 80)
    before = d.evaluate("document.activeElement.getAttribute('aria-valuenow')")
    d.press("ArrowRight")
    assert int(d.evaluate("document.activeElement.getAttribute('aria-valuenow')")) == int(before) + 2

    d.press("F5")
    d.expect_status("halted")
    d.press("F1")
    expect(d.page.get_by_role("dialog")).to_contain_text("Run to the cursor")
    d.press("Escape")
    expect(d.page.get_by_role("dialog")).to_have_count(0)


def test_what_has_the_focus_can_be_seen(debugger: Debugger) -> None:
    d = debugger
    d.open(PROGRAM)
    d.press("F10")
    d.expect_line(2)
    d.evaluate("document.activeElement.blur()")
    seen = set()
    for _ in range(45):
        if d.evaluate("document.activeElement.matches('.cm-content')"):
            d.press("Control+m")
        d.press("Tab")
        if d.evaluate("document.activeElement.matches('.cm-content, body')"):
            continue  # the cursor is what shows it; the body is where the circle begins anew
        name, style = d.evaluate(
            """() => {
              const element = document.activeElement;
              const style = getComputedStyle(element);
              const isShown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
              const isBar = element.matches('.bar') && style.backgroundColor !== 'rgba(0, 0, 0, 0)';
              return [element.outerHTML.slice(0, 120), isShown || isBar];
            }"""
        )
        assert style, name
        seen.add(name)
    assert len(seen) > 25


SERIOUS = ("serious", "critical")


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(window: Callable[..., Debugger], scheme: str) -> None:
    d = window(scheme=scheme)

    def examine(where: str, part: str = "html") -> None:
        d.page.evaluate("source => { if (!window.axe) (0, eval)(source); }", AXE.read_text(encoding="utf-8"))
        found = d.page.evaluate("async part => (await axe.run(part, {resultTypes: ['violations']})).violations", part)
        told = [
            f"{one['id']}: {node['html'][:160]} {[check['message'] for check in node['any']]}"
            for one in found
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]
        assert told == [], where

    d.open()
    examine("the beginning")
    d.page.get_by_role("tab", name="System calls").click()
    expect(d.page.get_by_text("WRITE_STRING")).to_be_visible()
    examine("system calls")
    d.open(PROGRAM.replace("BNE", "BNEX"))
    expect(d.page.locator(".cm-lintRange-error")).to_be_visible()
    d.tab("Problems")
    examine("a mistake")
    d.open(PROGRAM)
    d.press("F10")
    d.expect_line(2)
    d.gutter(4).click()
    d.press("F5")
    d.expect_line(4)
    examine("a program that stopped")
    for tab in ("Stack", "Disassembly", "Watch", "Breakpoints"):
        d.tab(tab)
        examine(tab, "[aria-label=Inspection] [role=tabpanel]:not([hidden])")
    for tab in ("Command", "Timeline"):
        d.tab(tab)
        examine(tab, "[aria-label=Output]")
    d.press("F1")
    examine("keys")


def test_a_tablet_and_a_large_print_get_one_column(window: Callable[..., Debugger]) -> None:
    for width, height in ((768, 1024), (640, 400)):  # the second is what 1280 by 800 is at 200 %
        d = window(size=(width, height))
        d.open(PROGRAM)
        d.press("F10")
        d.expect_line(2)
        assert d.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out sideways"
        d.register("r4").scroll_into_view_if_needed()
        expect(d.register("r4")).to_be_visible()
        d.press("F11")
        d.expect_register("r4", 3)


def test_light_and_dark_follow_the_system_until_one_chooses(window: Callable[..., Debugger]) -> None:
    d = window(scheme="dark")
    d.open()
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = d.evaluate(ground)
    d.click("Light or dark")
    light = d.evaluate(ground)
    assert dark != light
    d.open()
    assert d.evaluate(ground) == light


def test_a_server_with_a_token_asks_for_it_once(window: Callable[..., Debugger]) -> None:
    with running_server("--token", "s3cret") as guarded:
        d = window(url=guarded.url)
        d.page.goto(guarded.url)
        d.page.get_by_label("Token", exact=True).fill("s3cret")
        d.click("Continue")
        expect(d.page.get_by_role("dialog")).to_have_count(0)
        d.page.goto(f"{guarded.url}/")
        d.content.click()
        d.page.keyboard.insert_text(PROGRAM)
        d.press("F5")
        d.expect_status("halted")
        d.expect_console("done\n")

        other = window(url=guarded.url)
        other.visit(d.session, "#token=s3cret")
        other.expect_console("done\n")
        assert "s3cret" not in other.page.url


def test_nothing_is_asked_of_any_other_server(debugger: Debugger) -> None:
    d = debugger
    asked: list[str] = []
    d.page.on("request", lambda request: asked.append(request.url))
    d.open(PROGRAM)
    d.press("F5")
    d.expect_status("halted")
    strangers = [url for url in asked if not url.startswith((d.url, "blob:", "data:"))]
    assert asked
    assert strangers == []
