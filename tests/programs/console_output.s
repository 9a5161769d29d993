        .org 0x8000
_start: MVN   R0, #9            @ -10
        MOV   R1, #10
        SWI   #3
        SWI   #7
        MOV   R1, #16
        SWI   #3
        SWI   #7
        MOV   R1, #8
        SWI   #3
        SWI   #7
        MOV   R0, #5
        MOV   R1, #2
        SWI   #3
        SWI   #7
        MOV   R1, #99
        SWI   #3
        SWI   #7
        MOV   R0, #'A'
        SWI   #1
        MOV   R1, #16
        SWI   #3                @ R0 still 0x41
        SWI   #7
        LDR   R0, =s
        SWI   #2
        MOV   R0, #0
        SWI   #0
s:      .asciz "tab\there\n"
