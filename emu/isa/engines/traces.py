"""Choosing what to translate: the straight path that hot code most likely takes.

A trace starts at a hot address and follows the program: through unconditional branches and calls, past conditional
branches that are assumed not to be taken, back from calls whose return address it has seen. It ends where it comes
back to its own start (then it is a loop), at an address it already contains, before anything exceptional, before a
breakpoint, and at a length at which translating costs more than it saves. Every assumption becomes a guarded exit in
the translation.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, NEVER
from emu.isa.engines.lifting import Lifted, lift
from emu.isa.faults import MemoryFault
from emu.isa.instructions.decoder import decode
from emu.isa.registers import LR
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from emu.isa.memory import Memory

MAX_LENGTH = 64


class TraceStep(Record):
    """One instruction of a trace. `expected` is where the trace goes on if the instruction branches away from the
    next.
    """

    lifted: Lifted
    expected: int | None


class Trace(Record):
    """A path through the program. `follow` is the address after its last step, as far as the path is straight."""

    start: int
    steps: tuple[TraceStep, ...]
    follow: int
    is_loop: bool

    def addresses(self) -> list[int]:
        """The addresses of all its instructions."""
        return [step.lifted.address for step in self.steps]


def _next_address(lifted: Lifted, returns: list[int]) -> tuple[int, int | None] | None:
    """(where the trace goes on, the guess to be checked at run time), or None if nobody can tell."""
    following = (lifted.address + 4) & MASK32
    target = lifted.target
    if target is None or lifted.instruction.condition not in (ALWAYS, NEVER):
        return following, None
    if lifted.instruction.condition == NEVER:
        return following, None
    if target.number is not None:
        if any(number == LR for number, _ in lifted.registers):
            returns.append(following)
        return target.number, target.number
    if returns:
        guess = returns.pop()
        return guess, guess
    return None


def choose_trace(
    start: int, memory: Memory, breakpoints: Collection[int], loop_heads: Collection[int], *, through_calls: bool = True
) -> Trace | None:
    """The trace from `start`, or None if not even its first instruction can be translated.

    `loop_heads` are starts of existing loops, which are better entered than unrolled. Without `through_calls` a trace
    ends before every call and every branch to a computed address.
    """
    steps: list[TraceStep] = []
    seen: set[int] = set()
    returns: list[int] = []
    address = start
    while len(steps) < MAX_LENGTH:
        if steps and (address in seen or address in breakpoints or address in loop_heads):
            break
        try:
            lifted = lift(decode(memory.fetch(address)), address, memory.wraps)
        except MemoryFault:
            break
        if lifted.is_exceptional and lifted.instruction.condition != NEVER:
            break
        if not through_calls and _calls_or_returns(lifted):
            break
        seen.add(address)
        going_on = _next_address(lifted, returns)
        if going_on is None:
            steps.append(TraceStep(lifted, None))
            break
        address, expected = going_on
        steps.append(TraceStep(lifted, expected))
    if not steps:
        return None
    is_loop = start not in breakpoints and (address == start or any(_jumps_to(step.lifted, start) for step in steps))
    return Trace(start, tuple(steps), address, is_loop)


def _calls_or_returns(lifted: Lifted) -> bool:
    if lifted.target is None:
        return False
    return lifted.target.number is None or any(number == LR for number, _ in lifted.registers)


def _jumps_to(lifted: Lifted, start: int) -> bool:
    return lifted.target is not None and lifted.target.number == start
