; strings.s - a little library for strings
;
; Shows:  length, copy, reverse, compare and upper case; LDRB and STRB; pointers that walk.
; Try:    write `find`, which returns the address of a character in a string, or 0.
; Run:    emu run samples/strings.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R0, =text
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE

        LDR     R0, =text
        BL      length
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =characters
        SWI     #WRITE_STRING

        LDR     R0, =buffer
        LDR     R1, =text
        BL      copy
        LDR     R0, =buffer
        BL      reverse
        LDR     R0, =buffer
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE

        LDR     R0, =buffer
        LDR     R1, =text
        BL      copy
        LDR     R0, =buffer
        BL      to_upper
        LDR     R0, =buffer
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE

        LDR     R0, =apple
        LDR     R1, =apricot
        BL      show_order
        LDR     R0, =apricot
        LDR     R1, =apple
        BL      show_order
        LDR     R0, =apple
        LDR     R1, =apple
        BL      show_order
        LDR     R0, =app
        LDR     R1, =apple
        BL      show_order

        MOV     R0, #0
        SWI     #EXIT

; length - R0 := the number of characters before the zero byte; changes R1 and R2
length: MOV     R1, R0
length_next:
        LDRB    R2, [R1], #1
        CMP     R2, #0
        BNE     length_next
        SUB     R0, R1, R0
        SUB     R0, R0, #1              ; R1 went on behind the zero byte
        BX      LR

; copy - copies the string at R1 to R0, where there must be room for it; changes R0-R2
copy:   LDRB    R2, [R1], #1
        STRB    R2, [R0], #1            ; the zero byte is copied too, then it ends
        CMP     R2, #0
        BNE     copy
        BX      LR

; reverse - turns the string at R0 around; changes R0-R3
reverse:
        PUSH    {R4, LR}
        MOV     R4, R0
        BL      length
        ADD     R1, R4, R0              ; R1 = behind the last character
        MOV     R0, R4                  ; R0 = the first one
swap:   SUB     R1, R1, #1
        CMP     R0, R1
        POPHS   {R4, PC}                ; they have met
        LDRB    R2, [R0]
        LDRB    R3, [R1]
        STRB    R3, [R0], #1
        STRB    R2, [R1]
        B       swap

; to_upper - turns the letters of the string at R0 into capitals; changes R0 and R1
to_upper:
        LDRB    R1, [R0]
        CMP     R1, #0
        BXEQ    LR
        CMP     R1, #'a'
        BLO     no_letter
        CMP     R1, #'z'
        BICLS   R1, R1, #0x20           ; capitals differ in one bit
no_letter:
        STRB    R1, [R0], #1
        B       to_upper

; compare - R0 := negative, 0 or positive, as the string at R0 is before, equal to or after the one at R1;
;   changes R1-R3
compare:
        LDRB    R2, [R0], #1
        LDRB    R3, [R1], #1
        CMP     R2, R3
        BNE     different
        CMP     R2, #0
        BNE     compare
different:
        SUB     R0, R2, R3
        BX      LR

; show_order - prints the strings at R0 and R1 with <, = or > between them
show_order:
        PUSH    {R4, R5, LR}
        MOV     R4, R0
        MOV     R5, R1
        SWI     #WRITE_STRING
        BL      compare
        CMP     R0, #0
        LDRLT   R0, =less
        LDREQ   R0, =same
        LDRGT   R0, =greater
        SWI     #WRITE_STRING
        MOV     R0, R5
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE
        POP     {R4, R5, PC}

text:   .asciz  "Reduced instruction set: 32 bits, 16 registers!"
characters:
        .asciz  " characters\n"
apple:  .asciz  "apple"
apricot:
        .asciz  "apricot"
app:    .asciz  "app"
less:   .asciz  " < "
same:   .asciz  " = "
greater:
        .asciz  " > "
buffer: .space  64
