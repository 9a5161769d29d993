; stack.s - a stack that checks brackets
;
; Shows:  the processor's stack used as a data structure: each opening bracket pushes the bracket that must
;         close it, each closing one must be the one on top.
; Try:    add < and >; say where the mistake is.
; Run:    emu run samples/stack.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02

        .org    0x8000

_start: LDR     R6, =texts
next:   LDR     R4, [R6], #4            ; R4 = the text
        CMP     R4, #0
        BEQ     done
        MOV     R0, R4
        SWI     #WRITE_STRING
        MOV     R0, R4
        BL      balanced
        CMP     R0, #0
        LDRNE   R0, =good
        LDREQ   R0, =bad
        SWI     #WRITE_STRING
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

; balanced - R0 := 1 if each bracket of the text at R0 is closed by its partner, else 0; changes R1-R3
balanced:
        MOV     R3, SP                  ; the level of the stack at the start
scan:   LDRB    R1, [R0], #1
        MOV     R2, #0                  ; R2 := the bracket that has to close R1, if R1 opens one
        CMP     R1, #'('
        MOVEQ   R2, #')'
        CMP     R1, #'['
        MOVEQ   R2, #']'
        CMP     R1, #'{'
        MOVEQ   R2, #'}'
        CMP     R2, #0
        BEQ     no_opening
        PUSH    {R2}
        B       scan

no_opening:
        CMP     R1, #0
        BEQ     at_end
        CMP     R1, #')'
        CMPNE   R1, #']'
        CMPNE   R1, #'}'
        BNE     scan                    ; an ordinary character
        CMP     SP, R3
        BEQ     wrong                   ; nothing is open
        POP     {R2}
        CMP     R1, R2
        BEQ     scan

wrong:  MOV     SP, R3                  ; leave the stack as it was
        MOV     R0, #0
        BX      LR

at_end: CMP     SP, R3                  ; everything closed?
        MOVEQ   R0, #1
        MOVNE   R0, #0
        MOV     SP, R3
        BX      LR

good:   .asciz  "  is balanced\n"
bad:    .asciz  "  is NOT balanced\n"

text_1: .asciz  "a[i] = (b + c) * {d}"
text_2: .asciz  "((x)"
text_3: .asciz  "[(])"
text_4: .asciz  "no brackets at all"
text_5: .asciz  "{[()]([]{})}"
text_6: .asciz  "too many )"

        .align  2
texts:  .word   text_1, text_2, text_3, text_4, text_5, text_6
        .word   0                       ; the end
