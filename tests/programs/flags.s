        .org 0x8000
_start: LDR   R1, =0x80000000
        MOVS  R0, R1, LSL #1       @ C=1 Z=1
        SWI   #0xF2
        LDR   R2, =0x7FFFFFFF
        ADDS  R0, R2, #1           @ N V
        SUBS  R3, R0, #1           @ C V
        ADC   R4, R3, #0           @ + carry
        RSBS  R5, R4, #0
        SWI   #0xF2
        MOV   R0, #0
        SWI   #0
