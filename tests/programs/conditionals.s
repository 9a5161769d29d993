        .org 0x8000
_start:
.ifdef FAST
        MOV   R0, #1
.else
.ifndef SLOW
        MOV   R0, #2
.else
        MOV   R0, #3
.endif
.endif
        SWI   #3
        MOV   R0, #0
        SWI   #0
