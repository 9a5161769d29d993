"""Executing one instruction after the other while registers are watched, as fast as that can be.

Theory of operation. A register has no guard that could stop the machine, so each instruction has to be looked at. What
was executed a few times gets a function of its own (`emu.isa.analysis.noted_steps`); after each one the watched
registers are compared. That is enough to say that nothing happened. Where something may have happened, execution ends
behind the instruction, and what was before it is in `before`; what it means is not decided here. Everything unusual,
such as calls, faults and the end of a budget, is left to the machine, one instruction at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.isa.analysis.noted_steps import noted_step
from emu.isa.analysis.witness import MOST_KNOWN, OFTEN, Access, Moment
from emu.isa.engines.lifting import lift
from emu.isa.faults import GuestFault, MemoryFault
from emu.isa.instructions.decoder import decode
from emu.isa.machine import MAX_CYCLES
from emu.isa.stops import BreakpointHit, LimitReached, WatchpointHit

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from emu.isa.analysis.noted_steps import NotedStep
    from emu.isa.machine import Machine
    from emu.isa.stops import Stop

_PC = 15
CHUNK = 512
"""Instructions after which `run` returns at the latest, so that its caller gets a turn."""


class _Known:
    """An instruction that was met; `step` is its function, if it has one."""

    __slots__ = ("reads", "step", "times", "word")

    def __init__(self, word: int, reads: frozenset[int]) -> None:
        self.word = word
        self.reads = reads
        self.times = 0
        self.step: NotedStep | None = None


class SlowMotion:
    """See the module's docstring."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._memory = machine.memory
        self._known: dict[int, _Known] = {}
        self._moment = Moment()
        self.before: tuple[list[int], list[bool], int] | None = None
        """Registers, flags and word of the last instruction, if it may have touched a watched register."""

    def run(self, limit: int, leaving: bool, written: AbstractSet[int], read: AbstractSet[int]) -> Stop:
        """Executes up to `limit` instructions, or to one that changes a register of `written` or reads one of `read`.

        There it ends with a WatchpointHit, which may be about memory, too, and may be about nothing at all.
        """
        machine = self._machine
        memory = machine.memory
        if memory is not self._memory:
            self._memory = memory
            self._known.clear()
        registers, flags, moment, words = machine.registers, machine.flags, self._moment, memory.words
        known, breakpoints = self._known, machine.breakpoints
        may_be_quick = not machine.has_stack_guard and machine.profile is None and machine.outcome is None
        end = machine.instructions + min(limit, CHUNK)
        while True:
            pc = registers[_PC]
            if pc in breakpoints and not leaving:
                self.before = None
                return BreakpointHit(pc)
            before, old_flags = registers[:], flags[:]
            place = known.get(pc)
            step = None
            if place is not None and place.word == words[pc >> 2]:
                step = place.step
            else:
                place = self._meet(pc)
            if step is None or not may_be_quick or machine.pause_requested or self._is_near_the_limit():
                count = machine.instructions
                stop = machine.run(1, leaving_breakpoint=leaving)
                if isinstance(stop, LimitReached) and machine.instructions == count:
                    self.before = None
                    return stop
                if not isinstance(stop, LimitReached):
                    self.before = (before, old_flags, place.word if place is not None else 0)
                    return stop
                self._count(pc, place)
            else:
                memory.watching_pc = pc
                try:
                    extra = step(registers, flags, memory, moment)
                except (GuestFault, IndexError):
                    memory.watch_hits.clear()
                    self.before = (before, old_flags, place.word if place is not None else 0)
                    return machine.run(1, leaving_breakpoint=True)
                machine.instructions += 1
                machine.cycles += 1 + extra
                if memory.watch_hits:
                    self.before = (before, old_flags, place.word if place is not None else 0)
                    return machine.take_watch_hits()
            leaving = False
            assert place is not None
            for number in written:
                expected = before[number] if number != _PC else (pc + 4) & 0xFFFFFFFF
                if registers[number] != expected:
                    self.before = (before, old_flags, place.word)
                    return WatchpointHit(())
            if read and not read.isdisjoint(place.reads):
                self.before = (before, old_flags, place.word)
                return WatchpointHit(())
            if machine.instructions >= end:
                self.before = None
                return LimitReached()

    def _is_near_the_limit(self) -> bool:
        machine = self._machine
        return bool(machine.cycle_limit) and machine.cycles + MAX_CYCLES >= machine.cycle_limit

    def _meet(self, pc: int) -> _Known | None:
        """An instruction that was not met before, or that was another one then. None if there is none."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        try:
            word = self._machine.memory.fetch(pc)
            reads = lift(decode(word), pc).reads
        except MemoryFault:
            self._known.pop(pc, None)
            return None
        known = self._known[pc] = _Known(word, reads)
        return known

    def _count(self, pc: int, place: _Known | None) -> None:
        """Gives an instruction its function if it is executed often enough to pay for it."""
        if place is not None:
            place.times += 1
            if place.times == OFTEN:
                place.step = noted_step(place.word, pc, self._machine.memory.wraps, Access)
