; calling_convention.s - parameters, local variables and stack frames
;
; Shows:  four parameters in R0-R3 and the others on the stack; a frame pointer; a local array on the stack; who
;         saves what: R0-R3 and R12 belong to whoever is called, R4-R11 must come back unchanged.
; Try:    a seventh parameter; draw the stack at the line marked (*).
; Run:    emu run samples/calling_convention.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: MOV     R4, #5                  ; parameters five and six go to the stack,
        MOV     R5, #6
        PUSH    {R4, R5}                ; the fifth at the lower address
        MOV     R0, #1
        MOV     R1, #2
        MOV     R2, #3
        MOV     R3, #4
        BL      weighted_sum            ; R0 := 1*1 + 2*2 + ... + 6*6
        ADD     SP, SP, #8              ; the caller takes them off again
        BL      print_grouped
        SWI     #WRITE_NEWLINE

        LDR     R4, =numbers
        LDR     R5, =numbers_end
next:   LDR     R0, [R4], #4
        BL      print_grouped
        SWI     #WRITE_NEWLINE
        CMP     R4, R5
        BLO     next

        LDR     R0, =text_stack         ; after all these calls SP is where it was
        SWI     #WRITE_STRING
        MOV     R0, SP
        MOV     R1, #16
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        MOV     R0, #0
        SWI     #EXIT

; weighted_sum - R0 := 1*a + 2*b + 3*c + 4*d + 5*e + 6*f
;   a-d in R0-R3, e and f on the stack
;
;   The frame:  FP + 12   f
;               FP + 8    e
;               FP + 4    return address
;               FP        FP of the caller
;               FP - 4    the sum, a local variable
weighted_sum:
        PUSH    {FP, LR}
        MOV     FP, SP                  ; from here on FP stays, whatever happens to SP
        SUB     SP, SP, #4              ; room for a local variable

        ADD     R0, R0, R1, LSL #1
        ADD     R2, R2, R2, LSL #1
        ADD     R0, R0, R2
        ADD     R0, R0, R3, LSL #2
        STR     R0, [FP, #-4]           ; (*)

        LDR     R0, [FP, #8]
        LDR     R1, [FP, #12]
        BL      five_and_six            ; it may change R0-R3: the sum is safe in the frame
        LDR     R1, [FP, #-4]
        ADD     R0, R0, R1

        MOV     SP, FP                  ; local variables are gone
        POP     {FP, PC}

; five_and_six - R0 := 5 * R0 + 6 * R1. It calls nobody and needs few registers: no frame at all
five_and_six:
        ADD     R0, R0, R0, LSL #2
        ADD     R1, R1, R1, LSL #1
        ADD     R0, R0, R1, LSL #1
        BX      LR

; print_grouped - prints the unsigned number R0 in decimal, with a comma before each group of three digits
;   The digits come from right to left and are collected in a buffer in the frame.
print_grouped:
        PUSH    {R4-R6, LR}
        SUB     SP, SP, #16             ; the buffer: at most 13 characters and a zero byte
        ADD     R4, SP, #15             ; R4 = where the next character goes, from the end downwards
        MOV     R1, #0
        STRB    R1, [R4]
        MOV     R5, #3                  ; R5 = digits until the next comma
        MOV     R6, #','
digit:  BL      divide_by_ten           ; R0 := quotient, R1 := remainder
        SUBS    R5, R5, #1
        STRBMI  R6, [R4, #-1]!          ; a fourth digit is to come: a comma first
        MOVMI   R5, #2
        ADD     R1, R1, #'0'
        STRB    R1, [R4, #-1]!
        CMP     R0, #0
        BNE     digit
        MOV     R0, R4
        SWI     #WRITE_STRING
        ADD     SP, SP, #16
        POP     {R4-R6, PC}

; divide_by_ten - R0 := R0 / 10, R1 := the remainder; unsigned; changes R2 and R3
;   Multiplies by 2^35 / 10, rounded up, and drops 35 bits.
divide_by_ten:
        LDR     R1, =0xCCCCCCCD
        UMULL   R2, R3, R0, R1
        MOV     R3, R3, LSR #3          ; R3 = the quotient
        ADD     R1, R3, R3, LSL #2
        SUB     R1, R0, R1, LSL #1      ; R0 - quotient * 10
        MOV     R0, R3
        BX      LR

text_stack:
        .asciz  "SP = 0x"

        .align  2
numbers:
        .word   0, 7, 999, 1000, 65536, 1234567, 4294967295
numbers_end:
