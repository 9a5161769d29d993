"""A line that is being typed: cursor, history, the keys of line editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.debugger.panels.lines import width

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 4096
"""Characters of a line."""


class Editor:
    """Text and a cursor in it. `key` says whether it has used a key."""

    def __init__(self, history: list[str] | None = None) -> None:
        """`history` is what the up and down keys bring back, the newest last; the owner appends to it."""
        self.text = ""
        self.cursor = 0
        self._history = history if history is not None else []
        self._back = 0
        self._draft = ""

    def set(self, text: str, cursor: int | None = None) -> None:
        """Replaces the text."""
        self.text = text[:LONGEST]
        self.cursor = min(len(self.text), len(text) if cursor is None else cursor)

    def take(self) -> str:
        """The text, which is then empty."""
        text = self.text
        self.set("")
        self._back = 0
        return text

    def key(self, key: str) -> bool:
        """Does what the key means in a line editor; false if it means nothing there."""
        function = _KEYS.get(key)
        if function is not None:
            function(self)
            return True
        if len(key) == 1 and key.isprintable():
            if len(self.text) < LONGEST:
                self.text = self.text[: self.cursor] + key + self.text[self.cursor :]
                self.cursor += 1
            return True
        return False

    def shown(self, columns: int) -> tuple[str, int]:
        """What fits into `columns`, and the column of the cursor in it; scrolled so that the cursor is inside."""
        start = 0
        while width(self.text[start : self.cursor]) >= columns > 1:
            start += max(1, columns // 2)
        return self.text[start:], width(self.text[start : self.cursor])

    def _left(self) -> None:
        self.cursor = max(0, self.cursor - 1)

    def _right(self) -> None:
        self.cursor = min(len(self.text), self.cursor + 1)

    def _home(self) -> None:
        self.cursor = 0

    def _end(self) -> None:
        self.cursor = len(self.text)

    def _backspace(self) -> None:
        if self.cursor:
            self.set(self.text[: self.cursor - 1] + self.text[self.cursor :], self.cursor - 1)

    def _delete(self) -> None:
        self.set(self.text[: self.cursor] + self.text[self.cursor + 1 :], self.cursor)

    def _delete_to_end(self) -> None:
        self.set(self.text[: self.cursor])

    def _delete_to_start(self) -> None:
        self.set(self.text[self.cursor :], 0)

    def _word_start(self) -> int:
        before = self.text[: self.cursor].rstrip()
        return before.rfind(" ") + 1

    def _delete_word(self) -> None:
        start = self._word_start()
        self.set(self.text[:start] + self.text[self.cursor :], start)

    def _word_left(self) -> None:
        self.cursor = self._word_start()

    def _word_right(self) -> None:
        rest = self.text[self.cursor :]
        skipped = len(rest) - len(rest.lstrip())
        end = rest.find(" ", skipped)
        self.cursor = len(self.text) if end < 0 else self.cursor + end

    def _earlier(self) -> None:
        if self._back < len(self._history):
            if not self._back:
                self._draft = self.text
            self._back += 1
            self.set(self._history[-self._back])

    def _later(self) -> None:
        if self._back:
            self._back -= 1
            self.set(self._history[-self._back] if self._back else self._draft)


_KEYS: dict[str, Callable[[Editor], None]] = {
    "left": Editor._left, "ctrl b": Editor._left, "right": Editor._right, "ctrl f": Editor._right,
    "home": Editor._home, "ctrl a": Editor._home, "end": Editor._end, "ctrl e": Editor._end,
    "backspace": Editor._backspace, "ctrl h": Editor._backspace, "delete": Editor._delete,
    "ctrl k": Editor._delete_to_end, "ctrl u": Editor._delete_to_start, "ctrl w": Editor._delete_word,
    "meta b": Editor._word_left, "ctrl left": Editor._word_left,
    "meta f": Editor._word_right, "ctrl right": Editor._word_right,
    "up": Editor._earlier, "ctrl p": Editor._earlier, "down": Editor._later, "ctrl n": Editor._later,
}  # fmt: skip
