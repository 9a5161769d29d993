"""The pictures of the debugger page in the documentation: `python -m tests.web.screenshots DIRECTORY`.

A server and a browser are started for it. Programs, sizes and states are always the same; how letters look depends on
the fonts of the computer.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import expect, sync_playwright

from tests.web.chromium import EXECUTABLE, OPTIONS, ROOT
from tests.web.debugger import Debugger
from tests.web.servers import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SAMPLES = ROOT / "samples"
WIDE = (1280, 800)
MISTAKEN = """\
; greet.s - asks for a name, and greets

        .org    0x8000

_start: LDR     R0, =question
        SWI     #0x02           ; WRITE_STRING
        LDR     R0, =name
        MOV     R1, #0x12345
        SWI     #0x05           ; READ_STRING
        LDX     R0, =greeting
        SWI     #0x02
        B       finsh

finish: MOV     R0, #0
        SWI     #0x00

question:
        .asciz  "Your name? "
greeting:
        .asciz  "Hello, "
name:   .space  32
"""


class Studio:
    """Opens windows and keeps pictures of them."""

    def __init__(self, browser: Browser, url: str, target: Path) -> None:
        self._browser = browser
        self._url = url
        self._target = target

    def window(
        self, size: tuple[int, int] = WIDE, scheme: Literal["light", "dark"] = "light", scale: float = 1.0
    ) -> Debugger:
        """A window of a browser that has never been here."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            device_scale_factor=scale,
            reduced_motion="reduce",
        )
        return Debugger(context.new_page(), self._url)

    def keep(self, page: Page, name: str) -> None:
        """Writes a picture of a page, with no more colours than it needs."""
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur()")
        page.evaluate("document.querySelectorAll('.notices button').forEach(button => button.click())")
        path = self._target / f"browser-{name}.png"
        path.write_bytes(_small(page.screenshot(animations="disabled", caret="hide")))
        sys.stdout.write(f"{path}: {path.stat().st_size // 1024} KiB\n")


def _small(png: bytes) -> bytes:
    """A palette instead of millions of colours, where ImageMagick is installed."""
    convert = shutil.which("convert")
    if convert is None:
        return png
    command = [convert, "-", "+dither", "-colors", "96", "-define", "png:compression-level=9", "-strip", "png8:-"]
    return subprocess.run(command, input=png, stdout=subprocess.PIPE, check=True).stdout


def _stopped(d: Debugger) -> None:
    """A recursive program that has moved some discs, two calls deep."""
    source = (SAMPLES / "hanoi.s").read_text()
    d.open(source, "hanoi.s")
    second = [number for number, line in enumerate(source.splitlines(), 1) if line.split()[:2] == ["BL", "hanoi"]][-1]
    d.gutter(second).click()
    for _ in range(3):
        before = d.seq() if "/s/" in d.page.url else 0
        d.press("F5")
        d.expect_status("breakpoint")
        _wait_beyond(d, before)
    for key in ("F11", "F11", "F11", "F11"):
        before = d.seq()
        d.press(key)
        _wait_beyond(d, before)


def _wait_beyond(d: Debugger, seq: int) -> None:
    shown = "Number(document.querySelector('[data-testid=seq]').textContent.slice(1))"
    d.page.wait_for_function(f"() => {shown} > {seq}")


def take(studio: Studio) -> Iterator[None]:
    """All pictures, one after the other."""
    for scheme in ("light", "dark"):
        d = studio.window(scheme=scheme)
        _stopped(d)
        d.tab("Stack")
        studio.keep(d.page, scheme)
        yield

    d = studio.window()
    d.open(MISTAKEN, "greet.s")
    expect(d.page.locator(".cm-lintRange-error").first).to_be_visible()
    d.tab("Problems")
    d.click("Reference")
    studio.keep(d.page, "mistakes")
    yield

    d = studio.window()
    d.open()
    with d.page.expect_file_chooser() as chooser:
        d.page.get_by_role("button", name="File").click()
        d.page.get_by_role("menuitem", name="Open").click()
    chooser.value.set_files([SAMPLES / "c" / "queens.elf", SAMPLES / "c" / "queens.c"])
    d.gutter(30).click()
    d.press("F5")
    d.expect_line(30)
    d.tab("Disassembly")
    expect(d.page.locator(".code-row.current")).to_be_visible()
    studio.keep(d.page, "compiled")
    yield

    teacher, pupil = studio.window((1000, 700)), studio.window((820, 1060), "dark")
    _stopped(teacher)
    pupil.visit(teacher.session)
    expect(pupil.state).to_have_text(teacher.state.inner_text())
    studio.keep(pupil.page, "tablet")
    yield


def main() -> int:
    """Takes the pictures."""
    (directory,) = sys.argv[1:]
    if EXECUTABLE is None:
        sys.stderr.write("screenshots need chromium, which is not installed\n")
        return 1
    with running_server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=OPTIONS)
        for _ in take(Studio(browser, server.url, Path(directory))):
            pass
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
