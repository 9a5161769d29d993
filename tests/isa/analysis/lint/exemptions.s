; A program without _start begins with its first instruction.
first:  MOV     R0, #0
        SWI     #0
unused: .space  4                       ;; 1 warning UNUSED_LABEL: nothing refers to the label unused
