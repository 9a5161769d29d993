"""A program's code by address: labels, source lines, instructions. Found by bisection, for programs of any size."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from emu.isa.instructions.disassembler import disassemble

if TYPE_CHECKING:
    from emu.isa.machine import Machine
    from emu.isa.program import Program, SourceLine


class Index:
    """What is where in one program."""

    def __init__(self, program: Program | None) -> None:
        self.program = program
        self.labels: dict[int, list[str]] = {}
        """All labels by address, in the order of their definition."""
        self.lines: dict[int, SourceLine] = {}
        """The source line that begins at an address; of several the one with code."""
        ends: dict[int, int] = {}
        if program is not None:
            for symbol in program.labels():
                self.labels.setdefault(symbol.value, []).append(symbol.name)
                ends.setdefault(symbol.value, max(symbol.block_end, symbol.value + 1))
            for line in program.source_map:
                there = self.lines.get(line.address)
                if line.size and (there is None or (line.is_code and not there.is_code)):
                    self.lines[line.address] = line
        self.names = {address: names[0] for address, names in self.labels.items()}
        """The first label at each address."""
        self._starts = sorted(self.names)
        self._ends = [ends[address] for address in self._starts]
        segments = program.segments if program is not None else ()
        self._segments = [(segment.address, segment.address + len(segment.data)) for segment in segments]
        self.line_starts = sorted(self.lines)
        """Where source lines begin, in order."""

    def place(self, address: int) -> str:
        """`label`, `label+DECIMAL`, or nothing where no label is near."""
        number = bisect_right(self._starts, address) - 1
        if number < 0 or address >= self._ends[number]:
            return ""
        start = self._starts[number]
        return self.names[start] if start == address else f"{self.names[start]}+{address - start}"

    def line_at(self, address: int) -> SourceLine | None:
        """The source line that put something at `address`."""
        number = bisect_right(self.line_starts, address) - 1
        if number < 0:
            return None
        line = self.lines[self.line_starts[number]]
        return line if address < line.address + line.size else None

    def is_instruction(self, address: int) -> bool:
        """Whether the program has an instruction there."""
        return self.program is not None and address in self.program.instruction_addresses

    def is_data(self, address: int) -> bool:
        """Whether the program's image has something else than an instruction there."""
        return not self.is_instruction(address) and any(start <= address < end for start, end in self._segments)

    def statement(self, word: int, address: int) -> str:
        """An instruction as text, with names for branch targets; a remark where the word is none. Data is a word."""
        if self.is_data(address):
            name = self.names.get(word, "")
            return f"{'.word':<7} 0x{word:08X}{f'  ; {name}' if name else ''}"
        found = disassemble(word, address, self.names)
        text = f"{found.mnemonic:<7} {found.operands}".rstrip()
        return f"{text}  ; {found.remark}" if found.remark else text


def file_and_line(line: SourceLine) -> str:
    """FILE:LINE, the file without its directories."""
    return f"{line.file.rpartition('/')[2]}:{line.line}"


def disassembly(machine: Machine, index: Index, address: int, count: int) -> str:
    """`count` instructions from `address`: address, place, word, statement; the PC's is marked."""
    rows = []
    for place in range(address, address + 4 * count, 4):
        word = int.from_bytes(machine.memory.peek(place, 4), "little")
        mark = "=>" if place == machine.registers[15] else "  "
        rows.append((f"{mark} 0x{place:08X}", index.place(place), f"0x{word:08X}", index.statement(word, place)))
    width = max((len(row[1]) for row in rows), default=0)
    return "\n".join(f"{where}  {name:<{width}}  {word}  {text}" for where, name, word, text in rows)
