; jump_table.s - choosing one of many ways with a table of addresses
;
; Shows:  LDR PC, [table, number, LSL #2], the machine's form of a switch statement; the test that must come
;         first; a table of branches as a second way.
; Try:    add a remainder operation; leave the test out and use number 6.
; Run:    emu run samples/jump_table.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: MOV     R4, #0                  ; R4 = number of the operation
next:   MOV     R0, R4
        MOV     R1, #12
        MOV     R2, #5
        BL      operate
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        ADD     R4, R4, #1
        CMP     R4, #6
        BLE     next

        MOV     R4, #1                  ; R4 = day of the week
day:    MOV     R0, R4
        BL      kind_of_day
        SWI     #WRITE_STRING
        ADD     R4, R4, #1
        CMP     R4, #7
        BLE     day

        MOV     R0, #0
        SWI     #EXIT

; operate - prints R1 and R2 with operation R0 between them; R0 := the result, or -1 if there is no such operation
operate:
        CMP     R0, #(operations_end - operations) / 4
        BHS     unknown                 ; unsigned: negative numbers are caught as well
        LDR     R3, =operations
        LDR     PC, [R3, R0, LSL #2]    ; go on at the address in the table

        .align  2
operations:
        .word   case_add, case_subtract, case_multiply, case_and, case_or, case_exclusive_or
operations_end:

case_add:
        ADD     R3, R1, R2
        MOV     R12, #'+'
        B       show
case_subtract:
        SUB     R3, R1, R2
        MOV     R12, #'-'
        B       show
case_multiply:
        MUL     R3, R1, R2
        MOV     R12, #'*'
        B       show
case_and:
        AND     R3, R1, R2
        MOV     R12, #'&'
        B       show
case_or:
        ORR     R3, R1, R2
        MOV     R12, #'|'
        B       show
case_exclusive_or:
        EOR     R3, R1, R2
        MOV     R12, #'^'
show:   MOV     R0, R1
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R0, R12
        SWI     #WRITE_CHAR
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R0, R2
        SWI     #WRITE_INT
        LDR     R0, =equals
        SWI     #WRITE_STRING
        MOV     R0, R3
        BX      LR
unknown:
        LDR     R0, =text_unknown
        SWI     #WRITE_STRING
        MVN     R0, #0
        BX      LR

; kind_of_day - R0 := a text about day R0 (1 = Monday)
;   PC reads as the address of the instruction plus 8, so that number 0 is the instruction after the next one.
kind_of_day:
        SUB     R0, R0, #1
        CMP     R0, #6
        ADDLS   PC, PC, R0, LSL #2      ; skip R0 branches
        B       no_day
        B       monday
        B       working_day
        B       working_day
        B       working_day
        B       friday
        B       weekend
        B       weekend
no_day: LDR     R0, =text_no_day
        BX      LR
monday: LDR     R0, =text_monday
        BX      LR
working_day:
        LDR     R0, =text_working_day
        BX      LR
friday: LDR     R0, =text_friday
        BX      LR
weekend:
        LDR     R0, =text_weekend
        BX      LR

equals: .asciz  " = "
text_unknown:
        .asciz  "no such operation: "
text_no_day:
        .asciz  "no day at all\n"
text_monday:
        .asciz  "it begins\n"
text_working_day:
        .asciz  "work\n"
text_friday:
        .asciz  "nearly done\n"
text_weekend:
        .asciz  "free\n"
