; arguments.s - what the program is told on the command line
;
; Shows:  GET_ARGUMENTS: the number of arguments and a table of their addresses; turning a text into a number.
; Try:    other arguments, negative numbers among them.
; Run:    emu run samples/arguments.s 3 apples 39

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07
        .equ    GET_ARGUMENTS, 0x32

        .org    0x8000

_start: SWI     #GET_ARGUMENTS          ; R0 := how many, R1 := address of a table of strings
        MOV     R4, R0                  ; R4 = arguments left
        MOV     R5, R1                  ; R5 = the place in the table
        MOV     R6, #0                  ; R6 = the sum of those that are numbers

        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =text_arguments
        SWI     #WRITE_STRING

next:   SUBS    R4, R4, #1
        BMI     done
        LDR     R7, [R5], #4            ; R7 = the text of this argument
        LDR     R0, =text_indent
        SWI     #WRITE_STRING
        MOV     R0, R7
        SWI     #WRITE_STRING
        MOV     R0, R7
        BL      number
        CMP     R1, #0
        LDREQ   R0, =text_no_number
        SWIEQ   #WRITE_STRING
        ADDNE   R6, R6, R0
        SWI     #WRITE_NEWLINE
        B       next

done:   LDR     R0, =text_sum
        SWI     #WRITE_STRING
        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        MOV     R0, #0
        SWI     #EXIT

; number - R0 := the number that the string at R0 stands for, R1 := 1; or R1 := 0 if it is no number; changes R2, R3
number: LDRB    R2, [R0]
        CMP     R2, #'-'
        MOVEQ   R12, #1                 ; R12 = 1 for a minus sign
        MOVNE   R12, #0
        ADD     R0, R0, R12             ; step over it
        MOV     R1, #0                  ; R1 = digits seen
        MOV     R3, #0                  ; R3 = the number so far
digit:  LDRB    R2, [R0], #1
        CMP     R2, #0
        BEQ     number_ends
        SUB     R2, R2, #'0'
        CMP     R2, #9
        MOVHI   R1, #0                  ; something else than a digit
        BXHI    LR
        ADD     R3, R3, R3, LSL #2
        ADD     R3, R2, R3, LSL #1      ; ten times the number, and the digit
        MOV     R1, #1
        B       digit
number_ends:
        CMP     R12, #0
        MOVEQ   R0, R3
        RSBNE   R0, R3, #0
        BX      LR

text_arguments:
        .asciz  " arguments\n"
text_indent:
        .asciz  "  "
text_no_number:
        .asciz  " (no number)"
text_sum:
        .asciz  "the numbers add up to "
