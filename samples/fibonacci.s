; fibonacci.s - Fibonacci numbers until they no longer fit
;
; Shows:  two registers that take turns, and the overflow flag: ADDS sets V when a signed sum is too large
;         for 32 bits, BVS acts on it.
; Try:    start with 2 and 1 (Lucas numbers); use BCS in place of BVS and print in base 16.
;         For numbers of any length see big_numbers.s.
; Run:    emu run samples/fibonacci.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: MOV     R4, #0                  ; R4 = F(n)
        MOV     R5, #1                  ; R5 = F(n + 1)
        MOV     R6, #0                  ; R6 = n
        MOV     R1, #10

next:   LDR     R0, =f
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_INT
        LDR     R0, =equals
        SWI     #WRITE_STRING
        MOV     R0, R4
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        ADD     R6, R6, #1
        MOV     R0, R4
        MOV     R4, R5                  ; one step: (a, b) becomes (b, a + b)
        ADDS    R5, R0, R5
        BVC     next                    ; while a + b fits

        LDR     R0, =f                  ; b itself did still fit: it is in R4
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_INT
        LDR     R0, =equals
        SWI     #WRITE_STRING
        MOV     R0, R4
        SWI     #WRITE_INT
        LDR     R0, =the_last
        SWI     #WRITE_STRING

        MOV     R0, #0
        SWI     #EXIT

f:      .asciz  "F("
equals: .asciz  ") = "
the_last:
        .asciz  ", the last one that fits into 31 bits\n"
