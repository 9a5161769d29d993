        .org  0x8000
        JMP   there                      ;; 9 unknown-instruction: unknown instruction: JMP | a jump is B label
        XOR   R0, R0, R1                 ;; 9 unknown-instruction: unknown instruction: XOR | exclusive or is EOR
        MOVW  R0, #0x1234                ;; 9 unknown-instruction: unknown instruction: MOVW | this instruction is newer than the processor: load
        UDIV  R0, R1, R2                 ;; 9 unknown-instruction: unknown instruction: UDIV | this instruction is newer than the processor: subtract
        AREA  code, CODE                 ;; 9 unknown-instruction: unknown instruction: AREA | that is the dialect of another assembler
there:  BL    exit
        B     exit
        exit                             ;; 9 unknown-instruction: unknown instruction: exit | a program ends with SWI #0. Otherwise: a label needs a colon: exit:
halt    MOV   R0, #0                     ;; 1 unknown-instruction: unknown instruction: halt | a label needs a colon: halt:
