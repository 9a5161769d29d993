        .org  0x8000
        .else                            ;; 9 conditional: .else without .if
        .endif                           ;; 9 conditional: .endif without .if
        .ifdef                           ;; 9 operand-count: .ifdef needs a name
        MOV   R0, nonsense
        .endif
        .ifdef 5                         ;; 16 conditional: expected a name, not '5'
        .endif
        .ifdef A B                       ;; 18 syntax: expected the end of the statement, not 'B'
        .endif
        .if                              ;; 9 operand-count: .if needs an expression
        .endif
        .if   later                      ;; 15 not-constant: later is not a known constant here | the place of everything behind this line depends on it: define it first
        MOV   R0, nonsense
        .else
        MOV   R0, nonsense
        .endif
        .if   1
        .else
        .else                            ;; 9 conditional: this block has an .else already
        .endif
        .if   0
        complete nonsense "
        .if   nonsense
        .endif
        .endif
        .if   1                          ;; 9 conditional: this block has no .endif
later:  MOV   R0, #1
        .ifndef later                    ;; 9 conditional: this block has no .endif
