; quicksort.s - sorting by dividing
;
; Shows:  recursion with two calls, pointers that walk towards each other, callee-saved registers.
; Try:    take the first element as the pivot; count the calls for a list that is in order already.
; Run:    emu run samples/quicksort.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R0, =before
        SWI     #WRITE_STRING
        BL      print_numbers
        LDR     R0, =numbers            ; the first
        LDR     R1, =numbers_end - 4    ; the last
        BL      quicksort
        LDR     R0, =after
        SWI     #WRITE_STRING
        BL      print_numbers
        MOV     R0, #0
        SWI     #EXIT

; quicksort - sorts the words from address R0 to address R1 (inclusive); changes R0-R3
;   Moves the elements smaller than a pivot to the left and the larger ones to the right, then does the same
;   with either part.
quicksort:
        CMP     R0, R1
        BXHS    LR                      ; no element or one: in order

        PUSH    {R4-R7, LR}
        MOV     R4, R0                  ; R4 = the first, R5 = the last
        MOV     R5, R1
        SUB     R2, R1, R0
        MOV     R2, R2, LSR #3
        LDR     R2, [R0, R2, LSL #2]    ; R2 = the pivot, from the middle

partition:
        LDR     R3, [R0]                ; R0 goes up over what is smaller than the pivot
        CMP     R3, R2
        ADDLT   R0, R0, #4
        BLT     partition
downwards:
        LDR     R6, [R1]                ; R1 goes down over what is larger
        CMP     R6, R2
        SUBGT   R1, R1, #4
        BGT     downwards
        CMP     R0, R1                  ; if they have not met, exchange the two and go on
        STRLS   R6, [R0], #4
        STRLS   R3, [R1], #-4
        CMP     R0, R1
        BLS     partition

        MOV     R7, R0                  ; the left part is R4 ... R1, the right one R7 ... R5
        MOV     R0, R4
        BL      quicksort
        MOV     R0, R7
        MOV     R1, R5
        BL      quicksort
        POP     {R4-R7, PC}

; print_numbers - prints the whole array on a line; changes R0-R3
print_numbers:
        LDR     R2, =numbers
        LDR     R3, =numbers_end
print_next:
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        LDR     R0, [R2], #4
        MOV     R1, #10
        SWI     #WRITE_INT
        CMP     R2, R3
        BLO     print_next
        SWI     #WRITE_NEWLINE
        BX      LR

before: .asciz  "before:"
after:  .asciz  "after: "

        .align  2
numbers:
        .word   503, 87, 512, 61, 908, 170, 897, 275
        .word   653, -426, 154, 509, 612, 677, -765, 703
        .word   61, 0, 1000, -1
numbers_end:
