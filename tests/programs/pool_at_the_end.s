        .org 0x8000
_start: LDR   R4, =0x12345678
        LDR   R5, =0x12345678   @ same word
        LDR   R6, =tail
        LDR   R0, [R6]          @ the pool starts at tail
        MOV   R1, #16
        SWI   #3
        MOV   R0, #0
        SWI   #0
tail:
