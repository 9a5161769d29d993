; What is certain about the targets of a table, and about the call that may end the program.
        .org    0x8000
_start: CMP     R0, #1
        LDRLS   PC, [PC, R0, LSL #2]
        B       ends
        .word   case0, case1
case0:  SWI     #3                      ;; 9 warning DATA_FALLTHROUGH: execution can run into the data at value, line 8
value:  .word   value + 4
case1:  MOV     R0, #0
        SWI     #0
ends:   MOV     R0, #0x18
        SWI     #0x123456               ; whether this ends the program is not in the code
        .space  4
