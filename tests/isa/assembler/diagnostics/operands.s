        .org  0x8000
start:  MOV   R0, R16                    ;; 19 invalid-register: invalid register 'R16' | the registers are R0 to R15
        MOV   R0, start                  ;; 19 invalid-register: invalid register 'start' | for the value of start write #start, or load it: LDR R0, =start
        MOV   Q0, #1                     ;; 15 invalid-register: invalid register 'Q0' | the first operand is a register
        MOV   R0                         ;; 9 operand-count: MOV takes 2 operands, not 1 | write MOV <Rd>, #<const> or MOV <Rd>, <Rm>{, <shift> #<amount>}
        MOV                              ;; 9 operand-count: MOV takes 2 operands, not none | write MOV <Rd>, #<const> or MOV <Rd>, <Rm>{, <shift> #<amount>}
        MOV   R0, R1, R2                 ;; 23 operand-count: MOV takes 2 operands, not 3 | write MOV <Rd>, #<const> or MOV <Rd>, <Rm>{, <shift> #<amount>}
        MOV   R0 R1                      ;; 18 syntax: expected a comma or the end of the statement, not 'R1'
        MOV   R0, #1 #2                  ;; 22 syntax: expected a comma or the end of the statement, not '#'
        MOV   R0, #1 MOV R0, #2          ;; 22 syntax: expected a comma or the end of the statement, not 'MOV'
        MOV   R0,                        ;; 17 syntax: there is no operand after this comma
        MOV   R0, #                      ;; 20 syntax: expected a number or a name, not the end of the statement
        MOV   R0, #R1                    ;; 20 invalid-operand: R1 is a register; a number or a name is needed here
        ADD   R0, R1, R2, R3             ;; 27 operand-count: ADD takes 2 or 3 operands, not 4 | write ADD <Rd>, <Rn>, #<const> or ADD <Rd>, <Rn>, <Rm>{, <shift> #<amount>} or ADD <Rd>, <Rn>, <Rm>, <shift> <Rs>
        NOP   R0                         ;; 15 operand-count: NOP takes no operands | write NOP
        ADD   R0, R1, R2, LSX #3         ;; 27 invalid-register: invalid register 'LSX' | did you mean LSL?
        ADD   R0, R1, R2, LSL            ;; 30 shift: the shift has no amount
        ADD   R0, R1, R2, LSL #32        ;; 23 shift: LSL takes an amount of 0 to 31, not 32
        ADD   R0, R1, R2, LSR #33        ;; 23 shift: LSR takes an amount of 1 to 32, not 33
        ADD   R0, R1, R2, ROR #32        ;; 23 shift: ROR takes an amount of 1 to 31, not 32
        ADD   R0, R1, R2, LSL #-1        ;; 23 shift: LSL takes an amount of 0 to 31, not -1
        ADD   R0, R1!, R2                ;; 21 syntax: '!' belongs behind the base register of LDM or STM, or behind ]
        B     LR                         ;; 15 operand-kind: B takes a label, not a register | use BX LR
        BL    R3                         ;; 15 operand-kind: BL takes a label, not a register | use BLX R3
        BX    start                      ;; 15 invalid-register: invalid register 'start' | to branch to a label write B start
        SWI                              ;; 9 operand-count: SWI takes 1 operand, not none | write SWI #<number>
        SWI   #0x1000000                 ;; 15 service-number: a SWI number is 0 to 0xFFFFFF, not 16777216
        SWI   -1                         ;; 15 service-number: a SWI number is 0 to 0xFFFFFF, not -1
        MRS   R0, R1                     ;; 19 operand-kind: operand 2 must be CPSR or SPSR | write MRS <Rd>, CPSR|SPSR
        MSR   CPSR_q, R0                 ;; 15 invalid-register: invalid register 'CPSR_q' | MRS and MSR know CPSR and SPSR, MSR also with fields: CPSR_f
        MUL   R0, R0, R0                 ;; 15 multiply: Rd and Rm must be different registers | copy Rm to another register first
        MLA   R0, R0, R1, R2             ;; 15 multiply: Rd and Rm must be different registers | write Rm and Rs the other way round
        UMULL R0, R0, R1, R2             ;; 9 multiply: RdLo, RdHi and Rm must be three different registers
        STR   R0, =5                     ;; 19 operand-kind: only LDR takes =value, not STR | load the address with LDR first
        LDRB  R0, =5                     ;; 19 operand-kind: only LDR takes =value, not LDRB | load the address with LDR first
        LDR   R0, =                      ;; 20 syntax: expected a number or a name, not the end of the statement
        LDR   R0, =5, R1                 ;; 21 syntax: expected the end of the statement, not ','
        ADR   start                      ;; 15 invalid-register: invalid register 'start' | the first operand is a register
