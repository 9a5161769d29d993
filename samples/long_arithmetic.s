; long_arithmetic.s - adding, subtracting, comparing and multiplying 64-bit numbers
;
; Shows:  the carry flag joins two registers into one long number: ADDS and ADC, SUBS and SBC, CMP and SBCS;
;         the long multiplications UMULL, SMULL and UMLAL.
; Try:    add three registers (96 bits); shift a 64-bit number left with ADDS and ADC.
; Run:    emu run samples/long_arithmetic.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

; throughout, a 64-bit number is a pair of registers: the low half first, then the high half
_start: LDR     R4, =numbers
        LDMIA   R4, {R5-R8}             ; R6:R5 = a, R8:R7 = b

        LDR     R0, =text_a
        MOV     R1, R5
        MOV     R2, R6
        BL      print_line
        LDR     R0, =text_b
        MOV     R1, R7
        MOV     R2, R8
        BL      print_line

        ADDS    R1, R5, R7              ; the low halves; C := carry
        ADC     R2, R6, R8              ; the high halves and the carry
        LDR     R0, =text_sum
        BL      print_line

        SUBS    R1, R5, R7              ; C := no borrow
        SBC     R2, R6, R8
        LDR     R0, =text_difference
        BL      print_line

        CMP     R5, R7                  ; a long comparison is a subtraction whose result
        SBCS    R0, R6, R8              ; nobody wants: only the flags count
        LDRLO   R0, =text_lower
        LDRHS   R0, =text_not_lower
        SWI     #WRITE_STRING

        LDR     R9, =0xFFFFFFFF
        UMULL   R1, R2, R9, R9          ; R2:R1 := R9 * R9, unsigned
        LDR     R0, =text_unsigned
        BL      print_line
        SMULL   R1, R2, R9, R9          ; the same bits as signed numbers: -1 * -1
        LDR     R0, =text_signed
        BL      print_line

; 64 by 64 bits, keeping the low 64: a * b = low * low + (low * high + high * low) * 2^32
        UMULL   R1, R2, R5, R7
        MLA     R2, R5, R8, R2
        MLA     R2, R6, R7, R2
        LDR     R0, =text_product
        BL      print_line

; 100000 * 100000 + 99000 * 99000 + ... + 1000 * 1000: UMLAL adds a product to a 64-bit sum
        MOV     R1, #0
        MOV     R2, #0
        LDR     R3, =100000
squares:
        UMLAL   R1, R2, R3, R3
        SUBS    R3, R3, #1000
        BNE     squares
        LDR     R0, =text_squares
        BL      print_line

        MOV     R0, #0
        SWI     #EXIT

; print_line - prints the text at R0, then R2:R1 as sixteen hexadecimal digits; changes R0-R3
print_line:
        PUSH    {R1, R2, LR}
        SWI     #WRITE_STRING
        LDR     R0, [SP, #4]            ; the high half, saved as R2
        BL      print_hex
        MOV     R0, #'_'
        SWI     #WRITE_CHAR
        LDR     R0, [SP]                ; the low half
        BL      print_hex
        SWI     #WRITE_NEWLINE
        POP     {R1, R2, PC}

; print_hex - prints R0 as eight hexadecimal digits; changes R0-R3
print_hex:
        MOV     R2, R0
        MOV     R3, #8                  ; R3 = digits left
hex_digit:
        MOV     R2, R2, ROR #28         ; turn the topmost four bits round to the bottom
        AND     R0, R2, #15
        CMP     R0, #10
        ADDLO   R0, R0, #'0'
        ADDHS   R0, R0, #'A' - 10
        SWI     #WRITE_CHAR
        SUBS    R3, R3, #1
        BNE     hex_digit
        BX      LR

text_a: .asciz  "a               = "
text_b: .asciz  "b               = "
text_sum:
        .asciz  "a + b           = "
text_difference:
        .asciz  "a - b           = "
text_lower:
        .asciz  "a is lower than b\n"
text_not_lower:
        .asciz  "a is not lower than b\n"
text_unsigned:
        .asciz  "UMULL of all 1s = "
text_signed:
        .asciz  "SMULL of all 1s = "
text_product:
        .asciz  "a * b           = "
text_squares:
        .asciz  "sum of squares  = "

        .align  2
numbers:
        .word   0x9ABCDEF0, 0x12345678  ; a
        .word   0xCAFEBABE, 0x00000001  ; b
