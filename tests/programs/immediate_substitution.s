        .org 0x8000
_start: MOV  R0, #-1        @ becomes MVN R0,#0
        MOV  R1, #16
        SWI  #3
        SWI  #7
        MVN  R0, #0xFFFFFFF0 @ becomes MOV R0,#15
        SWI  #3
        SWI  #7
        MOV  R0, #3
        CMP  R0, #-3        @ becomes CMN R0,#3
        MOVGT R0, #'>'
        SWI  #1
        MOV  R0, #0
        SWI  #0
