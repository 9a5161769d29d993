"""The guest programs by which the native engine is compared with other emulators.

The text means the same to this assembler and to GNU `as`. Each program repeats its work `ROUNDS` times and ends with
SWI #0 at `end`, which is a Linux process's exit, too; its memory lies at 0x20000 up to 0x60000.
"""

from __future__ import annotations

from benchmarks.guests import SIEVE, TIGHT

_END = """        SUBS R12, R12, #1
        BNE again
        MOV R0, #0
        MOV R7, #1
end:    SWI #0"""

FIBONACCI = f"""
_start: LDR R12, =ROUNDS
        MOV SP, #0x50000
again:  MOV R0, #20
        BL fib
{_END}
fib:    CMP R0, #2
        MOVLT PC, LR
        STMFD SP!, {{R4, R5, LR}}
        MOV R4, R0
        SUB R0, R0, #1
        BL fib
        MOV R5, R0
        SUB R0, R4, #2
        BL fib
        ADD R0, R0, R5
        LDMFD SP!, {{R4, R5, PC}}
"""

MATRIX = f"""
@ two matrices of 32 by 32 words at 0x20000 and 0x21000, multiplied to a third at 0x22000
_start: LDR R12, =ROUNDS
        LDR R1, =0x20000
        MOV R0, #0
        MOV R2, #0x2000
fill:   STR R0, [R1], #4
        ADD R0, R0, #7
        SUBS R2, R2, #4
        BNE fill
again:  LDR R1, =0x20000
        LDR R3, =0x22000
        MOV R4, #32
row:    LDR R2, =0x21000
        MOV R5, #32
column: MOV R0, #0
        MOV R6, #32
        MOV R7, R1
        MOV R8, R2
product: LDR R9, [R7], #4
        LDR R10, [R8], #128
        MLA R0, R9, R10, R0
        SUBS R6, R6, #1
        BNE product
        STR R0, [R3], #4
        ADD R2, R2, #4
        SUBS R5, R5, #1
        BNE column
        ADD R1, R1, #128
        SUBS R4, R4, #1
        BNE row
{_END}
"""

SEARCH = f"""
@ looks for a word of eight letters in a text of many similar ones, letter by letter
_start: LDR R12, =ROUNDS
        LDR R0, =0x20000
        MOV R1, #0x4000
        LDR R2, =12345
        LDR R3, =1103515245
fill:   MUL R4, R2, R3
        ADD R2, R4, #12
        MOV R4, R2, LSR #24
        AND R4, R4, #3
        ADD R4, R4, #'a'
        STRB R4, [R0], #1
        SUBS R1, R1, #1
        BNE fill
        STRB R1, [R0]
again:  LDR R0, =0x20000
        MOV R6, #0
place:  LDR R1, =needle
        MOV R2, R0
letter: LDRB R3, [R1], #1
        CMP R3, #0
        BEQ found
        LDRB R4, [R2], #1
        CMP R4, #0
        BEQ over
        CMP R3, R4
        BEQ letter
        ADD R0, R0, #1
        B place
found:  ADD R6, R6, #1
        ADD R0, R0, #1
        B place
over:
{_END}
        .pool
needle: .asciz "abacabad"
        .align 2
"""

CRC = f"""
@ CRC-32 of 16 KiB by table
_start: LDR R12, =ROUNDS
        LDR R4, =0x20000
        LDR R5, =0xEDB88320
        MOV R0, #0
entry:  MOV R1, R0
        MOV R2, #8
shift:  MOVS R1, R1, LSR #1
        EORCS R1, R1, R5
        SUBS R2, R2, #1
        BNE shift
        STR R1, [R4, R0, LSL #2]
        ADD R0, R0, #1
        CMP R0, #256
        BNE entry
again:  MVN R0, #0
        LDR R1, =0x21000
        MOV R2, #0x4000
byte:   LDRB R3, [R1], #1
        EOR R3, R3, R0
        AND R3, R3, #0xFF
        LDR R3, [R4, R3, LSL #2]
        EOR R0, R3, R0, LSR #8
        SUBS R2, R2, #1
        BNE byte
        MVN R0, R0
        LDR R1, =0x21000
        STR R0, [R1]
{_END}
"""

DISPATCH = f"""
@ a byte-code interpreter: one jump table, eight operations
_start: LDR R12, =ROUNDS
        LDR R11, =0x20000
again:  LDR R10, =codes
        MOV R0, #1
        MOV R1, #0
        LDR R2, =1000
fetch:  LDRB R3, [R10], #1
        CMP R3, #7
        LDRLS PC, [PC, R3, LSL #2]
        B end
        .word do_add, do_sub, do_xor, do_push, do_pop, do_double, do_loop, do_halt
do_add: ADD R0, R0, R1
        B fetch
do_sub: SUB R1, R1, R0
        B fetch
do_xor: EOR R1, R1, R0, ROR #7
        B fetch
do_push: STR R0, [R11], #4
        B fetch
do_pop: LDR R1, [R11, #-4]!
        B fetch
do_double: ADD R0, R0, R0
        B fetch
do_loop: SUBS R2, R2, #1
        LDRNE R10, =codes
        B fetch
do_halt:
{_END}
        .pool
codes:  .byte 0, 3, 2, 5, 1, 4, 2, 0, 3, 5, 4, 1, 2, 6, 7
        .align 2
"""

_BARE_END = "end:    SWI #0\n"
_EXIT = "        MOV R0, #0\n        MOV R7, #1\n" + _BARE_END

WORKLOADS = {
    "tight loop": TIGHT.replace(_BARE_END, _EXIT),
    "byte sieve": SIEVE.replace(_BARE_END, _EXIT),
    "Fibonacci": FIBONACCI,
    "matrix multiply": MATRIX,
    "string search": SEARCH,
    "CRC-32": CRC,
    "dispatch loop": DISPATCH,
}
