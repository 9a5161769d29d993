; gcd.s - greatest common divisor by Euclid's method
;
; Shows:  the most famous four instructions of ARM: a loop whose body is two conditional subtractions.
; Try:    print the least common multiple as well (a / gcd * b; division.s shows how to divide).
; Run:    emu run samples/gcd.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R4, =pairs
next:   LDMIA   R4!, {R5, R6}           ; a pair, and R4 moves on to the following one
        CMP     R5, #0
        BEQ     done

        MOV     R1, #10
        LDR     R0, =gcd_of
        SWI     #WRITE_STRING
        MOV     R0, R5
        SWI     #WRITE_INT
        LDR     R0, =joined
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_INT
        LDR     R0, =is
        SWI     #WRITE_STRING

        MOV     R0, R5
        MOV     R1, R6
        BL      gcd
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

; gcd - R0 := the greatest common divisor of R0 and R1, both positive; changes R1
gcd:    CMP     R0, R1
        SUBGT   R0, R0, R1              ; take the smaller from the larger
        SUBLT   R1, R1, R0
        BNE     gcd                     ; until both are the same
        BX      LR

gcd_of: .asciz  "gcd of "
joined: .asciz  " and "
is:     .asciz  " is "

        .align  2
pairs:  .word   12, 18
        .word   1071, 462
        .word   17, 5
        .word   100, 100
        .word   46368, 28657
        .word   0, 0                    ; the end
