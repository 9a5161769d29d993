"""What the writer tells whoever counts, and nobody's answer to it: most programs run uncounted (see `counting`)."""

from __future__ import annotations

from emu.isa.engines.native.x64.encoding import R11

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.regions import Block

CYCLES, TERM = range(2)
"""Vector registers: the cycles beyond one for each instruction, and what is added to them."""

TOP = R11
"""The host register for the top of the shadow call stack, where there are calls or jumps."""


class Uncounted:
    """Counts nothing."""

    counts = False
    """Whether anything is counted."""

    def needs_top(self, is_free: bool) -> bool:
        """Whether the host register TOP is taken, which would not be needed otherwise if it `is_free`."""
        return False

    def entered(self, start: int) -> None:
        """At an entry, when it is certain that execution begins there."""

    def begin(self) -> None:
        """At the beginning, wherever it is."""

    def end(self) -> None:
        """At the end, wherever it is."""

    def passed(self, what: str, block: int, index: int = 0) -> None:
        """An edge of the flow graph (`census`). Host flags change."""

    def way(self, what: str, block: int, target: str) -> str:
        """The label of a way to `target` along an edge."""
        return target

    def condition(self, block: int, index: int, holds: int) -> None:
        """A conditional instruction that only computes; `holds` is the host's condition. Flags stay, EAX and EDX
        change.
        """

    def last_condition(self, block: int, index: int, holds: int) -> None:
        """The same where nobody needs the flags any more. EAX changes."""

    def cycles(self, block: int, index: int) -> None:
        """An instruction takes the cycles in EAX. Flags change."""

    def is_interpreted(self, lifted: Lifted) -> bool:
        """Whether the region has to be left before this instruction."""
        return False

    def is_call(self, lifted: Lifted) -> bool:
        """Whether a branch makes a call that is counted."""
        return False

    def called(self, lifted: Lifted) -> None:
        """A call has been executed. EAX, ECX and EDX change."""

    def look_for_room(self, block: Block, full: str) -> None:
        """The call at the end of a block leads to a context of its own, or to a label if it could not be pushed. EAX
        changes.
        """

    def leave_context(self, context: int) -> None:
        """Execution goes on in no context, and has been in this one. EAX, ECX and EDX change."""

    def notices(self, target: int) -> bool:
        """Whether anything is to be done on the way from a jump to `target`."""
        return False

    def jumped(self, target: int) -> None:
        """A jump to the address `target`, which is in EAX, has been executed. If only the caller can tell which calls
        it ends, execution goes on at "gone". ECX and EDX change.
        """

    def departed(self) -> None:
        """A jump to the address in EAX, outside the region, has been executed. Goes on at "gone"."""

    def left_after(self, lifted: Lifted) -> None:
        """The region is left after an instruction that has branched to the PC. EAX changes."""

    def subroutines(self) -> None:
        """Behind all other code."""
