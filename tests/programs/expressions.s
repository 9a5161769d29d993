        .org 0x8000
.equ N, 3
_start: MOV   R0, #N*4+1
        SWI   #3
        SWI   #7
        MOV   R0, #(1<<N)
        SWI   #3
        SWI   #7
        LDR   R4, =tab
        LDR   R0, [R4, #4*(N-1)]
        SWI   #3
        MOV   R0, #0
        SWI   #0
tab:    .word 1, N*N, ~0 & 0xFF, 'A'
