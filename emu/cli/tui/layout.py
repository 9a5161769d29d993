"""Where the panels are, for a screen of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST = (80, 24)
"""Columns and rows below which there is no room."""

WIDE = 148
"""Columns from which on everything is visible at once."""

SOURCE, DISASSEMBLY, REGISTERS, MEMORY, STACK, POINTS, STATUS, OUTPUT, INPUT, COMMAND = (
    "source", "disassembly", "registers", "memory", "stack", "points", "status", "output", "input", "command",
)  # fmt: skip

DECK = (DISASSEMBLY, MEMORY, STACK, POINTS)
"""The panels that share one place on a narrow screen: the one that was focused last is visible."""


@frozen
class Place:
    """A panel: a row with its title, and `height` - 1 rows below it; the lines to type in have no title."""

    name: str
    x: int
    y: int
    width: int
    height: int
    deck: tuple[str, ...] = ()
    """The panels that share the place, if there are several."""


def arrange(columns: int, rows: int, *, points: int, on_top: str) -> list[Place]:
    """The visible panels. `points` is how many breakpoints and watchpoints there are, `on_top` the deck's panel."""
    return _wide(columns, rows, points) if columns >= WIDE else _narrow(columns, rows, on_top)


def _wide(columns: int, rows: int, points: int) -> list[Place]:
    left = columns * 3 // 5
    right = columns - left - 1
    output = min(8, max(4, rows // 6))
    body = rows - output - 3
    places = _stacked(0, 0, left, body, ((SOURCE, 5), (DISASSEMBLY, 3), (STATUS, 3)))
    registers = 8
    most = 12 if body >= 36 else 5
    breakpoints = max(4, min(most, points + 2))
    memory = min(17, (body - registers - breakpoints) * 3 // 5)
    heights = ((REGISTERS, registers), (MEMORY, memory), (STACK, body - registers - memory - breakpoints))
    y = 0
    for name, height in (*heights, (POINTS, breakpoints)):
        places.append(Place(name, left + 1, y, right, height))
        y += height
    return places + _below(columns, rows, [Place(OUTPUT, 0, body, columns, output)])


def _narrow(columns: int, rows: int, on_top: str) -> list[Place]:
    right = 46 if columns >= 120 else 31
    left = columns - right - 1
    talk = max(4, rows // 5)
    body = rows - talk - 3
    registers = 8 if right == 46 else 11
    upper = max(registers, (body * 3 + 4) // 5)
    half = columns // 2
    return _below(
        columns,
        rows,
        [
            Place(SOURCE, 0, 0, left, upper),
            Place(REGISTERS, left + 1, 0, right, upper),
            Place(on_top, 0, upper, columns, body - upper, DECK),
            Place(STATUS, 0, body, half, talk),
            Place(OUTPUT, half + 1, body, columns - half - 1, talk),
        ],
    )


def _stacked(x: int, y: int, width: int, height: int, parts: Sequence[tuple[str, int]]) -> list[Place]:
    """Panels one above the other that share a height in proportion."""
    whole = sum(part for _, part in parts)
    places = []
    above = share = 0
    for name, part in parts:
        share += part
        end = height * share // whole
        places.append(Place(name, x, y + above, width, end - above))
        above = end
    return places


def _below(columns: int, rows: int, places: list[Place]) -> list[Place]:
    """The two lines to type in; the last row of the screen is left for hints."""
    return [*places, Place(INPUT, 0, rows - 3, columns, 1), Place(COMMAND, 0, rows - 2, columns, 1)]
