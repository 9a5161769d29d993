        .org  0x8000
        .word 1, 2, 3, 4
        .org  0x8100
        .word 1
        .org  0x8008
        MOV   R0, #1                     ;; 9 overlap: address 0x00008008 is used already | leave more room between the .org directives
        .org  0x80FE
        .space 8                         ;; 9 overlap: address 0x00008100 is used already | leave more room between the .org directives
        .org  0x8000
        .space 0
