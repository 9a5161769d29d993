; addressing_modes.s - a tour of the ways to name a place in memory
;
; Shows:  offsets, scaled indices, writeback before and after, addresses relative to PC; words, halfwords, bytes,
;         with and without sign. After each load the program prints what was loaded and how far R4 is from `table`.
; Try:    predict each line before you look.
; Run:    emu run samples/addressing_modes.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03

        .org    0x8000

_start: LDR     R4, =table
        MOV     R5, #3

        LDR     R2, [R4]                ; at R4
        LDR     R0, =text_1
        BL      show
        LDR     R2, [R4, #8]            ; at R4 + 8; R4 stays
        LDR     R0, =text_2
        BL      show
        LDR     R2, [R4, R5, LSL #2]    ; at R4 + 4 * R5: element number R5
        LDR     R0, =text_3
        BL      show
        LDR     R2, [R4, #4]!           ; R4 := R4 + 4, then load
        LDR     R0, =text_4
        BL      show
        LDR     R2, [R4], #4            ; load, then R4 := R4 + 4
        LDR     R0, =text_5
        BL      show
        LDR     R2, [R4, #-8]           ; backwards
        LDR     R0, =text_6
        BL      show
        MOV     R5, #2
        LDR     R2, [R4], R5, LSL #2    ; load, then R4 := R4 + 4 * R5
        LDR     R0, =text_7
        BL      show
        LDR     R2, [R4, -R5, LSL #2]!  ; R4 := R4 - 4 * R5, then load
        LDR     R0, =text_8
        BL      show
        LDR     R2, table               ; at a label: the assembler writes [PC, #distance]
        LDR     R0, =text_9
        BL      show

        LDR     R4, =table + 20         ; the word 0xFEDCBA98
        LDRB    R2, [R4]                ; its lowest byte comes first: little-endian
        LDR     R0, =text_10
        BL      show
        LDRSB   R2, [R4]                ; the same as a signed number
        LDR     R0, =text_11
        BL      show
        LDRH    R2, [R4, #2]            ; its upper half
        LDR     R0, =text_12
        BL      show
        LDRSH   R2, [R4, #2]            ; the same as a signed number
        LDR     R0, =text_13
        BL      show
        LDRB    R2, [R4, #3]!           ; its highest byte, with writeback
        LDR     R0, =text_14
        BL      show

        MOV     R0, #0
        SWI     #EXIT

; show - prints the text at R0, R2, and the distance of R4 from `table`; changes R0 and R1
show:   SWI     #WRITE_STRING
        MOV     R1, #10
        MOV     R0, R2
        SWI     #WRITE_INT
        LDR     R0, =text_distance
        SWI     #WRITE_STRING
        LDR     R0, =table
        SUB     R0, R4, R0
        SWI     #WRITE_INT
        MOV     R0, #'\n'
        SWI     #WRITE_CHAR
        BX      LR

        .align  2
table:  .word   10, 20, 30, 40, 50
        .word   0xFEDCBA98

text_1: .asciz  "LDR   [R4]                gives "
text_2: .asciz  "LDR   [R4, #8]            gives "
text_3: .asciz  "LDR   [R4, R5, LSL #2]    gives "
text_4: .asciz  "LDR   [R4, #4]!           gives "
text_5: .asciz  "LDR   [R4], #4            gives "
text_6: .asciz  "LDR   [R4, #-8]           gives "
text_7: .asciz  "LDR   [R4], R5, LSL #2    gives "
text_8: .asciz  "LDR   [R4, -R5, LSL #2]!  gives "
text_9: .asciz  "LDR   table               gives "
text_10:
        .asciz  "LDRB  [R4]                gives "
text_11:
        .asciz  "LDRSB [R4]                gives "
text_12:
        .asciz  "LDRH  [R4, #2]            gives "
text_13:
        .asciz  "LDRSH [R4, #2]            gives "
text_14:
        .asciz  "LDRB  [R4, #3]!           gives "
text_distance:
        .asciz  ",  R4 = table + "
