        .org  0x8000
        LDR   R0, =0x12345678            ;; 9 offset: the literal pool is 5008 bytes from the PC; LDR reaches 4095 | put .ltorg nearer to this line, where execution does not pass
        LDR   R1, =unknown               ;; 20 undefined-symbol: undefined symbol unknown
        LDR   R2, =5000000000            ;; 20 value-range: 5000000000 does not fit in 32 bits
        B     over
        .space 5000
        .ltorg
over:   MOV   R0, #0
        LDR   R3, =0x11223344
        .ltorg                           ;; 9 warning pool-fallthrough: execution can fall into the literal pool | end the code before it with a branch or the exit call
        LDR   R4, =0x11223345
        MOV   R0, #0                     ;; 9 warning pool-fallthrough: execution can fall into the literal pool | end the code before it with a branch or the exit call
