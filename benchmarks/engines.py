"""Guest instructions per second: our engines, beside Unicorn running freely and Unicorn stepping.

Unicorn is a library of compiled code, and what most Python programs that need an ARM processor use. Stepping, one call
for each instruction, is how a debugger or an event log has to drive it to see every state. How many instructions a
program takes is counted here for few rounds and extrapolated, because counting would slow Unicorn down.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.guests import GUESTS
from emu.isa.assembler import assemble
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.stops import ServiceCall

SECONDS = 0.6
FOREVER = 0x7FFFFFFF
GOALS = {"tight loop": 3.0, "byte sieve": 2.0}
"""Million instructions per second that the Python engine has to reach."""

ENGINES = {"interpreter": 20_000, "python": 200_000, "native": 20_000_000}
"""Our engines, and how many instructions to ask each for at a time."""


def guest(name: str, rounds: int) -> Program:
    """A program that repeats its work so many times."""
    program = assemble(".org 0x8000\n" + GUESTS[name], name, defines={"ROUNDS": rounds}).program
    if program is None:
        raise RuntimeError(f"the guest program {name!r} does not assemble")
    return program


def instructions(name: str, rounds: int) -> int:
    """How many instructions a guest executes until its end."""
    counts = []
    for few in (1, 2):
        machine = Machine(engine="python")
        machine.load(guest(name, few))
        if not isinstance(machine.run(), ServiceCall):
            raise RuntimeError(f"the guest program {name!r} does not end as it should")
        counts.append(machine.instructions)
    return counts[0] + (rounds - 1) * (counts[1] - counts[0])


def our_rate(name: str, engine: str) -> float:
    """Million instructions per second, translation and compilation left out."""
    machine = Machine(engine=engine)
    machine.load(guest(name, FOREVER))
    slice_size = ENGINES[engine]
    for _ in range(3):
        machine.run(slice_size)
    before = machine.instructions
    seconds = _timed(lambda: machine.run(slice_size))
    return (machine.instructions - before) / seconds / 1e6


def _timed(action: Callable[[], object]) -> float:
    """Repeats an action for a while; gives the seconds that passed."""
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < SECONDS:
        action()
    return elapsed


class Unicorn:
    """A guest in Unicorn."""

    def __init__(self, program: Program) -> None:
        unicorn: Any = import_module("unicorn")
        arm: Any = import_module("unicorn.arm_const")
        self._uc: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)
        self._uc.mem_map(0x8000, 0x10000)
        self._uc.mem_map(0x20000, 0x30000)
        for segment in program.segments:
            self._uc.mem_write(segment.address, segment.data)
        self._entry = program.entry
        self._end = program.symbols["end"].value
        self._pc = arm.UC_ARM_REG_PC
        self._uc.reg_write(self._pc, program.entry)

    def run(self) -> float:
        """From start to end; gives the seconds."""
        start = time.perf_counter()
        self._uc.emu_start(self._entry, self._end)
        return time.perf_counter() - start

    def step(self, count: int) -> None:
        """`count` instructions, one by one."""
        uc, pc, end = self._uc, self._pc, self._end
        for _ in range(count):
            uc.emu_start(uc.reg_read(pc), end, count=1)


def unicorn_free_rate(name: str) -> float:
    """Million instructions per second without interruption."""
    rounds = 1
    while (seconds := Unicorn(guest(name, rounds)).run()) < SECONDS / 2:
        rounds *= 4
    return instructions(name, rounds) / seconds / 1e6


def unicorn_stepping_rate(name: str) -> float:
    """Million instructions per second, one call for each."""
    steps = 2_000
    machine = Unicorn(guest(name, FOREVER))
    calls = 0

    def some() -> None:
        nonlocal calls
        machine.step(steps)
        calls += steps

    return calls / seconds / 1e6 if (seconds := _timed(some)) else 0.0


def main() -> None:
    """Measures and prints."""
    heads = [*ENGINES, "Unicorn free", "Unicorn stepping", "python / stepping", "native / free"]
    print("million guest instructions per second")
    print(f"{'':12}" + "".join(f"{head:>19}" for head in heads))
    for name in GUESTS:
        ours = {engine: our_rate(name, engine) for engine in ENGINES}
        free, stepping = unicorn_free_rate(name), unicorn_stepping_rate(name)
        figures = [*ours.values(), free, stepping, ours["python"] / stepping, ours["native"] / free]
        goal = f"   (python: goal {GOALS[name]:.0f})" if name in GOALS else ""
        print(f"{name:12}" + "".join(f"{figure:19.2f}" for figure in figures) + goal)


if __name__ == "__main__":
    main()
