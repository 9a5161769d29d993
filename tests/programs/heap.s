        .org 0x8000
_start: MOV   R1, #16
        MOV   R0, #10
        SWI   #0x20
        MOV   R4, R0
        SWI   #3
        SWI   #7
        MOV   R0, #1
        SWI   #0x20
        SWI   #3
        SWI   #7
        MOV   R0, #4
        SWI   #0x20
        SWI   #3
        SWI   #7
        MOV   R0, R4
        SWI   #0x21
        SWI   #3
        SWI   #7
        MOV   R0, R4
        SWI   #0x21
        SWI   #3
        SWI   #7
        LDR   R0, =70000
        SWI   #0x20
        SWI   #3
        MOV   R0, #0
        SWI   #0
