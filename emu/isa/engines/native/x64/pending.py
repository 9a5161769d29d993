"""What is known about the guest's flags at a place of quick code, and how they get to where everybody finds them.

Theory of operation. The state that code and its caller share has words from which the four flags follow (`layout`).
Most flags are never looked at, and most others by the next instruction, so these words are written late: as long as
the operands of a comparison still are in their registers, code only *remembers* where they are. They are written when
an operand is about to be overwritten, on the ways out of the region, and where ways with different memories meet.

An operand that its own instruction has overwritten may still follow from the result: R0 + 1 is what SUBS R0, R0, #1
has compared with 1.
"""

from __future__ import annotations

from emu.isa.engines.native import layout
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, REGISTER, STATE
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TypeAlias

    from emu.isa.engines.native.x64.encoding import Code, Operand

EXPLICIT, DIFFERENCE, SUM, DIFFERENCE_BUT_CARRY, SUM_BUT_CARRY = range(5)
"""What C and V follow from, and N and Z if not from RESULT; as the words for kinds say it. With the last two C is in
its word already.
"""
KEEPING_CARRY = {DIFFERENCE: DIFFERENCE_BUT_CARRY, SUM: SUM_BUT_CARRY}

LEFT, RIGHT, RESULT = ((STATE, 4 * word) for word in (layout.LEFT, layout.RIGHT, layout.RESULT))


class Derived(Record):
    """A value that an operation gives: `left` operation `right`."""

    operation: int
    left: Operand
    right: Operand


if TYPE_CHECKING:
    Source: TypeAlias = tuple[str, int] | Derived | None
    """Where a value is; None if it is in its word of the state."""


class FlagState(Record):
    """What is known. `cv` and `nz` are the words for kinds: None where they depend on how execution came here.

    `is_written` says whether the words for kinds are as they should be. With `nz` 0, `result` is where the result
    happens to be, if it is anywhere.
    """

    cv: int | None
    nz: int | None
    left: Source = None
    right: Source = None
    result: Source = None
    is_written: bool = True

    @property
    def is_pending(self) -> bool:
        """Whether anything is not written."""
        return not self.is_written or not (self.left is self.right is None and (self.nz != 1 or self.result is None))


ANYTHING = FlagState(None, None)
"""All is written, whatever it is."""


def reads(source: Source, places: Collection[Operand]) -> bool:
    """Whether a value is lost when something else is put to one of these places."""
    if isinstance(source, Derived):
        return source.left in places or source.right in places
    return source in places


def work_out(code: Code, source: Source) -> Operand:
    """Where a value is now: in EAX if it has to be worked out."""
    if isinstance(source, Derived):
        code.move(RAX, source.left)
        code.arithmetic(source.operation, RAX, source.right)
        return REGISTER, RAX
    assert source is not None
    return source


def write_value(code: Code, place: Operand, source: Source) -> None:
    """Puts a value to its word of the state, unless it is there. Uses EAX."""
    if source is None:
        return
    operand = work_out(code, source)
    if operand[0] == STATE:
        code.move(RAX, operand)
        operand = REGISTER, RAX
    code.store(place[1], operand)


def write(code: Code, state: FlagState) -> None:
    """Writes everything that is not written. Uses EAX; the host's flags change."""
    if state.cv != EXPLICIT:
        write_value(code, LEFT, state.left)
        write_value(code, RIGHT, state.right)
    if state.nz == 1:
        write_value(code, RESULT, state.result)
    if state.is_written:
        return
    if state.cv is None:
        if state.nz is not None:
            code.store(4 * layout.KIND_NZ, (CONSTANT, state.nz))
    elif state.nz == 0:
        code.store_constant_wide(4 * layout.KIND_CV, state.cv)
    else:
        code.store(4 * layout.KIND_CV, (CONSTANT, state.cv))
        code.store(4 * layout.KIND_NZ, (CONSTANT, 1))
