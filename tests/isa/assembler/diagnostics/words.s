        .org  0x8000
        MOVX  R0, #1                     ;; 9 unknown-instruction: unknown instruction: MOVX | did you mean MOV?
        ADDD  R0, R0, #1                 ;; 9 unknown-instruction: unknown instruction: ADDD | did you mean ADD?
        SUBSS R0, R0, #1                 ;; 9 unknown-instruction: unknown instruction: SUBSS | did you mean SUBS?
        LDRS  R0, [R1]                   ;; 9 unknown-instruction: unknown instruction: LDRS | did you mean LDR?
        SVCS  #1                         ;; 9 unknown-instruction: unknown instruction: SVCS | did you mean SVC?
        BXS   LR                         ;; 9 unknown-instruction: unknown instruction: BXS | did you mean BX?
        VADD  R0, R0                     ;; 9 unknown-instruction: unknown instruction: VADD | there are whole numbers only
        .wrod 1                          ;; 9 unknown-directive: unknown directive: .wrod | did you mean .word?
        .thumb                           ;; 9 unknown-directive: unknown directive: .thumb | there is only ARM code here, no Thumb
        .elseif 1                        ;; 9 unknown-directive: unknown directive: .elseif | use .else and another .if
        .nonsense                        ;; 9 unknown-directive: unknown directive: .nonsense
        word  5                          ;; 9 unknown-instruction: unknown instruction: word | a directive begins with a dot: .word
        DCD   5                          ;; 9 unknown-instruction: unknown instruction: DCD | write .word
LIMIT   EQU   5                          ;; 1 unknown-instruction: unknown instruction: LIMIT | write .equ LIMIT, value
loop    MOV   R0, #1                     ;; 1 unknown-instruction: unknown instruction: loop | a label needs a colon: loop:
        B     loop
again                                    ;; 1 unknown-instruction: unknown instruction: again | a label needs a colon: again:
        B     again
        BEQQ  loop                       ;; 9 unknown-instruction: unknown instruction: BEQQ | did you mean BEQ?
Loop:   B     LOOP                       ;; 15 undefined-symbol: undefined symbol LOOP | did you mean Loop?
        BL    prnt                       ;; 15 undefined-symbol: undefined symbol prnt | did you mean print?
print:  BX    LR
