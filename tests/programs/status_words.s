        .org 0x8000
_start: MOV   R0, #5
        CMP   R0, #5
        .word 0xE10F0000           @ MRS R0,CPSR
        MOV   R1, #16
        SWI   #3
        SWI   #7
        .word 0xE328F201           @ MSR CPSR_f,#0x10000000
        MOVVS R0, #7
        MOVVC R0, #8
        SWI   #3
        MOV   R0, #0
        SWI   #0
