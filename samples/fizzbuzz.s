; fizzbuzz.s - the counting game, without a single division
;
; Shows:  two counters that run from 3 and from 5 to zero tell which numbers are multiples; conditional
;         instructions and conditional system calls in place of branches.
; Try:    add "Bang" for multiples of 7; play on to 50.
; Run:    emu run samples/fizzbuzz.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07
        .equ    LAST, 30

        .org    0x8000

_start: MOV     R4, #1                  ; R4 = the number whose turn it is
        MOV     R5, #3                  ; R5 = steps to the next multiple of 3
        MOV     R6, #5                  ; R6 = steps to the next multiple of 5

turn:   MOV     R7, #0                  ; R7 = 1 as soon as a word was said

        SUBS    R5, R5, #1              ; the flags of SUBS rule the next four lines:
        LDREQ   R0, =fizz               ; neither loads nor moves nor system calls change them
        SWIEQ   #WRITE_STRING
        MOVEQ   R5, #3
        MOVEQ   R7, #1

        SUBS    R6, R6, #1
        LDREQ   R0, =buzz
        SWIEQ   #WRITE_STRING
        MOVEQ   R6, #5
        MOVEQ   R7, #1

        CMP     R7, #0                  ; no word? then say the number
        MOVEQ   R0, R4
        MOVEQ   R1, #10
        SWIEQ   #WRITE_INT
        SWI     #WRITE_NEWLINE

        ADD     R4, R4, #1
        CMP     R4, #LAST
        BLE     turn

        MOV     R0, #0
        SWI     #EXIT

fizz:   .asciz  "Fizz"
buzz:   .asciz  "Buzz"
