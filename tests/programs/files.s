        .org 0x8000
_start: LDR   R0, =name
        MOV   R1, #1
        SWI   #0x10
        MOV   R4, R0
        BL    show              @ 3
        MOV   R0, R4
        LDR   R1, =text
        MOV   R2, #11
        SWI   #0x13
        BL    show              @ 11
        MOV   R0, R4
        SWI   #0x11
        BL    show              @ 0
        LDR   R0, =name
        MOV   R1, #0
        SWI   #0x10
        MOV   R4, R0
        MOV   R1, #6
        MOV   R2, #0
        SWI   #0x14
        BL    show              @ 6
        MOV   R0, R4
        LDR   R1, =buf
        MOV   R2, #32
        SWI   #0x12
        BL    show              @ 5
        MOV   R0, R4
        SWI   #0x15
        BL    show              @ 11
        MOV   R0, R4
        LDR   R1, =buf
        MOV   R2, #4
        SWI   #0x12
        BL    show              @ -1 at end of file
        LDR   R0, =buf
        SWI   #2
        SWI   #7
        LDR   R0, =bad
        MOV   R1, #0
        SWI   #0x10
        BL    show              @ -1
        MOV   R0, #0
        SWI   #0
show:   PUSH  {R0, R1, LR}
        MOV   R1, #10
        SWI   #3
        SWI   #7
        POP   {R0, R1, PC}
name:   .asciz "spec_demo.txt"
text:   .ascii "hello world"
bad:    .asciz "no/such/dir/file"
        .align 2
buf:    .space 36
