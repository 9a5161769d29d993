        .org    0x8000
_start: MOV     R0, #0
        SWI     #0
        .byte   1
        MOV     R0, #1                  ;; 9 error MISALIGNED_CODE: misaligned instruction at 0x00008009 | add .align 2 before it
