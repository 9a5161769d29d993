; roman.s - Roman numerals
;
; Shows:  a table of pairs (value and text) that drives a loop: the program is short because the table knows all.
; Try:    read the years from the input; the way back, from Roman numerals to numbers.
; Run:    emu run samples/roman.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R4, =years
next:   LDR     R5, [R4], #4
        CMP     R5, #0
        BEQ     done
        MOV     R0, R5
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =equals
        SWI     #WRITE_STRING
        MOV     R0, R5
        BL      print_roman
        SWI     #WRITE_NEWLINE
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

; print_roman - prints R0 (1 to 3999) in Roman numerals; changes R0-R3
print_roman:
        MOV     R3, R0                  ; R3 = what is left of the number
        LDR     R1, =numerals
look:   CMP     R3, #0
        BXEQ    LR
        LDR     R2, [R1]
        CMP     R3, R2
        ADDLO   R1, R1, #8              ; too large: on to the next pair
        BLO     look
        SUB     R3, R3, R2              ; it fits: print its letters, and try it once more
        ADD     R0, R1, #4
        SWI     #WRITE_STRING
        B       look

equals: .asciz  " = "

; each value with its letters, padded to four bytes
        .macro  NUMERAL value, letters
        .word   \value
        .asciz  \letters
        .align  2
        .endm

        .align  2
numerals:
        NUMERAL 1000, "M"
        NUMERAL 900, "CM"
        NUMERAL 500, "D"
        NUMERAL 400, "CD"
        NUMERAL 100, "C"
        NUMERAL 90, "XC"
        NUMERAL 50, "L"
        NUMERAL 40, "XL"
        NUMERAL 10, "X"
        NUMERAL 9, "IX"
        NUMERAL 5, "V"
        NUMERAL 4, "IV"
        NUMERAL 1, "I"

years:  .word   1, 4, 9, 14, 40, 99, 400, 476, 1066, 1492, 1789, 1969, 1985, 2024, 3999
        .word   0                       ; the end
