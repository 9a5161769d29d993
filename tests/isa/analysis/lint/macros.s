; A line of a macro is dead only if it is dead wherever the macro is used.
        .org    0x8000
        .macro  LEAVE code
        MOV     R0, #\code
        SWI     #0
        .endm
        .macro  SPIN
1:      B       1b
        NOP                             ;; 9 warning UNREACHABLE_CODE: this is never executed
        .endm
_start: CMP     R0, #1
        BEQ     away
        LEAVE   1
        LEAVE   2
away:   BNE     there
        LEAVE   3
there:  SPIN
