; collatz.s - the numbers of Collatz
;
; Shows:  halve even numbers, turn odd n into 3 * n + 1: MOVS with a shift halves, tests and keeps the lowest bit,
;         all in one instruction.
; Try:    start with 27; search up to 10000 (how large do the numbers get?).
; Run:    emu run samples/collatz.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    LIMIT, 1000

        .org    0x8000

; the way of one number down to 1
_start: MOV     R4, #7
        MOV     R1, #10
walk:   MOV     R0, R4
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        CMP     R4, #1
        BEQ     arrived
        TST     R4, #1
        MOVEQ   R4, R4, LSR #1
        ADDNE   R4, R4, R4, LSL #1
        ADDNE   R4, R4, #1
        B       walk
arrived:
        SWI     #WRITE_NEWLINE

; which number below LIMIT takes the most steps?
        MOV     R4, #1                  ; R4 = the number to start with
        MOV     R6, #0                  ; R6 = most steps so far
        LDR     R8, =LIMIT
search: MOV     R2, R4
        MOV     R3, #0                  ; R3 = steps
step:   CMP     R2, #1
        BEQ     counted
        MOVS    R0, R2, LSR #1          ; R0 := half of it, C := its lowest bit
        MOVCC   R2, R0
        ADDCS   R2, R2, R2, LSL #1      ; (only for odd numbers: carry set)
        ADDCS   R2, R2, #1
        ADD     R3, R3, #1
        B       step
counted:
        CMP     R3, R6
        MOVHI   R6, R3
        MOVHI   R7, R4                  ; R7 = the number that took them
        ADD     R4, R4, #1
        CMP     R4, R8
        BLO     search

        MOV     R0, R7
        SWI     #WRITE_INT
        LDR     R0, =takes
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_INT
        LDR     R0, =steps
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

takes:  .asciz  " takes "
steps:  .asciz  " steps\n"
