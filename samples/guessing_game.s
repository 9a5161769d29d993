; guessing_game.s - guess a number from 1 to 100
;
; Shows:  reading numbers with READ_INT, a linear congruential generator started with a number from the player, a
;         game loop.
; Try:    a limit of seven guesses; let the machine guess your number (binary_search.s knows how).
; Run:    emu run samples/guessing_game.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    READ_INT, 0x06

        .equ    HIGHEST, 100

        .org    0x8000

_start: LDR     R0, =ask_lucky
        SWI     #WRITE_STRING
        SWI     #READ_INT               ; R0 := a number; 0 if it is none, or at the end of the input

; one step of a generator: seed * 1664525 + 1013904223, of which the upper bits are the better ones
        LDR     R1, =1664525
        LDR     R2, =1013904223
        MLA     R0, R1, R0, R2
        MOV     R1, #HIGHEST
        UMULL   R2, R3, R0, R1          ; R3 := 0 ... HIGHEST - 1
        ADD     R4, R3, #1              ; R4 = the secret number
        MOV     R5, #0                  ; R5 = guesses so far

        LDR     R0, =invitation
        SWI     #WRITE_STRING

guess:  LDR     R0, =ask_guess
        SWI     #WRITE_STRING
        SWI     #READ_INT
        CMP     R0, #0
        BEQ     give_up
        ADD     R5, R5, #1
        CMP     R0, R4
        BEQ     right
        LDRLT   R0, =too_low
        LDRGT   R0, =too_high
        SWI     #WRITE_STRING
        B       guess

right:  LDR     R0, =well_done
        SWI     #WRITE_STRING
        MOV     R0, R5
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =guesses
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

give_up:
        LDR     R0, =it_was
        SWI     #WRITE_STRING
        MOV     R0, R4
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =full_stop
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

ask_lucky:
        .asciz  "Your lucky number? "
invitation:
        .asciz  "I have a number from 1 to 100 in mind. (0 gives up.)\n"
ask_guess:
        .asciz  "Your guess? "
too_low:
        .asciz  "too low\n"
too_high:
        .asciz  "too high\n"
well_done:
        .asciz  "That is it! You needed "
guesses:
        .asciz  " guesses.\n"
it_was: .asciz  "It was "
full_stop:
        .asciz  ".\n"
