; Execution that leaves the code.
        .org    0x8000
.equ DUMP, 0xF2
_start: LDR     R0, =0x12345678
        BEQ     over
        BL      never_returns
        .ltorg                          ; a call that does not return protects what is behind it
over:   CMP     R0, #1
        .word   0xE10F0000              ; MRS R0, CPSR: an instruction like any other
        BEQ     into_data
        LDR     R0, =0x12345679
        .ltorg                          ;; 9 warning POOL_FALLTHROUGH: execution can fall into the literal pool | end the code
        B       loop
into_data:
        SWI     #DUMP                   ;; 9 warning DATA_FALLTHROUGH: execution can run into the data at text, line 16
text:   .asciz  "text"                  ;; 1 warning UNUSED_LABEL: nothing refers to the label text
        .align  2
loop:   BNE     loop
        SWI     #0x123456               ; whether this ends the program is not in the code
        .space  4
never_returns:
        BEQ     inner
        MOV     R0, #1
        SWI     #0
inner:  MOV     R0, #2
        SWI     #0
