; echo.s - a conversation: the program repeats what it is told
;
; Shows:  reading lines with READ_STRING, the end of the input, comparing with a fixed text.
; Try:    answer in capitals (strings.s has the routine); count the words.
; Run:    emu run samples/echo.s, then type; end with `bye`

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    READ_STRING, 0x05

        .equ    ROOM, 80

        .org    0x8000

_start: LDR     R0, =welcome
        SWI     #WRITE_STRING
        MOV     R4, #0                  ; R4 = lines so far

listen: LDR     R0, =line
        MOV     R1, #ROOM
        SWI     #READ_STRING            ; R0 := the length, or -1 at the end of the input
        CMP     R0, #0
        BLT     goodbye
        LDR     R0, =line
        LDR     R1, =bye
        BL      equal
        CMP     R0, #0
        BNE     goodbye

        ADD     R4, R4, #1
        MOV     R0, R4
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =colon
        SWI     #WRITE_STRING
        LDR     R0, =line
        SWI     #WRITE_STRING
        LDR     R0, =end_of_line
        SWI     #WRITE_STRING
        B       listen

goodbye:
        LDR     R0, =farewell
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

; equal - R0 := 1 if the strings at R0 and R1 are the same, else 0; changes R1-R3
equal:  LDRB    R2, [R0], #1
        LDRB    R3, [R1], #1
        CMP     R2, R3
        MOVNE   R0, #0
        BXNE    LR
        CMP     R2, #0
        BNE     equal
        MOV     R0, #1
        BX      LR

welcome:
        .asciz  "Say something. I stop at `bye`.\n"
colon:  .asciz  ": "
bye:    .asciz  "bye"
farewell:
        .asciz  "Goodbye!\n"
end_of_line:
        .asciz  "\n"
line:   .space  ROOM
