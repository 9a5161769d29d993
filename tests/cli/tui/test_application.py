"""How often the screen is drawn, and what may be asked for while the program runs. No terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock

from emu.cli.tui import application
from emu.cli.tui.actions import Execute, Feed, Interrupt
from emu.cli.tui.application import Application
from emu.cli.tui.interface import Interface
from emu.cli.tui.pictures import Picture
from emu.cli.tui.surface import Surface
from emu.debugger.panels.lines import plain
from tests.debugger.conversation import Conversation

CODE = """
_start: ADD   R0, R0, #1
        B     _start
read:   SWI   #6
        B     read
"""


class Recorder(Surface):
    """Keeps the pictures that it is shown."""

    def __init__(self, resized: Callable[[int, int], None]) -> None:
        super().__init__(resized)
        self.pictures: list[Picture] = []
        self.news = trio.Event()

    def show(self, picture: Picture) -> None:
        """See Surface."""
        self.pictures.append(picture)
        self.news.set()
        self.news = trio.Event()


class Show:
    """An application whose pictures go nowhere. Made inside Trio."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(application, "Surface", Recorder)
        self.talk = Conversation(CODE)
        self.interface = Interface(self.talk.debugger, [], lambda _name: ())
        self.app = Application(self.interface, lambda _effect: None, str, str)
        assert isinstance(self.app._surface, Recorder)
        self.surface = self.app._surface
        self.app._resized(80, 24)

    def last(self) -> str:
        """The last picture."""
        return "\n".join(plain(line) for line in self.surface.pictures[-1].lines)

    async def until(self, text: str) -> None:
        """Waits until there is a picture with a text."""
        while text not in self.last():
            await self.surface.news.wait()


async def test_a_running_program_is_drawn_thirty_times_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    show = Show(monkeypatch)
    show.interface.is_running = True
    before = len(show.surface.pictures)
    for _ in range(2000):
        await trio.sleep(0.001)
        show.app._want_picture()
    assert 50 <= len(show.surface.pictures) - before <= 2 * application.FRAMES


async def test_a_program_at_rest_is_drawn_at_each_key(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    show = Show(monkeypatch)
    for number, key in enumerate("print", 2):
        show.app._filter([key], [])
        assert len(show.surface.pictures) == number
        assert f"Command > {'print'[: number - 1]}" in show.last()


async def test_commands_wait_for_each_other_and_looking_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    show = Show(monkeypatch)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(show.app._commands)
            nursery.start_soon(show.app._ticks)
            for line in ("step", "step", "print pc"):
                show.app._do(Execute(line))
            await show.until("$1 = 0x00008000")
            show.app._do(Execute("continue"))
            await show.until("running ")
            for line in ("info flags", "break read", "stop"):
                show.app._do(Execute(line))
                await show.until(
                    {"i": "CPSR = [----]", "b": "Error: the program is running", "s": "interrupted"}[line[0]]
                )
            show.app._do(Execute("jump read"))
            await show.until("(waiting)")
            assert show.interface.focus == "input"
            show.app._do(Feed("7"))
            show.app._do(Interrupt())
            await show.until("Stopped: interrupted at PC=0x00008008")
            assert len(show.talk.debugger.runner.breakpoints) == 0
            nursery.cancel_scope.cancel()
