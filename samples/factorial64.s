; factorial64.s - factorials of 64 bits, printed in decimal
;
; Shows:  multiplying a 64-bit number by a small one, and dividing it by ten, bit by bit: the way a number of any
;         size is turned into decimal digits.
; Try:    go on to 21! and look at the carry out of the multiplication.
; Run:    emu run samples/factorial64.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    LAST, 20                ; 21! needs more than 64 bits

        .org    0x8000

_start: MOV     R4, #1                  ; R5:R4 = the factorial
        MOV     R5, #0
        MOV     R6, #1                  ; R6 = n

next:   UMULL   R2, R3, R4, R6          ; R3:R2 := low half * n
        MLA     R5, R6, R5, R3          ; high half := high half * n + what was carried
        MOV     R4, R2

        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =equals
        SWI     #WRITE_STRING
        MOV     R0, R4
        MOV     R1, R5
        BL      print_long
        SWI     #WRITE_NEWLINE

        ADD     R6, R6, #1
        CMP     R6, #LAST
        BLS     next

        MOV     R0, #0
        SWI     #EXIT

; print_long - prints the unsigned number R1:R0 in decimal; changes R0-R3
print_long:
        PUSH    {R4, LR}
        MOV     R4, #0                  ; R4 = digits on the stack
more_digits:
        BL      divide_by_ten
        PUSH    {R2}                    ; the remainder is the last digit
        ADD     R4, R4, #1
        ORRS    R2, R0, R1              ; is any bit of the quotient left?
        BNE     more_digits
write_digits:
        POP     {R0}
        ADD     R0, R0, #'0'
        SWI     #WRITE_CHAR
        SUBS    R4, R4, #1
        BNE     write_digits
        POP     {R4, PC}

; divide_by_ten - R1:R0 := R1:R0 / 10, R2 := the remainder; changes R3
;   The number moves left out of R1:R0 into R2, one bit a time. Whenever ten fits into R2 it is taken out, and a 1
;   follows into the room that becomes free on the right: after 64 bits the quotient stands there.
divide_by_ten:
        MOV     R2, #0
        MOV     R3, #64
divide_bit:
        ADDS    R0, R0, R0              ; R2:R1:R0 := R2:R1:R0 * 2
        ADCS    R1, R1, R1
        ADC     R2, R2, R2
        CMP     R2, #10
        SUBHS   R2, R2, #10
        ADDHS   R0, R0, #1
        SUBS    R3, R3, #1
        BNE     divide_bit
        BX      LR

equals: .asciz  "! = "
