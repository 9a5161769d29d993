; hanoi.s - the towers of Hanoi
;
; Shows:  a recursion that solves in four lines what is hard to do by hand: move the upper discs out of the way,
;         move the largest one, move the others on top of it.
; Try:    more DISCS; how does the number of moves grow?
; Run:    emu run samples/hanoi.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    DISCS, 4

        .org    0x8000

_start: MOV     R8, #0                  ; R8 = moves so far
        MOV     R0, #DISCS
        MOV     R1, #'A'
        MOV     R2, #'C'
        MOV     R3, #'B'
        BL      hanoi
        MOV     R0, R8
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =moves
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

; hanoi - moves R0 discs from tower R1 to tower R2 by way of tower R3; counts in R8; changes R0-R3
hanoi:  CMP     R0, #0
        BXEQ    LR
        PUSH    {R4-R7, LR}
        MOV     R4, R0                  ; R4 = number of discs
        MOV     R5, R1                  ; R5 = from
        MOV     R6, R2                  ; R6 = to
        MOV     R7, R3                  ; R7 = by way of

        SUB     R0, R4, #1              ; the smaller discs: out of the way
        MOV     R1, R5
        MOV     R2, R7
        MOV     R3, R6
        BL      hanoi

        LDR     R0, =disc               ; the largest one
        SWI     #WRITE_STRING
        MOV     R0, R4
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =from
        SWI     #WRITE_STRING
        MOV     R0, R5
        SWI     #WRITE_CHAR
        LDR     R0, =to
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_CHAR
        SWI     #WRITE_NEWLINE
        ADD     R8, R8, #1

        SUB     R0, R4, #1              ; and the smaller ones on top of it
        MOV     R1, R7
        MOV     R2, R6
        MOV     R3, R5
        BL      hanoi
        POP     {R4-R7, PC}

disc:   .asciz  "disc "
from:   .asciz  " from "
to:     .asciz  " to "
moves:  .asciz  " moves\n"
