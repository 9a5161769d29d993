        .org 0x8000
_start: LDR   R4, =tab
        LDR   R0, [R4, #4]        @ 20
        SWI   #3
        SWI   #7
        MOV   R5, #2
        LDR   R0, [R4, R5, LSL #2] @ 30
        SWI   #3
        SWI   #7
        LDR   R0, [R4], #8        @ 10, then R4 += 8
        SWI   #3
        SWI   #7
        LDR   R0, [R4, -#4]!      @ R4 -= 4, 20
        SWI   #3
        SWI   #7
        LDRB  R0, [R4]
        SWI   #3
        SWI   #7
        MOV   R0, #0
        SWI   #0
        .align 2
tab:    .word 10, 20, 30
