        .org  0x17FFC
        MOV   R0, #1
        MOV   R0, #2                     ;; 9 memory: the image leaves the mapped memory at 0x00018000 | there is memory from 0x00008000 to 0x00017FFF, 0x00020000 to 0x0004FFFF
        MOV   R0, #3
        .org  0x20000
        .word 1
        .org  0x50000
        .byte 1                          ;; 9 memory: the image leaves the mapped memory at 0x00050000 | there is memory from 0x00008000 to 0x00017FFF, 0x00020000 to 0x0004FFFF
        .org  0xFFFFFFFC
        .word 1                          ;; 9 memory: the image leaves the mapped memory at 0xFFFFFFFC | there is memory from 0x00008000 to 0x00017FFF, 0x00020000 to 0x0004FFFF
