; virtual_machine.s - a machine within the machine
;
; Shows:  an interpreter: fetch a byte, jump through a table, execute, again. The inner machine has a stack and
;         eleven instructions; its program computes factorials. An emulator like this one works the same way.
; Try:    write a program of your own for the inner machine; add a `negate` instruction.
; Run:    emu run samples/virtual_machine.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_INT, 0x03

; the instructions of the inner machine: a byte each, some with a byte behind it. (a, b) are on top of its stack
        .equ    HALT, 0
        .equ    PUSH_BYTE, 1            ; push the next byte
        .equ    LOAD, 2                 ; push the variable whose number is the next byte
        .equ    STORE, 3                ; pop into that variable
        .equ    PLUS, 4                 ; a + b
        .equ    MINUS, 5                ; a - b
        .equ    TIMES, 6                ; a * b
        .equ    PRINT, 7                ; pop and print as a number
        .equ    PUT, 8                  ; pop and print as a character
        .equ    JUMP, 9                 ; go on at the offset in the next byte
        .equ    JUMP_IF, 10             ; pop; the same, if it was not 0

        .org    0x8000

_start: LDR     R4, =program            ; R4 = the inner program counter
        LDR     R5, =stack_end          ; R5 = the inner stack pointer, going down
        LDR     R6, =variables
        LDR     R7, =table

execute:
        LDRB    R0, [R4], #1
        CMP     R0, #JUMP_IF
        BHI     do_halt                 ; no such instruction
        LDR     PC, [R7, R0, LSL #2]

table:  .word   do_halt, do_push, do_load, do_store, do_plus, do_minus
        .word   do_times, do_print, do_put, do_jump, do_jump_if

do_halt:
        MOV     R0, #0
        SWI     #EXIT
do_push:
        LDRB    R0, [R4], #1
        STR     R0, [R5, #-4]!
        B       execute
do_load:
        LDRB    R0, [R4], #1
        LDR     R0, [R6, R0, LSL #2]
        STR     R0, [R5, #-4]!
        B       execute
do_store:
        LDRB    R0, [R4], #1
        LDR     R1, [R5], #4
        STR     R1, [R6, R0, LSL #2]
        B       execute
do_plus:
        LDMIA   R5!, {R0, R1}           ; R0 := b (it is on top), R1 := a
        ADD     R0, R1, R0
        STR     R0, [R5, #-4]!
        B       execute
do_minus:
        LDMIA   R5!, {R0, R1}
        SUB     R0, R1, R0
        STR     R0, [R5, #-4]!
        B       execute
do_times:
        LDMIA   R5!, {R0, R1}
        MUL     R0, R1, R0
        STR     R0, [R5, #-4]!
        B       execute
do_print:
        LDR     R0, [R5], #4
        MOV     R1, #10
        SWI     #WRITE_INT
        B       execute
do_put: LDR     R0, [R5], #4
        SWI     #WRITE_CHAR
        B       execute
do_jump:
        LDRB    R0, [R4]
        LDR     R1, =program
        ADD     R4, R1, R0
        B       execute
do_jump_if:
        LDR     R0, [R5], #4
        CMP     R0, #0
        ADDEQ   R4, R4, #1              ; step over the offset
        BEQ     execute
        B       do_jump

; the inner program. Variable 0 is n, variable 1 is n!
program:
        .byte   PUSH_BYTE, 1, STORE, 0
        .byte   PUSH_BYTE, 1, STORE, 1
again:
        .byte   LOAD, 0, PUSH_BYTE, 11, MINUS
        .byte   JUMP_IF, body - program ; unless n = 11
        .byte   HALT
body:
        .byte   LOAD, 0, LOAD, 1, TIMES, STORE, 1 ; n! := n * (n - 1)!
        .byte   LOAD, 0, PRINT, PUSH_BYTE, '!', PUT
        .byte   PUSH_BYTE, ' ', PUT
        .byte   LOAD, 1, PRINT, PUSH_BYTE, '\n', PUT
        .byte   LOAD, 0, PUSH_BYTE, 1, PLUS, STORE, 0 ; n := n + 1
        .byte   JUMP, again - program

        .align  2
variables:
        .space  16 * 4
        .space  64 * 4                  ; the inner stack
stack_end:
