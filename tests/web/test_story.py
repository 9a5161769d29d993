"""A lesson in the browser, from the first mistake to the last line of output."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.web.chromium import ROOT, needs_chromium
from tests.web.debugger import Debugger
from tests.web.holding import HeldRequests
from tests.web.servers import Running

pytestmark = needs_chromium

C_SAMPLES = ROOT / "samples" / "c"

WRONG = """\
        .org 0x8000
_start: MOV R4, #0
        SWI #0x06
        MOV R5, R0
loop:   ADDD R4, R4, #1
        CMP R4, R5
        BLT loop
        MOV R0, R4
        MOV R1, #10
        SWI #0x03
        MOV R0, #0
        SWI #0
"""


def test_a_program_is_written_mended_and_debugged(debugger: Debugger, server: Running) -> None:
    d = debugger
    asked: list[str] = []
    d.page.on("request", lambda request: asked.append(request.url))
    d.open(WRONG)

    # The mistake is marked while one types, and says what is wrong.
    expect(d.page.locator(".cm-lintRange-error")).to_have_text("ADDD")
    expect(d.page.locator(".cm-lint-marker-error")).to_have_count(1)
    d.tab("Problems")
    expect(d.page.get_by_role("list", name="Problems")).to_contain_text("ADDD")
    assert f"{d.url}/api/v1/assemble" in asked
    assert f"{d.url}/api/v1/session" not in asked, "looking at a program needs no session"

    # A program with mistakes is not run; the page goes to the first of them.
    d.press("F5")
    expect(d.page.locator(".toast-error")).to_contain_text("errors")
    d.page.get_by_role("list", name="Problems").get_by_role("button").click()
    d.press("End")
    for _ in range(len("D R4, R4, #1")):
        d.press("Backspace")
    d.page.keyboard.type(" R4, R4, #1")
    expect(d.page.locator(".cm-lintRange-error")).to_have_count(0)

    # A breakpoint beside line 6; the program runs, asks for a number, and stops there.
    d.gutter(6).click()
    d.tab("Console")
    d.press("F5")
    d.expect_status("waiting_for_input")
    expect(d.page.get_by_text("The program waits for a line")).to_be_visible()
    expect(d.page.locator("#program-input")).to_be_focused()
    d.page.keyboard.type("3\n")
    d.expect_status("breakpoint")
    d.expect_line(6)
    d.expect_register("r4", 1)
    d.expect_register("r5", 3)

    # One instruction: the flags change and are marked. The registers can be edited.
    d.press("F11")
    d.expect_line(7)
    expect(d.page.get_by_role("button", name="N 1, negative, changed")).to_be_visible()
    d.register("r5").locator("button.value").click()
    d.page.keyboard.type("2 + 3\n")
    d.expect_register("r5", 5)
    expect(d.register("r5")).to_contain_text("0x00000003")

    # A condition on the breakpoint: it stops once more, with R4 at 4.
    d.tab("Breakpoints")
    d.click("Condition…")
    d.page.get_by_role("dialog").get_by_label("Stop only if").fill("r4 == 4")
    d.click("Set")
    expect(d.page.get_by_text("if r4 == 4")).to_be_visible()
    d.press("F5")
    d.expect_line(6)
    d.expect_register("r4", 4)

    d.press("F5")
    d.expect_status("halted")
    d.expect_console("5")
    assert d.console() == server.console(d.session) == "3\n5"
    expect(d.state).to_have_text("Ended with exit code 0")


def test_what_is_written_and_watched_is_shown(debugger: Debugger, server: Running) -> None:
    d = debugger
    d.open(
        """\
        .org 0x8000
_start: LDR R1, =box
        MOV R0, #0xAB
        STR R0, [R1]
        BL  sub
        MOV R0, #0
        SWI #0
sub:    PUSH {R4, LR}
        ADD R4, R4, #1
        POP {R4, PC}
        .align 2
box:    .word 0
"""
    )
    d.press("F10")
    d.expect_line(2)

    # Memory: a symbol leads there, a write is marked, a byte can be changed.
    place = d.page.get_by_label("Go to address, symbol or expression")
    place.fill("box")
    place.press("Enter")
    selected = d.page.locator(".hexdump .selected")
    expect(selected).to_have_text("00")
    for line in (3, 4, 5):
        d.press("F11")
        d.expect_line(line)
    expect(d.page.locator(".hexdump .written")).to_have_text(["AB", "00", "00", "00"])
    selected.click()
    d.page.locator(".hexdump").press("7")
    d.page.locator(".hexdump").press("f")
    expect(d.page.locator(".hexdump .written").first).to_have_text("7F")
    found = server.request("POST", f"/api/v1/session/{d.session}/expressions", {"expressions": ["[box]"]})
    assert found["values"][0]["value"] == 0x7F

    # An expression is evaluated at every stop.
    d.tab("Watch")
    d.page.get_by_label("Expression to watch").fill("[box] + 1")
    d.page.get_by_label("Expression to watch").press("Enter")
    expect(d.page.get_by_role("button", name="0x00000080")).to_be_visible()

    # Into the subroutine: the stack has two frames, and the way back is marked. Then out again.
    d.press("F11")
    d.expect_line(8)
    d.press("F11")
    d.expect_line(9)
    d.tab("Stack")
    expect(d.page.get_by_role("list", name="Calls, the innermost first").get_by_role("listitem")).to_have_count(2)
    expect(d.page.get_by_text("return address")).to_be_visible()
    d.press("Shift+F11")
    d.expect_line(6)

    # The machine code, where the next instruction is marked.
    d.tab("Disassembly")
    expect(d.page.locator(".code-row.current")).to_contain_text("E3A00000")

    # A watchpoint on the register stops the program when it changes.
    d.press("Control+Shift+F5")
    d.expect_status("halted")
    d.press("F10")
    d.expect_line(2)
    d.register("r4").hover()
    d.click("Stop when r4 changes")
    expect(d.page.get_by_role("checkbox", name="Watchpoint 1 enabled")).to_be_checked()
    d.press("F5")
    d.expect_line(10)
    d.expect_register("r4", 1)


def test_a_fault_is_told_at_its_line_and_the_debugger_speaks_its_own_language(debugger: Debugger) -> None:
    d = debugger
    d.open("        .org 0x8000\n_start: MOV R1, #0\n        LDR R0, [R1]\n        SWI #0\n")
    d.press("F5")
    d.expect_status("error")
    expect(d.page.get_by_role("alert")).to_contain_text("Line 3: memory access violation")
    expect(d.page.locator(".cm-line.status-error")).to_contain_text("LDR R0, [R1]")
    d.press("F10")
    d.expect_line(2)
    d.tab("Command")
    line = d.page.get_by_role("textbox", name="Command")
    line.fill("break _start+4 if r1 == 0")
    line.press("Enter")
    expect(d.page.locator(".gutter-breakpoints .conditional:visible")).to_have_count(1)
    line.fill("print 6 * 7")
    line.press("Enter")
    expect(d.page.get_by_role("log", name="Answers of the debugger")).to_contain_text("0x0000002A")
    line.fill("step over the moon")
    line.press("Enter")
    expect(d.page.locator(".dialogue .failed")).to_have_count(1)


def test_the_marks_of_the_machine_move_with_the_text(debugger: Debugger) -> None:
    d = debugger
    d.open("        .org 0x8000\n_start: MOV R0, #1\n        MOV R0, #2\n        MOV R0, #3\n        B _start\n")
    d.gutter(4).click()
    d.press("F10")
    d.expect_line(2)
    d.press("F11")
    d.expect_register("r0", 1)
    d.content.click()
    d.press("Control+Home")
    d.page.keyboard.type("; a line more\n; and another\n")
    expect(d.page.locator(".cm-line.current-line")).to_contain_text("MOV R0, #2")
    d.press("F5")
    d.expect_register("r0", 2)
    expect(d.page.locator(".cm-line.current-line")).to_contain_text("MOV R0, #3")
    # Restarted, the program is the one that is written, with the breakpoint where it was put.
    d.press("Control+Shift+F5")
    d.expect_line(6)
    expect(d.page.locator(".cm-line.current-line")).to_contain_text("MOV R0, #3")


def test_what_one_points_at_is_explained(window: Callable[..., Debugger]) -> None:
    d: Debugger = window(is_new=True)  # a clock that the test moves stays with its browser
    d.page.clock.install()
    tables = HeldRequests(d.page, "**/api/v1/reference")
    d.open("        .org 0x8000\n_start: LDRNEB R1, [R2]\n        SWI #0x05\n        SWI #0\n")
    # Who points at a word before the page has its tables is told, too, once it has them.
    d.page.locator(".tok-keyword").first.hover()
    d.page.clock.run_for(1000)
    tables.release()
    expect(d.page.locator(".cm-tooltip .card")).to_contain_text("LDRB")
    d.page.mouse.move(5, 5)
    expect(d.page.locator(".cm-tooltip")).to_have_count(0)
    d.page.locator(".cm-line", has_text="0x05").locator(".tok-number").hover()
    expect(d.page.locator(".cm-tooltip .card")).to_contain_text("READ_STRING")


def test_run_to_the_cursor_and_stop(debugger: Debugger) -> None:
    d = debugger
    d.open("        .org 0x8000\n_start: MOV R0, #1\nloop:   ADD R0, R0, #1\n        B loop\n")
    d.content.click()
    d.press("Control+Home")
    for _ in range(3):
        d.press("ArrowDown")
    d.press("Control+F10")
    d.expect_line(4)
    d.expect_register("r0", 2)
    d.press("F5")
    d.expect_status("running")
    d.press("Shift+F5")
    d.expect_status("halted")


def test_a_program_survives_a_visit_elsewhere_and_a_link(window: Callable[..., Debugger]) -> None:
    d: Debugger = window()
    d.open("; mine\n", "mine.s")
    d.content.click()
    d.press("Control+End")
    d.page.keyboard.type("        MOV R0, #1")
    d.page.wait_for_function("() => (localStorage.getItem('emu.draft') ?? '').includes('MOV R0, #1')")
    d.page.goto(f"{d.url}/")
    expect(d.content).to_contain_text("MOV R0, #1")

    d.page.get_by_role("button", name="Share").click()
    d.page.get_by_role("menuitem", name="Program link").click()
    link = d.page.get_by_label("Link").input_value()
    other: Debugger = window()
    other.page.goto(link)
    expect(other.content).to_contain_text("MOV R0, #1")
    expect(other.page.get_by_label("Name of the program")).to_have_value("mine.s")
    assert other.evaluate("location.hash") == ""


def test_a_compiled_program_is_debugged_in_its_own_language(debugger: Debugger) -> None:
    d = debugger
    d.open()
    with d.page.expect_file_chooser() as chooser:
        d.page.get_by_role("button", name="File").click()
        d.page.get_by_role("menuitem", name="Open").click()
    chooser.value.set_files([C_SAMPLES / "queens.elf", C_SAMPLES / "queens.c"])
    expect(d.content).to_contain_text("column_of[row] = column;")
    d.gutter(30).click()
    d.press("F5")
    d.expect_line(30)
    expect(d.state).to_contain_text("line 30 of queens.c")
    d.tab("Disassembly")
    expect(d.page.locator(".code-source", has_text="column_of[row] = column;").first).to_be_visible()
    expect(d.page.locator(".code-row.current")).to_contain_text("LDR")
    d.tab("Stack")
    expect(d.page.get_by_role("list", name="Calls, the innermost first")).to_contain_text("main")
    d.gutter(30).click()
    expect(d.page.locator(".gutter-breakpoints .breakpoint:visible")).to_have_count(0)
    output = (C_SAMPLES / "queens.out").read_text()
    d.press("F5")
    d.expect_status("halted")
    d.expect_console(output)
    # Once more: with fresh data, so with the same result.
    d.press("F5")
    d.expect_console(output * 2)


FIZZBUZZ = [
    ("MOV", "R4, #1"),
    ("loop:", "MOV", "R5, #0"),
    ("MOV", "R0, R4"),
    ("three:", "SUBS", "R0, R0, #3"),
    ("BGT", "three"),
    ("LDREQ", "R0, =fizz"),
    ("SWIEQ", "#0x02"),
    ("MOVEQ", "R5, #1"),
    ("MOV", "R0, R4"),
    ("five:", "SUBS", "R0, R0, #5"),
    ("BGT", "five"),
    ("LDREQ", "R0, =buzz"),
    ("SWIEQ", "#0x2"),
    ("MOVEQ", "R5, #1"),
    ("CMP", "R5, #0"),
    ("MOVEQ", "R0, R4"),
    ("MOVEQ", "R1, #10"),
    ("SWIEQ", "#3"),
    ("SWI", "#7"),
    ("ADD", "R4, R4, #1"),
    ("CMP", "R4, #15"),
    ("BLE", "loop"),
]
"""What the page's own reference leads to: a remainder by subtracting, conditions on instructions, calls by number."""


def test_fizzbuzz_from_an_empty_editor(debugger: Debugger) -> None:
    d = debugger
    d.open()
    keys = d.page.keyboard
    expect(d.page.get_by_role("region", name="The language")).to_contain_text("A remainder comes from subtracting")
    d.content.click()

    def line(*columns: str) -> None:
        """A line as one types it: Tab leads to the next column, and Enter to the next line, not into a completion."""
        for number, column in enumerate(columns):
            if number:
                keys.press("Tab")
            # Slowly where a list of system calls has the time to open.
            keys.type(column, delay=150 if column == "#0x2" else 0)
        keys.press("Enter")

    keys.type("prog")
    d.page.get_by_role("option", name="program").click()
    for columns in FIZZBUZZ:
        line(*columns)
    keys.press("Control+End")
    line("fizz:", ".asciz", '"Fizz"')
    line("buzz:", ".asciz", '"Buzz"')
    expect(d.content).to_contain_text("loop:   MOV     R5, #0")
    d.press("F5")
    d.expect_status("halted")
    words = ["Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0) or str(n) for n in range(1, 16)]
    d.expect_console("".join(f"{word}\n" for word in words))


def test_samples_open_and_run(debugger: Debugger) -> None:
    d = debugger
    d.open()
    d.page.get_by_role("button", name="Samples").click()
    d.page.get_by_label("Search Samples").fill("hello")
    expect(d.page.get_by_role("menuitem", name="hello")).to_be_visible()
    d.press("Enter")
    expect(d.page.get_by_label("Name of the program")).to_have_value("hello.s")
    d.press("F5")
    d.expect_status("halted")
    d.expect_console("Hello, world!\n")
