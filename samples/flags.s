; flags.s - a tour of the four flags and the fifteen conditions
;
; Shows:  what ADDS and SUBS do to N, Z, C and V; how MRS reads the flags and MSR restores them; which conditions
;         hold afterwards. CMP is a SUBS that forgets its result, so the lines with - explain CMP.
; Try:    your own pairs; why do HI and GT differ for 0x80000000 - 1?
; Run:    emu run samples/flags.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

; FLAG - prints the letter if the condition holds, else a dash; changes R0, but no flag
        .macro  FLAG condition, letter
        MOV     R0, #'-'
        MOV\condition R0, #\letter
        SWI     #WRITE_CHAR
        .endm

; CONDITION - prints the name of the condition if it holds
        .macro  CONDITION condition
        LDR     R0, =name_\condition
        SWI\condition #WRITE_STRING
        .endm

        .org    0x8000

_start: LDR     R6, =pairs
next:   LDMIA   R6!, {R4, R5}
        LDR     R7, =end_mark
        CMP     R4, R7
        BEQ     done

        MOV     R0, #'+'
        BL      print_operation
        ADDS    R0, R4, R5
        MRS     R8, CPSR                ; R8 = the flags of this addition
        BL      print_result

        MOV     R0, #'-'
        BL      print_operation
        SUBS    R0, R4, R5
        MRS     R8, CPSR
        BL      print_result
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

; print_operation - prints R4 and R5 in base 16 with the character R0 between them; changes R0-R2
print_operation:
        MOV     R2, R0
        MOV     R1, #16
        MOV     R0, R4
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R0, R2
        SWI     #WRITE_CHAR
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        MOV     R0, R5
        SWI     #WRITE_INT
        BX      LR

; print_result - prints R0 in base 16, the flags in R8, and the conditions that hold for them; changes R0-R2
print_result:
        MOV     R2, R0
        LDR     R0, =text_equals
        SWI     #WRITE_STRING
        MOV     R0, R2
        SWI     #WRITE_INT
        LDR     R0, =text_flags
        SWI     #WRITE_STRING

        MSR     CPSR_f, R8              ; bring the flags back; nothing below changes them
        FLAG    MI, 'N'
        FLAG    EQ, 'Z'
        FLAG    CS, 'C'
        FLAG    VS, 'V'
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        CONDITION EQ
        CONDITION NE
        CONDITION CS
        CONDITION CC
        CONDITION MI
        CONDITION PL
        CONDITION VS
        CONDITION VC
        CONDITION HI
        CONDITION LS
        CONDITION GE
        CONDITION LT
        CONDITION GT
        CONDITION LE
        SWI     #WRITE_NEWLINE
        BX      LR

text_equals:
        .asciz  " = "
text_flags:
        .asciz  "  "
name_EQ:
        .asciz  " EQ"
name_NE:
        .asciz  " NE"
name_CS:
        .asciz  " CS"
name_CC:
        .asciz  " CC"
name_MI:
        .asciz  " MI"
name_PL:
        .asciz  " PL"
name_VS:
        .asciz  " VS"
name_VC:
        .asciz  " VC"
name_HI:
        .asciz  " HI"
name_LS:
        .asciz  " LS"
name_GE:
        .asciz  " GE"
name_LT:
        .asciz  " LT"
name_GT:
        .asciz  " GT"
name_LE:
        .asciz  " LE"

        .equ    end_mark, 0x12345678

        .align  2
pairs:  .word   5, 3
        .word   3, 5
        .word   7, 7
        .word   0xFFFFFFFF, 1
        .word   0x7FFFFFFF, 1
        .word   0x80000000, 1
        .word   0x80000000, 0x80000000
        .word   end_mark, 0
