; calculator.s - a calculator that understands whole expressions
;
; Shows:  recursive descent: a routine for each rule of the grammar, which call each other as the rules do; leaving
;         any depth of calls at once, by putting SP back to where it was.
;
;             expression = term { (+ | -) term }
;             term       = factor { (* | / | %) factor }
;             factor     = number | - factor | ( expression )
;
; Try:    hexadecimal numbers; powers; a variable for the last result.
; Run:    emu run samples/calculator.s, then type expressions, for example (1 + 2) * -3

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    READ_STRING, 0x05
        .equ    WRITE_NEWLINE, 0x07

        .equ    ROOM, 100

        .org    0x8000

_start: LDR     R0, =line
        MOV     R1, #ROOM
        SWI     #READ_STRING
        CMP     R0, #0
        BLT     done                    ; the end of the input
        BEQ     _start                  ; an empty line

        LDR     R4, =line               ; R4 = the next character, for all routines below
        MOV     R5, SP                  ; R5 = the level of the stack, for errors
        BL      expression
        MOV     R6, R0                  ; R6 = the result
        BL      next_character
        LDR     R1, =text_unexpected
        CMP     R0, #0                  ; nothing may be left
        BNE     error

        LDR     R0, =line
        SWI     #WRITE_STRING
        LDR     R0, =text_equals
        SWI     #WRITE_STRING
        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        B       _start

; error - gives the expression up from anywhere: prints the line, a mark below the place, and the text at R1
error:  MOV     SP, R5                  ; forget all calls that are under way
        LDR     R0, =line
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE
        LDR     R2, =line
        MOV     R0, #' '
mark:   CMP     R2, R4
        SWILO   #WRITE_CHAR
        ADDLO   R2, R2, #1
        BLO     mark
        MOV     R0, #'^'
        SWI     #WRITE_CHAR
        MOV     R0, R1
        SWI     #WRITE_STRING
        B       _start

done:   MOV     R0, #0
        SWI     #EXIT

; expression - R0 := the value of the expression at R4, which moves behind it
expression:
        PUSH    {R6, LR}
        BL      term
        MOV     R6, R0                  ; R6 = the sum so far
more_terms:
        BL      next_character
        CMP     R0, #'+'
        BEQ     plus
        CMP     R0, #'-'
        BEQ     minus
        MOV     R0, R6
        POP     {R6, PC}
plus:   ADD     R4, R4, #1              ; step over the sign
        BL      term
        ADD     R6, R6, R0
        B       more_terms
minus:  ADD     R4, R4, #1
        BL      term
        SUB     R6, R6, R0
        B       more_terms

; term - R0 := the value of the term at R4, which moves behind it
term:   PUSH    {R6, R7, LR}
        BL      factor
        MOV     R6, R0                  ; R6 = the product so far
more_factors:
        BL      next_character
        CMP     R0, #'*'
        CMPNE   R0, #'/'
        CMPNE   R0, #'%'
        MOVNE   R0, R6
        POPNE   {R6, R7, PC}
        MOV     R7, R0                  ; R7 = the sign
        ADD     R4, R4, #1
        BL      factor
        CMP     R7, #'*'
        MULEQ   R6, R0, R6
        BEQ     more_factors
        LDR     R1, =text_by_zero
        CMP     R0, #0
        BEQ     error
        MOV     R1, R0
        MOV     R0, R6
        BL      divide_signed
        CMP     R7, #'/'
        MOVEQ   R6, R0                  ; the quotient,
        MOVNE   R6, R1                  ; or the remainder
        B       more_factors

; factor - R0 := the value of the factor at R4, which moves behind it
factor: PUSH    {R6, LR}
        BL      next_character
        CMP     R0, #'('
        BEQ     bracket
        CMP     R0, #'-'
        BEQ     negative
        BL      digit
        LDR     R1, =text_number
        CMP     R0, #9
        BHI     error
        MOV     R6, #0                  ; R6 = the number so far
more_digits:
        ADD     R6, R6, R6, LSL #2
        ADD     R6, R0, R6, LSL #1      ; times ten, and the next digit
        ADD     R4, R4, #1
        LDRB    R0, [R4]
        BL      digit
        CMP     R0, #9
        BLS     more_digits
        MOV     R0, R6
        POP     {R6, PC}
negative:
        ADD     R4, R4, #1
        BL      factor
        RSB     R0, R0, #0
        POP     {R6, PC}
bracket:
        ADD     R4, R4, #1
        BL      expression
        MOV     R6, R0
        BL      next_character
        LDR     R1, =text_bracket
        CMP     R0, #')'
        BNE     error
        ADD     R4, R4, #1
        MOV     R0, R6
        POP     {R6, PC}

; next_character - moves R4 over blanks; R0 := the character there
next_character:
        LDRB    R0, [R4]
        CMP     R0, #' '
        ADDEQ   R4, R4, #1
        BEQ     next_character
        BX      LR

; digit - R0 := the value of the digit R0; above 9 if it is none
digit:  SUB     R0, R0, #'0'
        BX      LR

; divide_signed, divide - R0 := R0 / R1, R1 := the remainder; explained in division.s; change R2 and R3
divide_signed:
        PUSH    {R6, R7, LR}
        EOR     R6, R0, R1
        MOV     R7, R0
        CMP     R0, #0
        RSBLT   R0, R0, #0
        CMP     R1, #0
        RSBLT   R1, R1, #0
        BL      divide
        CMP     R6, #0
        RSBLT   R0, R0, #0
        CMP     R7, #0
        RSBLT   R1, R1, #0
        POP     {R6, R7, PC}
divide: MOV     R2, R1
        MOV     R3, #0
divide_up:
        CMP     R2, R0, LSR #1
        MOVLS   R2, R2, LSL #1
        BLS     divide_up
divide_down:
        CMP     R0, R2
        SUBCS   R0, R0, R2
        ADC     R3, R3, R3
        MOV     R2, R2, LSR #1
        CMP     R2, R1
        BHS     divide_down
        MOV     R1, R0
        MOV     R0, R3
        BX      LR

text_equals:
        .asciz  " = "
text_unexpected:
        .asciz  " here something is wrong\n"
text_number:
        .asciz  " here a number is missing\n"
text_bracket:
        .asciz  " here a closing bracket is missing\n"
text_by_zero:
        .asciz  " nothing can be divided by zero\n"
line:   .space  ROOM
