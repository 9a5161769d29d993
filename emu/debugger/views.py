"""What the debugger shows of a machine, as text (spec debugger.md section 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.debugger.code import file_and_line
from emu.debugger.unwinding import call_stack
from emu.debugger.watchpoints import Access
from emu.isa.bits import signed
from emu.isa.conditions import flags_text
from emu.isa.places import address_name, source_line
from emu.isa.registers import PC, REGISTER_NAMES, SP
from emu.isa.stops import Faulted, Halted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.debugger.breakpoints import Breakpoint, Breakpoints
    from emu.debugger.code import Index
    from emu.debugger.unwinding import Frame
    from emu.debugger.watchpoints import Watchpoint
    from emu.isa.machine import Machine
    from emu.isa.program import Program

_STACK_WORDS = 8
_LISTED = 5
_SHOWN_FRAMES = 100
_SHOWN_SYMBOLS = 500
_ACCESSES = {Access.READ: "read", Access.WRITE: "write", Access.READ_WRITE: "access", Access.CHANGE: "change"}


def number(value: int) -> str:
    """Hexadecimal, and signed decimal."""
    return f"0x{value:08X} ({signed(value)})"


def registers(machine: Machine) -> str:
    """All registers, and the flags."""
    lines = [f"  {name:<3} = {number(value)}" for name, value in zip(REGISTER_NAMES, machine.registers, strict=True)]
    return "\n".join(["Registers:", *lines, flags(machine)])


def flags(machine: Machine) -> str:
    """The flags, each as its letter where it is set."""
    return f"  CPSR = [{flags_text(machine.flags)}]"


def breakpoints(entries: Breakpoints) -> str:
    """All breakpoints, by number."""
    lines = [f"  {breakpoint_line(entry)}" for entry in entries]
    return "\n".join(["Breakpoints:", *lines]) if lines else "No breakpoints"


def breakpoint_line(entry: Breakpoint) -> str:
    """One breakpoint."""
    line = f"{entry.number}: 0x{entry.address:08X} {'enabled' if entry.enabled else 'disabled'}"
    line += " (temporary)" if entry.temporary else ""
    line += f" if {entry.condition}" if entry.condition is not None else ""
    line += f" (hit {entry.hits} times)" if entry.hits else ""
    return line + (f" (to be ignored {entry.ignored} times)" if entry.ignored else "")


def watchpoints(entries: Iterable[Watchpoint]) -> str:
    """All watchpoints, by number."""
    lines = [f"  {watch_line(entry)}" for entry in sorted(entries, key=lambda entry: entry.number)]
    return "\n".join(["Watchpoints:", *lines]) if lines else "No watchpoints"


def watch_line(entry: Watchpoint) -> str:
    """One watchpoint."""
    line = f"{entry.number}: {entry.text} {_ACCESSES[entry.access]} {'enabled' if entry.enabled else 'disabled'}"
    return f"{line} (hit {entry.hits} times, last value: 0x{entry.last:08X})"


def stack(machine: Machine) -> str:
    """Eight words from SP upwards, as far as memory is mapped."""
    sp = machine.registers[SP]
    lines = [f"Stack (SP = 0x{sp:08X}):"]
    for address in range(sp, sp + 4 * _STACK_WORDS, 4):
        if machine.memory.region_at(address) is None or machine.memory.region_at(address + 3) is None:
            break
        value = int.from_bytes(machine.memory.peek(address, 4), "little")
        lines.append(f"  0x{address:08X}: {number(value)}")
    return "\n".join(lines)


def memory_map(machine: Machine) -> str:
    """The regions of memory and what may be done there."""
    lines = [
        f"  0x{region.start:08X} to 0x{region.end - 1:08X}  "
        f"{'r' if region.readable else '-'}{'w' if region.writable else '-'}{'x' if region.executable else '-'}  "
        f"{region.name}"
        for region in machine.memory.regions
    ]
    return "\n".join(["Memory:", *lines])


def symbols(loaded: Program | None, part: str) -> str:
    """Labels and constants whose names contain `part`, by value."""
    found = sorted(
        (symbol.value, not symbol.is_label, symbol.name)
        for symbol in (loaded.symbols.values() if loaded is not None else ())
        if part in symbol.name
    )
    lines = [f"  0x{value:08X}  {'constant' if constant else 'label':<8}  {name}" for value, constant, name in found]
    if len(lines) > _SHOWN_SYMBOLS:
        lines[_SHOWN_SYMBOLS:] = [f"  ... {len(lines) - _SHOWN_SYMBOLS} more; info symbols PART shows fewer"]
    return "\n".join(["Symbols:", *lines]) if lines else "No symbols"


def program(machine: Machine, is_active: bool) -> str:
    """Which program, and how far it is."""
    loaded = machine.program
    if loaded is None:
        return "No program"
    outcome = machine.outcome
    size = sum(len(segment.data) for segment in loaded.segments)
    if isinstance(outcome, Halted):
        state = f"exited with code {outcome.exit_code}"
    elif isinstance(outcome, Faulted):
        state = f"fault: {outcome.fault.message}"
    else:
        state = "stopped" if is_active else "not started"
    return "\n".join(
        (
            "Program:",
            f"  file:         {loaded.name}",
            f"  entry:        0x{loaded.entry:08X} ({loaded.entry_reason})",
            f"  size:         {size} bytes, {len(loaded.instruction_addresses)} instructions",
            f"  state:        {state}",
            f"  PC:           0x{machine.registers[PC]:08X} ({address_name(loaded, machine.registers[PC])})",
            f"  instructions: {machine.instructions}",
            f"  cycles:       {machine.cycles}",
        )
    )


def backtrace(machine: Machine, index: Index) -> str:
    """The active calls, the innermost first; of compiled programs with the source lines they are at."""
    frames = call_stack(machine)
    lines = [frame_line(index, depth, frame) for depth, frame in enumerate(frames[:_SHOWN_FRAMES])]
    if len(frames) > _SHOWN_FRAMES:
        lines.append(f"  ... {len(frames) - _SHOWN_FRAMES} more")
    return "\n".join(["Call stack:", *lines])


def frame_line(index: Index, depth: int, frame: Frame) -> str:
    """One active call."""
    name = index.place(frame.address)
    place = f" {name}" if name else ""
    line = index.line_at(frame.address - 4 if depth else frame.address)
    if line is not None and not line.text:
        place += f" at {file_and_line(line)}"
    return f"  #{depth}  {'LR' if depth else 'PC'}=0x{frame.address:08X}{place}"


def listing(machine: Machine, address: int) -> str:
    """The source of the instruction at `address`, and of up to four after it; the PC's is marked."""
    lines = []
    for place in range(address, address + 4 * _LISTED, 4):
        line = source_line(machine.program, place)
        if line is None and place != address:
            break
        mark = "=>" if place == machine.registers[PC] else "  "
        text = line.text.strip() if line is not None and line.text else "<no source>"
        lines.append(f"{mark} 0x{place:08X}: {text}")
    return "\n".join(lines)


def text_lines(machine: Machine, index: Index, file: str, lines: Sequence[str], first: int, last: int) -> str:
    """Lines of a source file with their numbers; the PC's is marked."""
    here = index.line_at(machine.registers[PC])
    current = here.line if here is not None and here.file == file else 0
    width = len(str(last))
    return "\n".join(
        f"{'=>' if number == current else '  '} {number:>{width}}  {lines[number - 1]}".rstrip()
        for number in range(first, last + 1)
    )
