        .text
_start: MOV   R4, #12
        MOV   R5, #18
again:  CMP   R4, R5
        SUBGT R4, R4, R5
        SUBLT R5, R5, R4
        BNE   again
        MOV   R0, R4
        SWI   #3
        MOV   R0, #0
        SWI   #0
