"""How long assembling 10,000 lines takes."""

from __future__ import annotations

import time

from emu.isa.assembler import assemble

LINES = 10_000
GOAL = 1.0
ROUNDS = 3

BLOCK = """
block{number}:
        STMFD SP!, {{R4-R6, LR}}      @ a routine like many others
        MOV R4, R0
        LDR R5, =table{number}
        LDR R6, =0x{number:08X}
        CMP R4, #'a' + 1
        ADDGE R0, R4, R5, LSL #2
        LDRLTB R0, [R5, #offset + 3]
        STR R6, [SP, #-8]
        BEQ done{number}
        SUBS R4, R4, #1 << 2
        BNE block{number}
        BL block{number}
done{number}:
        LDMFD SP!, {{R4-R6, PC}}
table{number}:
        .word 1, 2, block{number}, 0x{number:X}
        .byte 'x', 10
        .align 2
        .ltorg
"""


def source() -> str:
    """A program of `LINES` lines that uses a bit of everything."""
    lines = [".org 0x8000", "        .equ offset, 4"]
    number = 0
    while len(lines) < LINES:
        lines += BLOCK.format(number=number).splitlines()
        number += 1
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    text = source()
    count = text.count("\n") + 1
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        assembly = assemble(text, "benchmark")
        seconds.append(time.perf_counter() - start)
        if assembly.program is None:
            raise RuntimeError(assembly.diagnostics[0].message)
    print(f"assembling {count} lines   {min(seconds):7.2f} s    (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
