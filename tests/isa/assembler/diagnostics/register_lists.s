        .org  0x8000
        PUSH  {}                         ;; 15 register-list: a register list cannot be empty
        PUSH  {R3-R1}                    ;; 19 register-list: a range of registers must ascend
        PUSH  {R0, Q1}                   ;; 20 register-list: 'Q1' is not a register
        PUSH  {R0, #1}                   ;; 20 register-list: '#' is not a register
        PUSH  {R0 R1}                    ;; 19 register-list: expected a comma or }, not 'R1'
        PUSH  {R0, }                     ;; 20 register-list: '}' is not a register
        PUSH  {R0, R1                    ;; 15 syntax: this register list is not closed | add }
        PUSH  R0, R1                     ;; 19 operand-count: PUSH takes 1 operand, not 2 | write PUSH <registers>{^}
        PUSH  {R0}, R1                   ;; 21 operand-count: PUSH takes 1 operand, not 2 | write PUSH <registers>{^}
        LDM   R0                         ;; 9 operand-count: LDM takes 2 operands, not 1 | write LDM <Rn>{!}, <registers>{^}
        LDM   {R0}, R1                   ;; 15 operand-kind: operand 1 must be a base register | write LDM <Rn>{!}, <registers>{^}
        LDM   R0, {R1}^
        LDM   R0!, R1
        STM   R0, {R1-}                  ;; 23 register-list: '}' is not a register
        PUSH  {R0, R0, R0}
