"""What the emitter tells whoever counts, and nobody's answer to it: most programs run uncounted."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.regions import Block
    from emu.isa.engines.native.text import Text


class Uncounted:
    """Counts nothing."""

    counts = False
    """Whether anything is counted."""

    def attach(self, text: Text) -> None:
        """From now on writes there."""

    def helpers(self) -> str:
        """Further functions of the module."""
        return ""

    def begin(self, state: Callable[[int], str]) -> None:
        """At the entry; `state` gives a pointer to a word of the state."""

    def end(self) -> None:
        """At the one place where the region is left."""

    def passed(self, what: str, block: int) -> None:
        """Execution goes on from a block: "taken", if its last instruction was executed although it might not have
        been, or branched; "next", if not. Or it leaves the region because the budget does not cover what follows
        ("stop").
        """

    def left_before(self, block: int, index: int) -> None:
        """The region is left before an instruction of a block."""

    def left_after(self, block: int, index: int, target: str | None, lifted: Lifted) -> None:
        """The region is left after an instruction that might have gone on, or to `target`, if it branches."""

    def condition(self, block: int, index: int, bit: str) -> None:
        """A conditional instruction that only computes is done; `bit` tells whether its condition held."""

    def cycles(self, block: int, index: int, amount: str) -> None:
        """An instruction takes so many more cycles."""

    def is_interpreted(self, lifted: Lifted) -> bool:
        """Whether the region has to be left before this instruction."""
        return False

    def called(self, block: Block) -> None:
        """The call at the end of a block has been executed."""

    def room(self, block: Block) -> str | None:
        """A bit that says whether the call at the end of a block leads to a context of its own, if only sometimes."""
        return None

    def left_context(self, context: int, executed: int) -> None:
        """After so many instructions of a block, execution goes on in no context."""

    def left_within(self, context: int) -> None:
        """The region is left within a context."""

    def arrival(self, block: Block, target: int) -> str:
        """The label for the end of a block whose branch has led to `target`: a block, or the block's next address."""
        return f"b{target}"

    def arrivals(self) -> None:
        """After all blocks: whatever lies between the ends of blocks and blocks."""
