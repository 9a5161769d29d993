"""Names for the lines of a report: places and instructions, each looked up once for many lines."""

from __future__ import annotations

from bisect import bisect_right

from emu.isa.faults import FaultKind
from emu.isa.instructions.disassembler import disassemble
from emu.isa.places import address_name
from emu.isa.stops import Faulted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.machine import Machine
    from emu.isa.program import Program, SourceLine

_LIMIT = 1 << 16
"""Names that are kept: a program may touch any number of addresses."""


class Names:
    """Label+offset and disassembly, remembered."""

    def __init__(self, program: Program | None) -> None:
        self._program = program
        self._places: dict[int, str] = {}
        self._texts: dict[tuple[int, int], str] = {}
        self.labels: dict[int, str] = {}
        """The first label at each address."""
        self._starts: list[int] = []
        self._names: list[str] = []
        self._ends: list[int] = []
        self._furthest: list[int] = []
        """The furthest end of a block that a label up to this one lies in."""
        furthest = 0
        for symbol in program.labels() if program is not None else ():
            if symbol.value in self.labels:
                continue
            self.labels[symbol.value] = symbol.name
            end = max(symbol.block_end, symbol.value + 1)
            furthest = max(furthest, end)
            self._starts.append(symbol.value)
            self._names.append(symbol.name)
            self._ends.append(end)
            self._furthest.append(furthest)
        self._lines: dict[int, SourceLine] | None = None

    def place(self, address: int) -> str:
        """Nearest label and decimal offset, or 0x and eight digits."""
        name = self._places.get(address)
        if name is None:
            if len(self._places) >= _LIMIT:
                self._places.clear()
            name = self._places[address] = self._place(address)
        return name

    def _place(self, address: int) -> str:
        """As `places.address_name`, by bisection."""
        number = bisect_right(self._starts, address) - 1
        while number >= 0 and self._furthest[number] > address:
            if self._ends[number] > address:
                offset = address - self._starts[number]
                return f"{self._names[number]}+{offset}" if offset else self._names[number]
            number -= 1
        return f"0x{address:08X}"

    def line(self, address: int) -> SourceLine | None:
        """The source line of the instruction at an address."""
        if self._lines is None:
            self._lines = {}
            for line in self._program.source_map if self._program is not None else ():
                if line.is_code:
                    for at in range(line.address, line.address + line.size, 4):
                        self._lines.setdefault(at, line)
        return self._lines.get(address)

    def instruction(self, address: int, word: int) -> str:
        """The canonical disassembly, branch targets by name."""
        text = self._texts.get((address, word))
        if text is None:
            if len(self._texts) >= _LIMIT:
                self._texts.clear()
            text = self._texts[address, word] = disassemble(word, address, self.labels).text
        return text


def fault_line(machine: Machine) -> str:
    """The line that marks a report of a run that ended in a fault; nothing otherwise."""
    outcome = machine.outcome
    if not isinstance(outcome, Faulted):
        return ""
    fault = outcome.fault
    return f"FAULT at {address_name(machine.program, fault.pc)} (0x{fault.pc:08X}): {fault.message}\n"


def fault_dict(machine: Machine) -> dict[str, object] | None:
    """The same for JSON."""
    outcome = machine.outcome
    if not isinstance(outcome, Faulted):
        return None
    fault = outcome.fault
    return {"PC": fault.pc, "Kind": fault.kind.value, "Message": fault.message}


def faulting_instruction(machine: Machine) -> int | None:
    """The address of the instruction that was reached and could not be executed, if that is how the run ended."""
    outcome = machine.outcome
    if not isinstance(outcome, Faulted) or outcome.fault.kind in (FaultKind.CYCLE_LIMIT, FaultKind.STACK_GUARD):
        return None
    return outcome.fault.pc
