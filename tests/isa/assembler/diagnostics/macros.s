        .org  0x8000
.macro TWO first, second
        MOV   R0, #\first                ;; 19 immediate: MOV cannot encode 0x00012345 | use LDR R0, =0x12345
        MOV   R1, \second                ;; 19 invalid-register: invalid register 'R99' | the registers are R0 to R15
.endm
        TWO   1, R2
        TWO   1                          ;; 9 macro: TWO takes 2 arguments, not 1
        TWO   1, R2, 3                   ;; 9 macro: TWO takes 2 arguments, not 3
        TWO   0x12345, R2
        TWO   1, R99
.macro TWO                               ;; 8 macro: the macro TWO is already defined
.endm
.macro                                   ;; 1 macro: a macro needs a name | write .macro NAME first, second
.endm
.macro 5                                 ;; 8 macro: a macro needs a name | write .macro NAME first, second
.endm
.macro TWICE a, a                        ;; 17 macro: the parameter a occurs twice
.endm
.macro DEFAULT a=5                       ;; 16 macro: 'a=' is not a parameter name | parameters have no default values
.endm
.macro LOOP
        LOOP                             ;; 9 macro: the macro LOOP uses itself: LOOP -> LOOP
.endm
        LOOP
.macro PING
        PONG
.endm
.macro PONG
        PING                             ;; 9 macro: the macro PING uses itself: PING -> PONG -> PING
.endm
        PING
        .endm                            ;; 9 macro: .endm without .macro
        .endr                            ;; 9 macro: .endr without .rept
        .rept  later                     ;; 16 not-constant: later is not a known constant here | the place of everything behind this line depends on it: define it first
        .endr
        .rept  -1                        ;; 16 limit: cannot repeat 0 lines -1 times
        .endr
        .rept  1000000000                ;; 16 limit: cannot repeat 0 lines 1000000000 times
        .endr
        TOW   1, R2                      ;; 9 unknown-instruction: unknown instruction: TOW | did you mean TWO?
later:
.macro OPEN                              ;; 1 macro: there is no .endm for this .macro
        MOV   R0, #1
