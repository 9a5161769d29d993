; square_roots.s - square roots in fixed-point arithmetic
;
; Shows:  numbers with a fraction, without a floating-point unit: 16 bits before and 16 bits behind the point, so
;         that 1.0 is 0x10000. The root is found as on paper, two bits of the number giving one bit of the root.
; Try:    more decimal places; a routine that multiplies two such numbers (UMULL, then shift by 16).
; Run:    emu run samples/square_roots.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    ONE, 1 << 16            ; 1.0
        .equ    PLACES, 4               ; decimal places to print

        .org    0x8000

_start: LDR     R4, =numbers
        LDR     R5, =numbers_end
next:   LDR     R0, =text_root
        SWI     #WRITE_STRING
        LDR     R0, [R4]
        BL      print_fixed
        LDR     R0, =text_is
        SWI     #WRITE_STRING
        LDR     R0, [R4], #4
        BL      square_root
        BL      print_fixed
        SWI     #WRITE_NEWLINE
        CMP     R4, R5
        BLO     next

        MOV     R0, #0
        SWI     #EXIT

; square_root - R0 := the square root of R0, both with 16 bits behind the point; changes R1-R3 and R12
square_root:
        MOV     R1, #0                  ; R1 = the root so far
        MOV     R2, #0                  ; R2 = what is left of the bits taken so far
        MOV     R12, #24                ; 8 bits before the point and 16 behind it
root_bit:
        MOV     R2, R2, LSL #2
        ORR     R2, R2, R0, LSR #30     ; take the next two bits of the number
        MOV     R0, R0, LSL #2
        MOV     R1, R1, LSL #1
        MOV     R3, R1, LSL #1
        ADD     R3, R3, #1              ; (root + 1)^2 - root^2 = 2 * root + 1
        CMP     R2, R3
        SUBHS   R2, R2, R3              ; it fits: this bit of the root is 1
        ADDHS   R1, R1, #1
        SUBS    R12, R12, #1
        BNE     root_bit
        MOV     R0, R1
        BX      LR

; print_fixed - prints the unsigned fixed-point number R0, cut after some decimal places; changes R0-R3
print_fixed:
        MOV     R2, R0
        MOV     R0, R2, LSR #16         ; the whole part
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #'.'
        SWI     #WRITE_CHAR
        MOV     R3, #PLACES
decimal:
        BIC     R2, R2, #0xFF000000
        BIC     R2, R2, #0x00FF0000     ; only the fraction:
        ADD     R2, R2, R2, LSL #2
        MOV     R2, R2, LSL #1          ; ten times the fraction
        MOV     R0, R2, LSR #16         ; has the next decimal place before the point
        ADD     R0, R0, #'0'
        SWI     #WRITE_CHAR
        SUBS    R3, R3, #1
        BNE     decimal
        BX      LR

text_root:
        .asciz  "root of "
text_is:
        .asciz  " = "

        .align  2
numbers:
        .word   1 * ONE, 2 * ONE, 3 * ONE, 10 * ONE, 100 * ONE
        .word   144 * ONE, 65535 * ONE
        .word   ONE / 4, ONE / 2, 5 * ONE / 2, 0
numbers_end:
