"""What panels have in common: rows with numbers, of which a window is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emu.debugger.panels.lines import Line


class Panel:
    """Rows `first` to `last`, shown from `top` on. A subclass says what the rows are."""

    name = ""
    has_cursor = False
    """Whether one row is selected: arrows move it, and the window follows."""

    def __init__(self) -> None:
        self.top = 0
        self.cursor = 0
        self.height = 1
        """Rows of the window, as last drawn."""
        self._centred: int | None = None

    # -- what a subclass says

    def bounds(self) -> tuple[int, int]:
        """The first and the last row."""
        raise NotImplementedError

    def row(self, number: int, columns: int) -> Line:
        """One row."""
        raise NotImplementedError

    def prepare(self, columns: int) -> None:
        """Called before rows are asked for."""

    def title(self) -> str:
        """What the panel is called now."""
        return self.name

    # -- what a front end calls

    def draw(self, rows: int, columns: int) -> list[Line]:
        """The window, `rows` lines at most."""
        self.prepare(columns)
        self.height = max(1, rows)
        _, last = self.bounds()
        if self._centred is not None:
            self.cursor = self._centred
            if not self.top <= self.cursor < self.top + self.height or self.always_centres:
                self.top = self.cursor - self.height // 3
            self._centred = None
        self._keep_inside()
        return [self.row(number, columns) for number in range(self.top, min(self.top + rows, last + 1))]

    always_centres = False

    def centre(self, number: int, *, always: bool = False) -> None:
        """Selects a row and brings it into the window when it is drawn next; to a third of it, with `always`."""
        self._centred = number
        self.always_centres = always

    def scroll(self, by: int) -> None:
        """Down by so many rows, up if negative: the cursor where there is one, else the window."""
        if self.has_cursor:
            first, last = self.bounds()
            self.cursor = max(first, min(last, self.cursor + by))
            self.top = min(self.cursor, max(self.top, self.cursor - self.height + 1))
        else:
            self.top += by
        self._keep_inside()

    def scroll_window(self, by: int) -> None:
        """As the mouse wheel does: the window moves and takes the cursor along only at its edges."""
        self.top += by
        self._keep_inside()
        self.cursor = max(self.top, min(self.top + self.height - 1, self.cursor))

    def page(self, direction: int) -> None:
        """A window's height up (-1) or down (1)."""
        self.scroll(direction * max(1, self.height - 1))

    def home(self) -> None:
        """To the first row."""
        self.top = self.cursor = self.bounds()[0]

    def end(self) -> None:
        """To the last row."""
        self.cursor = self.bounds()[1]
        self.top = self.cursor - self.height + 1
        self._keep_inside()

    def select(self, window_row: int) -> int | None:
        """Puts the cursor on a row of the window; its number, None below the last."""
        number = self.top + window_row
        first, last = self.bounds()
        if not first <= number <= last:
            return None
        if self.has_cursor:
            self.cursor = number
        return number

    def _keep_inside(self) -> None:
        first, last = self.bounds()
        self.top = max(first, min(self.top, last - self.height + 1))
        if self.has_cursor:
            self.cursor = max(first, min(last, self.cursor))
