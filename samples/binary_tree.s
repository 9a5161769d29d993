; binary_tree.s - a binary search tree
;
; Shows:  nodes with two children on the heap, walking down with a pointer to a pointer, recursion over a tree.
; Try:    print in descending order; insert the numbers in ascending order and look at the height.
; Run:    emu run samples/binary_tree.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07
        .equ    ALLOCATE, 0x20

; a node
        .equ    LEFT, 0                 ; smaller values, 0 = none
        .equ    RIGHT, 4                ; larger values, 0 = none
        .equ    VALUE, 8
        .equ    NODE_SIZE, 12

        .org    0x8000

_start: LDR     R4, =values
        LDR     R5, =values_end
plant:  LDR     R0, [R4], #4
        BL      insert
        CMP     R4, R5
        BLO     plant

        LDR     R0, =text_sorted
        SWI     #WRITE_STRING
        LDR     R0, =root
        LDR     R0, [R0]
        BL      print_tree
        SWI     #WRITE_NEWLINE

        LDR     R0, =text_height
        SWI     #WRITE_STRING
        LDR     R0, =root
        LDR     R0, [R0]
        BL      height
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        LDR     R0, =text_sideways
        SWI     #WRITE_STRING
        LDR     R0, =root
        LDR     R0, [R0]
        MOV     R1, #1
        BL      draw

        MOV     R0, #0
        SWI     #EXIT

; insert - puts the value R0 into the tree, unless it is there already; changes R0-R2
insert: LDR     R1, =root               ; R1 = address of the pointer to follow
descend:
        LDR     R2, [R1]                ; R2 = the node it points to
        CMP     R2, #0
        BEQ     attach
        LDR     R3, [R2, #VALUE]
        CMP     R0, R3
        BXEQ    LR
        ADDLT   R1, R2, #LEFT
        ADDGT   R1, R2, #RIGHT
        B       descend
attach: MOV     R2, R0
        MOV     R0, #NODE_SIZE
        SWI     #ALLOCATE               ; the memory is zero: no children yet
        CMP     R0, #0
        BXEQ    LR
        STR     R2, [R0, #VALUE]
        STR     R0, [R1]                ; the pointer that led nowhere now leads to the new node
        BX      LR

; print_tree - prints the values of the tree R0 in ascending order
print_tree:
        CMP     R0, #0
        BXEQ    LR
        PUSH    {R4, LR}
        MOV     R4, R0
        LDR     R0, [R4, #LEFT]
        BL      print_tree
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        LDR     R0, [R4, #VALUE]
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, [R4, #RIGHT]
        BL      print_tree
        POP     {R4, PC}

; height - R0 := the number of levels of the tree R0
height: CMP     R0, #0
        BXEQ    LR
        PUSH    {R4, R5, LR}
        MOV     R4, R0
        LDR     R0, [R4, #LEFT]
        BL      height
        MOV     R5, R0
        LDR     R0, [R4, #RIGHT]
        BL      height
        CMP     R0, R5
        MOVLT   R0, R5                  ; the higher of the two,
        ADD     R0, R0, #1              ; and this level
        POP     {R4, R5, PC}

; draw - draws the tree R0 lying on its side, the root at the left; R1 = its level, from 1
draw:   CMP     R0, #0
        BXEQ    LR
        PUSH    {R4-R6, LR}
        MOV     R4, R0
        MOV     R5, R1
        LDR     R0, [R4, #RIGHT]
        ADD     R1, R5, #1
        BL      draw                    ; the larger values are above
        MOV     R6, R5
indent: LDR     R0, =text_indent
        SWI     #WRITE_STRING
        SUBS    R6, R6, #1
        BNE     indent
        LDR     R0, [R4, #VALUE]
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        LDR     R0, [R4, #LEFT]
        ADD     R1, R5, #1
        BL      draw
        POP     {R4-R6, PC}

text_sorted:
        .asciz  "in order:"
text_height:
        .asciz  "levels: "
text_sideways:
        .asciz  "the tree, from its right side:\n"
text_indent:
        .asciz  "    "

        .align  2
root:   .word   0
values: .word   50, 25, 75, 10, 30, 60, 90, 27, 65, 25, 5, 95
values_end:
