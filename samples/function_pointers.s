; function_pointers.s - passing functions to functions
;
; Shows:  the address of a routine is a number like any other: keep it in a register or in a table, and call it
;         with BLX. One loop can then do many things: map, keep and fold.
; Try:    fold with a function that finds the smallest; a table of functions to apply one after the other.
; Run:    emu run samples/function_pointers.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    COUNT, 8

        .org    0x8000

_start: LDR     R0, =print              ; print each of the numbers
        BL      for_each
        SWI     #WRITE_NEWLINE

        LDR     R0, =add                ; fold them into one, in two different ways
        MOV     R1, #0
        LDR     R2, =text_sum
        BL      show_fold
        LDR     R0, =larger
        MOV     R1, #1 << 31            ; the lowest number
        LDR     R2, =text_largest
        BL      show_fold

        LDR     R0, =square             ; change each of them
        BL      map
        LDR     R0, =print
        BL      for_each
        SWI     #WRITE_NEWLINE

        LDR     R0, =halve
        BL      map
        LDR     R0, =print
        BL      for_each
        SWI     #WRITE_NEWLINE

        MOV     R0, #0
        SWI     #EXIT

; for_each - calls the function R0 with each number in R0
for_each:
        PUSH    {R4-R6, LR}
        MOV     R4, R0                  ; R4 = the function
        LDR     R5, =numbers
        MOV     R6, #COUNT
for_next:
        LDR     R0, [R5], #4
        BLX     R4
        SUBS    R6, R6, #1
        BNE     for_next
        POP     {R4-R6, PC}

; map - replaces each number by what the function R0 makes of it
map:    PUSH    {R4-R6, LR}
        MOV     R4, R0
        LDR     R5, =numbers
        MOV     R6, #COUNT
map_next:
        LDR     R0, [R5]
        BLX     R4
        STR     R0, [R5], #4
        SUBS    R6, R6, #1
        BNE     map_next
        POP     {R4-R6, PC}

; fold - R0 := f(... f(f(start, first), second) ..., last), f = the function R0, start = R1
fold:   PUSH    {R4-R6, LR}
        MOV     R4, R0
        LDR     R5, =numbers
        MOV     R6, #COUNT
        MOV     R0, R1
fold_next:
        LDR     R1, [R5], #4
        BLX     R4
        SUBS    R6, R6, #1
        BNE     fold_next
        POP     {R4-R6, PC}

; show_fold - prints the text at R2, then the numbers folded with function R0, starting with R1
show_fold:
        PUSH    {R4, LR}
        MOV     R4, R2
        BL      fold
        MOV     R2, R0
        MOV     R0, R4
        SWI     #WRITE_STRING
        MOV     R0, R2
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        POP     {R4, PC}

; the functions to be passed: R0 (and R1) in, R0 out
add:    ADD     R0, R0, R1
        BX      LR
larger: CMP     R0, R1
        MOVLT   R0, R1
        BX      LR
square: MOV     R1, R0
        MUL     R0, R1, R1
        BX      LR
halve:  MOV     R0, R0, ASR #1
        BX      LR
print:  MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        BX      LR

text_sum:
        .asciz  "the sum is "
text_largest:
        .asciz  "the largest is "

        .align  2
numbers:
        .word   3, -1, 4, -1, 5, -9, 2, 6
