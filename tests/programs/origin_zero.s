        .data
v:      .word 7
text:   .asciz "hi"
        .align 4
        .text
        .global _start
_start: LDR   R0, =text
        MOV   R1, #16
        SWI   #3
        SWI   #7
        ADR   R0, _start
        SWI   #3
        SWI   #7
        LDR   R0, =v
        LDR   R0, [R0]
        SWI   #3
        MOV   R0, #0
        SWI   #0
