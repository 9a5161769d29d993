        .org 0x8000
_start: LDR   R4, =tab+8
        LDR   R0, [R4, #-4]
        SWI   #3
        LDR   R0, [R4], #-8
        SWI   #3
        LDRH  R0, [R4, #8]
        SWI   #3
        LDR   R0, tab
        SWI   #3
        MOV   R0, #0
        SWI   #0
        .align 2
tab:    .word 1, 2, 3
