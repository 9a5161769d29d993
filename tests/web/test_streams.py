"""The page and the numbered stream: floods, cuts, two browsers, one truth."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.web.chromium import needs_chromium
from tests.web.debugger import Debugger
from tests.web.holding import HeldRequests, HeldSocket
from tests.web.servers import Running

pytestmark = needs_chromium

LINES = 100_000
SOME = 30_000

COUNTING = """\
        .org 0x8000
_start: MOV R4, #0
        LDR R5, ={lines}
loop:   MOV R0, R4
        MOV R1, #10
        SWI #0x03
        SWI #0x07
        ADD R4, R4, #1
        CMP R4, R5
        BLT loop
        MOV R0, #0
        SWI #0
"""

ASKING = """\
        .org 0x8000
_start: MOV R0, #7
        SWI #0x06
        MOV R3, R0
        MOV R0, #0
        SWI #0
"""


def numbers(count: int) -> str:
    """What the counting program writes."""
    return "".join(f"{number}\n" for number in range(count))


def test_a_flood_is_complete_at_the_end(debugger: Debugger, server: Running) -> None:
    d = debugger
    d.open(COUNTING.format(lines=LINES))
    d.press("F5")
    d.expect_status("halted")
    d.expect_console(f"\n{LINES - 1}\n")
    assert d.console() == numbers(LINES)
    assert server.console(d.session).endswith(f"\n{LINES - 1}\n")
    d.expect_seq(server.newest(d.session))
    expect(d.page.get_by_test_id("lag")).to_have_text("0")
    # All of it can be had as a file, too.
    with d.page.expect_download() as download:
        d.click("Save all output")
    assert download.value.path().read_text() == numbers(LINES)


def test_a_late_visitor_can_have_the_whole_console(debugger: Debugger, window: Callable[..., Debugger]) -> None:
    d = debugger
    line = "x" * 999
    d.open(
        f"""\
        .org 0x8000
_start: LDR R4, =1200
loop:   LDR R0, =text
        SWI #0x02
        SUBS R4, R4, #1
        BNE loop
        MOV R0, #0
        SWI #0
text:   .asciz "{line}\\n"
"""
    )
    d.press("F5")
    d.expect_status("halted")
    other = window()
    other.visit(d.session)
    # A picture holds a megabyte at most, the events hold everything.
    other.click("Load all of it")
    other.until(
        "length => document.querySelector('.console .screen').textContent.length === length",
        1200 * 1000,
        "all of the console is there",
    )
    assert other.console() == d.console() == f"{line}\n" * 1200


def test_a_connection_that_is_cut_in_the_middle_of_a_run_loses_nothing(
    window: Callable[..., Debugger], server: Running, pytestconfig: pytest.Config
) -> None:
    draw = random.Random(pytestconfig.option.hypothesis_seed)
    proxy = server.proxy
    d = window(url=proxy.url)
    d.open(COUNTING.format(lines=SOME))
    d.settle()  # so that what is cut is the run, and not the page's own beginning
    server.do(lambda: proxy.cut_after(40_000 + draw.randrange(100_000)))
    d.press("F5")
    expect(d.page.get_by_role("alert")).to_contain_text("The connection is lost")
    expect(d.page.get_by_role("alert")).to_contain_text("nothing after it will be missing")
    assert len(d.console()) < len(numbers(SOME))
    server.do(proxy.mend)
    d.expect_status("halted")
    d.expect_console(f"\n{SOME - 1}\n")
    assert d.console() == numbers(SOME)
    expect(d.page.get_by_test_id("link")).to_have_attribute("data-resumed", "1")
    # It went on behind its cursor: one picture, at the beginning, and no other that could have hidden a loss.
    d.tab("Timeline")
    expect(d.page.locator(".event-link")).to_have_count(1)
    assert d.page.get_by_role("alert").count() == 0


def test_a_command_whose_answer_is_lost_acts_once(window: Callable[..., Debugger], server: Running) -> None:
    d = window(url=server.proxy.url)
    d.open("        .org 0x8000\n_start: ADD R0, R0, #1\n        B _start\n")
    d.press("F10")
    d.expect_line(2)
    # The request passes, its answer does not: not one byte of anything comes back.
    d.settle()
    server.do(lambda: server.proxy.cut_after(1))
    d.press("F11")
    expect(d.page.get_by_role("alert")).to_contain_text("The connection is lost")
    server.do(server.proxy.mend)
    d.expect_register("r0", 1)
    d.expect_line(3)


def test_two_browsers_on_one_session_see_the_same(window: Callable[..., Debugger], server: Running) -> None:
    teacher, pupil = window(), window()
    teacher.open(ASKING)
    teacher.press("F10")
    teacher.expect_line(2)
    pupil.visit(teacher.session)
    pupil.expect_line(2)
    expect(pupil.content).to_contain_text("MOV R3, R0")
    expect(pupil.page.get_by_text("You are watching this session live")).to_be_visible()

    teacher.press("F11")
    teacher.expect_register("r0", 7)
    pupil.expect_register("r0", 7)
    pupil.expect_line(3)
    teacher.gutter(5).click()
    expect(pupil.page.locator(".gutter-breakpoints .breakpoint:visible")).to_have_count(1)
    teacher.press("F5")
    pupil.expect_status("waiting_for_input")
    teacher.expect_status("waiting_for_input")

    # Who watches changes nothing: not by keys, not by typing, and the server would not allow it either.
    expect(pupil.page.locator("#program-input")).to_be_disabled()
    pupil.press("Shift+F5")
    expect(pupil.page.locator(".toast").first).to_contain_text("You are watching")
    pupil.content.click()
    pupil.page.keyboard.type("XYZ")
    expect(pupil.content).not_to_contain_text("XYZ")
    status = pupil.evaluate(
        f"fetch('/api/v1/session/{teacher.session}/stop', {{method: 'POST'}}).then(answer => answer.status)"
    )
    assert status == 403

    expect(teacher.page.locator("#program-input")).to_be_focused()
    teacher.page.keyboard.type("42\n")
    for one in (teacher, pupil):
        one.expect_line(5)
        one.expect_register("r3", 42)
    newest = server.newest(teacher.session)
    for one in (teacher, pupil):
        one.expect_seq(newest)
        one.tab("Timeline")
    last = ".timeline li:last-child .row"
    expect(pupil.page.locator(last)).to_have_text(teacher.page.locator(last).inner_text(), use_inner_text=True)


def test_a_page_that_is_loaded_anew_is_where_it_was(debugger: Debugger) -> None:
    d = debugger
    d.open(ASKING)
    d.gutter(5).click()
    d.press("F10")
    d.expect_line(2)
    d.press("F11")
    d.expect_line(3)
    d.content.click()
    d.press("Control+End")
    d.page.keyboard.type("; not yet loaded")
    session = d.session
    d.page.reload()
    d.expect_line(3)
    assert d.session == session
    expect(d.content).to_contain_text("; not yet loaded")
    expect(d.page.get_by_text("changed since it was loaded", exact=True)).to_be_visible()
    expect(d.page.locator(".cm-line.current-line")).to_contain_text("SWI #0x06")
    d.press("F11")
    d.expect_status("waiting_for_input")
    expect(d.page.locator("#program-input")).to_be_focused()
    d.page.keyboard.type("5\n")
    d.expect_register("r0", 5)


def test_a_program_that_reads_to_the_end_is_told_the_end(debugger: Debugger) -> None:
    d = debugger
    d.open("_start: SWI #4\n CMN R0, #1\n ADDNE R5, R5, #1\n BNE _start\n MOV R0, #7\n SWI #0\n")
    for way in ("Control+d", "End"):
        d.tab("Console")
        d.press("F5")
        d.expect_status("waiting_for_input")
        expect(d.page.locator("#program-input")).to_be_focused()
        d.page.keyboard.type("ab\n")
        expect(d.page.locator(".console .screen")).to_contain_text("ab")
        if way == "End":
            d.page.get_by_role("button", name="End", exact=True).click()
        else:
            d.press(way)
        d.expect_status("halted")
        d.expect_register("r5", 2)


def test_the_end_of_the_input_does_not_overtake_the_last_line(debugger: Debugger) -> None:
    d = debugger
    line = HeldRequests(d.page, "**/stdin")
    d.open("_start: SWI #4\n CMN R0, #1\n ADDNE R5, R5, #1\n BNE _start\n MOV R0, #7\n SWI #0\n")
    d.press("F5")
    d.expect_status("waiting_for_input")
    expect(d.page.locator("#program-input")).to_be_focused()
    with d.page.expect_request("**/stdin"):
        d.page.keyboard.type("ab\n")
    d.press("Control+d")
    d.page.evaluate("new Promise(requestAnimationFrame)")
    line.release()
    d.expect_status("halted")
    d.expect_register("r5", 2)


def test_control_is_handed_over_with_a_link(window: Callable[..., Debugger]) -> None:
    teacher, pupil = window(), window()
    teacher.open("        .org 0x8000\n_start: MOV R0, #1\n        MOV R0, #2\n        B _start\n")
    teacher.press("F10")
    teacher.expect_line(2)
    teacher.page.get_by_role("button", name="Share").click()
    teacher.page.get_by_role("menuitem", name="Control link").click()
    link = teacher.page.get_by_label("Link").input_value()
    teacher.press("Escape")
    pupil.page.goto(link)
    pupil.expect_line(2)
    assert "control" not in pupil.page.url, "the key does not stay where everybody reads it"
    pupil.press("F11")
    pupil.expect_line(3)
    teacher.expect_line(3)


def test_a_new_program_reaches_those_who_watch(window: Callable[..., Debugger]) -> None:
    teacher, pupil = window(), window()
    teacher.open("        .org 0x8000\n_start: MOV R0, #1\n        MOV R0, #0\n        SWI #0\n")
    teacher.press("F10")
    teacher.expect_line(2)
    pupil.visit(teacher.session)
    expect(pupil.content).to_contain_text("MOV R0, #1")
    teacher.content.click()
    teacher.press("Control+Home")
    teacher.page.keyboard.type("; second edition\n")
    expect(teacher.page.get_by_text("changed since it was loaded", exact=True)).to_be_visible()
    teacher.press("Control+Shift+F5")
    expect(pupil.content).to_contain_text("second edition")
    pupil.click("Make my own copy")
    pupil.page.wait_for_url("**/")
    pupil.press("F10")
    pupil.expect_line(3)
    assert pupil.session != teacher.session


def test_who_comes_before_the_program_sees_it_when_it_is_loaded(
    window: Callable[..., Debugger], server: Running
) -> None:
    made = server.request("POST", "/api/v1/session", {"protected": True})
    pupil = window()
    pupil.open("; the pupil's own\n", "own.s")
    pupil.visit(made["sessionId"])
    expect(pupil.content).to_contain_text("There is no source to show yet")
    expect(pupil.page.get_by_text("You are watching this session live")).to_be_visible()
    server.request(
        "POST",
        f"/api/v1/session/{made['sessionId']}/load",
        {"source": "_start: B _start\n", "name": "later.s"},
        {"Emu-Control": made["controlKey"]},
    )
    expect(pupil.content).to_contain_text("B _start")
    pupil.expect_line(1)
    # The own text is where it was.
    pupil.page.goto(f"{pupil.url}/")
    expect(pupil.content).to_contain_text("the pupil's own")


def test_a_program_that_is_loaded_while_the_page_still_connects_is_seen(
    window: Callable[..., Debugger], server: Running
) -> None:
    session = server.request("POST", "/api/v1/session", {})["sessionId"]
    d = window()
    socket = HeldSocket(d.page, "**/api/v1/ws")
    d.visit(session)
    d.settle()
    server.request("POST", f"/api/v1/session/{session}/load", {"source": "_start: B _start\n", "name": "now.s"})
    # The page subscribes only now: the picture it gets is of the loaded machine, and no event tells of the loading.
    socket.release()
    expect(d.content).to_contain_text("B _start")
    d.expect_line(1)


def test_ones_own_draft_is_not_taken_for_the_program_of_a_session_that_is_slow_to_come(
    window: Callable[..., Debugger], server: Running
) -> None:
    session = server.request("POST", "/api/v1/session", {})["sessionId"]
    server.request("POST", f"/api/v1/session/{session}/load", {"source": "_start: B _start\n", "name": "its.s"})
    d = window(is_new=True)
    d.page.clock.install()
    d.open("; my own\n", "own.s")
    control = HeldRequests(d.page, "**/control")
    d.visit(session)
    d.page.clock.run_for(2000)  # time enough to remember a draft
    d.press("F10")
    control.release()
    d.expect_line(1)
    expect(d.content).to_have_text("_start: B _start")
    assert server.request("GET", f"/api/v1/session/{session}/source")["name"] == "its.s"


def test_the_end_of_a_session_is_told(window: Callable[..., Debugger], server: Running) -> None:
    d = window()
    d.open("_start: B _start\n")
    d.press("F10")
    d.expect_line(1)
    session = d.session
    key = d.evaluate(f"JSON.parse(localStorage.getItem('emu.keys'))['{session}']")
    server.request("DELETE", f"/api/v1/session/{session}", headers={"Emu-Control": key})
    expect(d.page.get_by_role("alert").filter(has_text="This session has ended")).to_be_visible()
    d.press("F10")
    d.page.wait_for_url(lambda url: "/s/" in url and not url.endswith(session))
    d.expect_line(1)

    other = window()
    other.visit("0" * 32)
    expect(other.page.get_by_role("alert")).to_contain_text("There is no session at this address")
