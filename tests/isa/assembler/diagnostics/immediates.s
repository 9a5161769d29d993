        .org  0x8000
        MOV   R3, #0x12345               ;; 19 immediate: MOV cannot encode 0x00012345 | use LDR R3, =0x12345
        MVNEQ R0, #0x101                 ;; 19 immediate: MVN cannot encode 0x00000101 | load it with LDR R0, =value and use the register
        ADD   R0, R1, #0x101             ;; 23 immediate: ADD cannot encode 0x00000101 | load it with LDR R0, =value and use the register
        SUB   R0, #257                   ;; 19 immediate: SUB cannot encode 0x00000101 | load it with LDR R0, =value and use the register
        AND   R0, R1, #0x101             ;; 23 immediate: AND cannot encode 0x00000101 | load it with LDR R0, =value and use the register
        ORR   R0, R1, #-1                ;; 23 immediate: ORR cannot encode 0xFFFFFFFF | load it with LDR R0, =value and use the register
        EOR   R0, R1, #0xFFFFFF00        ;; 23 immediate: EOR cannot encode 0xFFFFFF00 | load it with LDR R0, =value and use the register
        TST   R0, #0x101                 ;; 19 immediate: TST cannot encode 0x00000101 | load it with LDR R0, =value and use the register
        TEQ   R0, #-2                    ;; 19 immediate: TEQ cannot encode 0xFFFFFFFE | load it with LDR R0, =value and use the register
        RSB   R0, R1, #-1                ;; 23 immediate: RSB cannot encode 0xFFFFFFFF | load it with LDR R0, =value and use the register
        CMP   R0, #0x101                 ;; 19 immediate: CMP cannot encode 0x00000101 | load it with LDR R0, =value and use the register
        CMP   R0, #BIG                   ;; 19 immediate: CMP cannot encode 0x00010001 | load it with LDR R0, =value and use the register
        MOV   R0, #BIG*2                 ;; 19 immediate: MOV cannot encode 0x00020002 | use LDR R0, =0x20002
        MOV   R0, #1<<32                 ;; 20 value-range: 4294967296 does not fit in 32 bits
        MOV   R0, #-2147483649           ;; 20 value-range: -2147483649 does not fit in 32 bits
        MOV   R0, #-2147483648
        MOV   R0, #1/0                   ;; 21 expression: division by zero
        MOV   R0, #5%(2-2)               ;; 21 expression: division by zero
        MOV   R0, #1<<-1                 ;; 21 expression: cannot shift by -1
        MOV   R0, #1<<99999              ;; 21 expression: cannot shift by 99999
        MOV   R0, #(1+2                  ;; 20 syntax: this parenthesis is not closed | add )
        MOV   R0, #(1+2))                ;; 25 syntax: expected a comma or the end of the statement, not ')'
        MOV   R0, #1+                    ;; 22 syntax: expected a number or a name, not the end of the statement
        MOV   R0, #*2                    ;; 20 syntax: expected a number or a name, not '*'
        MSR   CPSR_f, #0x101             ;; 23 immediate: MSR cannot encode 0x00000101 | load it with LDR Rd, =value and use the register
.equ BIG, 0x10001
