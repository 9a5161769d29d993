        .org  0x8000
        B     0x8002                     ;; 15 branch: branch target 0x00008002 is not a multiple of 4 | put .align 2 before the label
        B     #0x8004
        BEQ   0x6000000                  ;; 15 branch: branch target 0x06000000 is 100630512 bytes away; a branch reaches about 32 MiB
        BL    text                       ;; 15 branch: branch target 0x00008011 is not a multiple of 4 | put .align 2 before the label
        .byte 1
text:   .byte 2
