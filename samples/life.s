; life.s - Conway's game of life
;
; Shows:  two grids that take turns, neighbours counted on a field whose edges are joined, the rules as three
;         conditional instructions.
; Try:    another start (a # is a living cell); more GENERATIONS.
; Run:    emu run samples/life.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    WIDTH, 16               ; powers of two, so that AND joins the edges
        .equ    HEIGHT, 8
        .equ    GENERATIONS, 6

        .org    0x8000

_start: LDR     R9, =field              ; R9 = the grid, R10 = the one to come
        LDR     R10, =other
        MOV     R8, #0                  ; R8 = the generation

generation:
        LDR     R0, =text_generation
        SWI     #WRITE_STRING
        MOV     R0, R8
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        BL      print
        ADD     R8, R8, #1
        CMP     R8, #GENERATIONS
        BHS     done
        BL      step
        MOV     R0, R9                  ; the grids change places
        MOV     R9, R10
        MOV     R10, R0
        B       generation

done:   MOV     R0, #0
        SWI     #EXIT

; step - computes the grid at R10 from the one at R9; changes R0-R7 and R12
step:   MOV     R1, #0                  ; R1 = line
step_line:
        MOV     R0, #0                  ; R0 = column
step_cell:
        MOV     R4, #0                  ; R4 = living neighbours, and the cell itself
        MVN     R3, #0                  ; R3 = line above, this one, line below: -1, 0, 1
near_line:
        MVN     R2, #0                  ; R2 = left, here, right
near_cell:
        ADD     R5, R0, R2
        AND     R5, R5, #WIDTH - 1      ; left of column 0 is the last column
        ADD     R6, R1, R3
        AND     R6, R6, #HEIGHT - 1
        ADD     R5, R5, R6, LSL #4      ; line * WIDTH + column
        LDRB    R7, [R9, R5]
        CMP     R7, #'#'
        ADDEQ   R4, R4, #1
        ADD     R2, R2, #1
        CMP     R2, #1
        BLE     near_cell
        ADD     R3, R3, #1
        CMP     R3, #1
        BLE     near_line

; with the cell itself counted: three means life, four means that all stays as it is, all else is death
        ADD     R5, R0, R1, LSL #4
        LDRB    R7, [R9, R5]
        CMP     R4, #3
        MOVEQ   R7, #'#'
        CMPNE   R4, #4
        MOVNE   R7, #'.'
        STRB    R7, [R10, R5]

        ADD     R0, R0, #1
        CMP     R0, #WIDTH
        BLO     step_cell
        ADD     R1, R1, #1
        CMP     R1, #HEIGHT
        BLO     step_line
        BX      LR

; print - prints the grid at R9; changes R0-R2
print:  MOV     R1, #0
print_cell:
        LDRB    R0, [R9, R1]
        SWI     #WRITE_CHAR
        ADD     R1, R1, #1
        TST     R1, #WIDTH - 1
        SWIEQ   #WRITE_NEWLINE          ; behind each line
        CMP     R1, #WIDTH * HEIGHT
        BLO     print_cell
        BX      LR

text_generation:
        .asciz  "generation "
field:  .ascii  ".#.............."
        .ascii  "..#.......###..."
        .ascii  "###............."
        .ascii  "................"
        .ascii  "..........##...."
        .ascii  "..........##...."
        .ascii  "................"
        .ascii  "................"
other:  .space  WIDTH * HEIGHT
