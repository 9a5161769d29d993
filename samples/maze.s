; maze.s - the shortest way through a maze
;
; Shows:  breadth-first search: a queue holds the places to go on from, so that near places come before far ones; for
;         each place the program notes where it came from, and walks back along these notes at the end.
; Try:    your own maze (all lines must be of the same length); wall the exit up.
; Run:    emu run samples/maze.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03

        .org    0x8000

_start: LDR     R4, =maze               ; R4 = the maze; a place is the distance from its first character
        LDR     R5, =came_from          ; R5 = for each place the step that led there, 0 if nobody was there yet
        LDR     R6, =queue              ; R6 = where the next place is put, R7 = where the next one is taken
        MOV     R7, R6

        MOV     R0, #'S'
        BL      find
        STRH    R0, [R6], #2
        MOV     R1, #1                  ; the start must not be entered again
        STRB    R1, [R5, R0]

explore:
        CMP     R7, R6
        BEQ     no_way                  ; nowhere to go on from
        LDRH    R8, [R7], #2            ; R8 = a place that was reached
        LDRB    R0, [R4, R8]
        CMP     R0, #'E'
        BEQ     arrived
        LDR     R9, =steps              ; R9 walks through the four directions
        LDR     R10, =steps_end
direction:
        LDRSB   R1, [R9], #1            ; R1 = the step
        ADD     R0, R8, R1              ; R0 = the place it leads to
        LDRB    R2, [R4, R0]
        CMP     R2, #'#'
        BEQ     closed                  ; a wall
        LDRB    R2, [R5, R0]
        CMP     R2, #0
        STRBEQ  R1, [R5, R0]            ; a new place: note the step,
        STRHEQ  R0, [R6], #2            ; and go on from there later
closed: CMP     R9, R10
        BLO     direction
        B       explore

arrived:
        MOV     R9, #0                  ; R9 = steps
        MOV     R3, #'.'
walk_back:
        ADD     R9, R9, #1
        LDRSB   R1, [R5, R8]            ; the step that led here,
        SUB     R8, R8, R1              ; taken back
        LDRB    R0, [R4, R8]
        CMP     R0, #'S'
        STRBNE  R3, [R4, R8]            ; leave a trace
        BNE     walk_back

        MOV     R0, R4
        SWI     #WRITE_STRING
        MOV     R0, R9
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =text_steps
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

no_way: LDR     R0, =text_no_way
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

; find - R0 := the place of the character R0 in the maze; changes R1 and R2
find:   MOV     R1, #0
find_next:
        LDRB    R2, [R4, R1]
        CMP     R2, R0
        ADDNE   R1, R1, #1
        BNE     find_next
        MOV     R0, R1
        BX      LR

text_steps:
        .asciz  " steps\n"
text_no_way:
        .asciz  "there is no way out\n"
steps:  .byte   1, -1, line_2 - maze, maze - line_2 ; right, left, down, up
steps_end:

maze:   .ascii  "#################################\n"
line_2: .ascii  "#S  #   #       #         #     #\n"
        .ascii  "### # # # ### # ### ### # ##### #\n"
        .ascii  "# #   # # #   #   # # # #       #\n"
        .ascii  "# ##### # # ##### # # # #########\n"
        .ascii  "#     # # # #     #   # #       #\n"
        .ascii  "# # # # # # # ####### # # ##### #\n"
        .ascii  "# # # # # # #     #   # #     # #\n"
        .ascii  "# # ### ### ##### ### # # ##### #\n"
        .ascii  "# #   #     #   #   # #   #   # #\n"
        .ascii  "# ### ####### ##### ####### # # #\n"
        .ascii  "#   #                       #  E#\n"
        .asciz  "#################################\n"
maze_end:

came_from:
        .space  maze_end - maze
        .align  1
queue:  .space  2 * (maze_end - maze)
