; Returns that go behind a call of the function itself.
        .org    0x8000
_start: BL      forgets
        BL      saves
        BL      moves
        BL      maybe
        BL      on_one_way
        BL      restored
        BL      pointer
        MOV     R0, #0
        SWI     #0
leaf:   MOV     PC, LR
forgets:
        BL      leaf
        ADD     R0, R0, #1
        MOV     PC, LR                  ;; 9 warning RETURN_ADDRESS_LOST: LR holds the address behind the call in line 14: this
saves:  PUSH    {R4, LR}
        BL      leaf
        POP     {R4, LR}
        BX      LR
moves:  MOV     R12, LR
        BL      leaf
        MOV     LR, R12
        BX      LR
maybe:  BEQ     1f
        STR     LR, [SP, #-4]!
        BL      leaf
        LDR     LR, [SP], #4
1:      BX      LR
on_one_way:
        BEQ     2f                      ; LR may still be good behind the branch, and then this is right
        BL      leaf
2:      BX      LR
restored:
        MOV     R12, LR
        BL      puts_back
        BX      LR
puts_back:
        MOV     R11, LR
        MOV     LR, R12
        BX      R11
pointer:
        LDR     R1, =leaf
        BLX     R1                      ; who knows what that does to LR
        BX      LR
