        .org 0x8000
_start: LDR   R0, =msg
        SWI   #2
        LDR   R0, =0x12345678
        B     over
        .ltorg
msg:    .asciz "after the pool\n"
        .align 2
over:   MOV   R1, #16
        SWI   #3
        MOV   R0, #0
        SWI   #0
