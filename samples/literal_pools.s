; literal_pools.s - where LDR R0, =number takes its number from
;
; Shows:  an instruction of 32 bits has no room for a number of 32 bits. The assembler writes MOV if the number
;         fits, MVN if its complement does, and otherwise keeps the number near the code, in a literal pool, and
;         loads it from there. The program prints its own instructions to show which is which.
; Try:    take the second .ltorg out, and read what the assembler says; then make the gap smaller.
; Run:    emu run samples/literal_pools.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R4, =255                ; fits: becomes MOV R4, #255
        LDR     R5, =0xFFFFFF00         ; the complement fits: becomes MVN R5, #255
        LDR     R6, =0x12345678         ; neither: LDR R6, [PC, #distance]
        LDR     R7, =0x12345678         ; the same number again needs no second place in the pool
        B       show

; the pool of the code above. Execution must never run into a pool: here a branch jumps over it
        .ltorg

show:   LDR     R8, =_start             ; R8 = the instruction to show
        MOV     R2, R4
        BL      show_one
        MOV     R2, R5
        BL      show_one
        MOV     R2, R6
        BL      show_one
        MOV     R2, R7
        BL      show_one

; where is the number? At the address of the LDR + 8 + the lowest 12 bits of the instruction
        LDR     R8, =_start + 8
        LDR     R0, [R8]
        MOV     R0, R0, LSL #20
        MOV     R0, R0, LSR #20         ; only the distance
        ADD     R0, R0, R8
        ADD     R0, R0, #8              ; PC is 8 ahead
        MOV     R5, R0
        LDR     R0, =text_pool
        SWI     #WRITE_STRING
        MOV     R0, R5
        MOV     R1, #16
        SWI     #WRITE_INT
        LDR     R0, =text_holds
        SWI     #WRITE_STRING
        LDR     R0, [R5]
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        MOV     R0, #0
        SWI     #EXIT

; show_one - prints the instruction at R8 and the number R2 that it loaded; moves R8 on; changes R0 and R1
show_one:
        LDR     R0, [R8], #4
        MOV     R1, #16
        SWI     #WRITE_INT
        LDR     R0, =loads
        SWI     #WRITE_STRING
        MOV     R0, R2
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        BX      LR

        .ltorg                          ; a second pool: what follows would push the end of the program out of reach

        .space  5000                    ; the gap

text_pool:
        .asciz  "the pool is at "
text_holds:
        .asciz  " and holds "
loads:  .asciz  " loads "
