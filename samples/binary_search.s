; binary_search.s - finding a number in a sorted table by halving
;
; Shows:  the classic search with two bounds; LDR with a scaled index, [R0, R4, LSL #2].
; Try:    search for the numbers before the first and behind the last; double the table and see how little the
;         steps grow.
; Run:    emu run samples/binary_search.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03

        .org    0x8000

_start: LDR     R8, =wanted
        LDR     R9, =wanted_end

next:   MOV     R1, #10
        LDR     R0, [R8]
        SWI     #WRITE_INT
        LDR     R0, =table
        MOV     R1, #COUNT
        LDR     R2, [R8], #4
        BL      search
        MOV     R6, R1                  ; R6 = steps
        MOVS    R5, R0                  ; R5 = index, N set if there is none
        LDRMI   R0, =not_found
        LDRPL   R0, =found_at
        SWI     #WRITE_STRING
        MOV     R1, #10
        MOVS    R0, R5
        SWIPL   #WRITE_INT
        LDR     R0, =after
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_INT
        LDR     R0, =steps
        SWI     #WRITE_STRING
        CMP     R8, R9
        BLO     next

        MOV     R0, #0
        SWI     #EXIT

; search - looks for R2 in the R1 words at R0, which are in ascending order
;   R0 := its index, or -1; R1 := the number of steps it took
search: PUSH    {R4-R7, LR}
        MOV     R4, #0                  ; R4 = the lowest possible index
        SUB     R5, R1, #1              ; R5 = the highest possible index
        MOV     R1, #0
halve:  CMP     R4, R5
        MVNGT   R0, #0                  ; nothing left to look at: -1
        BGT     search_done
        ADD     R1, R1, #1
        ADD     R6, R4, R5
        MOV     R6, R6, LSR #1          ; R6 = the middle
        LDR     R7, [R0, R6, LSL #2]
        CMP     R7, R2
        ADDLT   R4, R6, #1              ; too small: go on above the middle
        SUBGT   R5, R6, #1              ; too large: go on below it
        BNE     halve
        MOV     R0, R6
search_done:
        POP     {R4-R7, PC}

found_at:
        .asciz  ": found at index "
not_found:
        .asciz  ": not there"
after:  .asciz  ", after "
steps:  .asciz  " steps\n"

        .align  2
table:  .word   2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47
        .word   53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107
        .word   109, 113, 127
table_end:
        .equ    COUNT, (table_end - table) / 4

wanted: .word   19, 2, 127, 64, 97, 1000, -5
wanted_end:
