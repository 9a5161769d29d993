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

    def spend(self, count: int) -> None:
        """Takes instructions from the budget. The host's flags stay."""
        if count:
            self._code.load_effective(R9, R9, -count, wide=True)

    def later(self, pc: int, count: int = 0, *, cold: bool = False, along: tuple[str, int, int] = _FREE) -> str:
        """The label of a way out that will be written later, along an edge if that has not been counted."""
        label, state = self._code.new_label(), self._flags.state

        def write_exit() -> None:
            code = self._code
            code.label(label)
            self._counting.passed(*along)
            write(code, state)
            code.store(PC_WORD, (CONSTANT, pc))
            if cold:
                code.store(4 * layout.IS_COLD, (CONSTANT, 1))
            self.spend(count)
            code.jump("leave")

        self._postponed.append(write_exit)
        return label
