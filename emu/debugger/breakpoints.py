"""Breakpoints with numbers, conditions and hit counts (spec debugger.md section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, frozen

from emu.debugger.expressions import ExpressionError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emu.debugger.expressions import Context, Node
    from emu.isa.machine import Machine
    from emu.isa.program import Program


class BadPlace(Exception):
    """No breakpoint can be at this address; the text says why."""


@frozen
class Breakpoint:
    """One breakpoint as it is now."""

    number: int
    address: int
    enabled: bool = True
    temporary: bool = False
    condition: str | None = None
    hits: int = 0
    ignored: int = 0
    """How many more times it does not stop the program, and does not count."""


@frozen
class Hit:
    """What reaching a breakpoint means. `problem` is set if the condition has no value; then the program stops."""

    breakpoint: Breakpoint
    problem: str | None = None


@define
class _Entry:
    breakpoint: Breakpoint
    condition: Node | None


class Breakpoints:
    """The breakpoints of one machine, one per address. Numbers count from 1 and are never used again.

    The machine also stops where a plan wants it to (see `emu.debugger.stepping`); this is the only place that tells it
    where to stop.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._entries: dict[int, _Entry] = {}
        self._planned: frozenset[int] = frozenset()
        self._last = 0
        self.revision = 0
        """Grows whenever the list changes; hits do not count."""

    def set(self, address: int, *, condition: str | None = None, temporary: bool = False) -> Breakpoint:
        """Sets or replaces the breakpoint at `address`; a replaced one keeps number and hits. Raises
        ExpressionError.
        """
        node = parse(condition) if condition is not None else None
        entry = self._entries.get(address)
        if entry is None:
            self._last += 1
            breakpoint_ = Breakpoint(self._last, address, True, temporary, condition)
        else:
            breakpoint_ = evolve(entry.breakpoint, enabled=True, temporary=temporary, condition=condition)
        self._entries[address] = _Entry(breakpoint_, node)
        self._place(address)
        return breakpoint_

    def change(
        self,
        address: int,
        *,
        enabled: bool | None = None,
        temporary: bool | None = None,
        condition: str | None = None,
        set_condition: bool = False,
    ) -> Breakpoint:
        """Changes what is given; a condition, None for no longer one, with `set_condition`.

        Raises KeyError if there is none, ExpressionError.
        """
        entry = self._entries[address]
        node = entry.condition
        if set_condition:
            node = parse(condition) if condition is not None else None
        old = entry.breakpoint
        changed = evolve(
            old,
            enabled=old.enabled if enabled is None else enabled,
            temporary=old.temporary if temporary is None else temporary,
            condition=condition if set_condition else old.condition,
        )
        self._entries[address] = _Entry(changed, node)
        self._place(address)
        return changed

    def _place(self, address: int) -> None:
        """Makes the machine stop at `address`, or not, as is wanted now."""
        self.revision += 1
        self._tell(address)

    def _tell(self, address: int) -> None:
        entry = self._entries.get(address)
        if address in self._planned or (entry is not None and entry.breakpoint.enabled):
            self._machine.set_breakpoint(address)
        elif address in self._machine.breakpoints:
            self._machine.clear_breakpoint(address)

    def plan(self, addresses: frozenset[int]) -> None:
        """Where the machine has to stop beside the breakpoints, from now on."""
        if addresses != self._planned:
            changed = addresses ^ self._planned
            self._planned = addresses
            for address in changed:
                self._tell(address)

    def at(self, address: int) -> Breakpoint | None:
        """The breakpoint at an address."""
        entry = self._entries.get(address)
        return entry.breakpoint if entry is not None else None

    def numbered(self, number: int) -> Breakpoint | None:
        """The breakpoint with a number."""
        return next((b for b in self if b.number == number), None)

    def remove(self, address: int) -> None:
        """Raises KeyError if there is none."""
        del self._entries[address]
        self._place(address)

    def enable(self, address: int, enabled: bool) -> None:
        """Turns the breakpoint at `address` on or off. Raises KeyError if there is none."""
        self.change(address, enabled=enabled)

    def ignore(self, address: int, count: int) -> None:
        """Lets the program pass the next `count` times. Raises KeyError if there is none."""
        entry = self._entries[address]
        entry.breakpoint = evolve(entry.breakpoint, ignored=count)

    def clear(self) -> None:
        """Removes all of them."""
        for address in list(self._entries):
            self.remove(address)

    def keep_instructions_of(self, program: Program) -> None:
        """A new program was loaded, perhaps the same: what marks no instruction of it goes."""
        for address in list(self._entries):
            if address not in program.instruction_addresses:
                self.remove(address)
            else:
                self._tell(address)

    def reached(self, context: Context) -> Hit | None:
        """The PC has come to an address with a breakpoint: the hit, counted, or None if the program shall go on."""
        entry = self._entries.get(context.register(15))
        if entry is None or not entry.breakpoint.enabled:
            return None
        problem = None
        if entry.condition is not None:
            try:
                if not entry.condition(context):
                    return None
            except ExpressionError as error:
                problem = error.message
        if entry.breakpoint.ignored and problem is None:
            entry.breakpoint = evolve(entry.breakpoint, ignored=entry.breakpoint.ignored - 1)
            return None
        entry.breakpoint = hit = evolve(entry.breakpoint, hits=entry.breakpoint.hits + 1)
        if hit.temporary:
            self.remove(hit.address)
        return Hit(hit, problem)

    def __iter__(self) -> Iterator[Breakpoint]:
        """By number."""
        return iter(sorted((entry.breakpoint for entry in self._entries.values()), key=lambda b: b.number))

    def __len__(self) -> int:
        return len(self._entries)


def require_instruction(program: Program | None, address: int) -> None:
    """Raises BadPlace if no instruction was assembled at `address`."""
    if program is not None and address in program.instruction_addresses:
        return
    where = f"invalid breakpoint address: 0x{address:X}"
    if program is not None:
        for line in program.source_map:
            if not line.is_code and line.address <= address < line.address + line.size:
                raise BadPlace(f"{where} is a data location, not executable code")
    raise BadPlace(f"{where} does not correspond to executable code")
