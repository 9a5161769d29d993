        .org 0x8000
_start: MOV   R0, #1
        LDR   R1, =m
        SWI   #0xF4             @ passes
        LDR   R0, =m
        MOV   R1, #21
        SWI   #0xF3
        MVN   R1, #0
        CMP   R1, #0
        SWI   #0xF2
        LDR   R0, =0x17FFC
        MOV   R1, #0
        SWI   #0xF3
        MOV   R0, #0
        SWI   #0
        .balign 64
m:      .asciz "0123456789abcdef\tXYZ"
