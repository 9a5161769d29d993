        .org  0x8000
        LDR   R0, [R1, #4096]            ;; 19 offset: offset 4096 is out of range: this transfer takes -4095 to +4095 | add the offset to a register first
        LDR   R0, [R1, #-4096]           ;; 19 offset: offset -4096 is out of range: this transfer takes -4095 to +4095 | add the offset to a register first
        LDR   R0, [R1], #5000            ;; 19 offset: offset 5000 is out of range: this transfer takes -4095 to +4095 | add the offset to a register first
        LDRH  R0, [R1, #256]             ;; 19 offset: offset 256 is out of range: this transfer takes -255 to +255 | add the offset to a register first
        STRH  R0, [R1, #-256]            ;; 19 offset: offset -256 is out of range: this transfer takes -255 to +255 | add the offset to a register first
        LDRSB R0, [R1, R2, LSL #1]       ;; 19 offset: halfword and signed transfers cannot shift their offset register
        LDR   R0, [R1, R2, LSL R3]       ;; 32 shift: an offset cannot be shifted by a register | shift it first
        LDR   R0, [R1, R2, LSL #32]      ;; 19 shift: LSL takes an amount of 0 to 31, not 32
        LDR   R0, [R1, R2, UP #2]        ;; 28 shift: expected LSL, LSR, ASR, ROR or RRX, not 'UP'
        LDR   R0, [R1                    ;; 19 syntax: this bracket is not closed | add ]
        LDR   R0, [R1, #4                ;; 19 syntax: this bracket is not closed | add ]
        LDR   R0, [R1, R2 R3]            ;; 27 syntax: expected ], not 'R3'
        LDR   R0, [R1, ]                 ;; 24 syntax: expected an offset
        LDR   R0, []                     ;; 20 invalid-register: a register must follow the bracket, not ']'
        LDR   R0, [#4]                   ;; 20 invalid-register: a register must follow the bracket, not '#'
        LDR   R0, [data]                 ;; 20 invalid-register: invalid register 'data' | for the word at data write LDR R0, data
        LDR   R0, [R1]!                  ;; 23 warning writeback: [Rn]! writes back the address it had before: it means [Rn, #0]! | leave out the !
        LDR   R0                         ;; 9 operand-count: LDR takes 2 operands, not 1 | write LDR <Rd>, <address>
        LDR   R0, R1                     ;; 19 operand-kind: operand 2 must be an address in brackets | for the memory at the address in R1 write [R1]
        LDR   R0, #4                     ;; 19 operand-kind: operand 2 must be an address in brackets | write LDR <Rd>, <address>
        STR   #4, [R0]                   ;; 15 operand-kind: operand 1 must be a register | write STR <Rd>, <address>
        LDR   R1, [R1], #4               ;; 9 warning writeback-base: R1 is loaded and written back: the loaded value stays | use another base register, or no writeback
        LDR   R1, [R1, #4]!              ;; 9 warning writeback-base: R1 is loaded and written back: the loaded value stays | use another base register, or no writeback
        STR   R1, [R1], #4
        LDMIA R1!, {R1, R2}              ;; 9 warning writeback-base: R1 is loaded and written back: the loaded value stays | use another base register, or no writeback
        LDMIA R1!, {R2, R3}
        LDR   R0, far                    ;; 19 offset: 0x00009400 is 5008 bytes from the PC; this transfer reaches 4095 | load the address with LDR R0, =label first
        LDRH  R0, halfway                ;; 19 offset: 0x00008208 is 404 bytes from the PC; this transfer reaches 255 | load the address with LDR R0, =label first
        ADR   R0, unreachable            ;; 19 offset: ADR cannot encode the distance 5257 to 0x00009501 | use LDR R0, =0x9501
        SWP   R0, R1, [R2, #4]           ;; 23 offset: this instruction takes a plain [Rn], without offset or writeback
data:   .space 400
halfway: .space 4600
far:    .space 257
unreachable:
