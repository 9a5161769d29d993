"""What debugging costs a running session: `python -m benchmarks.debugging`.

One loop, executed by a session's core under each kind of watching. The ratio is to the same loop with nothing watched;
for what looks at every instruction it is also to stepping the bare machine, which is what one would do otherwise.
"""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING

from emu.actors.commands import Load, Run
from emu.actors.core import SessionCore
from emu.actors.debug_commands import PutBreakpoint, PutWatchpoint, SetReport
from emu.actors.handlers import apply
from emu.actors.journal import Journal
from emu.actors.options import SessionOptions
from emu.actors.world import LiveWorld
from emu.isa.assembler import assemble
from emu.isa.machine import Machine
from emu.isa.program import Program

if TYPE_CHECKING:
    from emu.actors.commands import AnyCommand

SOURCE = """
        .org 0x8000
_start: LDR R1, ={count}
        LDR R6, =0x20000
loop:   ADD R2, R2, #1
        EOR R3, R2, R1
        STR R3, [R6]
        SUBS R1, R1, #1
        BNE loop
        MOV R0, #0
        SWI #0
"""

CASES: tuple[tuple[str, int, tuple[AnyCommand, ...]], ...] = (
    ("nothing", 4_000_000, ()),
    ("a breakpoint elsewhere", 4_000_000, (PutBreakpoint("loop + 20"),)),
    ("a condition that never holds, in the loop", 100_000, (PutBreakpoint("loop", "r2 == 1 << 31"),)),
    ("memory elsewhere, watched", 4_000_000, (PutWatchpoint("0x30000", "write"),)),
    ("a register that never changes, watched", 100_000, (PutWatchpoint("r9", "write"),)),
    ("a register that is never used, watched", 100_000, (PutWatchpoint("r9", "readwrite"),)),
    ("statistics", 4_000_000, (SetReport("statistics", True),)),
    ("calls", 100_000, (SetReport("calls", True),)),
    ("flags", 100_000, (SetReport("flag-trace", True),)),
)


def assembled(count: int) -> tuple[bytes, Program]:
    """The source and its program."""
    source = SOURCE.format(count=count).encode()
    program = assemble(source).program
    assert program is not None
    return source, program


def session_speed(count: int, commands: tuple[AnyCommand, ...]) -> float:
    """Instructions per second of a session."""
    options = SessionOptions(max_cycles=0)
    core = SessionCore(options, world=LiveWorld(None), journal=Journal(options), publish=lambda _: 1)
    source, program = assembled(count)
    apply(core, Load(source), program)
    for command in commands:
        apply(core, command)
    apply(core, Run())
    start = perf_counter()
    while core.can_execute:
        deadline = perf_counter() + 0.01
        core.conclude(core.execute(1 << 40, lambda: perf_counter() >= deadline))  # noqa: B023 - called at once
    return core.machine.instructions / (perf_counter() - start)


def stepping_speed(count: int) -> float:
    """Instructions per second of a machine that is told to execute one after the other."""
    machine = Machine()
    machine.load(assembled(count)[1])
    start = perf_counter()
    for _ in range(5 * count):
        machine.run(1, leaving_breakpoint=True)
    return machine.instructions / (perf_counter() - start)


def main() -> None:
    """Prints a line for each case."""
    scale = 10 if "--quick" in sys.argv else 1
    stepping = stepping_speed(40_000 // scale)
    print(f"debugging a session, million instructions per second (the bare machine, stepped: {stepping / 1e6:.3f})")
    plain = 0.0
    for name, count, commands in CASES:
        speed = session_speed(count // scale, commands)
        plain = plain or speed
        print(
            f"  {name:<44}{speed / 1e6:9.3f}   1/{plain / speed:<7.1f} of nothing, {speed / stepping:7.1f} x stepping"
        )


if __name__ == "__main__":
    main()
