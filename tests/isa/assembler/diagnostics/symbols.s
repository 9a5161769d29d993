        .org  0x8000
start:  B     nowhere                    ;; 15 undefined-symbol: undefined symbol nowhere
        LDR   R0, =nothing+4             ;; 20 undefined-symbol: undefined symbol nothing
        LDR   R0, [R1, #offset]          ;; 25 undefined-symbol: undefined symbol offset
        MOV   R0, R1, LSL #amount        ;; 28 undefined-symbol: undefined symbol amount
        .word absent, start, missing     ;; 15 undefined-symbol: undefined symbol absent ;; 30 undefined-symbol: undefined symbol missing
        B     1f
        B     1b                         ;; 15 undefined-symbol: there is no label 1: before this statement
1:      B     2b                         ;; 15 undefined-symbol: there is no label 2: before this statement
start:  MOV   R0, #1                     ;; 1 duplicate-symbol: start is already defined
.equ    start, 5                         ;; 9 duplicate-symbol: start is already defined
.equ    SIZE, 1
.equ    SIZE, 2                          ;; 9 duplicate-symbol: SIZE is already defined
.set    STEP, 1
.set    STEP, 2
.equ    STEP, 3                          ;; 9 duplicate-symbol: STEP is already defined | define it with .set both times to change it
STEP = 4
SIZE = 4                                 ;; 1 duplicate-symbol: SIZE is already defined
R5:     MOV   R0, #1                     ;; 1 reserved-name: R5 is a register and cannot be a name
sp:     MOV   R0, #1                     ;; 1 reserved-name: sp is a register and cannot be a name
.equ    PC, 4                            ;; 9 reserved-name: PC is a register and cannot be a name
.equ    EMPTY                            ;; 9 operand-count: EMPTY needs a value | write .equ EMPTY, value
.equ                                     ;; 1 operand-count: .equ needs a name and a value
.equ    5, 6                             ;; 9 syntax: expected a name, not '5'
.equ    LATE, later                      ;; 15 not-constant: later is not a known constant here | the place of everything behind this line depends on it: define it first
        MOV   R0, #LATE
later:
        .set  WRONG, undefined_here      ;; 22 undefined-symbol: undefined symbol undefined_here
        MOV   R0, #WRONG
X =                                      ;; 1 operand-count: X needs a value | write X = value
        MOV   R0, #X
