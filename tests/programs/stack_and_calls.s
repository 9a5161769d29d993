        .org 0x8000
_start: MOV   R0, #1
        MOV   R1, #2
        MOV   R2, #3
        STMFD SP!, {R0-R2}
        LDMFD SP!, {R4-R6}
        ADD   R0, R4, R6, LSL #4   @ 0x31
        MOV   R1, #16
        SWI   #3
        SWI   #7
        BL    twice
        SWI   #3
        SWI   #7
        SUB   R0, SP, #0x40000
        SWI   #3
        MOV   R0, #0
        SWI   #0
twice:  PUSH  {R4, LR}
        MOV   R0, R0, LSL #1
        POP   {R4, PC}
