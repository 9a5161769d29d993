; cat.s - copying files, or the input, to the output
;
; Shows:  reading and writing blocks of any bytes; files named by arguments; the standard input where there are none;
;         an error message on the standard error and an exit code other than 0.
; Try:    emu run samples/cat.s samples/cat.s samples/hello.s
; Run:    emu run samples/cat.s < samples/cat.in

        .equ    EXIT, 0x00
        .equ    OPEN, 0x10
        .equ    CLOSE, 0x11
        .equ    READ, 0x12
        .equ    WRITE, 0x13
        .equ    GET_ARGUMENTS, 0x32

        .equ    STDIN, 0
        .equ    STDOUT, 1
        .equ    STDERR, 2
        .equ    BLOCK, 1024

        .org    0x8000

_start: MOV     R6, #0                  ; R6 = exit code
        SWI     #GET_ARGUMENTS          ; R0 := how many, R1 := address of a table of strings
        MOV     R4, R0                  ; R4 = arguments left
        MOV     R5, R1                  ; R5 = the table
        CMP     R4, #0
        BNE     next_file
        MOV     R0, #STDIN
        BL      copy_all
        B       done

next_file:
        LDR     R7, [R5], #4            ; R7 = the name
        MOV     R0, R7
        MOV     R1, #0                  ; for reading
        SWI     #OPEN
        CMP     R0, #0
        BLT     cannot_open
        MOV     R8, R0
        BL      copy_all
        MOV     R0, R8
        SWI     #CLOSE
        B       file_done
cannot_open:
        LDR     R0, =text_cannot_open
        BL      complain
        MOV     R0, R7
        BL      complain
        LDR     R0, =text_end_of_line
        BL      complain
        MOV     R6, #1                  ; go on with the other files, but remember the error
file_done:
        SUBS    R4, R4, #1
        BNE     next_file

done:   MOV     R0, R6
        SWI     #EXIT

; copy_all - copies everything from descriptor R0 to the standard output; changes R0-R3
copy_all:
        MOV     R3, R0
copy_block:
        MOV     R0, R3
        LDR     R1, =block
        MOV     R2, #BLOCK
        SWI     #READ
        CMP     R0, #0
        BXLE    LR                      ; the end
        MOV     R2, R0
        MOV     R0, #STDOUT
        SWI     #WRITE
        B       copy_block

; complain - writes the string at R0 to the standard error; changes R0-R3
complain:
        MOV     R1, R0
        MOV     R2, #0
measure:
        LDRB    R3, [R1, R2]
        CMP     R3, #0
        ADDNE   R2, R2, #1
        BNE     measure
        MOV     R0, #STDERR
        SWI     #WRITE
        BX      LR

text_cannot_open:
        .asciz  "cat: cannot open "
text_end_of_line:
        .asciz  "\n"
block:  .space  BLOCK
