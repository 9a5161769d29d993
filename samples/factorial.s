; factorial.s - factorials by recursion
;
; Shows:  a subroutine that calls itself: what must survive the call is kept on the stack, and so is LR.
; Try:    LAST 13, and see why 13! comes out wrong (factorial64.s goes on to 20!, big_numbers.s to any length).
; Run:    emu run samples/factorial.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07
        .equ    LAST, 12                ; 13! needs more than 32 bits

        .org    0x8000

_start: MOV     R4, #0
next:   MOV     R0, R4
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =equals
        SWI     #WRITE_STRING
        MOV     R0, R4
        BL      factorial               ; R0 := R4!
        MOV     R1, #10
        SWI     #WRITE_INT
        SWI     #WRITE_NEWLINE
        ADD     R4, R4, #1
        CMP     R4, #LAST
        BLE     next

        MOV     R0, #0
        SWI     #EXIT

; factorial - R0 := R0!
;   0! = 1, and n! = n * (n - 1)!
factorial:
        CMP     R0, #0
        MOVEQ   R0, #1
        BXEQ    LR                      ; the case that needs no further call

        PUSH    {R4, LR}
        MOV     R4, R0                  ; n must survive the inner call
        SUB     R0, R0, #1
        BL      factorial
        MUL     R0, R4, R0
        POP     {R4, PC}                ; LR goes straight into PC: return

equals: .asciz  "! = "
