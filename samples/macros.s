; macros.s - making a small language of one's own
;
; Shows:  .macro with parameters, \@ for labels of each use's own, numeric labels, macros that use macros, macros
;         that come in pairs.
; Try:    a macro IF_EQUAL a, b / ENDIF; see what the macros become: emu asm --format listing samples/macros.s
; Run:    emu run samples/macros.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

; PRINT - prints a text that is written right where it is needed; changes R0
        .macro  PRINT text
        ADR     R0, text\@              ; \@ is a different number each time: text1, text2, ...
        SWI     #WRITE_STRING
        B       behind\@
text\@: .asciz  \text
        .align  2
behind\@:
        .endm

; NUMBER - prints a register in decimal; changes R0 and R1
        .macro  NUMBER register
        MOV     R0, \register
        MOV     R1, #10
        SWI     #WRITE_INT
        .endm

; SHOW - prints the name of a register and its number
        .macro  SHOW register
        PRINT   "\register = "
        NUMBER  \register
        SWI     #WRITE_NEWLINE
        .endm

; FOR ... NEXT - repeats what is between them with the register running from first to last
        .macro  FOR name, register, first, last
        MOV     \register, #\first
        .equ    last_\name, \last
loop_\name:
        .endm

        .macro  NEXT name, register
        ADD     \register, \register, #1
        CMP     \register, #last_\name
        BLE     loop_\name
        .endm

; MULTIPLY_BY_TEN - a numeric label or none at all: short macros need no names
        .macro  MULTIPLY_BY_TEN register
        ADD     \register, \register, \register, LSL #2
        MOV     \register, \register, LSL #1
        .endm

; SKIP_ZEROS - moves a pointer on to the first word that is not 0; changes R0
        .macro  SKIP_ZEROS pointer
1:      LDR     R0, [\pointer], #4
        CMP     R0, #0
        BEQ     1b                      ; the nearest label 1 before this line
        SUB     \pointer, \pointer, #4
        .endm

; FINISH - ends the program
        .macro  FINISH code
        MOV     R0, #\code
        SWI     #EXIT
        .endm

        .org    0x8000

_start: PRINT   "a multiplication table\n"
        FOR     rows, R4, 1, 5
        FOR     columns, R5, 1, 9
        MUL     R6, R4, R5
        NUMBER  R6
        MOV     R0, #'\t'
        SWI     #WRITE_CHAR
        NEXT    columns, R5
        SWI     #WRITE_NEWLINE
        NEXT    rows, R4

        MOV     R7, #42
        MULTIPLY_BY_TEN R7
        SHOW    R7

        LDR     R8, =words
        SKIP_ZEROS R8
        LDR     R9, [R8], #4
        SKIP_ZEROS R8
        LDR     R10, [R8]
        SHOW    R9
        SHOW    R10
        FINISH  0

        .align  2
words:  .word   0, 0, 7, 0, 0, 0, 8
