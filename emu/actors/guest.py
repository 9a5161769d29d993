"""The machine of a session together with its services: executes, collects output, stops where input is missing.

Theory of operation. `run` executes a piece of the program without any checkpoint and without publishing anything, so
it may be called in a worker thread. Output is collected; effects are answered by the world at once; a call that needs
input that is not there is abandoned, which leaves the machine in front of its SWI, and `retry` makes it again when
there is more.

How a piece ends is a function of the machine's state and the limit alone, except where `hurry` cuts it short. The
count of executed instructions then tells where, and `run` with that count as its limit repeats it exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from emu.isa.analysis.witness import Observed
from emu.isa.machine import Machine
from emu.isa.stops import LimitReached, ServiceCall
from emu.services.driver import DriveStop, serve, settle
from emu.services.effects import AwaitInput, Stream, Warn, Write
from emu.services.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emu.actors.world import World
    from emu.isa.analysis.witness import Observer
    from emu.isa.layout import Layout
    from emu.isa.stops import Stop
    from emu.services.effects import Answer, Effect

CHUNK_EFFORT = 8192
"""What the machine may spend between two looks at `hurry` while the program makes no service call: about a millisecond,
at whatever speed the program runs."""

OUTPUT_LIMIT = 1 << 16
"""Bytes of output after which a piece ends, so that one piece cannot fill the memory."""

OBSERVED_CHUNK = 512
"""Instructions between two looks at `hurry` while each of them is seen by observers."""


class NeedsInput:
    """The next instruction is a call that waits for input. Nothing of it has happened."""

    __slots__ = ()


GuestStop: TypeAlias = DriveStop | NeedsInput
"""Why a piece ended. LimitReached stands for being cut, too."""


class _InputNeeded(Exception):
    """A call waits for input."""


class Guest:
    """See the module's docstring."""

    def __init__(self, layout: Layout, world: World) -> None:
        self.machine = Machine(layout)
        self.services = Services((), layout.heap())
        self.world = world
        self.observed: Observed | None = None
        """What stands in the machine's place while somebody wants to see every instruction."""
        self.execute: Callable[[int, bool], Stop] = self._execute
        """Executes a number of instructions at most; the second argument as `Machine.run` has it."""
        self.output_limit = OUTPUT_LIMIT
        self.finished_instructions = 0
        """What earlier programs and runs of this session executed, all together."""
        self._output: list[tuple[str, bytes]] = []
        self._output_size = 0
        self._blocked: ServiceCall | None = None

    @property
    def is_full(self) -> bool:
        """Whether so much output is collected that it should be published."""
        return self._output_size >= self.output_limit

    def run(
        self, limit: int, leaving_breakpoint: bool, hurry: Callable[[], bool], *, ends_at_calls: bool = False
    ) -> GuestStop:
        """Executes at most `limit` instructions, fewer if `hurry` says so, and says why it ended.

        With `ends_at_calls` it also ends behind each system call.
        """
        machine = self.machine
        end = machine.instructions + limit
        while True:
            count = machine.instructions
            left = end - count
            if left <= 0:
                return LimitReached()
            if self.observed is not None:
                stop = self.observed.run(min(left, OBSERVED_CHUNK), leaving_breakpoint=leaving_breakpoint)
            else:
                stop = self.execute(left, leaving_breakpoint)
            if isinstance(stop, ServiceCall):
                leaving_breakpoint = False
                over = self._call(stop)
                if over is not None:
                    return over
                if ends_at_calls or self.is_full or hurry():
                    return LimitReached()
            elif not isinstance(stop, LimitReached) or hurry():
                return stop
            elif machine.instructions != count:
                leaving_breakpoint = False

    def _execute(self, limit: int, leaving_breakpoint: bool) -> Stop:
        return self.machine.run(limit, leaving_breakpoint=leaving_breakpoint, effort=CHUNK_EFFORT)

    def retry(self) -> GuestStop | None:
        """Makes the call again that needed input. None if it is done and the program can go on."""
        blocked = self._blocked
        assert blocked is not None
        if self.observed is not None:
            # Whoever observes may have come meanwhile: let it see the machine in front of the call.
            self.observed.run(1, leaving_breakpoint=True)
        return self._call(blocked)

    def observe(self, observers: Sequence[Observer]) -> None:
        """Shows every instruction to the observers from now on. Without any the machine is as fast as ever."""
        machine = self.machine
        if observers:
            machine.use_engine("interpreter")
            self.observed = Observed(machine, observers)
        elif self.observed is not None:
            self.observed = None
            machine.use_engine("auto")

    def abandon(self) -> None:
        """Forgets that a call waits. The machine is in front of it."""
        self._blocked = None

    def take_output(self) -> list[tuple[str, bytes]]:
        """What was written since the last time, in order: stream and bytes."""
        output, self._output = self._output, []
        self._output_size = 0
        return output

    def start_over(self) -> None:
        """Closes the program's files and forgets heap and error code."""
        for effect in self.services.close_files():
            self._perform(effect)
        self.services.reset()
        self.finished_instructions += self.machine.instructions
        self._blocked = None

    def equip(self, name: str, arguments: tuple[bytes, ...]) -> None:
        """Services for the program just loaded, which knows its heap and its arguments. Console input stays."""
        places = self.machine.memory_map
        console = self.services.console
        self.services = Services(
            arguments,
            (places.heap_start, places.heap_end),
            stack=(places.stack_start, places.stack_top),
            name=name.encode("utf-8", "replace"),
        )
        self.services.console = console
        self.begin()

    def begin(self) -> None:
        """Puts the arguments where the program expects them when it starts, or starts again."""
        self.services.prepare(self.machine, self.machine.memory_map.stack_start)
        self.machine.memory.last_store = None

    def _call(self, stop: ServiceCall) -> GuestStop | None:
        machine = self.observed if self.observed is not None else self.machine
        try:
            outcome = serve(machine, self.services, stop, self._perform)
        except _InputNeeded:
            self._blocked = stop
            return NeedsInput()
        self._blocked = None
        return settle(machine, stop, outcome)

    def _perform(self, effect: Effect) -> Answer:
        if isinstance(effect, Write):
            self._output.append((effect.stream.value, effect.data))
            self._output_size += len(effect.data)
            return None
        if isinstance(effect, AwaitInput):
            raise _InputNeeded
        if isinstance(effect, Warn):
            self._output.append((Stream.STDERR.value, effect.text.encode("utf-8", "replace") + b"\n"))
            self._output_size += len(effect.text)
            return None
        return self.world.answer(effect)
