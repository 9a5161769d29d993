; sieve.s - prime numbers with the sieve of Eratosthenes
;
; Shows:  an array of bytes, a loop inside a loop, printing in columns with conditional system calls.
; Try:    LIMIT 2000 (numbers of four digits then need wider columns); count without printing.
; Run:    emu run samples/sieve.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    LIMIT, 1000             ; find the primes below this number
        .equ    PER_ROW, 14

        .org    0x8000

_start: LDR     R4, =crossed            ; R4 = the sieve: a byte for each number, 1 = crossed out
        LDR     R5, =LIMIT
        MOV     R6, #2                  ; R6 = the number in question
        MOV     R7, #0                  ; R7 = primes found
        MOV     R8, #PER_ROW            ; R8 = room left in the row
        MOV     R9, #1

number: LDRB    R0, [R4, R6]
        CMP     R0, #0
        BNE     next                    ; crossed out: it has a smaller factor

        ADD     R7, R7, #1              ; a prime
        MUL     R10, R6, R6             ; cross out its multiples, from its square on:
cross:  CMP     R10, R5                 ; the smaller ones have a smaller factor too
        STRBLO  R9, [R4, R10]
        ADDLO   R10, R10, R6
        BLO     cross

        MOV     R0, #' '                ; right-align in five columns
        SWI     #WRITE_CHAR
        SWI     #WRITE_CHAR
        CMP     R6, #100
        SWILO   #WRITE_CHAR
        CMP     R6, #10
        SWILO   #WRITE_CHAR
        MOV     R0, R6
        MOV     R1, #10
        SWI     #WRITE_INT
        SUBS    R8, R8, #1
        SWIEQ   #WRITE_NEWLINE
        MOVEQ   R8, #PER_ROW

next:   ADD     R6, R6, #1
        CMP     R6, R5
        BLO     number

        CMP     R8, #PER_ROW            ; finish a row that is not full
        SWINE   #WRITE_NEWLINE
        MOV     R0, R7
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =primes_below
        SWI     #WRITE_STRING
        MOV     R0, R5
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        MOV     R0, #0
        SWI     #EXIT

primes_below:
        .asciz  " primes below "
crossed:
        .space  LIMIT
