; number_bases.s - writing a number in any base
;
; Shows:  a number is written from its last digit to its first: divide by the base, the remainder is the digit.
;         The digits are pushed onto the stack and come off in the right order.
; Try:    base 36 with your name as the number; read a number in a given base.
; Run:    emu run samples/number_bases.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R4, =jobs
next:   LDMIA   R4!, {R5, R6}           ; R5 = a number, R6 = a base
        CMP     R6, #0
        BEQ     done
        MOV     R0, R5
        MOV     R1, R6
        BL      print_in_base
        LDR     R0, =in_base
        SWI     #WRITE_STRING
        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

; print_in_base - prints the unsigned number R0 in base R1 (2-36); changes R0-R3
print_in_base:
        PUSH    {R4, R5, LR}
        MOV     R4, R1                  ; R4 = the base
        MOV     R5, #0                  ; R5 = digits on the stack
more_digits:
        MOV     R1, R4
        BL      divide
        PUSH    {R1}                    ; the remainder is the last digit
        ADD     R5, R5, #1
        CMP     R0, #0
        BNE     more_digits
write_digits:
        POP     {R1}
        LDR     R2, =digits
        LDRB    R0, [R2, R1]
        SWI     #WRITE_CHAR
        SUBS    R5, R5, #1
        BNE     write_digits
        POP     {R4, R5, PC}

; divide - R0 := R0 / R1, R1 := the remainder; unsigned; explained in division.s
divide: MOV     R2, R1
        MOV     R3, #0
divide_up:
        CMP     R2, R0, LSR #1
        MOVLS   R2, R2, LSL #1
        BLS     divide_up
divide_down:
        CMP     R0, R2
        SUBCS   R0, R0, R2
        ADC     R3, R3, R3
        MOV     R2, R2, LSR #1
        CMP     R2, R1
        BHS     divide_down
        MOV     R1, R0
        MOV     R0, R3
        BX      LR

in_base:
        .asciz  " is the number in base "
digits: .ascii  "0123456789abcdefghijklmnopqrstuvwxyz"

        .align  2
jobs:   .word   2024, 2
        .word   2024, 3
        .word   2024, 8
        .word   2024, 10
        .word   2024, 16
        .word   2024, 36
        .word   0, 7
        .word   4294967295, 2
        .word   4294967295, 10
        .word   4294967295, 36
        .word   0, 0                    ; the end
