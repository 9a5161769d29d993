"""The ways out of a region in quick code, which stand out of the way."""

from __future__ import annotations

from emu.isa.engines.native import layout
from emu.isa.engines.native.x64.encoding import CONSTANT, R9
from emu.isa.engines.native.x64.pending import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.native.x64.encoding import Code
    from emu.isa.engines.native.x64.flags import Flags
    from emu.isa.engines.native.x64.uncounted import Uncounted

PC_WORD = 4 * 15
"""Where the PC is in the state."""

_FREE = ("", 0, 0)
"""No edge."""


class Exits:
    """Writes them when everything else is written: `postponed` takes what does so."""

    def __init__(self, code: Code, flags: Flags, counting: Uncounted, postponed: list[Callable[[], None]]) -> None:
        self._code = code
        self._flags = flags
        self._counting = counting
        self._postponed = postponed
        self.context = 0
        """The one in which execution is where code is being written (`inlining`)."""
        self._contexts: set[int] = set()
        """Those in which the region may be left."""

    def spend(self, count: int) -> None:
        """Takes instructions from the budget. The host's flags stay."""
        if count:
            self._code.load_effective(R9, R9, -count, wide=True)

    def later(self, pc: int, count: int = 0, *, cold: bool = False, along: tuple[str, int, int] = _FREE) -> str:
        """The label of a way out that will be written later, along an edge if that has not been counted."""
        label, state, out = self._code.new_label(), self._flags.state, self.out()

        def write_exit() -> None:
            code = self._code
            code.label(label)
            self._counting.passed(*along)
            write(code, state)
            code.store(PC_WORD, (CONSTANT, pc))
            if cold:
                code.store(4 * layout.IS_COLD, (CONSTANT, 1))
            self.spend(count)
            code.jump(out)

        self._postponed.append(write_exit)
        return label

    def out(self) -> str:
        """The label of the way out from here, when everything is as it should be."""
        if not self.context or not self._counting.counts:
            return "leave"
        self._contexts.add(self.context)
        return f"leave {self.context}"

    def finish(self) -> None:
        """Behind everything else."""
        for context in sorted(self._contexts):
            self._code.label(f"leave {context}")
            self._counting.leave_context(context)
            self._code.jump("leave")
