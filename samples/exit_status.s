; exit_status.s - failing politely
;
; Shows:  a program that needs an argument and did not get one says so on the standard error, where the message
;         does not mix with results, and ends with an exit code other than 0, which scripts can ask for.
; Try:    emu run samples/exit_status.s world; echo $?
; Run:    emu run samples/exit_status.s; echo $?

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE, 0x13
        .equ    GET_ARGUMENTS, 0x32

        .equ    STDERR, 2
        .equ    WRONG_USAGE, 2          ; the exit code that most programs use for this

        .org    0x8000

_start: SWI     #GET_ARGUMENTS
        CMP     R0, #1
        BNE     usage

        LDR     R4, [R1]                ; R4 = the argument
        LDR     R0, =hello
        SWI     #WRITE_STRING
        MOV     R0, R4
        SWI     #WRITE_STRING
        LDR     R0, =end
        SWI     #WRITE_STRING
        MOV     R0, #0                  ; 0: everything is all right
        SWI     #EXIT

usage:  MOV     R0, #STDERR
        LDR     R1, =message
        MOV     R2, #message_end - message
        SWI     #WRITE
        MOV     R0, #WRONG_USAGE
        SWI     #EXIT

hello:  .asciz  "Hello, "
end:    .asciz  "!\n"
message:
        .ascii  "usage: exit_status NAME\n"
message_end:
