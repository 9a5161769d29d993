; bit_counting.s - counting and turning around the bits of a word
;
; Shows:  the number of 1s in three ways (bit by bit, 1 by 1, all at once), parity, leading zeros with CLZ, reversing
;         the bits by way of the carry flag, powers of two.
; Try:    the number of zeros at the end, with CLZ and n AND -n.
; Run:    emu run samples/bit_counting.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R6, =numbers
        LDR     R7, =numbers_end
next:   LDR     R4, [R6], #4            ; R4 = the word
        MOV     R0, R4
        MOV     R1, #2
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        MOV     R0, R4
        BL      ones_by_bits
        LDR     R1, =text_bits
        BL      show
        MOV     R0, R4
        BL      ones_by_ones
        LDR     R1, =text_ones
        BL      show
        MOV     R0, R4
        BL      ones_at_once
        LDR     R1, =text_once
        BL      show
        MOV     R0, R4
        BL      parity
        LDR     R1, =text_parity
        BL      show
        CLZ     R0, R4
        LDR     R1, =text_leading
        BL      show

        LDR     R0, =text_reversed
        SWI     #WRITE_STRING
        MOV     R0, R4
        BL      reverse
        MOV     R1, #2
        SWI     #WRITE_INT

        SUBS    R1, R4, #1              ; a power of two has a single 1, and
        TSTNE   R4, R1                  ; n AND (n - 1) takes the lowest 1 away
        LDREQ   R0, =text_power         ; (for n = 1 the flags of SUBS are the answer)
        SWIEQ   #WRITE_STRING
        SWI     #WRITE_NEWLINE

        CMP     R6, R7
        BLO     next

        MOV     R0, #0
        SWI     #EXIT

; ones_by_bits - R0 := number of 1s in R0: 32 bits fall into the carry flag, one by one; changes R1 and R2
ones_by_bits:
        MOV     R1, #0
        MOV     R2, #32
by_bits:
        MOVS    R0, R0, LSR #1          ; C := the lowest bit
        ADC     R1, R1, #0              ; count it
        SUBS    R2, R2, #1
        BNE     by_bits
        MOV     R0, R1
        BX      LR

; ones_by_ones - R0 := number of 1s in R0: as many rounds as there are 1s; changes R1 and R2
ones_by_ones:
        MOV     R1, #0
by_ones:
        CMP     R0, #0
        SUBNE   R2, R0, #1
        ANDNE   R0, R0, R2              ; takes the lowest 1 away
        ADDNE   R1, R1, #1
        BNE     by_ones
        MOV     R0, R1
        BX      LR

; ones_at_once - R0 := number of 1s in R0: sums of neighbours, in all fields at the same time; changes R1 and R2
ones_at_once:
        LDR     R1, =0x55555555
        AND     R2, R1, R0, LSR #1
        SUB     R0, R0, R2              ; sixteen counts of two bits each
        LDR     R1, =0x33333333
        AND     R2, R1, R0, LSR #2
        AND     R0, R0, R1
        ADD     R0, R0, R2              ; eight counts of four bits
        LDR     R1, =0x0F0F0F0F
        ADD     R0, R0, R0, LSR #4
        AND     R0, R0, R1              ; four counts of eight bits
        ADD     R0, R0, R0, LSR #8
        ADD     R0, R0, R0, LSR #16
        AND     R0, R0, #63             ; one count
        BX      LR

; parity - R0 := 1 if the number of 1s in R0 is odd, else 0
parity: EOR     R0, R0, R0, LSR #16     ; fold the word: each half over the other
        EOR     R0, R0, R0, LSR #8
        EOR     R0, R0, R0, LSR #4
        EOR     R0, R0, R0, LSR #2
        EOR     R0, R0, R0, LSR #1
        AND     R0, R0, #1
        BX      LR

; reverse - R0 := the bits of R0 in the opposite order; changes R1 and R2
reverse:
        MOV     R1, #0
        MOV     R2, #32
turn:   MOVS    R0, R0, LSR #1          ; out on the right of one,
        ADC     R1, R1, R1              ; in on the right of the other, which moves left
        SUBS    R2, R2, #1
        BNE     turn
        MOV     R0, R1
        BX      LR

; show - prints the text at R1 and the number R0; changes R0, R1 and R2
show:   MOV     R2, R0
        MOV     R0, R1
        SWI     #WRITE_STRING
        MOV     R0, R2
        MOV     R1, #10
        SWI     #WRITE_INT
        BX      LR

text_bits:
        .asciz  "  ones: "
text_ones:
        .asciz  " = "
text_once:
        .asciz  " = "
text_parity:
        .asciz  ", parity "
text_leading:
        .asciz  ", leading zeros "
text_reversed:
        .asciz  ", reversed "
text_power:
        .asciz  ", a power of two"

        .align  2
numbers:
        .word   1, 12, 64, 0xFF, 0x12345678, 0x80000000, 0xFFFFFFFF
numbers_end:
