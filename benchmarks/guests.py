"""The guest programs of the measurements. Each repeats its work `ROUNDS` times, then ends with a SWI at `end`."""

from __future__ import annotations

TIGHT = """
_start: LDR R12, =ROUNDS
        LDR R1, =100000
again:  MOV R0, #0
loop:   ADD R0, R0, #1
        CMP R0, R1
        BNE loop
        SUBS R12, R12, #1
        BNE again
end:    SWI #0
"""

SIEVE = """
_start: LDR R12, =ROUNDS
        LDR R4, =0x20000
        LDR R2, =60000
again:  MOV R0, #0
        MOV R1, #1
fill:   STRB R1, [R4, R0]
        ADD R0, R0, #1
        CMP R0, R2
        BLT fill
        MOV R0, #2
next:   LDRB R3, [R4, R0]
        CMP R3, #0
        BEQ skip
        ADD R5, R0, R0
        MOV R6, #0
inner:  CMP R5, R2
        BGE skip
        STRB R6, [R4, R5]
        ADD R5, R5, R0
        B inner
skip:   ADD R0, R0, #1
        CMP R0, #250
        BLT next
        SUBS R12, R12, #1
        BNE again
end:    SWI #0
"""

STRINGS = """
@ copies a text, turns its case, measures it and compares it with the original, over and over
_start: LDR R12, =ROUNDS
        LDR R10, =text
        LDR R11, =0x20000
again:  MOV R0, R11
        MOV R1, R10
copy:   LDRB R2, [R1], #1
        STRB R2, [R0], #1
        CMP R2, #0
        BNE copy
        MOV R0, R11
turn:   LDRB R2, [R0]
        CMP R2, #0
        BEQ turned
        SUB R3, R2, #'a'
        CMP R3, #26
        SUBCC R2, R2, #32
        STRB R2, [R0], #1
        B turn
turned: MOV R0, R11
        MOV R4, #0
length: LDRB R2, [R0], #1
        CMP R2, #0
        ADDNE R4, R4, #1
        BNE length
        MOV R0, R11
        MOV R1, R10
compare: LDRB R2, [R0], #1
        LDRB R3, [R1], #1
        CMP R2, R3
        BNE differ
        CMP R2, #0
        BNE compare
differ: SUBS R12, R12, #1
        BNE again
end:    SWI #0
        .pool
text:   .asciz "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG, and what he found there nobody knows."
        .align 2
"""

CALLS = """
@ Fibonacci by recursion
_start: LDR R12, =ROUNDS
        MOV SP, #0x50000
again:  MOV R0, #15
        BL fib
        SUBS R12, R12, #1
        BNE again
end:    SWI #0
fib:    CMP R0, #2
        MOVLT PC, LR
        STMFD SP!, {R4, R5, LR}
        MOV R4, R0
        SUB R0, R0, #1
        BL fib
        MOV R5, R0
        SUB R0, R4, #2
        BL fib
        ADD R0, R0, R5
        LDMFD SP!, {R4, R5, PC}
"""

GUESTS = {"tight loop": TIGHT, "byte sieve": SIEVE, "strings": STRINGS, "calls": CALLS}
