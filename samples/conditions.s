; conditions.s - decisions: if, else if, else
;
; Shows:  CMP and conditional branches; then the same without any branch, because every ARM instruction
;         can be made to depend on the flags.
; Try:    add a grade for 95 marks and more; add marks to the table (it ends at the first negative one).
; Run:    emu run samples/conditions.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03

        .org    0x8000

_start: LDR     R4, =marks              ; R4 walks through the table

next:   LDR     R5, [R4], #4            ; R5 := this mark, and R4 moves on
        CMP     R5, #0
        BLT     done                    ; a negative mark ends the table

        MOV     R0, R5
        MOV     R1, #10
        SWI     #WRITE_INT

; if R5 >= 80 ... else if R5 >= 50 ... else ...
        CMP     R5, #80
        BGE     excellent
        CMP     R5, #50
        BGE     passed
        LDR     R0, =text_failed
        B       grade_known
excellent:
        LDR     R0, =text_excellent
        B       grade_known
passed: LDR     R0, =text_passed
grade_known:
        SWI     #WRITE_STRING

; even or odd: exactly one of the two loads is executed
        TST     R5, #1                  ; Z := (the lowest bit is 0)
        LDREQ   R0, =text_even
        LDRNE   R0, =text_odd
        SWI     #WRITE_STRING

; distance from 50: subtract, and negate if the result came out negative
        SUBS    R0, R5, #50
        RSBMI   R0, R0, #0
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =text_distance
        SWI     #WRITE_STRING
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

text_failed:
        .asciz  " is not enough"
text_passed:
        .asciz  " is a pass"
text_excellent:
        .asciz  " is excellent"
text_even:
        .asciz  ", even, "
text_odd:
        .asciz  ", odd, "
text_distance:
        .asciz  " away from 50\n"

        .align  2
marks:  .word   91, 75, 80, 50, 49, 0, -1
