; mandelbrot.s - the Mandelbrot set in characters
;
; Shows:  fixed-point arithmetic with signs: twelve bits behind the point, ASR after each multiplication; a loop that
;         ends early; a table of characters for the number of rounds.
; Try:    another part of the plane; other characters; more rounds.
; Run:    emu run samples/mandelbrot.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_NEWLINE, 0x07

        .equ    BITS, 12
        .equ    ONE, 1 << BITS          ; 1.0
        .equ    COLUMNS, 64
        .equ    LINES, 25
        .equ    LEFT, -9 * ONE / 4      ; -2.25
        .equ    STEP_X, 3 * ONE / COLUMNS
        .equ    STEP_Y, 5 * ONE / 2 / (LINES - 1)
        .equ    TOP, -LINES / 2 * STEP_Y ; about -1.25, so that the middle line is 0
        .equ    ROUNDS, 30

        .org    0x8000

_start: LDR     R5, =TOP                ; R5 = y of the point
        MOV     R10, #LINES
line:   LDR     R4, =LEFT               ; R4 = x of the point
        MOV     R9, #COLUMNS

; z := z * z + c, starting with 0, until |z| > 2: how many rounds does that take?
point:  MOV     R2, #0                  ; R2, R3 = z
        MOV     R3, #0
        MOV     R8, #0                  ; R8 = rounds
iterate:
        MUL     R6, R2, R2
        MOV     R6, R6, ASR #BITS       ; R6 = x * x
        MUL     R7, R3, R3
        MOV     R7, R7, ASR #BITS       ; R7 = y * y
        ADD     R0, R6, R7
        CMP     R0, #4 * ONE
        BGT     escaped                 ; x * x + y * y > 4
        MUL     R0, R2, R3
        MOV     R0, R0, ASR #BITS
        ADD     R3, R5, R0, LSL #1      ; y := 2 * x * y + y of the point
        SUB     R2, R6, R7
        ADD     R2, R2, R4              ; x := x * x - y * y + x of the point
        ADD     R8, R8, #1
        CMP     R8, #ROUNDS
        BLO     iterate
escaped:
        LDR     R1, =characters
        LDRB    R0, [R1, R8]
        SWI     #WRITE_CHAR

        ADD     R4, R4, #STEP_X
        SUBS    R9, R9, #1
        BNE     point
        SWI     #WRITE_NEWLINE
        LDR     R0, =STEP_Y
        ADD     R5, R5, R0
        SUBS    R10, R10, #1
        BNE     line

        MOV     R0, #0
        SWI     #EXIT

characters:
        .ascii  "  ...,,,::::;;;;++++oooo%%%%@@#" ; 0 to ROUNDS
