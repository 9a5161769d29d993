"""How fast the page is, measured in the page. The figures are printed: `pytest -rP tests/web/test_speed.py`."""

from __future__ import annotations

import statistics
from pathlib import Path

import emu
from tests.web.chromium import needs_chromium
from tests.web.debugger import Debugger

MOST_BYTES = 500 * 1024
PAGE = Path(emu.__file__).parent / "gateway" / "page"


def test_the_bundle_is_small() -> None:
    size = sum(path.stat().st_size for path in PAGE.iterdir() if path.suffix == ".gz")
    print(f"the page, compressed: {size / 1024:.1f} KiB of {MOST_BYTES / 1024:.0f}")
    assert 50_000 < size <= MOST_BYTES


@needs_chromium
def test_the_first_view_comes_at_once(debugger: Debugger) -> None:
    debugger.open()
    times = debugger.evaluate(
        """() => ({
          interactive: performance.getEntriesByName('emu:interactive')[0].startTime,
          painted: performance.getEntriesByName('first-contentful-paint')[0].startTime,
        })"""
    )
    print(f"interactive after {times['interactive']:.0f} ms, painted after {times['painted']:.0f} ms, of 1000")
    assert times["interactive"] <= 1000


@needs_chromium
def test_a_step_is_felt_at_once(debugger: Debugger) -> None:
    d = debugger
    d.open("        .org 0x8000\n_start: ADD R0, R0, #1\n        B _start\n")
    d.press("F10")
    d.expect_line(2)
    for step in range(1, 21):
        d.press("F11")
        d.expect_line(2 + step % 2)
    measured = "performance.getEntriesByName('emu:key-to-registers')"
    d.page.wait_for_function(f"() => {measured}.length >= 21")  # the first is of loading
    times = d.evaluate(f"{measured}.map(one => one.duration).slice(1)")
    middle, slowest = statistics.median(times), max(times)
    print(f"from the key to the registers: {middle:.1f} ms in the middle, {slowest:.1f} ms at most, of 50")
    assert len(times) == 20
    assert middle <= 50
