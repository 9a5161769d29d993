"""How fast the page is: `pytest -rP tests/web/test_speed.py` prints what a person waits.

That depends on what else the computer does. What is asserted is the part of it that the page is to blame for: the
processor time of the page's own thread.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import emu
from tests.web.chromium import needs_chromium
from tests.web.debugger import Debugger

MOST_BYTES = 500 * 1024
PAGE = Path(emu.__file__).parent / "gateway" / "page"
STEPS = 20


def test_the_bundle_is_small() -> None:
    size = sum(path.stat().st_size for path in PAGE.iterdir() if path.suffix == ".gz")
    print(f"the page, compressed: {size / 1024:.1f} KiB of {MOST_BYTES / 1024:.0f}")
    assert 50_000 < size <= MOST_BYTES


@needs_chromium
def test_the_first_view_comes_at_once(window: Callable[..., Debugger]) -> None:
    d: Debugger = window(is_new=True)
    before = d.spent()
    d.open()
    painted = "performance.getEntriesByName('first-contentful-paint')"
    d.until(f"() => {painted}.length > 0", None, "the page is painted")
    spent = d.spent() - before
    waits = d.evaluate(f"[performance.getEntriesByName('emu:interactive')[0].startTime, {painted}[0].startTime]")
    print("interactive after {:.0f} ms, painted after {:.0f} ms".format(*waits))
    print(f"of its processor the page takes {spent:.0f} ms, of 500")
    assert 0 < spent <= 500


@needs_chromium
def test_a_step_is_felt_at_once(debugger: Debugger) -> None:
    d = debugger
    d.open("        .org 0x8000\n_start: ADD R0, R0, #1\n        B _start\n")
    d.press("F10")
    d.expect_line(2)
    d.settle()
    before = d.spent()
    for step in range(1, STEPS + 1):
        d.press("F11")
        d.expect_line(2 + step % 2)
    spent = (d.spent() - before) / STEPS
    measured = "performance.getEntriesByName('emu:key-to-registers')"
    d.until(f"steps => {measured}.length > steps", STEPS, "every step was measured")  # the first is of loading
    waits = d.evaluate(f"{measured}.map(one => one.duration).slice(1)")
    print(
        f"from the key to the registers: {statistics.median(waits):.1f} ms in the middle, {max(waits):.1f} ms at most"
    )
    print(f"a step takes {spent:.1f} ms of the page's processor, of 40")
    assert len(waits) == STEPS
    assert 0 < spent <= 40
