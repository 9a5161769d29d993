        .org 0x8000
.equ COUNT, 3
_start: LDR   R0, =bytes
        MOV   R1, #16
        SWI   #0xF3
        MOV   R0, #0
        SWI   #0
        .balign 16
bytes:  .byte  1, 'A', '\n', 0xFF
        .space COUNT
        .byte  9
        .align 2
        .word  -2147483648 + 0 , bytes
