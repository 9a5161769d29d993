"""The full-screen debugger without a terminal: keys and clicks in, actions and pictures out.

Theory of operation. Everything the user sees or touches is here: which panel has the focus, what each key means, where
panels are. Nothing here waits and nothing runs the program; `key` and `mouse` return what is asked for, and `draw`
reads the machine, so it is called only while nobody runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from emu.cli.debug_completion import completions
from emu.cli.tui import help_page, layout
from emu.cli.tui.actions import EndInput, Execute, Feed, Interrupt, Redraw, Toggle
from emu.cli.tui.editing import Editor
from emu.cli.tui.pictures import Page, Picture, assembled, overlay
from emu.debugger.panels.changes import Changes
from emu.debugger.panels.code import GUTTER, Disassembly, Source
from emu.debugger.panels.data import Memory, Registers, Stack
from emu.debugger.panels.lines import fitted, joined, line, safe, width
from emu.debugger.panels.texts import Log, Points
from emu.isa.stops import Faulted, Halted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emu.cli.tui.actions import Action
    from emu.cli.tui.layout import Place
    from emu.debugger.debugger import Debugger
    from emu.debugger.panels.lines import Line, Span, Style
    from emu.debugger.panels.panel import Panel

FOCUS_ORDER = (
    layout.SOURCE, layout.DISASSEMBLY, layout.MEMORY, layout.STACK, layout.POINTS, layout.STATUS, layout.OUTPUT,
    layout.INPUT, layout.COMMAND,
)  # fmt: skip

WHEEL_ROWS = 3

_HINTS = (
    ("F1", "Help"), ("F5", "Go"), ("F9", "Break"), ("F10", "Next"), ("F11", "Step"), ("^C", "Stop"), ("Tab", "Panel"),
    ("S-F11", "Finish"), ("F6", "PC"),
)  # fmt: skip


class Interface:
    """One user in front of one debugger."""

    def __init__(self, debugger: Debugger, history: list[str], read: Callable[[str], tuple[str, ...]]) -> None:
        """`history` has the commands of earlier days; `read` gives the lines of a source file."""
        self.debugger = debugger
        self.changes = Changes(debugger.machine)
        self.source = Source(debugger, read)
        self.disassembly = Disassembly(debugger)
        self.memory = Memory(debugger, self.changes)
        self.stack = Stack(debugger, self.changes)
        self.status = Log("Status")
        self.output = Log("Program Output")
        self.panels: dict[str, Panel] = {
            layout.SOURCE: self.source,
            layout.DISASSEMBLY: self.disassembly,
            layout.REGISTERS: Registers(debugger, self.changes),
            layout.MEMORY: self.memory,
            layout.STACK: self.stack,
            layout.POINTS: Points(debugger),
            layout.STATUS: self.status,
            layout.OUTPUT: self.output,
        }
        self.history = history
        self.command = Editor(history)
        self.input = Editor()
        self.focus = layout.COMMAND
        self.is_running = False
        self.is_waiting = False
        """Whether the program waits for a line of input."""
        self._on_top = layout.DISASSEMBLY
        self._page: Page | None = None
        self._size = (0, 0)
        self._places: list[Place] = []
        self._borrowed = False

    # -- what happens to the program

    def looked(self) -> None:
        """The program is in the middle of its run; panels show where."""
        self.changes.look()

    def stopped(self) -> None:
        """The program no longer runs, or a command has changed something: everything follows it."""
        self.changes.end()
        self.is_running = False
        self.waits(False)
        self.source.follow()
        self.disassembly.follow()
        self.memory.follow()
        self.stack.follow()

    def waits(self, waiting: bool) -> None:
        """The program waits for a line, or no longer does. The focus goes to where it is typed, and back."""
        self.is_waiting = waiting
        if waiting and self.focus == layout.COMMAND and not self.command.text:
            self.focus, self._borrowed = layout.INPUT, True
        elif not waiting and self._borrowed:
            self._borrowed = False
            if self.focus == layout.INPUT and not self.input.text:
                self.focus = layout.COMMAND

    # -- keys

    def key(self, key: str) -> Action | None:
        """What a key asks for, if it asks for something that is not done here."""
        if key == "ctrl c":
            return Interrupt()
        if key == "ctrl l":
            return Redraw()
        if self._page is not None:
            self._key_in_page(key)
            return None
        if key in _GLOBAL_KEYS:
            return _GLOBAL_KEYS[key](self)
        if self.focus == layout.COMMAND:
            return self._key_in_command(key)
        if self.focus == layout.INPUT:
            return self._key_in_input(key)
        if key in ("tab", "shift tab"):
            self._move_focus(1 if key == "tab" else -1)
        elif key in _MOVES:
            _MOVES[key](self.panels[self.focus])
        elif len(key) == 1 and key.isprintable():
            self.focus = layout.COMMAND
            self.command.key(key)
        return None

    def _help(self) -> None:
        self.show_page("Keys and commands", help_page.LINES)

    def show_page(self, title: str, lines: Sequence[str]) -> None:
        """Shows a text over everything else until a key is pressed."""
        self._page = Page(title, tuple(map(safe, lines)))

    def _key_in_page(self, key: str) -> None:
        assert self._page is not None
        step = {"down": 1, "up": -1, "page down": 10, "page up": -10}.get(key)
        self._page = None if step is None else evolve(self._page, top=max(0, self._page.top + step))

    def _go(self) -> Action:
        return Execute("continue" if self.debugger.runner.is_active else "run")

    def unit(self, command: str) -> str:
        """`next` and `step` by instructions, or by lines while somebody is in the text of a compiled program."""
        return f"{command}line" if self.focus == layout.SOURCE and self.source.has_text else command

    def _centre(self) -> None:
        self.source.follow(always=True)
        self.disassembly.follow(always=True)

    def _toggle(self) -> Action | None:
        if self.focus == layout.SOURCE:
            address = self.source.address_at_cursor()
        elif self.focus == layout.DISASSEMBLY:
            address = self.disassembly.address_at_cursor()
        else:
            address = self.debugger.machine.registers[15]
        return Toggle(address) if address is not None else None

    def _key_in_command(self, key: str) -> Action | None:
        if key == "enter":
            text = self.command.take()
            if text.strip() and (not self.history or self.history[-1] != text.strip()):
                self.history.append(text.strip())
            return Execute(text)
        if key == "tab" and self.command.text.strip():
            self._complete()
        elif key in ("tab", "shift tab"):
            self._move_focus(1 if key == "tab" else -1)
        elif key in ("page up", "page down"):
            self.status.page(-1 if key == "page up" else 1)
        else:
            self.command.key(key)
        return None

    def _complete(self) -> None:
        """Adds what all completions have in common; says what there is when that is nothing."""
        editor = self.command
        before, after = editor.text[: editor.cursor], editor.text[editor.cursor :]
        found = completions(self.debugger, before)
        if not found:
            return
        common = _common(found)
        typed = next((n for n in range(min(len(common), len(before)), -1, -1) if before.endswith(common[:n])), 0)
        added = common[typed:] + (" " if len(found) == 1 and common[-1:] not in (":", "/") else "")
        if added:
            editor.set(before + added + after, len(before) + len(added))
        else:
            self.status.say("  ".join(found[:100]), "dim")

    def _key_in_input(self, key: str) -> Action | None:
        if key == "enter":
            return Feed(self.input.take())
        if key == "ctrl d" and not self.input.text:
            return EndInput()
        if key in ("tab", "shift tab"):
            self._move_focus(1 if key == "tab" else -1)
        elif key in ("page up", "page down"):
            self.output.page(-1 if key == "page up" else 1)
        else:
            self.input.key(key)
        return None

    def _move_focus(self, by: int) -> None:
        number = FOCUS_ORDER.index(self.focus)
        self._focus(FOCUS_ORDER[(number + by) % len(FOCUS_ORDER)])

    def _focus(self, name: str) -> None:
        self.focus = name
        self._borrowed = False
        if name in layout.DECK:
            self._on_top = name

    # -- the mouse

    def mouse(self, event: str, button: int, x: int, y: int) -> Action | None:
        """What a press, drag or release at column `x`, row `y` asks for."""
        if event.rpartition(" ")[2] != "press":
            return None
        if self._page is not None:
            self._key_in_page({4: "up", 5: "down"}.get(button, ""))
            return None
        place = next((p for p in self._places if p.x <= x < p.x + p.width and p.y <= y < p.y + p.height), None)
        if place is None:
            return None
        panel = self.panels.get(place.name)
        if button in (4, 5):
            if panel is not None:
                panel.scroll_window(WHEEL_ROWS if button == 5 else -WHEEL_ROWS)
            return None
        if button != 1:
            return None
        if y == place.y and place.deck:
            self._focus(_tab_at(place, x - place.x, self) or place.name)
            return None
        if place.name != layout.REGISTERS:
            self._focus(place.name)
        if panel is None or y == place.y:
            return None
        number = panel.select(y - place.y - 1)
        if number is not None and x - place.x < GUTTER and isinstance(panel, (Source, Disassembly)):
            address = panel.address_of(number)
            return Toggle(address) if address is not None else None
        return None

    # -- pictures

    def draw(self, columns: int, rows: int) -> Picture:
        """The screen as it is now. The machine must not be running."""
        if columns < layout.SMALLEST[0] or rows < layout.SMALLEST[1]:
            self._places = []
            text = f"The debugger needs {layout.SMALLEST[0]} columns and {layout.SMALLEST[1]} rows."
            return Picture(columns, [line(text, "error"), *[()] * (rows - 1)][:rows], None)
        runner = self.debugger.runner
        points = len(runner.breakpoints) + len(runner.watchpoints)
        self._places = layout.arrange(columns, rows, points=points, on_top=self._on_top)
        pieces: list[list[tuple[int, int, Line]]] = [[] for _ in range(rows)]
        cursor = None
        for place in self._places:
            if place.height == 1:
                shown, column = self._editor_line(place)
                pieces[place.y].append((place.x, place.width, shown))
                cursor = (column, place.y) if column is not None else cursor
                continue
            for number, shown in enumerate(self._panel_lines(place)):
                pieces[place.y + number].append((place.x, place.width, shown))
        pieces[rows - 1].append((0, columns, self._hints(columns)))
        lines = [assembled(row, columns) for row in pieces]
        if self._page is not None:
            self._page = overlay(lines, columns, self._page)
            cursor = None
        return Picture(columns, lines, cursor)

    def _panel_lines(self, place: Place) -> list[Line]:
        panel = self.panels[place.name]
        focused = place.name == self.focus
        shown = panel.draw(place.height - 1, place.width)
        if focused and panel.has_cursor:
            number = panel.cursor - panel.top
            if 0 <= number < len(shown):
                shown[number] = line("".join(text for _, text in fitted(shown[number], place.width)), "selected")
        shown += [()] * (place.height - 1 - len(shown))
        return [self._title(place, focused), *shown]

    def _title(self, place: Place, focused: bool) -> Line:
        spans: list[Span] = [("rule", "─")]
        for name in place.deck or (place.name,):
            is_shown = name == place.name
            style: Style = "focus" if focused and is_shown else "title"
            text = self.panels[name].title() if is_shown else self.panels[name].name
            spans += [(style if is_shown else "dim", f" {text} "), ("rule", "─")]
        used = sum(width(text) for _, text in spans)
        return fitted((*spans, ("rule", "─" * (place.width - used))), place.width)

    def _editor_line(self, place: Place) -> tuple[Line, int | None]:
        is_input = place.name == layout.INPUT
        editor = self.input if is_input else self.command
        focused = self.focus == place.name
        label = "Program Input" if is_input else "Command"
        style: Style = "focus" if focused else "stop" if is_input and self.is_waiting else "title"
        prompt = f" {label} > " if not (is_input and self.is_waiting) else f" {label} (waiting) > "
        text, column = editor.shown(place.width - len(prompt) - 1)
        shown: Line = ((style, prompt), ("text", text))
        visible = focused and self._page is None
        return shown, (place.x + len(prompt) + column) if visible else None

    def _hints(self, columns: int) -> Line:
        state = self._state()
        room = columns - len(state[1]) - 2
        spans: list[Span] = []
        used = 0
        for key, meaning in _HINTS:
            used += len(key) + len(meaning) + 3
            if used <= room:
                spans += [("hint", " "), ("key", key), ("hint", f" {meaning} ")]
        return joined([*fitted(tuple(spans), room, "hint"), state, ("hint", "  ")])

    def _state(self) -> Span:
        machine = self.debugger.machine
        if self.is_waiting:
            return ("stop", "waits for input")
        if self.is_running:
            return ("flag", f"running {machine.instructions:,}")
        outcome = machine.outcome
        if isinstance(outcome, Halted):
            return ("hint", f"exited with code {outcome.exit_code}")
        if isinstance(outcome, Faulted):
            return ("error", "fault")
        return ("hint", "stopped" if self.debugger.runner.is_active else "not started")


def _tab_at(place: Place, x: int, interface: Interface) -> str | None:
    """Which title of a deck is at a column of its row."""
    column = 1
    for name in place.deck:
        panel = interface.panels[name]
        column += len(panel.title() if name == place.name else panel.name) + 3
        if x < column:
            return name
    return None


def _common(words: list[str]) -> str:
    first, last = min(words), max(words)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


_GLOBAL_KEYS: dict[str, Callable[[Interface], Action | None]] = {
    "f1": Interface._help,
    "f5": Interface._go,
    "f6": Interface._centre,
    "f9": Interface._toggle,
    "f10": lambda interface: Execute(interface.unit("next")),
    "f11": lambda interface: Execute(interface.unit("step")),
    "shift f11": lambda _: Execute("finish"),
}

_MOVES: dict[str, Callable[[Panel], None]] = {
    "up": lambda panel: panel.scroll(-1), "down": lambda panel: panel.scroll(1),
    "page up": lambda panel: panel.page(-1), "page down": lambda panel: panel.page(1),
    "home": lambda panel: panel.home(), "end": lambda panel: panel.end(),
}  # fmt: skip
