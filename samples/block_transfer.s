; block_transfer.s - many registers at once: LDM and STM
;
; Shows:  the four modes (increment or decrement, after or before), copying memory eight words at a time, filling,
;         exchanging registers by way of the stack.
; Try:    count the instructions with `emu run --stats`, then copy byte by byte and compare.
; Run:    emu run samples/block_transfer.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

; the same three registers, stored from the same address in the four modes. The lowest register always goes to
; the lowest address
_start: MOV     R5, #1
        MOV     R6, #2
        MOV     R7, #3

        LDR     R4, =middle
        STMIA   R4, {R5-R7}             ; increment after: middle, middle + 4, middle + 8
        LDR     R0, =text_ia
        BL      show_area
        LDR     R4, =middle
        STMIB   R4, {R5-R7}             ; increment before
        LDR     R0, =text_ib
        BL      show_area
        LDR     R4, =middle
        STMDA   R4, {R5-R7}             ; decrement after
        LDR     R0, =text_da
        BL      show_area
        LDR     R4, =middle
        STMDB   R4!, {R5-R7}            ; decrement before, with writeback: this is PUSH
        LDR     R0, =text_db
        BL      show_area

; PUSH and POP take registers in their order, whatever the order in the source. Two pushes and two pops in
; another order exchange two registers
        MOV     R5, #10
        MOV     R6, #20
        PUSH    {R5}
        PUSH    {R6}
        POP     {R5}
        POP     {R6}
        LDR     R0, =text_exchanged
        SWI     #WRITE_STRING
        MOV     R1, #10
        MOV     R0, R5
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R0, R6
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

; copy a text, then fill a part of the copy
        LDR     R0, =target
        LDR     R1, =source
        MOV     R2, #source_end - source
        BL      copy
        LDR     R0, =target
        SWI     #WRITE_STRING
        LDR     R0, =target + 4
        MOV     R1, #'.'
        MOV     R2, #11
        BL      fill
        LDR     R0, =target
        SWI     #WRITE_STRING

        MOV     R0, #0
        SWI     #EXIT

; copy - copies R2 bytes from R1 to R0; changes R0-R3 and R12
;   R0 and R1 must be multiples of 4; the areas must not overlap.
copy:   PUSH    {R4-R9, LR}
blocks: SUBS    R2, R2, #32             ; C (HS) := there were 32 bytes or more
        LDMIAHS R1!, {R3-R9, R12}       ; eight words
        STMIAHS R0!, {R3-R9, R12}
        BHS     blocks
        ADD     R2, R2, #32             ; the bytes that are left: less than 32
words:  SUBS    R2, R2, #4
        LDRHS   R3, [R1], #4
        STRHS   R3, [R0], #4
        BHS     words
        ADD     R2, R2, #4              ; less than 4
bytes:  SUBS    R2, R2, #1
        LDRBHS  R3, [R1], #1
        STRBHS  R3, [R0], #1
        BHS     bytes
        POP     {R4-R9, PC}

; fill - sets R2 bytes at R0 to the character R1; changes R0 and R2
fill:   SUBS    R2, R2, #1
        STRBHS  R1, [R0], #1
        BHS     fill
        BX      LR

; show_area - prints the text at R0, the words of the area and clears them; then the distance of R4 from `middle`;
;   changes R0-R3
show_area:
        SWI     #WRITE_STRING
        LDR     R2, =area
        MOV     R3, #0
show_word:
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        LDR     R0, [R2]
        MOV     R1, #10
        SWI     #WRITE_INT
        STR     R3, [R2], #4
        LDR     R0, =area_end
        CMP     R2, R0
        BLO     show_word
        LDR     R0, =text_base
        SWI     #WRITE_STRING
        LDR     R0, =middle
        SUB     R0, R4, R0
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        BX      LR

text_ia:
        .asciz  "STMIA:"
text_ib:
        .asciz  "STMIB:"
text_da:
        .asciz  "STMDA:"
text_db:
        .asciz  "STMDB:"
text_base:
        .asciz  "  base moved by "
text_exchanged:
        .asciz  "exchanged: "

        .align  2
source: .asciz  "eight registers carry 32 bytes at a time, and the rest goes by words and bytes\n"
source_end:
        .align  2
target: .space  128
area:   .space  12
middle: .space  16
area_end:
