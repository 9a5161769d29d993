"""Names for the lines of a report: places and instructions, each looked up once for many lines."""

from __future__ import annotations

from emu.isa.faults import FaultKind
from emu.isa.instructions.disassembler import disassemble
from emu.isa.places import address_name
from emu.isa.stops import Faulted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.machine import Machine
    from emu.isa.program import Program

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
        if program is not None:
            for symbol in program.labels():
                self.labels.setdefault(symbol.value, symbol.name)

    def place(self, address: int) -> str:
        """Nearest label and decimal offset, or 0x and eight digits."""
        name = self._places.get(address)
        if name is None:
            if len(self._places) >= _LIMIT:
                self._places.clear()
            name = self._places[address] = address_name(self._program, address)
        return name

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
