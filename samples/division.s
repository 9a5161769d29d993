; division.s - dividing without a divide instruction
;
; Shows:  long division in base 2: shift the divisor up as far as it goes, then subtract wherever it fits. The
;         carry flag of each comparison is the next bit of the quotient.
; Try:    count the steps for 4294967295 / 1; what happens with divisor 0 if the test is taken out?
; Run:    emu run samples/division.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R4, =pairs
next:   LDMIA   R4!, {R5, R6}           ; dividend and divisor
        CMP     R5, #0
        BEQ     done

        MOV     R1, #10
        MOV     R0, R5
        SWI     #WRITE_INT
        LDR     R0, =over
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_INT

        MOVS    R1, R6
        LDREQ   R0, =impossible
        SWIEQ   #WRITE_STRING
        BEQ     next

        MOV     R0, R5
        BL      divide_signed
        MOV     R7, R1                  ; keep the remainder
        MOV     R5, R0
        LDR     R0, =equals
        SWI     #WRITE_STRING
        MOV     R0, R5
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =remainder
        SWI     #WRITE_STRING
        MOV     R0, R7
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

; divide_signed - R0 := R0 / R1, R1 := the remainder, rounding towards zero; R1 must not be 0
;   Divide the absolute values, then give the results their signs: the quotient is negative if the signs
;   differ, the remainder has the sign of the dividend.
divide_signed:
        PUSH    {R4, R5, LR}
        EOR     R4, R0, R1              ; bit 31 of R4: the signs differ
        MOV     R5, R0                  ; bit 31 of R5: the dividend is negative
        CMP     R0, #0
        RSBLT   R0, R0, #0
        CMP     R1, #0
        RSBLT   R1, R1, #0
        BL      divide
        CMP     R4, #0
        RSBLT   R0, R0, #0
        CMP     R5, #0
        RSBLT   R1, R1, #0
        POP     {R4, R5, PC}

; divide - R0 := R0 / R1, R1 := the remainder; unsigned; R1 must not be 0; changes R2 and R3
divide: MOV     R2, R1                  ; R2 = the divisor, shifted up
        MOV     R3, #0                  ; R3 = the quotient
divide_up:
        CMP     R2, R0, LSR #1          ; comparing with half the dividend, so that R2 cannot overflow
        MOVLS   R2, R2, LSL #1
        BLS     divide_up
divide_down:
        CMP     R0, R2                  ; C := it fits
        SUBCS   R0, R0, R2
        ADC     R3, R3, R3              ; quotient := quotient * 2 + C
        MOV     R2, R2, LSR #1
        CMP     R2, R1
        BHS     divide_down
        MOV     R1, R0                  ; what is left is the remainder
        MOV     R0, R3
        BX      LR

over:   .asciz  " / "
equals: .asciz  " = "
remainder:
        .asciz  " remainder "
impossible:
        .asciz  " cannot be done\n"

        .align  2
pairs:  .word   100, 7
        .word   7, 100
        .word   -100, 7
        .word   100, -7
        .word   -100, -7
        .word   2147483647, 1
        .word   -2147483648, 10
        .word   5, 0
        .word   0, 0                    ; the end
