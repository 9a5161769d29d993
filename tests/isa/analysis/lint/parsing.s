; What cannot be read; and the checks that are made all the same.
        .org    0x8000
_start: MOV     R0, #1
        MOVE    R0, #1                  ;; 9 error PARSE_ERROR: unknown instruction: MOVE | did you mean MOV?
        MOV     R16, #1                 ;; 17 error PARSE_ERROR: invalid register 'R16'
        MOV     R0, #0x12345            ;; 21 error ENCODING_ERROR: MOV cannot encode 0x00012345
        LDR     R0, [R1, #5000]         ;; 21 error ENCODING_ERROR: offset 5000 is out of range
        MUL     R0, R0, R0              ;; 17 error INVALID_MUL_REGS: Rd and Rm must be different registers
        MLA     R11, R11, R0, R1        ;; 17 error INVALID_MUL_REGS: Rd and Rm must be different registers | write Rm and Rs the other way round
        MUL     R0, R0, R1              ; can be turned round
        MUL     R1, R10, R11
        SWI     #0
        ADD     PC, R0, R1              ;; 9 warning PC_DEST_WARNING: ADD with PC as its first operand
never:                                  ;; 1 warning UNUSED_LABEL: nothing refers to the label never
        .wrod   1                       ;; 9 error UNKNOWN_DIRECTIVE: unknown directive: .wrod | did you mean .word?
        .word                           ;; 9 error INVALID_DIRECTIVE: .word needs at least one value
        .half                           ;; 9 error INVALID_DIRECTIVE: .half needs at least one value
        .byte                           ;; 9 error INVALID_DIRECTIVE: .byte needs at least one value
        .org                            ;; 9 error INVALID_DIRECTIVE: .org needs an address
        .org    1, 2                    ;; 20 error INVALID_DIRECTIVE: .org takes at most 1 value
        .balign                         ;; 9 error INVALID_DIRECTIVE: .balign needs a number of bytes
        .include                        ;; 9 error INVALID_DIRECTIVE: .include needs a file name
        .align  2, 0
        .align
        .space  later                   ;; 17 error FORWARD_REFERENCE: later is not a known constant here
.equ later, 4
