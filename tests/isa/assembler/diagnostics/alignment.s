        .org  0x8001
        MOV   R0, #1                     ;; 9 misaligned-instruction: misaligned instruction at 0x00008001 | add .align 2 before it
        MOV   R0, #2
        .word 1                          ;; 9 warning unaligned-data: .word at 0x00008009, which is not a multiple of 4 | put .balign 4 before it; loads from this address fail
        .half 1                          ;; 9 warning unaligned-data: .half at 0x0000800D, which is not a multiple of 2 | put .balign 2 before it; loads from this address fail
        .balign 4
        MOV   R0, #3
text:   .asciz "odd"
        .byte 1
        .word text                       ;; 9 warning unaligned-data: .word at 0x00008019, which is not a multiple of 4 | put .balign 4 before it; loads from this address fail
        .align 2
        B     text+1                     ;; 15 branch: branch target 0x00008015 is not a multiple of 4 | put .align 2 before the label
        B     text
