; Labels that are of use: by ADR, .word, an offset, a branch, as an export, in what is not assembled, as an entry.
        .org    0x8000
_start: ADR     R0, by_adr
        LDR     R1, [R0, #by_offset - by_adr]
        LDR     R2, =by_expression + 4
        BL      by_call
        MOV     R0, #0
        SWI     #0
main:   B       main
exported:
        .global exported
        B       exported
by_call:
        MOV     PC, LR
        .ifdef  DEBUG
        .word   by_condition
        .endif
        .macro  UNUSED
        .word   by_macro
        .endm
by_adr: .word   by_word
by_offset:
        .word   2
by_expression:
        .word   3, 4
by_word:
        .word   5
by_condition:
        .word   6
by_macro:
        .word   7
in_a_string:                            ;; 1 warning UNUSED_LABEL: nothing refers to the label in_a_string
        .asciz  "in_a_string"
allowed:                                ; lint: allow UNREACHABLE_CODE, UNUSED_LABEL
wrong_allowed:                          ; lint: allow UNREACHABLE_CODE ;; 1 warning UNUSED_LABEL: nothing refers to the
        .space  4
first: second:  .space 4                ;; 1 warning UNUSED_LABEL: nothing refers to the label first
        .word   second                  ; its neighbour is used
