"""Random programs for reports: with system calls in them, labels, source lines, and an end that may be a fault."""

from __future__ import annotations

from random import Random

from emu.isa.assembler import assemble
from emu.isa.instructions.disassembler import disassemble
from emu.isa.program import Program, Segment
from tests.isa.programs import CODE, ProgramWriter, data_image

SWI = 0xEF000000
ENDINGS = (
    SWI, SWI | 0xABCDEF, 0xE7FFFFFF, 0xEE000000, 0xE59F0001, 0xE8900000, 0xE0000090, 0xE3A0F805, 0xE58F0001,
    0xE5000FFF,
)  # fmt: skip
"""The exit call; an unknown one, an undefined word, a coprocessor, an unaligned load, an empty list, a forbidden
multiplication, a jump to nowhere, an unaligned store, and a store to a place that may not exist.
"""
CALLS = (0x01, 0x02, 0x03, 0x05, 0x07, 0x20, 0x31, 0xF4)


class TalkingWriter(ProgramWriter):
    """A program that calls the system between its units."""

    def unit(self) -> None:
        if self.random.randrange(6) == 0 and {0, 1} <= set(self.free):
            self.call_system()
        super().unit()

    def call_system(self) -> None:
        number = self.random.choice(CALLS)
        if number in (0x02, 0x05):
            self.constant(0, self.data_address(1, 16))
            self.constant(1, self.random.randrange(9))
        elif number in (0x01, 0x20):
            self.constant(0, self.random.randrange(1, 100))
        elif number == 0xF4:
            # Now and then the assertion fails, with a message that may be no string.
            self.constant(0, int(self.random.randrange(100) > 0))
        self.emit(SWI | number)


def talking_program(random: Random, ending: int) -> Program:
    """A program made from the text of random words, the last of which is `ending`, unless a call ends it before."""
    writer = TalkingWriter(random)
    words = writer.write(loops=1, units=30, rounds=3)
    words[(writer.end - CODE) >> 2] = ending
    lines = ["        .org 0x8000"]
    for number, word in enumerate(words):
        label = f"l{number}:" if random.randrange(6) == 0 else ""
        written = disassemble(word, CODE + 4 * number)
        lines.append(f"{label}\t{f'.word 0x{word:08X}' if written.remark else written.text}")
    assembly = assemble("\n".join(lines) + "\n", "random.s")
    program = assembly.program
    assert program is not None, assembly.diagnostics[0].render()
    assert program.segments == (Segment(CODE, b"".join(word.to_bytes(4, "little") for word in words)),)
    data = (Segment(address, piece) for address, piece in data_image(random))
    return program.replace(segments=(*program.segments, *data))
