"""What `emu run --verbose` tells about a run (spec diagnostics.md section 2)."""

from __future__ import annotations

from emu.cli import output
from emu.isa.bits import signed
from emu.isa.conditions import flags_text
from emu.isa.engines.native import has_compiler
from emu.isa.places import address_name
from emu.isa.registers import REGISTER_NAMES
from emu.isa.stops import Faulted, Halted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.machine import Machine
    from emu.isa.program import Program


def before(machine: Machine, program: Program, root: str) -> str:
    """What is about to run."""
    places = machine.memory_map
    rows = [
        ("source", output.printable(program.name)),
        ("size", _size(program)),
        ("labels", str(len(program.labels()))),
        ("entry", f"0x{program.entry:08X} ({program.entry_reason})"),
        ("stack", f"0x{places.stack_start:08X} to 0x{places.stack_top:08X}"),
        ("files in", output.printable(root)),
    ]  # fmt: skip
    if machine.engine_name in ("auto", "native") and not has_compiler():
        rows.append(("engine", "llvmlite, which would make hot code faster, is not installed"))
    return output.table(rows) + "\n"


def _size(program: Program) -> str:
    if program.memory_map is not None:
        loaded = sum(len(segment.data) for segment in program.segments)
        return f"{count(len(program.instruction_addresses), 'instruction')}, {count(loaded, 'byte')} loaded"
    instructions = sum(line.is_code for line in program.source_map)
    directives = len(program.source_map) - instructions
    return f"{count(instructions, 'instruction')}, {count(directives, 'data directive')}"


def after(machine: Machine) -> str:
    """How it ended, and the registers."""
    outcome = machine.outcome
    if isinstance(outcome, Halted):
        ending = f"exit code {outcome.exit_code}"
    elif isinstance(outcome, Faulted):
        ending = f"fault: {outcome.fault.message}"
    else:
        ending = "stopped"
    counted = f"{count(machine.instructions, 'instruction')}, {count(machine.cycles, 'cycle')}"
    return f"\n{output.printable(ending)}, {counted}\n{registers(machine)}"


def registers(machine: Machine) -> str:
    """Registers in four columns, then the PC by name and the flags."""
    cells = [
        f"{name:<3} {value:08X} {signed(value):>11}"
        for name, value in zip(REGISTER_NAMES, machine.registers, strict=True)
    ]
    rows = ["   ".join(cells[row + 4 * column] for column in range(4)).rstrip() for row in range(4)]
    place = address_name(machine.program, machine.registers[15])
    return "\n".join((*rows, f"PC at {place}, flags {flags_text(machine.flags)}")) + "\n"


def count(number: int, noun: str) -> str:
    """`1 cycle`, `2 cycles`, `12,000 cycles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
