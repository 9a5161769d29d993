        .org 0x8000
_start: MOV  R0, #FIRST
        ADD  R0, R0, #SECOND
        LDR  R1, =BASE
        SWI  #3
        MOV  R0, #0
        SWI  #0
.equ FIRST, 40
.equ SECOND, 2
.equ BASE, 10
