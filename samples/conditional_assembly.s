; conditional_assembly.s - one source, several programs
;
; Shows:  .ifdef and .if choose lines before anything is assembled; .set and .rept compute a table while
;         assembling; what is left out costs neither space nor time.
; Try:    CUBES 1
;         emu run -D GERMAN samples/conditional_assembly.s
;         emu run -D TRACE samples/conditional_assembly.s
; Run:    emu run samples/conditional_assembly.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07

        .equ    ENTRIES, 12             ; size of the table
        .equ    CUBES, 0                ; 1: a table of cubes, 0: of squares

; TRACE_NUMBER prints a register, in programs that are assembled with -D TRACE. In others it is nothing
        .macro  TRACE_NUMBER register
        .ifdef  TRACE
        PUSH    {R0, R1}
        MOV     R0, #'<'
        SWI     #WRITE_CHAR
        MOV     R0, \register
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #'>'
        SWI     #WRITE_CHAR
        POP     {R0, R1}
        .endif
        .endm

        .org    0x8000

_start: LDR     R0, =greeting
        SWI     #WRITE_STRING
        LDR     R4, =table
        MOV     R5, #ENTRIES
next:   LDR     R0, [R4], #4
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        TRACE_NUMBER R5
        SUBS    R5, R5, #1
        BNE     next
        SWI     #WRITE_NEWLINE
        MOV     R0, #0
        SWI     #EXIT

greeting:
        .ifdef  GERMAN
        .asciz  "Quadratzahlen, berechnet vom Assembler:\n"
        .else
        .asciz  "squares, computed by the assembler:\n"
        .endif

        .align  2
table:
        .set    n, 0
        .rept   ENTRIES
        .if     CUBES
        .word   n * n * n
        .else
        .word   n * n
        .endif
        .set    n, n + 1
        .endr
