; unicode.s - letters beyond ASCII
;
; Shows:  WRITE_CHAR prints any Unicode character by its number; in a string one character may be several bytes
;         (UTF-8), and the program takes them apart again.
; Try:    your own name; count the characters of a line of the input.
; Run:    emu run samples/unicode.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    ALPHA, 0x3B1
        .equ    OMEGA, 0x3C9

        .org    0x8000

; the Greek alphabet, by numbers
_start: LDR     R0, =ALPHA
        LDR     R4, =OMEGA
greek:  SWI     #WRITE_CHAR
        ADD     R0, R0, #1
        CMP     R0, R4
        BLE     greek
        SWI     #WRITE_NEWLINE

; a text, and the number of each of its characters
        LDR     R0, =text
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE
        LDR     R4, =text               ; R4 = the next byte
        MOV     R5, #0                  ; R5 = characters so far
        MOV     R1, #16
next:   BL      decode                  ; R0 := a character, R4 moves on
        CMP     R0, #0
        BEQ     done
        ADD     R5, R5, #1
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        B       next

done:   SWI     #WRITE_NEWLINE
        MOV     R1, #10
        MOV     R0, R5
        SWI     #WRITE_INT
        LDR     R0, =text_characters
        SWI     #WRITE_STRING
        MOV     R0, #text_end - text - 1
        SWI     #WRITE_INT
        LDR     R0, =text_bytes
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

; decode - R0 := the character at R4, which moves behind it; changes R2 and R3
;   The first byte tells how many follow: 0xxxxxxx none, 110xxxxx one, 1110xxxx two, 11110xxx three. Each of
;   these is 10xxxxxx and brings six bits.
decode: LDRB    R0, [R4], #1
        CMP     R0, #0x80
        BXLO    LR                      ; plain ASCII
        CMP     R0, #0xE0
        ANDLO   R0, R0, #0x1F
        MOVLO   R2, #1                  ; R2 := bytes to follow
        BLO     follow
        CMP     R0, #0xF0
        ANDLO   R0, R0, #0x0F
        MOVLO   R2, #2
        ANDHS   R0, R0, #0x07
        MOVHS   R2, #3
follow: LDRB    R3, [R4], #1
        AND     R3, R3, #0x3F
        ORR     R0, R3, R0, LSL #6
        SUBS    R2, R2, #1
        BNE     follow
        BX      LR

text:   .asciz  "Grüße, 世界 😀!"
text_end:
text_characters:
        .asciz  " characters in "
text_bytes:
        .asciz  " bytes\n"
