; self_modifying.s - a program that rewrites itself
;
; Shows:  instructions are words in memory: STR can change them. First the immediate of an instruction is
;         counted up, then one operation is exchanged for another, at last a routine is put together in a buffer.
; Try:    let the loop modify the register instead (bits 12-15 of the word); build MUL in the buffer.
;         Today's programs rarely do this, but every compiler that works while a program runs does.
; Run:    emu run samples/self_modifying.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

; 1. The lowest byte of MOV is its immediate: this MOV loads another number each time
_start: LDR     R4, =patched
        MOV     R5, #5
again:
patched:
        MOV     R0, #0
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        LDR     R2, [R4]                ; read the instruction,
        ADD     R2, R2, #3              ; add to its immediate,
        STR     R2, [R4]                ; and put it back
        SUBS    R5, R5, #1
        BNE     again
        SWI     #WRITE_NEWLINE

; 2. Copy an instruction from a table over another one: the same loop adds, subtracts and multiplies
        LDR     R4, =operations
        LDR     R5, =operation
        LDR     R6, =operations_end
exchange:
        LDR     R0, [R4], #4
        STR     R0, [R5]
        MOV     R1, #100
        MOV     R2, #7
operation:
        NOP                             ; never executed as such
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        CMP     R4, R6
        BLO     exchange

; 3. A compiler of one line: writes a routine that multiplies R0 by ten, then calls it
        LDR     R4, =buffer
        LDR     R0, =0xE0800100         ; ADD R0, R0, R0, LSL #2
        STR     R0, [R4]
        LDR     R0, =0xE1A00080         ; MOV R0, R0, LSL #1
        STR     R0, [R4, #4]
        LDR     R0, =0xE12FFF1E         ; BX LR
        STR     R0, [R4, #8]
        MOV     R0, #42
        BLX     R4
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE

        MOV     R0, #0
        SWI     #EXIT

; instructions as data: they are copied, not executed here
operations:
        ADD     R0, R1, R2
        SUB     R0, R1, R2
        MUL     R0, R1, R2
        RSB     R0, R1, R2
operations_end:

buffer: .space  3 * 4
