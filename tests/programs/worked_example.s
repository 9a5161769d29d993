        .org 0x8000
.equ LIMIT, 3
_start: MOV   R4, #0
loop:   CMP   R4, #LIMIT
        BGE   done
        MOV   R0, R4
        BL    add
        ADD   R4, R4, #1
        B     loop
done:   LDR   R0, =total
        LDR   R0, [R0]
        SWI   #3
        MOV   R0, #0
        SWI   #0
add:    PUSH  {R4, LR}
        LDR   R1, =total
        LDR   R2, [R1]
        ADDS  R2, R2, R0
        STR   R2, [R1]
        POP   {R4, PC}
        MOV   R0, R0
        .align 2
total:  .word 0
