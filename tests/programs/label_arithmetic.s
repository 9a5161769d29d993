        .org 0x8000
_start: LDR   R0, =buf + 0x0C - 4
        LDR   R1, =buf
        SUB   R0, R0, R1
        MOV   R1, #10
        SWI   #3
        SWI   #7
        LDR   R0, =endb - buf
        SWI   #3
        MOV   R0, #0
        SWI   #0
buf:    .space 20
endb:
