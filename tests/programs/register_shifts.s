        .org 0x8000
_start: MVN   R1, #0
        MOV   R2, #0
        MOV   R1, R1, LSR R2       @ unchanged
        MOV   R0, R1, LSR #28
        SWI   #3
        SWI   #7
        MOVS  R3, R1, LSR #32      @ C := bit 31
        MOVCS R0, #1
        MOVCC R0, #0
        SWI   #3
        MOV   R0, #0
        SWI   #0
