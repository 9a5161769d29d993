"""Pictures for pages, as SVG that stands inside HTML: bars, rings, and a strip that shows where a program is hot.

Colours are CSS variables of the page (`--c0` to `--c7`, `--faint`), so that a page can be light or dark. Every picture
has a text for those who cannot see it, and its parts tell what they stand for when pointed at.
"""

from __future__ import annotations

from math import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = 8
MOST_CELLS = 600
"""Cells of a heat strip; where there are more addresses, several share one."""

_STRIP_WIDTH, _STRIP_HEIGHT, _LABEL_WIDTH = 960, 34, 76


def escaped(text: str) -> str:
    """Text for HTML, also within an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def bar(value: float, most: float, colour: int = 0) -> str:
    """One bar of a chart whose longest has the value `most`."""
    width = 100 * value / most if most else 0.0
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="10" rx="1" fill="var(--faint)"/>'
        f'<rect width="{width:.2f}" height="10" rx="1" fill="var(--c{colour % COLOURS})"/></svg>'
    )


def ring(parts: Sequence[tuple[str, int]], meaning: str, middle: str = "") -> str:
    """A ring divided in proportion, with the names and shares beside it; parts of nothing are left out."""
    total = sum(value for _, value in parts)
    if not total:
        return ""
    arcs, legend, start = [], [], 0.0
    for number, (name, value) in enumerate(parts):
        if not value:
            continue
        share = 100 * value / total
        colour = f"var(--c{number % COLOURS})"
        arcs.append(
            f'<circle r="38" cx="50" cy="50" fill="none" stroke="{colour}" stroke-width="17" pathLength="100" '
            f'stroke-dasharray="{share:.3f} {100 - share:.3f}" stroke-dashoffset="{-start:.3f}">'
            f"<title>{escaped(name)}: {value:,} ({share:.1f} %)</title></circle>"
        )
        legend.append(
            f'<li><span style="background:{colour}"></span>{escaped(name)} <b>{share:.1f} %</b> '
            f"<small>{value:,}</small></li>"
        )
        start += share
    text = f'<text x="50" y="54" text-anchor="middle" class="middle">{escaped(middle)}</text>' if middle else ""
    return (
        f'<div class="ring"><svg viewBox="0 0 100 100" role="img" aria-label="{escaped(meaning)}">'
        f'<g transform="rotate(-90 50 50)">{"".join(arcs)}</g>{text}</svg><ul>{"".join(legend)}</ul></div>'
    )


def heat_strip(counts: Sequence[tuple[str, int]], labels: Sequence[tuple[int, str]], meaning: str) -> str:
    """Addresses from left to right, the darker the more often; `counts` are names and times, `labels` positions."""
    if not counts:
        return ""
    share = -(-len(counts) // MOST_CELLS)
    cells = [counts[start : start + share] for start in range(0, len(counts), share)]
    most = max(max(times for _, times in cell) for cell in cells)
    width = _STRIP_WIDTH / len(cells)
    parts = []
    for number, cell in enumerate(cells):
        name, times = max(cell, key=lambda entry: entry[1])
        place = f'<rect x="{number * width:.2f}" width="{width:.2f}" height="{_STRIP_HEIGHT}" '
        if times:
            strength = 0.15 + 0.85 * (log(1 + times) / log(1 + most))
            parts.append(f'{place}fill-opacity="{strength:.3f}" class="hot">')
            parts.append(f"<title>{escaped(name)}: {times:,}</title></rect>")
        else:
            parts.append(f'{place}fill="var(--faint)"><title>{escaped(cell[0][0])}: never</title></rect>')
    free = 0.0
    for position, name in labels:
        x = position // share * width
        if free <= x <= _STRIP_WIDTH - _LABEL_WIDTH:
            shown = name if len(name) <= 11 else name[:10] + "…"
            parts.append(f'<path d="M{x + 0.5:.2f} {_STRIP_HEIGHT}v6" stroke="currentColor"/>')
            parts.append(f'<text x="{x:.2f}" y="{_STRIP_HEIGHT + 18}">{escaped(shown)}</text>')
            free = x + _LABEL_WIDTH
    return (
        f'<svg class="strip" viewBox="0 0 {_STRIP_WIDTH} {_STRIP_HEIGHT + 24}" role="img" '
        f'aria-label="{escaped(meaning)}">{"".join(parts)}</svg>'
    )
