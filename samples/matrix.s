; matrix.s - multiplying matrices
;
; Shows:  two-dimensional arrays (row after row in memory), three loops inside each other, MLA.
; Try:    the identity matrix; the powers of (1 1, 1 0) are Fibonacci numbers.
; Run:    emu run samples/matrix.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    N, 3                    ; rows and columns
        .equ    ROW, N * 4              ; bytes of a row

        .org    0x8000

_start: LDR     R0, =product
        LDR     R1, =left
        LDR     R2, =right
        BL      multiply

        LDR     R0, =left
        BL      print
        LDR     R0, =times
        SWI     #WRITE_STRING
        LDR     R0, =right
        BL      print
        LDR     R0, =is
        SWI     #WRITE_STRING
        LDR     R0, =product
        BL      print

        MOV     R0, #0
        SWI     #EXIT

; multiply - matrix at R0 := matrix at R1 * matrix at R2; changes R0-R3 and R12
multiply:
        PUSH    {R4-R9}
        MOV     R4, #N                  ; R4 = rows left
row:    MOV     R5, #N                  ; R5 = columns left
column: MOV     R6, #0                  ; R6 = the sum of products
        MOV     R7, R1                  ; R7 walks along the row of the left matrix
        MOV     R8, R2                  ; R8 walks down the column of the right one
        MOV     R9, #N
term:   LDR     R3, [R7], #4
        LDR     R12, [R8], #ROW
        MLA     R6, R3, R12, R6
        SUBS    R9, R9, #1
        BNE     term
        STR     R6, [R0], #4
        ADD     R2, R2, #4              ; the next column
        SUBS    R5, R5, #1
        BNE     column
        SUB     R2, R2, #ROW            ; back to the first column
        ADD     R1, R1, #ROW            ; the next row
        SUBS    R4, R4, #1
        BNE     row
        POP     {R4-R9}
        BX      LR

; print - prints the matrix at R0, its numbers (-999 to 999) in columns of six; changes R0-R3
print:  PUSH    {R4-R6, LR}
        MOV     R4, R0
        MOV     R5, #N
print_row:
        MOV     R6, #N
print_number:
        LDR     R2, [R4], #4
        MOVS    R3, R2
        RSBMI   R3, R3, #0              ; R3 = the number without its sign
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        SWI     #WRITE_CHAR
        SWIPL   #WRITE_CHAR             ; (flags of MOVS) room for the sign
        CMP     R3, #100
        SWILT   #WRITE_CHAR
        CMP     R3, #10
        SWILT   #WRITE_CHAR
        MOV     R0, R2
        MOV     R1, #10
        SWI     #WRITE_INT
        SUBS    R6, R6, #1
        BNE     print_number
        SWI     #WRITE_NEWLINE
        SUBS    R5, R5, #1
        BNE     print_row
        POP     {R4-R6, PC}

times:  .asciz  "times\n"
is:     .asciz  "is\n"

        .align  2
left:   .word   1, 2, 3
        .word   4, 5, 6
        .word   7, 8, -9
right:  .word   9, -8, 7
        .word   6, 5, 40
        .word   3, 2, -1
product:
        .space  N * N * 4
