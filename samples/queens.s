; queens.s - eight queens that leave each other alone
;
; Shows:  backtracking by recursion, with sets kept as bits of a register: columns and both diagonals that are under
;         attack. ORR joins sets, BIC takes away, a shift moves the diagonals on to the next line.
; Try:    SIZE 6 or 9; print all solutions.
; Run:    emu run samples/queens.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    SIZE, 8
        .equ    ALL, (1 << SIZE) - 1    ; a bit for each column

        .org    0x8000

_start: LDR     R9, =queens             ; R9 = for each line, the column of its queen as a bit
        MOV     R10, #0                 ; R10 = solutions found
        MOV     R0, #0
        MOV     R1, #0
        MOV     R2, #0
        MOV     R3, #0
        BL      place

        MOV     R0, R10
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =solutions
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

; place - puts queens on line R0 and all below it, in all ways
;   R1 = columns, R2 = diagonals to the left, R3 = diagonals to the right under attack; changes R0-R3
place:  CMP     R0, #SIZE
        BEQ     solved
        PUSH    {R4-R8, LR}
        MOV     R4, R0
        MOV     R5, R1
        MOV     R6, R2
        MOV     R7, R3
        ORR     R8, R1, R2
        ORR     R8, R8, R3
        LDR     R0, =ALL
        BIC     R8, R0, R8              ; R8 = columns to try
try:    CMP     R8, #0
        POPEQ   {R4-R8, PC}
        RSB     R12, R8, #0
        AND     R12, R12, R8            ; R12 = the lowest of them: n AND -n
        BIC     R8, R8, R12
        STR     R12, [R9, R4, LSL #2]
        ADD     R0, R4, #1
        ORR     R1, R5, R12
        ORR     R2, R6, R12
        MOV     R2, R2, LSL #1
        ORR     R3, R7, R12
        MOV     R3, R3, LSR #1
        BL      place
        B       try

; solved - counts a solution, and prints the first one
solved: ADD     R10, R10, #1
        CMP     R10, #1
        BXNE    LR
        MOV     R1, #0                  ; R1 = line
solved_line:
        LDR     R2, [R9, R1, LSL #2]
        MOV     R3, #1                  ; R3 = column as a bit
solved_place:
        TST     R2, R3
        MOVEQ   R0, #'.'
        MOVNE   R0, #'Q'
        SWI     #WRITE_CHAR
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R3, R3, LSL #1
        CMP     R3, #1 << SIZE
        BLO     solved_place
        SWI     #WRITE_NEWLINE
        ADD     R1, R1, #1
        CMP     R1, #SIZE
        BLO     solved_line
        BX      LR

solutions:
        .asciz  " solutions\n"

        .align  2
queens: .space  SIZE * 4
