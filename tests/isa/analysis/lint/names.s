; Names: what is undefined, defined twice, never used.
        .org    0x8000
.equ LIMIT, 3
_start: MOV     R4, #LIMIT
loop:   SUBS    R4, R4, #1
        BNE     lop                     ;; 17 error UNDEF_LABEL: undefined symbol lop | did you mean loop?
        BL      RELOAD                  ;; 17 error UNDEF_LABEL: undefined symbol RELOAD
        BL      Lrx                     ;; 17 error UNDEF_LABEL: undefined symbol Lrx
        LDR     R0, =mesage+4           ;; 22 error UNDEF_LABEL: undefined symbol mesage | did you mean message?
        ADR     R0, nowhere             ;; 21 error UNDEF_LABEL: undefined symbol nowhere
        MOV     R1, #LIMITS             ;; 22 error UNDEF_LABEL: undefined symbol LIMITS | did you mean LIMIT?
        B       1f                      ;; 17 error UNDEF_LABEL: there is no label 1: after this statement
loop:   MOV     R0, #0                  ;; 1 error DUPLICATE_LABEL: loop is already defined
        SWI     #0
dead:                                   ;; 1 warning UNUSED_LABEL: nothing refers to the label dead | remove it, or name
message:
        .asciz  "message dead"
        .align  2
        .word   message, nothing        ;; 26 error UNDEF_LABEL: undefined symbol nothing
