; first_steps.s - registers and simple arithmetic
;
; Shows:  MOV, ADD, SUB, MUL and a shift; printing text and numbers.
; Try:    other numbers in R4 and R5; what does the difference look like when it is negative?
; Run:    emu run samples/first_steps.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: MOV     R4, #7                  ; R4 := 7
        MOV     R5, #5                  ; R5 := 5

        ADD     R6, R4, R5              ; R6 := R4 + R5
        LDR     R0, =sum                ; R0 := address of the text
        SWI     #WRITE_STRING
        MOV     R0, R6                  ; R0 := the number to print
        MOV     R1, #10                 ; R1 := the base to print it in
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        SUB     R6, R4, R5              ; R6 := R4 - R5
        LDR     R0, =difference
        SWI     #WRITE_STRING
        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        MUL     R6, R4, R5              ; R6 := R4 * R5
        LDR     R0, =product
        SWI     #WRITE_STRING
        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        MOV     R6, R4, LSL #3          ; R6 := R4 shifted left by 3 bits, that is R4 * 8
        LDR     R0, =eightfold
        SWI     #WRITE_STRING
        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        MOV     R0, #0                  ; exit code 0
        SWI     #EXIT

sum:    .asciz  "sum:         "
difference:
        .asciz  "difference:  "
product:
        .asciz  "product:     "
eightfold:
        .asciz  "eight times: "
