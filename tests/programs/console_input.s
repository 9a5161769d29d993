        .org 0x8000
_start: SWI   #6
        MOV   R4, R0
        SWI   #4
        MOV   R5, R0
        LDR   R0, =buf
        MOV   R1, #6
        SWI   #5
        MOV   R6, R0
        MOV   R0, R4
        MOV   R1, #10
        SWI   #3
        SWI   #7
        MOV   R0, R5
        SWI   #1
        SWI   #7
        LDR   R0, =buf
        SWI   #2
        SWI   #7
        MOV   R0, R6
        SWI   #3
        SWI   #7
        SWI   #4
        SWI   #3
        MOV   R0, #0
        SWI   #0
buf:    .space 16
