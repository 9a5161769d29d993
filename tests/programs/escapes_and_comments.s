        .org 0x8000
_start: LDR   R0, =text
        MOV   R1, #12
        SWI   #0xF3
        MOV   R0, #0
        SWI   #0
        .balign 16
text:   .ascii "it's;@//"   @ none of these starts a comment
        .byte  '\x41', '\102', 67, '"'
