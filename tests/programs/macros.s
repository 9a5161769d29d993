        .org 0x8000
.macro PRINT reg, base
        MOV   R0, \reg
        MOV   R1, #\{base}
        SWI   #3
        SWI   #7
.endm
.macro COUNTDOWN from
        MOV   R4, #\from
1:      PRINT R4, 10
        SUBS  R4, R4, #1
        BNE   1b
.endm
_start: COUNTDOWN 2
        COUNTDOWN 1
        MVN   R5, #0
        PRINT R5, 16
        B     1f
        MOV   R5, #0
1:      MOV   R0, #0
        SWI   #0
