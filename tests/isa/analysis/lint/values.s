; Legal, and hardly ever meant.
        .org    0x8000
_start: LDR     R1, [R1], #4            ;; 9 warning WRITEBACK_BASE: R1 is loaded and written back
        LDMIA   R2!, {R1-R3}            ;; 9 warning WRITEBACK_BASE: R2 is loaded and written back
        LDR     R3, [R4]!               ;; 25 warning REDUNDANT_WRITEBACK: [Rn]! writes back the address
        LDR     R5, =bytes
        ADDEQ   PC, PC, R0, LSL #2      ;; 9 warning PC_DEST_WARNING: ADD with PC as its first operand
        ADDEQ   PC, PC, #4              ;; 9 warning PC_DEST_WARNING: ADD with PC as its first operand
        MVN     PC, R0                  ;; 9 warning PC_DEST_WARNING: MVN with PC as its first operand
bytes:  .byte   256, -129, 1            ;; 17 warning TRUNCATED_VALUE: 256 does not fit in 8 bits ;; 22 warning TRUNCATED_VALUE: -129
        .half   65536                   ;; 9 warning UNALIGNED_DATA: .half at 0x ;; 17 warning TRUNCATED_VALUE: 65536
        .word   1                       ;; 9 warning UNALIGNED_DATA: .word at 0x
        .asciz  "\q"                    ;; 18 warning INVALID_ESCAPE: invalid escape sequence
