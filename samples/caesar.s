; caesar.s - the cipher of Julius Caesar
;
; Shows:  letters are numbers; adding a key and wrapping around; the same routine decodes with the opposite key.
; Try:    key 13, which decodes itself; read the text from the input; break the cipher by printing all 26 keys.
; Run:    emu run samples/caesar.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_NEWLINE, 0x07

        .equ    KEY, 3

        .org    0x8000

_start: LDR     R0, =text
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE

        LDR     R0, =text
        MOV     R1, #KEY
        BL      shift_text
        LDR     R0, =text
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE

        LDR     R0, =text
        MOV     R1, #26 - KEY           ; going on to the next A is the same as going back
        BL      shift_text
        LDR     R0, =text
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE

        MOV     R0, #0
        SWI     #EXIT

; shift_text - moves each letter of the string at R0 on by R1 places (0-25); changes R0, R2 and R3
shift_text:
        LDRB    R2, [R0]
        CMP     R2, #0
        BXEQ    LR
        BIC     R3, R2, #0x20           ; R3 = the letter as a capital
        SUB     R3, R3, #'A'            ; its number, from 0
        CMP     R3, #25
        BHI     keep                    ; no letter at all
        ADD     R3, R3, R1
        CMP     R3, #26
        SUBHS   R3, R3, #26             ; behind Z comes A
        AND     R2, R2, #0x20           ; the bit that makes it a small letter
        ORR     R2, R2, #0x40           ; capitals begin at 0x41, small letters at 0x61
        ADD     R3, R3, #1
        ADD     R2, R2, R3
keep:   STRB    R2, [R0], #1
        B       shift_text

text:   .asciz  "Veni, vidi, vici! Xylophone & Zebra 2024"
