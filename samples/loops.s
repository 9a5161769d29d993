; loops.s - for, while and nested loops
;
; Shows:  counting up and down, a loop that tests first, a loop inside a loop.
; Try:    count in steps of 2; turn the triangle upside down.
; Run:    emu run samples/loops.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

; for R4 := 1 to 10
_start: MOV     R1, #10                 ; all numbers are printed in base 10
        MOV     R4, #1
up:     MOV     R0, R4
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        ADD     R4, R4, #1
        CMP     R4, #10
        BLE     up                      ; again while R4 <= 10
        SWI     #WRITE_NEWLINE

; counting down needs no comparison: SUBS sets the flags itself
        MOV     R4, #10
down:   MOV     R0, R4
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        SUBS    R4, R4, #1
        BNE     down                    ; again while R4 is not 0
        SWI     #WRITE_NEWLINE

; while R4 > 0: print it and halve it. The test comes first, so the loop may run no time at all
        MOV     R4, #100
while:  CMP     R4, #0
        BLE     while_end
        MOV     R0, R4
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R4, R4, LSR #1          ; one bit to the right is half
        B       while
while_end:
        SWI     #WRITE_NEWLINE

; a loop in a loop: line R4 has R4 stars
        MOV     R4, #1
line:   MOV     R5, R4                  ; R5 stars are still to be printed
star:   MOV     R0, #'*'
        SWI     #WRITE_CHAR
        SUBS    R5, R5, #1
        BNE     star
        SWI     #WRITE_NEWLINE
        ADD     R4, R4, #1
        CMP     R4, #5
        BLE     line

        MOV     R0, #0
        SWI     #EXIT
