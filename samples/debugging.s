; debugging.s - asking a program what it is doing
;
; Shows:  DUMP_REGISTERS and DUMP_MEMORY print the state of the machine; DEBUG_PRINT writes notes to the standard
;         error; ASSERT stops the program with a message if something is not as it must be.
; Try:    make the assertion fail (MOV R0, #0 before it); `emu run --verbose` shows the registers at the end.
; Run:    emu run samples/debugging.s

        .equ    EXIT, 0x00
        .equ    DEBUG_PRINT, 0xF0
        .equ    DUMP_REGISTERS, 0xF2
        .equ    DUMP_MEMORY, 0xF3
        .equ    ASSERT, 0xF4

        .org    0x8000

_start: LDR     R0, =note_start
        SWI     #DEBUG_PRINT

        MOV     R2, #42                 ; something to look at
        MVN     R3, #0
        LDR     R4, =0xCAFE
        MOVS    R5, #0
        SWI     #DUMP_REGISTERS

        LDR     R0, =bytes
        MOV     R1, #bytes_end - bytes
        SWI     #DUMP_MEMORY

        CMP     R2, #42                 ; the condition to be checked: R0 must not be 0
        MOVEQ   R0, #1
        MOVNE   R0, #0
        LDR     R1, =must_be_42
        SWI     #ASSERT

        LDR     R0, =note_end
        SWI     #DEBUG_PRINT
        MOV     R0, #0
        SWI     #EXIT

note_start:
        .asciz  "looking at the registers"
note_end:
        .asciz  "everything is as it should be"
must_be_42:
        .asciz  "R2 must be 42"

        .balign 16
bytes:  .byte   1, 2, 4, 8, 16, 32, 64, 128
        .word   0x12345678              ; lowest byte first
        .half   0xABCD
        .asciz  "Text, too"
bytes_end:
