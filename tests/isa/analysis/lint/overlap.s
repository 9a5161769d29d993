        .org    0x8000
_start: MOV     R0, #0
        SWI     #0
        .org    0x8000
        .word   1                       ;; 9 error LAYOUT_ERROR: address 0x00008000 is used already
