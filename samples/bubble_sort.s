; bubble_sort.s - sorting by exchanging neighbours
;
; Shows:  an array in memory, LDMIA to load a pair, conditional stores, a flag that ends the work early.
; Try:    sort downwards (one condition changes); sort without signs.
; Run:    emu run samples/bubble_sort.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R0, =numbers
        MOV     R1, #COUNT
        BL      print_array
        LDR     R0, =numbers
        MOV     R1, #COUNT
        BL      bubble_sort
        MOV     R0, #0
        SWI     #EXIT

; bubble_sort - sorts the R1 words at R0 upwards, and prints them after each pass
bubble_sort:
        PUSH    {R4-R8, LR}
        MOV     R4, R0                  ; R4 = the array
        MOV     R8, R1                  ; R8 = its length
        SUBS    R5, R1, #1              ; R5 = pairs to compare in this pass
        BLE     sorted
pass:   MOV     R6, R4                  ; R6 = the pair in question
        MOV     R7, R5                  ; R7 = pairs left
        MOV     R3, #0                  ; R3 = 1 as soon as something was exchanged
pair:   LDMIA   R6, {R0, R1}            ; R0 := first, R1 := second
        CMP     R0, R1
        STRGT   R1, [R6]                ; in the wrong order: store them the other way round
        STRGT   R0, [R6, #4]
        MOVGT   R3, #1
        ADD     R6, R6, #4
        SUBS    R7, R7, #1
        BNE     pair

        CMP     R3, #0
        BEQ     sorted                  ; a pass without exchange: everything is in order
        MOV     R0, R4
        MOV     R1, R8
        BL      print_array
        SUBS    R5, R5, #1              ; the largest is now at the end: leave it out
        BNE     pass
sorted: POP     {R4-R8, PC}

; print_array - prints the R1 words at R0 on a line; changes R0, R1, R2 and R3
print_array:
        MOV     R2, R0
        MOV     R3, R1
print_next:
        LDR     R0, [R2], #4
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        SUBS    R3, R3, #1
        BNE     print_next
        SWI     #WRITE_NEWLINE
        BX      LR

        .align  2
numbers:
        .word   42, -7, 19, 0, 88, 3, 42, -15, 61, 8
numbers_end:
        .equ    COUNT, (numbers_end - numbers) / 4
