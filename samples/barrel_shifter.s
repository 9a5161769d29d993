; barrel_shifter.s - what the shifter in front of the adder is good for
;
; Shows:  each instruction can shift its last operand on the way, at no cost: multiplying by constants, taking
;         bit fields out and putting them together, absolute values without a branch, swapping the bytes of a word.
; Try:    multiply by 100 in three instructions; pack three colours of 5, 6 and 5 bits.
; Run:    emu run samples/barrel_shifter.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

; multiplying by a constant without MUL
_start: MOV     R4, #11
        ADD     R2, R4, R4, LSL #2      ; 5 * R4 = R4 + 4 * R4
        LDR     R0, =text_times_5
        BL      show_decimal
        RSB     R2, R4, R4, LSL #3      ; 7 * R4 = 8 * R4 - R4
        LDR     R0, =text_times_7
        BL      show_decimal
        ADD     R2, R4, R4, LSL #2
        MOV     R2, R2, LSL #1          ; 10 * R4 = 2 * (5 * R4)
        LDR     R0, =text_times_10
        BL      show_decimal

; dividing by a power of two: ASR keeps the sign, but rounds downwards; adding 7 to a negative number first
; makes it round towards zero
        MVN     R4, #20                 ; -21
        MOV     R2, R4, ASR #3
        LDR     R0, =text_rounds_down
        BL      show_decimal
        MOV     R3, R4, ASR #31         ; -1 for negative numbers, else 0
        ADD     R2, R4, R3, LSR #29     ; + 7 for negative numbers: LSR #29 leaves three 1s
        MOV     R2, R2, ASR #3
        LDR     R0, =text_rounds_to_zero
        BL      show_decimal

; the absolute value without a branch: turn all bits over and add 1, if the sign says so
        EOR     R2, R4, R4, ASR #31
        SUB     R2, R2, R4, ASR #31
        LDR     R0, =text_absolute
        BL      show_decimal

; a colour: pack red, green and blue into a word, and take the green out again
        MOV     R5, #0x12
        MOV     R6, #0x34
        MOV     R7, #0x56
        ORR     R2, R7, R6, LSL #8
        ORR     R2, R2, R5, LSL #16
        LDR     R0, =text_packed
        BL      show_hex
        MOV     R2, R2, LSL #16         ; drop what is above,
        MOV     R2, R2, LSR #24         ; and what is below
        LDR     R0, =text_green
        BL      show_hex

; rotating: bits that leave on the right come back on the left
        LDR     R4, =0x12345678
        MOV     R2, R4, ROR #8
        LDR     R0, =text_rotated
        BL      show_hex

; swapping the bytes of a word in four instructions
        EOR     R3, R4, R4, ROR #16
        BIC     R3, R3, #0x00FF0000
        MOV     R2, R4, ROR #8
        EOR     R2, R2, R3, LSR #8
        LDR     R0, =text_swapped
        BL      show_hex

; RRX shifts through the carry flag: halving a number of 64 bits, R6:R5
        LDR     R6, =0x00000003
        LDR     R5, =0x00000002
        MOVS    R6, R6, LSR #1          ; C := the bit that falls out
        MOV     R5, R5, RRX             ; and comes in here on the left
        MOV     R2, R5
        LDR     R0, =text_halved
        BL      show_hex

; shifting by a register: a mask of R4 ones
        MOV     R4, #12
        MVN     R2, #0
        MVN     R2, R2, LSL R4
        LDR     R0, =text_mask
        BL      show_hex

        MOV     R0, #0
        SWI     #EXIT

; show_decimal, show_hex - print the text at R0 and the number R2; change R0 and R1
show_hex:
        MOV     R1, #16
        B       show
show_decimal:
        MOV     R1, #10
show:   SWI     #WRITE_STRING
        MOV     R0, R2
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        BX      LR

text_times_5:
        .asciz  "11 times 5                    "
text_times_7:
        .asciz  "11 times 7                    "
text_times_10:
        .asciz  "11 times 10                   "
text_rounds_down:
        .asciz  "-21 / 8, rounded down         "
text_rounds_to_zero:
        .asciz  "-21 / 8, rounded towards zero "
text_absolute:
        .asciz  "absolute value of -21         "
text_packed:
        .asciz  "red, green and blue           0x"
text_green:
        .asciz  "only the green                0x"
text_rotated:
        .asciz  "0x12345678 rotated by 8 bits  0x"
text_swapped:
        .asciz  "0x12345678 with bytes swapped 0x"
text_halved:
        .asciz  "0x300000002 halved, low word  0x"
text_mask:
        .asciz  "twelve ones                   0x"
