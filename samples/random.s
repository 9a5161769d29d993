; random.s - pseudo-random numbers and a histogram of dice
;
; Shows:  xorshift, a generator made of three shifts and three EORs; turning 32 random bits into a number from
;         1 to 6 with the high half of a long multiplication; counting in a table.
; Try:    another SEED (not 0); the sum of two dice; real random numbers with SWI #0x31 (GET_RANDOM).
; Run:    emu run samples/random.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    SEED, 2463534242
        .equ    THROWS, 6000
        .equ    SIDES, 6

        .org    0x8000

_start: MOV     R4, #20                 ; the first twenty throws
first:  BL      throw
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        SUBS    R4, R4, #1
        BNE     first
        SWI     #WRITE_NEWLINE

        LDR     R4, =THROWS
        LDR     R5, =counts
tally:  BL      throw
        LDR     R1, [R5, R0, LSL #2]
        ADD     R1, R1, #1
        STR     R1, [R5, R0, LSL #2]
        SUBS    R4, R4, #1
        BNE     tally

        MOV     R4, #1                  ; R4 = number of spots
bar:    MOV     R0, R4
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        LDR     R6, [R5, R4, LSL #2]
        MOV     R0, R6
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R0, #'#'
        MOV     R7, R6
star:   SWI     #WRITE_CHAR             ; a sign for every 25 throws
        SUBS    R7, R7, #25
        BGT     star
        SWI     #WRITE_NEWLINE
        ADD     R4, R4, #1
        CMP     R4, #SIDES
        BLE     bar

        MOV     R0, #0
        SWI     #EXIT

; throw - R0 := a number from 1 to SIDES; changes R1-R3
throw:  LDR     R1, =state
        LDR     R0, [R1]
        EOR     R0, R0, R0, LSL #13     ; xorshift
        EOR     R0, R0, R0, LSR #17
        EOR     R0, R0, R0, LSL #5
        STR     R0, [R1]
        MOV     R1, #SIDES
        UMULL   R2, R3, R0, R1          ; the random number as a fraction of 2^32, times SIDES
        ADD     R0, R3, #1              ; the whole part is 0 to SIDES - 1
        BX      LR

        .align  2
state:  .word   SEED
counts: .space  (SIDES + 1) * 4         ; the count for 0 stays unused
