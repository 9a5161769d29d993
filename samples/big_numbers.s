; big_numbers.s - numbers of any length: 100! and the 500th Fibonacci number
;
; Shows:  arithmetic as on paper, with digits from 0 to 9999: a number is an array of halfwords, the lowest digit
;         first. Base 10000 makes printing easy and a product of two digits fits into a register.
; Try:    200! (with LENGTH 100); powers of 2; multiply two long numbers.
; Run:    emu run samples/big_numbers.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    LENGTH, 40              ; digits of a long number: 160 decimal places
        .equ    BASE, 10000

        .org    0x8000

; 100! = 1 * 2 * ... * 100
_start: LDR     R0, =number_a
        MOV     R1, #1
        BL      set
        MOV     R4, #2
multiply_on:
        LDR     R0, =number_a
        MOV     R1, R4
        BL      multiply
        ADD     R4, R4, #1
        CMP     R4, #100
        BLS     multiply_on
        LDR     R0, =text_factorial
        SWI     #WRITE_STRING
        LDR     R0, =number_a
        BL      print
        SWI     #WRITE_NEWLINE

; F(500): a, b = 0, 1; then a takes the sum of both, b the next sum, and so on, 250 times
        LDR     R0, =number_a
        MOV     R1, #0
        BL      set
        LDR     R0, =number_b
        MOV     R1, #1
        BL      set
        MOV     R4, #250
add_on: LDR     R0, =number_a
        LDR     R1, =number_b
        BL      add
        LDR     R0, =number_b
        LDR     R1, =number_a
        BL      add
        SUBS    R4, R4, #1
        BNE     add_on
        LDR     R0, =text_fibonacci
        SWI     #WRITE_STRING
        LDR     R0, =number_a
        BL      print
        SWI     #WRITE_NEWLINE

        MOV     R0, #0
        SWI     #EXIT

; set - long number at R0 := the small number R1 (below BASE); changes R0-R2
set:    STRH    R1, [R0], #2
        MOV     R1, #0
        LDR     R2, =LENGTH - 1
set_next:
        STRH    R1, [R0], #2
        SUBS    R2, R2, #1
        BNE     set_next
        BX      LR

; add - long number at R0 := itself + the one at R1; changes R0-R3
add:    PUSH    {R4, R5, LR}
        LDR     R5, =BASE
        MOV     R2, #0                  ; R2 = the carry
        LDR     R3, =LENGTH
add_digit:
        LDRH    R4, [R0]
        ADD     R2, R2, R4
        LDRH    R4, [R1], #2
        ADD     R2, R2, R4
        CMP     R2, R5
        SUBHS   R4, R2, R5              ; too large for a digit: keep what is above BASE,
        MOVLO   R4, R2
        MOVHS   R2, #1                  ; and carry 1
        MOVLO   R2, #0
        STRH    R4, [R0], #2
        SUBS    R3, R3, #1
        BNE     add_digit
        POP     {R4, R5, PC}

; multiply - long number at R0 := itself * the small number R1 (below BASE); changes R0-R3
multiply:
        PUSH    {R4-R7, LR}
        MOV     R4, R0                  ; R4 = the digit in question
        MOV     R5, R1                  ; R5 = the factor
        MOV     R6, #0                  ; R6 = the carry
        LDR     R7, =LENGTH
multiply_digit:
        LDRH    R0, [R4]
        MLA     R0, R5, R0, R6          ; digit * factor + carry
        LDR     R1, =BASE
        BL      divide
        STRH    R1, [R4], #2            ; the remainder is the new digit,
        MOV     R6, R0                  ; the quotient the carry
        SUBS    R7, R7, #1
        BNE     multiply_digit
        POP     {R4-R7, PC}

; print - prints the long number at R0; changes R0-R3
print:  PUSH    {R4, R5, LR}
        LDR     R5, =LENGTH
        ADD     R4, R0, R5, LSL #1      ; R4 = behind the highest digit
find_first:
        LDRH    R0, [R4, #-2]!          ; from the highest digit down,
        SUBS    R5, R5, #1              ; to the lowest one at most,
        BEQ     first_found
        CMP     R0, #0                  ; to the first one that is not 0
        BEQ     find_first
first_found:
        MOV     R1, #10
        SWI     #WRITE_INT              ; the first digit has no zeros in front
print_digit:
        CMP     R5, #0
        POPEQ   {R4, R5, PC}
        LDRH    R2, [R4, #-2]!          ; all others are four decimal places wide
        LDR     R3, =1000
        MOV     R0, #'0'
        CMP     R2, R3
        SWILO   #WRITE_CHAR
        CMP     R2, #100
        SWILO   #WRITE_CHAR
        CMP     R2, #10
        SWILO   #WRITE_CHAR
        MOV     R0, R2
        SWI     #WRITE_INT
        SUB     R5, R5, #1
        B       print_digit

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

text_factorial:
        .asciz  "100! = "
text_fibonacci:
        .asciz  "F(500) = "

        .align  2
number_a:
        .space  LENGTH * 2
number_b:
        .space  LENGTH * 2
