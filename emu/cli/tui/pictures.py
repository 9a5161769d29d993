"""Pictures: panels side by side, and a page over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from emu.debugger.panels.lines import fitted, joined, line, plain, width

if TYPE_CHECKING:
    from emu.debugger.panels.lines import Line, Span, Style


@frozen
class Picture:
    """A whole screen. `cursor` is column and row, None if it is not to be seen."""

    columns: int
    lines: list[Line]
    cursor: tuple[int, int] | None


@frozen
class Page:
    """A text that lies over everything, from its line `top` on."""

    title: str
    lines: tuple[str, ...]
    top: int = 0


def assembled(pieces: list[tuple[int, int, Line]], columns: int) -> Line:
    """Panels side by side, a line between them."""
    spans: list[Span] = []
    column = 0
    for x, across, shown in sorted(pieces, key=lambda piece: piece[0]):
        if x > column:
            spans.append(("rule", "│" * (x - column)))
        spans += fitted(shown, across)
        column = x + across
    return fitted(tuple(spans), columns)


def overlay(lines: list[Line], columns: int, page: Page) -> Page:
    """Draws a page over the picture. Gives the page as far as it could be scrolled."""
    across = min(columns - 4, max(map(width, page.lines)) + 4)
    height = min(len(lines) - 2, len(page.lines) + 2)
    room = height - 2
    page = evolve(page, top=min(page.top, len(page.lines) - room))
    x, y = (columns - across) // 2, (len(lines) - height) // 2
    more = " arrows: more; any other key: back " if room < len(page.lines) else " any key: back "
    box = [f"┌{f' {page.title} ':─^{across - 2}}┐"]
    box += [f"│ {plain(fitted(line(text), across - 4))} │" for text in page.lines[page.top : page.top + room]]
    box.append(f"└{more:─^{across - 2}}┘")
    for number, text in enumerate(box):
        under = lines[y + number]
        style: Style = "selected" if number in (0, len(box) - 1) else "text"
        lines[y + number] = joined([*fitted(under, x), (style, text), *_cut(under, x + across)])
    return page


def _cut(of: Line, column: int) -> Line:
    """What of a line lies at or behind a column; a character that is cut in two leaves a blank."""
    text: list[Span] = []
    before = fitted(of, column)
    skipped = sum(len(piece) for _, piece in before)
    for style, piece in of:
        if skipped >= len(piece):
            skipped -= len(piece)
        else:
            text.append((style, piece[skipped:]))
            skipped = 0
    return tuple(text)
