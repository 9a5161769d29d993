; tic_tac_toe.s - three in a row, you against the machine
;
; Shows:  a game: a board in memory, a table of the eight lines, a player made of three simple rules: win if you
;         can, else block, else take the best free place.
; Try:    let the machine begin; find a way to beat it (there is one) and add the rule that is missing.
; Run:    emu run samples/tic_tac_toe.s, then type the numbers of places

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    READ_INT, 0x06
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R4, =board              ; R4 = the board: nine characters, X, O or the number of the place
        MOV     R8, #9                  ; R8 = free places
        BL      print_board

your_turn:
        LDR     R0, =ask
        SWI     #WRITE_STRING
        SWI     #READ_INT
        CMP     R0, #0
        BEQ     stop                    ; 0, no number, or the end of the input
        SUB     R0, R0, #1
        CMP     R0, #9
        BHS     not_possible
        BL      is_free
        BNE     not_possible
        MOV     R1, #'X'
        STRB    R1, [R4, R0]
        MOV     R0, #'X'
        BL      has_won
        BEQ     you_win
        SUBS    R8, R8, #1
        BEQ     draw

        BL      choose                  ; R0 := the place the machine takes
        MOV     R1, #'O'
        STRB    R1, [R4, R0]
        BL      print_board
        MOV     R0, #'O'
        BL      has_won
        BEQ     machine_wins
        SUB     R8, R8, #1
        B       your_turn

not_possible:
        LDR     R0, =text_not_possible
        SWI     #WRITE_STRING
        B       your_turn
you_win:
        BL      print_board
        LDR     R0, =text_you_win
        B       finish
draw:   BL      print_board
        LDR     R0, =text_draw
        B       finish
stop:   LDR     R0, =text_stop
        B       finish
machine_wins:
        LDR     R0, =text_machine_wins
finish: SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

; is_free - Z := place R0 (0-8) is free; changes R1
is_free:
        LDRB    R1, [R4, R0]
        SUB     R1, R1, #'1'            ; a free place shows its number
        CMP     R1, R0
        BX      LR

; choose - R0 := the best free place for O; changes R1-R3 and R12
choose: PUSH    {R5, LR}
        MOV     R0, #'O'                ; can the machine win?
        BL      find_third
        CMP     R0, #0
        POPGE   {R5, PC}
        MOV     R0, #'X'                ; must it block?
        BL      find_third
        CMP     R0, #0
        POPGE   {R5, PC}
        LDR     R5, =preferred          ; the centre, the corners, the others
try:    LDRB    R0, [R5], #1
        BL      is_free
        BNE     try                     ; there is a free place, or the game would be over
        POP     {R5, PC}

; find_third - R0 := a free place that makes a line full for the player R0, or -1; changes R1-R3 and R12
find_third:
        PUSH    {R5-R7, LR}
        MOV     R5, R0                  ; R5 = the player
        LDR     R6, =lines
third_line:
        MOV     R3, #0                  ; R3 = places of this line that the player has
        MVN     R12, #0                 ; R12 = a free place in it
        MOV     R7, #3
third_place:
        LDRB    R0, [R6], #1
        LDRB    R1, [R4, R0]
        CMP     R1, R5
        ADDEQ   R3, R3, #1
        BL      is_free
        MOVEQ   R12, R0
        SUBS    R7, R7, #1
        BNE     third_place
        CMP     R3, #2
        BNE     third_next
        CMP     R12, #0
        MOVGE   R0, R12                 ; the player has two places, and the third is free
        POPGE   {R5-R7, PC}
third_next:
        LDR     R0, =lines_end
        CMP     R6, R0
        BLO     third_line
        MVN     R0, #0
        POP     {R5-R7, PC}

; has_won - Z := the player R0 has a whole line; changes R0-R3
has_won:
        PUSH    {R5, R6, LR}
        LDR     R5, =lines
        LDR     R6, =lines_end
won_line:
        LDRB    R1, [R5], #1
        LDRB    R1, [R4, R1]
        LDRB    R2, [R5], #1
        LDRB    R2, [R4, R2]
        LDRB    R3, [R5], #1
        LDRB    R3, [R4, R3]
        CMP     R1, R0
        CMPEQ   R2, R0
        CMPEQ   R3, R0
        POPEQ   {R5, R6, PC}            ; Z is set
        CMP     R5, R6
        BLO     won_line
        CMP     R5, #0                  ; clears Z: an address is not 0
        POP     {R5, R6, PC}

; print_board - prints the board as three lines; changes R0-R2
print_board:
        MOV     R2, #0
        MOV     R1, #3                  ; R1 = places until the end of the line
print_place:
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        LDRB    R0, [R4, R2]
        SWI     #WRITE_CHAR
        SUBS    R1, R1, #1
        SWIEQ   #WRITE_NEWLINE
        MOVEQ   R1, #3
        ADD     R2, R2, #1
        CMP     R2, #9
        BLO     print_place
        BX      LR

ask:    .asciz  "Your place? "
text_not_possible:
        .asciz  "That is not a free place.\n"
text_you_win:
        .asciz  "You win!\n"
text_machine_wins:
        .asciz  "I win!\n"
text_draw:
        .asciz  "Nobody wins.\n"
text_stop:
        .asciz  "See you.\n"

board:  .ascii  "123456789"
preferred:
        .byte   4, 0, 2, 6, 8, 1, 3, 5, 7
lines:  .byte   0, 1, 2, 3, 4, 5, 6, 7, 8 ; across
        .byte   0, 3, 6, 1, 4, 7, 2, 5, 8 ; down
        .byte   0, 4, 8, 2, 4, 6        ; diagonal
lines_end:
