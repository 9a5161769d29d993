; hello.s - the smallest complete program
;
; Shows:  a label to start at, a string in memory, two system calls.
; Try:    another text; a second line (\n is a line feed); another exit code, and then `echo $?`.
; Run:    emu run samples/hello.s

        .org    0x8000

_start: LDR     R0, =greeting           ; R0 = address of the text
        SWI     #0x02                   ; WRITE_STRING: print up to the zero byte
        MOV     R0, #0                  ; exit code 0: all is well
        SWI     #0x00                   ; EXIT

greeting:
        .asciz  "Hello, world!\n"
